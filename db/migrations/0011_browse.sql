-- A third of a walk's cost makes the planner walk a whole list for a person's films, and workers take longer to
-- start than a list takes.
ALTER FUNCTION tmdb.browse(text, boolean, int[], int, int, double precision, text[], text, int[], int, int, bigint, boolean, int)
SET max_parallel_workers_per_gather = 0;
