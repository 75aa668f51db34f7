-- Revoked and disabled keys are found without walking all the others, however few they are.
CREATE INDEX keys_revoked ON keys (organization_id, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX keys_disabled ON keys (organization_id, id) WHERE revoked_at IS NULL AND enabled = 0;
