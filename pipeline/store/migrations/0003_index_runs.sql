-- A request to bring an event up to date with its source, worked on by any number of workers.
CREATE TABLE index_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team text NOT NULL,         -- these four as in events
    slug text NOT NULL,
    slug_folded text NOT NULL,
    channel text,
    source text NOT NULL,
    recognizer text,            -- as asked for; NULL = the event's own, for a new event the default one
    asked_by text,              -- Slack user id; NULL = the command line, or the asker has been told
    report jsonb,               -- where the asker reads of it, in the asker's own words; NULL = nowhere
    reported boolean NOT NULL DEFAULT false,  -- the asker has been told how it ended
    event_id bigint REFERENCES events ON DELETE CASCADE,  -- NULL until the source is listed
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'reading', 'done', 'failed', 'cancelled')),
    reason text,                -- why it failed, a sentence
    listings smallint NOT NULL DEFAULT 0,  -- how often a worker has begun to list the source
    total integer,              -- photos in the source; NULL until it is listed
    added integer NOT NULL DEFAULT 0,  -- these are written at the end; until then, see index_entries
    skipped integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    faces integer NOT NULL DEFAULT 0,  -- found by this run
    removed integer NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,       -- NULL = not finished
    CHECK ((ended_at IS NULL) = (state IN ('waiting', 'reading')))
);
-- An event is indexed by one run at a time.
CREATE UNIQUE INDEX index_runs_unfinished ON index_runs (team, slug_folded) WHERE ended_at IS NULL;
CREATE INDEX index_runs_event ON index_runs (event_id);

-- What a run has to look at, a row a photo. When the run has ended, only the failed ones are kept.
CREATE TABLE index_entries (
    run_id bigint NOT NULL REFERENCES index_runs ON DELETE CASCADE,
    number integer NOT NULL,    -- 0, 1, 2... in the source's order
    name text COLLATE "C" NOT NULL,
    size bigint NOT NULL,       -- bytes
    fingerprint text NOT NULL,
    refusal text,               -- why the source will not read it; NULL = it can be read
    attempts smallint NOT NULL DEFAULT 0,  -- counted before the photo is read, so that one that kills is known
    outcome text CHECK (outcome IN ('added', 'skipped', 'failed')),  -- NULL = not looked at yet
    faces integer NOT NULL DEFAULT 0,
    reason text,
    PRIMARY KEY (run_id, number)
);
CREATE INDEX index_entries_open ON index_entries (run_id, number) WHERE outcome IS NULL;
