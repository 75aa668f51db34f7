-- Key pairs that sign offline tokens, each private half sealed. They are the server's own, of no organization. Each takes
-- the position after the last one, so that of several nodes that make one at once, one does.
CREATE TABLE signing_keys (
    position INTEGER NOT NULL PRIMARY KEY,
    public_key BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

ALTER TABLE organizations ADD COLUMN tokens_for_restricted_keys INTEGER NOT NULL DEFAULT 0;
