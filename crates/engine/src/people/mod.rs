//! People: how they set the server up, sign in, and join organizations.

mod identities;
mod invitations;
mod lost_password;
mod own_account;
mod passwords;
mod sessions;
mod set_up;
mod users;

use keywright_domain::Timestamp;
use keywright_store::User;

pub use identities::{ProvenIdentity, Recognized};
pub use invitations::{Accepted, NewPerson};
pub use own_account::OwnSession;
pub(crate) use passwords::Passwords;
pub use set_up::PersonDraft;
pub(crate) use users::user_with_email;

use crate::secret::SecretToken;

/// A session that began.
#[derive(Debug)]
pub struct SignedIn {
    /// Its token, this once.
    pub token: SecretToken,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whose it is.
    pub user: User,
}
