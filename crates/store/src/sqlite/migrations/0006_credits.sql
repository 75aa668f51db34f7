-- Credits are counted: what a key has lies in a table of its own, which uses write without a revision.

-- Where an organization's days and months begin: an IANA name.
ALTER TABLE organizations ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';

CREATE TABLE key_credits (
    key_id BLOB NOT NULL PRIMARY KEY REFERENCES keys (id),
    -- Neither used nor in a lot.
    remaining INTEGER NOT NULL,
    refill_amount INTEGER,
    -- `daily` or `monthly`; null like the amount.
    refill_interval TEXT,
    low_threshold INTEGER,
    -- Whether it was told that few are left; until there are more again.
    low_told INTEGER NOT NULL,
    -- When they were last set or filled up.
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO key_credits (key_id, remaining, refill_amount, refill_interval, low_threshold, low_told, since)
    SELECT id, json_extract(credits, '$.remaining'), json_extract(credits, '$.refill.amount'),
        json_extract(credits, '$.refill.interval'), NULL, 0, updated_at
    FROM keys WHERE credits IS NOT NULL;

-- So that a bulk load need not look into the other table.
ALTER TABLE keys ADD COLUMN has_credits INTEGER NOT NULL DEFAULT 0;
UPDATE keys SET has_credits = 1 WHERE credits IS NOT NULL;
ALTER TABLE keys DROP COLUMN credits;

-- Credits that a process has reserved. They are used in its memory: how many of `amount` are, only it knows.
CREATE TABLE credit_lots (
    id BLOB NOT NULL PRIMARY KEY,
    key_id BLOB NOT NULL REFERENCES keys (id),
    holder BLOB NOT NULL,
    -- All that was ever reserved in it.
    amount INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_lots_key ON credit_lots (key_id);
