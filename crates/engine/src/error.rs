//! What can go wrong, in the words of the domain. Surfaces translate it, once and last.

use std::time::Duration;

use keywright_domain::Denial;
use keywright_store::StoreError;

/// A field that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field, as a path: `rateLimits[0].limit`.
    pub field: String,
    /// What is wrong with it and what would do, as the rest of a sentence that begins with the field's name.
    pub message: String,
}

impl FieldProblem {
    /// A problem.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Why a caller is not let in at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unauthenticated {
    /// No credential was presented.
    Missing,
    /// A key was presented and refused.
    Key(Denial),
    /// A session token was presented that is unknown or has ended, or whose user has no organization.
    Session,
    /// An e-mail address and a password that do not belong together.
    Password,
    /// A link that is unknown, used up or expired.
    Link,
    /// A session of the portal that is unknown, has ended, or whose opener or service account may not have it any more.
    Portal,
}

/// Anything that keeps an operation from being done. What the caller may read is `Display`; what the operator must
/// know besides has been logged where it was known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request cannot be accepted as it is.
    #[error("{}", .0.iter().map(|p| format!("{} {}", p.field, p.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldProblem>),
    /// The caller is not known.
    #[error("authentication required")]
    Unauthenticated(Unauthenticated),
    /// The caller may not do this.
    #[error("{message}")]
    Forbidden {
        /// Why, and what would be needed.
        message: String,
        /// Permissions that are missing, where that is the reason.
        missing: Vec<String>,
    },
    /// The caller may do this, but would hand out what it does not have itself.
    #[error("{message}")]
    BeyondGranter {
        /// What it lacks.
        message: String,
        /// Permissions that are missing, where that is the reason.
        missing: Vec<String>,
    },
    /// There is no such thing, or the caller cannot see it.
    #[error("there is no {kind} with this id")]
    NotFound {
        /// What kind of thing, in words.
        kind: &'static str,
    },
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(String),
    /// The caller tries too often.
    #[error("too many attempts: try again in {} s", .retry_after.as_secs().max(1))]
    TooManyAttempts {
        /// When to try again.
        retry_after: Duration,
    },
    /// It cannot be done now. Nothing was done, unless the message says that this is not known.
    #[error("{0}")]
    Unavailable(String),
    /// Something that cannot be right.
    #[error("an internal error; the server's log says more under this request's id")]
    Internal(String),
}

impl Error {
    /// One field that cannot be accepted.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, message)])
    }

    /// A refusal in words.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden { message: message.into(), missing: Vec::new() }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::Unavailable { .. } => {
                Self::Unavailable("the database cannot be used now; try again".to_owned())
            }
            StoreError::CommitUnknown { .. } => Self::Unavailable(
                "the database did not say whether the change was made; look before you repeat it".to_owned(),
            ),
            StoreError::Corrupt { reason } => Self::Internal(reason),
            StoreError::TooNew { .. } => Self::Internal(error.to_string()),
        }
    }
}
