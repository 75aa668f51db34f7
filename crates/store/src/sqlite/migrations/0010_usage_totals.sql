-- The counts of all keys of an organization together, written with the counts themselves: so that what an organization asks
-- for most takes no longer where it has more keys.
CREATE TABLE usage_totals (
    organization_id BLOB NOT NULL,
    minute INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (organization_id, minute, outcome)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_totals (organization_id, minute, outcome, count)
    SELECT organization_id, minute, outcome, SUM(count) FROM usage_counts GROUP BY 1, 2, 3;
