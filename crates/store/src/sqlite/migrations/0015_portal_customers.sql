-- What one customer made in the portal is found without looking at the keys of others: all of it by age, what is not revoked
-- by age, and what is in force.
CREATE INDEX keys_portal ON keys (organization_id, portal_customer, owner_id, id) WHERE portal_customer IS NOT NULL;
CREATE INDEX keys_portal_live ON keys (organization_id, portal_customer, owner_id, id)
    WHERE portal_customer IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX keys_portal_in_force ON keys (organization_id, portal_customer, owner_id, expires_at)
    WHERE portal_customer IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX portal_sessions_customer ON portal_sessions (organization_id, external_id) WHERE ended_at IS NULL;
