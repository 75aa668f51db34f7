-- The portal: a page on which a customer of an organization keeps their own keys.

-- How that page is: a JSON object; null as long as nothing was set.
ALTER TABLE organizations ADD COLUMN portal TEXT;

-- The customer who made the key there. It never changes: a key that an operator made for the same customer has none.
ALTER TABLE keys ADD COLUMN portal_customer TEXT;

CREATE TABLE portal_sessions (
    id BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    external_id TEXT NOT NULL,
    service_account_id BLOB NOT NULL REFERENCES service_accounts (id),
    permissions TEXT NOT NULL,
    -- What it was opened with: a key by one of its secrets, or a session. No references: either may be gone.
    key_id BLOB,
    key_secret BLOB,
    session_id BLOB,
    created_by BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Of its cookie's token, from when on the link was used.
    digest BLOB UNIQUE,
    opened_at INTEGER,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX portal_sessions_organization ON portal_sessions (organization_id, id);
CREATE INDEX portal_sessions_expires_at ON portal_sessions (expires_at);

ALTER TABLE link_tokens ADD COLUMN portal_session_id BLOB;
