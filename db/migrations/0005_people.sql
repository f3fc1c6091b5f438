-- people
SELECT 1;
