-- inline
SELECT 1;
