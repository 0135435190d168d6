-- SHA-256 of what a space's vectors depend on, for models of one's own whose version the operator gives; NULL =
-- a recognizer that comes with FindMe, or a space from before.
ALTER TABLE spaces ADD COLUMN weights bytea;
