-- Keys are listed by name, by expiry and by last use as fast as by age: each order walks an index of its own. What has
-- no expiry, or was never used, is walked by age.
CREATE INDEX keys_name ON keys (organization_id, name_lower);
CREATE INDEX keys_expiry ON keys (organization_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX keys_without_expiry ON keys (organization_id, id) WHERE expires_at IS NULL;

-- Set once, with a key's first use.
ALTER TABLE keys ADD COLUMN is_used INTEGER NOT NULL DEFAULT 0;
UPDATE keys SET is_used = 1 WHERE EXISTS (SELECT 1 FROM key_uses u WHERE u.key_id = keys.id);
CREATE INDEX keys_never_used ON keys (organization_id, id) WHERE is_used = 0;

CREATE TABLE key_uses_by_organization (
    key_id BLOB NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    address TEXT,
    agent TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO key_uses_by_organization (key_id, organization_id, at, address, agent)
    SELECT u.key_id, k.organization_id, u.at, u.address, u.agent FROM key_uses u JOIN keys k ON k.id = u.key_id;
DROP TABLE key_uses;
ALTER TABLE key_uses_by_organization RENAME TO key_uses;
CREATE INDEX key_uses_at ON key_uses (organization_id, at);
