-- How often a key was answered what, by minute (since 1970-01-01T00:00Z). Old minutes are added up: first to the first
-- minute of their hour, then to the first of their day. Clustered by organization and time, so that what is written now
-- lies together. No references: counts are written behind, and stay told when a key is gone.
DROP TABLE usage_minutes;
CREATE TABLE usage_counts (
    organization_id BLOB NOT NULL,
    minute INTEGER NOT NULL,
    key_id BLOB NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (organization_id, minute, key_id, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_counts_key ON usage_counts (key_id, minute);

-- Requests that were made with keys. `position` counts the entries as they are written: the oldest are forgotten by it.
-- The owner is the key's, which never changes.
CREATE TABLE key_requests (
    position INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    organization_id BLOB NOT NULL,
    key_id BLOB NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    method TEXT,
    path TEXT,
    route TEXT,
    status INTEGER NOT NULL,
    duration_ms INTEGER,
    address TEXT,
    agent TEXT,
    request_id TEXT
) STRICT;
CREATE INDEX key_requests_organization ON key_requests (organization_id, id);
CREATE INDEX key_requests_owner ON key_requests (organization_id, owner_id, id);
CREATE INDEX key_requests_key ON key_requests (key_id, id);
