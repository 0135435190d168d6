-- What keeps a run from going on, such as a source that does not answer; all NULL = nothing.
ALTER TABLE index_runs
    ADD COLUMN trouble text,                -- a sentence
    ADD COLUMN trouble_since timestamptz,   -- nothing has been read since
    ADD COLUMN retry_at timestamptz;        -- until then nobody tries again

ALTER TABLE index_entries
    ADD COLUMN silences smallint NOT NULL DEFAULT 0,  -- how often nothing came instead of the photo
    ADD COLUMN faults smallint NOT NULL DEFAULT 0;    -- those of them while the source gave another photo
