-- What a photo looks like in 64 bits, by which shots of one moment are told; NULL = indexed before it was kept.
ALTER TABLE photos ADD COLUMN dhash bigint;

-- An event on its way to another space: its faces there, until one transaction puts them in the place of those
-- that it is searched by. What is done stays done when a move is interrupted.
CREATE TABLE moved_photos (
    photo_id bigint PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
    event_id bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    space_id smallint NOT NULL REFERENCES spaces,
    faces integer NOT NULL,
    dhash bigint
);
CREATE INDEX moved_photos_event ON moved_photos (event_id);

CREATE TABLE moved_faces (
    photo_id bigint NOT NULL REFERENCES moved_photos ON DELETE CASCADE,
    x real NOT NULL,            -- these as in faces
    y real NOT NULL,
    width real NOT NULL,
    height real NOT NULL,
    score real NOT NULL,
    sharpness real NOT NULL,
    landmarks real[],
    embedding vector NOT NULL
);
CREATE INDEX moved_faces_photo ON moved_faces (photo_id);
