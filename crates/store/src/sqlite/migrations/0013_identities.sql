-- Who a person is to a provider of identities (OpenID Connect): what the issuer calls them.
CREATE TABLE identities (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (issuer, subject),
    -- One of each issuer's: a second one would sign in unnoticed.
    UNIQUE (user_id, issuer)
) STRICT, WITHOUT ROWID;
