-- When an organization first had an owner who can sign in. It is never taken back: set-up happens once.
ALTER TABLE organizations ADD COLUMN set_up_at INTEGER;
UPDATE organizations SET set_up_at = created_at WHERE EXISTS (
    SELECT 1 FROM members m JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = organizations.id AND m.role = 'owner' AND m.accepted_at IS NOT NULL
    AND u.email IS NOT NULL
);

-- Whether a person is told to replace a password that they chose themselves: nothing waits for it.
ALTER TABLE users ADD COLUMN should_change_password INTEGER NOT NULL DEFAULT 0;
-- Until now a first owner who signed up was held to be one whose password somebody else had set.
UPDATE users SET must_change_password = 0, should_change_password = 1 WHERE must_change_password = 1
    AND id IN (SELECT user_id FROM members WHERE role = 'owner' AND invited_by IS NULL);

-- Whether a person has said that their first steps are done.
ALTER TABLE users ADD COLUMN is_onboarded INTEGER NOT NULL DEFAULT 0;
