-- Events are listed at every question: counted as photos come and go, not each time.
ALTER TABLE events
    ADD COLUMN photos integer NOT NULL DEFAULT 0,
    ADD COLUMN faces bigint NOT NULL DEFAULT 0;
UPDATE events e
SET photos = held.photos, faces = held.faces
FROM (SELECT event_id, count(*) AS photos, sum(faces) AS faces FROM photos GROUP BY event_id) AS held
WHERE held.event_id = e.id;

-- A name is looked up in one Unicode form (NFC): macOS writes an accent as a character of its own. Where both
-- forms were events, each keeps the name that it has.
DO $$
DECLARE event record;
BEGIN
    IF getdatabaseencoding() = 'UTF8' THEN
        FOR event IN SELECT id, normalize(slug_folded, NFC) AS composed FROM events LOOP
            BEGIN
                UPDATE events SET slug_folded = event.composed
                WHERE id = event.id AND slug_folded <> event.composed;
            EXCEPTION WHEN unique_violation THEN
                NULL;
            END;
        END LOOP;
    END IF;
END $$;
