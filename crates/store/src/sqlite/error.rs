//! What SQLite's errors mean.

use rusqlite::ffi;
use rusqlite::{Error, ErrorCode};

use crate::error::StoreError;
use crate::outcome::UniqueField;
use crate::sql::SqlError;

/// What an error of a statement means. Constraints are told by the columns that SQLite names in its message.
pub(super) fn sql_error(error: Error) -> SqlError {
    let Error::SqliteFailure(failure, message) = &error else { return store_error(error).into() };
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => SqlError::Missing,
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            SqlError::Unique(unique_field(message.as_deref().unwrap_or_default()))
        }
        _ => store_error(error).into(),
    }
}

/// The field of a message such as `UNIQUE constraint failed: members.organization_id, members.user_id`.
fn unique_field(message: &str) -> UniqueField {
    let last = message.rsplit([' ', ',']).next().unwrap_or_default();
    match last {
        "organizations.slug" => UniqueField::Slug,
        "roles.name" | "service_accounts.name" => UniqueField::Name,
        "identities.subject" | "identities.issuer" => UniqueField::LinkedIdentity,
        "users.email" => UniqueField::Email,
        "members.user_id" => UniqueField::Membership,
        "key_secrets.digest" => UniqueField::Secret,
        "sessions.digest" | "portal_sessions.digest" | "link_tokens.digest" | "idempotency.digest" => {
            UniqueField::Token
        }
        _ => UniqueField::Identity,
    }
}

/// What an error of the database itself means. SQLite's messages name tables and columns, never values.
#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
pub(super) fn store_error(error: Error) -> StoreError {
    let reason = error.to_string();
    let away = match &error {
        Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OperationInterrupted
                | ErrorCode::OperationAborted
                | ErrorCode::OutOfMemory
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::NoLargeFileSupport
        ),
        _ => false,
    };
    if away { StoreError::Unavailable { reason } } else { StoreError::Corrupt { reason } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_tells_the_field() {
        let field = |columns: &str| unique_field(&format!("UNIQUE constraint failed: {columns}"));
        assert_eq!(field("members.organization_id, members.user_id"), UniqueField::Membership);
        assert_eq!(field("key_secrets.digest"), UniqueField::Secret);
        assert_eq!(field("keys.id"), UniqueField::Identity);
        assert_eq!(field("keys.number"), UniqueField::Identity);
    }

    #[test]
    fn an_absent_database_is_not_a_corrupt_one() {
        let failure = |code| store_error(Error::SqliteFailure(ffi::Error::new(code), None));
        for code in [
            ffi::SQLITE_BUSY,
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_READONLY,
        ] {
            assert!(matches!(failure(code), StoreError::Unavailable { .. }), "{code}");
        }
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB, ffi::SQLITE_ERROR, ffi::SQLITE_CORRUPT_VTAB] {
            assert!(matches!(failure(code), StoreError::Corrupt { .. }), "{code}");
        }
    }
}
