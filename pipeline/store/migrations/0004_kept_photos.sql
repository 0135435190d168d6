-- Each event has a folder of its own in the photo store, under a name that no other database gives: two
-- installations may share a bucket, and an erased event's number may come again.
ALTER TABLE events ADD COLUMN kept_under uuid NOT NULL DEFAULT gen_random_uuid();

-- Folders whose events have been erased. Noted in the same transaction, so that what is kept of an event goes
-- even when the process is killed before it has removed the files.
CREATE TABLE erasures (
    kept_under uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);
