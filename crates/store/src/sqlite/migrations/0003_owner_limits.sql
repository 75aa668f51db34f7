-- Rate limits that all keys of an owner share: a JSON list as on keys; null where there is none.
ALTER TABLE service_accounts ADD COLUMN rate_limits TEXT;
ALTER TABLE members ADD COLUMN rate_limits TEXT;
