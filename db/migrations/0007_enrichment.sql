-- enrichment
SELECT 1;
