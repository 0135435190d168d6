-- An embedding space: a recognizer's name and version. Vectors of different spaces are never compared.
CREATE TABLE spaces (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    recognizer text NOT NULL,
    dimensions integer NOT NULL
);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team text NOT NULL,         -- Slack workspace id; '' = indexed from the command line
    slug text NOT NULL,         -- as its owner wrote it
    slug_folded text NOT NULL,  -- the same without case, by which it is looked up
    channel text,               -- only its members may search; NULL = the whole workspace
    source text NOT NULL,       -- from which the photos can be read again
    space_id smallint NOT NULL REFERENCES spaces,
    created_at timestamptz NOT NULL DEFAULT now(),
    indexed_at timestamptz NOT NULL DEFAULT now(),  -- end of the last complete indexing
    UNIQUE (team, slug_folded)
);

-- What a photo shows, by its bytes: the same bytes twice in an event are one photo.
CREATE TABLE photos (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    sha256 bytea NOT NULL,
    width integer NOT NULL,     -- pixels, upright
    height integer NOT NULL,
    taken_at timestamp,         -- by the camera's clock, which knows no time zone; NULL = not said
    faces integer NOT NULL,     -- how many, so that an event is counted without reading its faces
    indexed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, sha256)
);

-- Where an event's source shows which photo. Several names may show the same photo; one that could not be
-- indexed has a reason instead, and is tried again.
CREATE TABLE files (
    event_id bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    size bigint NOT NULL,       -- bytes
    fingerprint text NOT NULL,  -- the source's own; unchanged = not read again
    photo_id bigint REFERENCES photos ON DELETE CASCADE,
    reason text,
    PRIMARY KEY (event_id, name),
    CHECK ((photo_id IS NULL) = (reason IS NOT NULL))
);
CREATE INDEX files_photo ON files (photo_id);

-- Vectors of every space live here, so `embedding` has no fixed number of dimensions. An approximate index
-- is made a space at a time, over an expression that fixes it:
--   CREATE INDEX ON faces USING hnsw ((embedding::vector(128)) vector_l2_ops) WHERE space_id = 1;
-- A query uses it when it repeats the cast and the condition.
CREATE TABLE faces (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    photo_id bigint NOT NULL REFERENCES photos ON DELETE CASCADE,
    space_id smallint NOT NULL REFERENCES spaces,
    x real NOT NULL,            -- the box, in pixels of the upright photo
    y real NOT NULL,
    width real NOT NULL,
    height real NOT NULL,
    score real NOT NULL,        -- the detector's, 0..1
    sharpness real NOT NULL,
    landmarks real[],           -- x, y of five points; NULL = the detector gives none
    embedding vector NOT NULL
);
-- Vectors stay in the row, where a scan finds them without a detour, up to what a page holds.
ALTER TABLE faces ALTER COLUMN embedding SET STORAGE MAIN;
CREATE INDEX faces_event ON faces (event_id);
CREATE INDEX faces_photo ON faces (photo_id);

-- A person's own face, from their avatar: one a person and space, that of their present avatar.
CREATE TABLE reference_faces (
    team text NOT NULL,
    user_id text NOT NULL,
    space_id smallint NOT NULL REFERENCES spaces,
    sha256 bytea NOT NULL,      -- of the avatar's bytes
    faces integer NOT NULL,     -- how many it showed
    x real NOT NULL,
    y real NOT NULL,
    width real NOT NULL,
    height real NOT NULL,
    score real NOT NULL,
    sharpness real NOT NULL,
    landmarks real[],
    embedding vector NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team, user_id, space_id)
);
CREATE INDEX reference_faces_user ON reference_faces (user_id);
