-- cards
SELECT 1;
