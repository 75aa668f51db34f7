-- Times are milliseconds since 1970-01-01T00:00:00Z; ids are 16 bytes; digests are 32 bytes; truths are 0 or 1; lists
-- and objects are JSON text, null where a list is empty; `revision` is the revision that last wrote a row.
-- Tables are clustered by their primary keys: ids are made in the order of time, so that new rows go to the end, and
-- a bulk load reads pages in order.

-- Single values by name: `pepper_check` (bytes), `pruned_through` (number).
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    number INTEGER,
    bytes BLOB
) STRICT, WITHOUT ROWID;

-- The revision that was taken last. One row.
CREATE TABLE revision (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    value INTEGER NOT NULL
) STRICT;
INSERT INTO revision (only_row, value) VALUES (1, 0);

-- Batches that were committed; revision 0: it took none.
CREATE TABLE batches (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX batches_at ON batches (at);

-- Which replicated rows a revision wrote. `id` is a member's user's id, the organization's own for `permissions` and
-- `organization`, else the row's.
CREATE TABLE changes (
    revision INTEGER NOT NULL,
    kind TEXT NOT NULL,
    organization_id BLOB NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (revision, kind, organization_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    key_prefix TEXT NOT NULL,
    default_expiry_seconds INTEGER,
    max_expiry_seconds INTEGER,
    catalogue_closed INTEGER NOT NULL,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    revision INTEGER NOT NULL,
    -- How many permissions were ever declared: the position of the last one.
    permissions_declared INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE permissions (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    verb TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    -- The order of declaration. Never used again.
    position INTEGER NOT NULL,
    PRIMARY KEY (organization_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    email TEXT UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    must_change_password INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    id BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    invited_by BLOB,
    accepted_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_organization ON members (organization_id, id);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE roles (
    id BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT,
    permissions TEXT,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_accounts (
    id BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT,
    permissions TEXT,
    disabled_at INTEGER,
    deleted_at INTEGER,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX service_accounts_name ON service_accounts (organization_id, name) WHERE deleted_at IS NULL;
CREATE INDEX service_accounts_organization ON service_accounts (organization_id, id);

CREATE TABLE keys (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    -- `user` or `serviceAccount`. No reference: a key outlives its owner's membership, revoked.
    owner_kind TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- Null: whatever its owner has; an empty list is `[]`.
    grants TEXT,
    verbs INTEGER NOT NULL,
    roles TEXT,
    external_id TEXT,
    metadata TEXT,
    allowlist TEXT,
    rate_limits TEXT,
    credits TEXT,
    enabled INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    -- The name in lower case, for searching: databases differ in what they take for a letter.
    name_lower TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_organization ON keys (organization_id, id);
CREATE INDEX keys_owner ON keys (organization_id, owner_id, id);
CREATE INDEX keys_external_id ON keys (organization_id, external_id, id) WHERE external_id IS NOT NULL;

CREATE TABLE key_secrets (
    key_id BLOB NOT NULL REFERENCES keys (id),
    -- 1 for a key's first secret; the highest is in force.
    position INTEGER NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    key_prefix TEXT,
    shown_prefix TEXT,
    created_at INTEGER NOT NULL,
    superseded_at INTEGER,
    PRIMARY KEY (key_id, position)
) STRICT, WITHOUT ROWID;

-- Last uses take no revision.
CREATE TABLE key_uses (
    key_id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    address TEXT,
    agent TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    digest BLOB NOT NULL PRIMARY KEY,
    body BLOB NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_created_at ON idempotency (created_at);

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address TEXT,
    agent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE link_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    -- `setUp`, or `invitation` with a member's id. No references: a link may outlive what it leads to.
    purpose TEXT NOT NULL,
    member_id BLOB,
    organization_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

-- No references: what was done stays told when what it was done to is gone.
CREATE TABLE audit_events (
    id BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    key_id BLOB,
    action TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id BLOB,
    refused TEXT,
    address TEXT,
    agent TEXT,
    request_id TEXT,
    details TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_organization ON audit_events (organization_id, at, id);
CREATE INDEX audit_events_target ON audit_events (organization_id, target_id, at, id) WHERE target_id IS NOT NULL;

-- How often a key was answered what in which minute (minutes since 1970-01-01T00:00Z).
CREATE TABLE usage_minutes (
    key_id BLOB NOT NULL,
    minute INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key_id, minute, outcome)
) STRICT, WITHOUT ROWID;

-- The leases of running servers.
CREATE TABLE nodes (
    id BLOB NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    applied_revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
