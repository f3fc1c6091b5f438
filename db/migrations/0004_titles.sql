-- titles
SELECT 1;
