-- watchlist
SELECT 1;
