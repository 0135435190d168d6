-- Whether the last indexing came to its end; false while one is under way, too.
ALTER TABLE events ADD COLUMN complete boolean NOT NULL DEFAULT true;
