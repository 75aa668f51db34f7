-- What was done rarely is found without walking all that was done often.
CREATE INDEX audit_events_action ON audit_events (organization_id, action, at, id);
