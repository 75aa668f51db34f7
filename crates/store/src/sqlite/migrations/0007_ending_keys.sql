-- The keys that end soonest, without looking at the others.
CREATE INDEX keys_ending ON keys (organization_id, expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;
