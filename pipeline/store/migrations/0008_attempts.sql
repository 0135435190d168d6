-- Photos that are being added to an event as they come, outside of a run. Counted before the photo is read: what
-- is here and in nobody's hands is a photo in whose midst a process ended.
CREATE TABLE attempts (
    event_id bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    number smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (event_id, name)
);
