-- When a session was last seen, to a few minutes; null: not since its person signed in.
ALTER TABLE sessions ADD COLUMN last_seen_at INTEGER;
