-- How far an archive has come that a run fetches before it lists its photos; both NULL = none is fetched.
ALTER TABLE index_runs
    ADD COLUMN fetched bigint,      -- bytes that have come
    ADD COLUMN fetch_size bigint;   -- bytes of the whole archive
