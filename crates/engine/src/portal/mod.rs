//! The portal: a page on which a customer of an organization keeps their own keys.
//!
//! A session of it is opened by a credential of the organization, for one customer and one service account. What it may
//! hand out is, at every moment, what the opener has, what the session was given and what the service account has, all
//! three; and it reaches the keys alone that this customer made in the portal for that service account.

mod create;
mod keys;
mod list;
mod open;
mod settings;
mod visit;

use std::sync::Arc;

use keywright_domain::{Access, Permission, PortalSessionId, PortalSettings, Right, Timestamp, VerbSet};
use keywright_store::{Command, Condition, KeyRecord, PortalSession};

pub use create::{IssuedPortalSession, PortalSessionDraft};
pub use keys::{PortalKeyDraft, PortalPermission, PortalUse};
pub use open::OpenedPortal;
pub use settings::PortalSettingsPatch;

use crate::actor::Actor;
use crate::error::{Error, Unauthenticated};
use crate::secret::SecretToken;

/// What a session of the portal acts by.
#[derive(Debug)]
pub struct PortalCredential {
    pub(crate) session: PortalSessionId,
    pub(crate) customer: String,
    pub(crate) permissions: Vec<Permission>,
    /// Who opened it, as they are now.
    pub(crate) opener: Actor,
}

/// A customer in the portal. There is nothing that they can do but what takes one of these.
#[derive(Debug)]
pub struct PortalVisitor {
    pub(crate) actor: Actor,
    session: PortalSession,
    form: SecretToken,
}

impl PortalCredential {
    /// Whether it may do with the customer's own keys what this right is about, and nothing else: as long as its opener may
    /// open the portal.
    pub(crate) fn has(&self, right: Right) -> bool {
        use Right::{ApiKeyCreate, ApiKeyDelete, ApiKeyRead, ApiKeyUpdate};
        matches!(right, ApiKeyCreate | ApiKeyRead | ApiKeyUpdate | ApiKeyDelete)
            && self.opener.has(Right::PortalSessionCreate)
    }

    /// What it may hand out, within what its service account has. No pattern reaches the management permissions.
    pub(crate) fn access(&self) -> Access {
        let given = Access::of_permissions(&self.permissions, VerbSet::ALL, false);
        given.meet(&self.opener.access())
    }

    /// Whether a key was made in the portal by this customer, and is for them still.
    pub(crate) fn made(&self, key: &KeyRecord) -> bool {
        let is_theirs = |customer: &Option<String>| customer.as_ref() == Some(&self.customer);
        is_theirs(&key.portal_customer) && is_theirs(&key.external_id)
    }

    /// The command, on condition that the customer has fewer keys than one may have.
    pub(crate) fn if_there_is_room(&self, settings: &PortalSettings, command: Command) -> Command {
        let condition = Condition::PortalHasRoom(self.session, settings.max_keys);
        Command::If { conditions: vec![condition], then: Box::new(command) }
    }
}

impl PortalVisitor {
    /// The session.
    pub const fn id(&self) -> PortalSessionId {
        self.session.id
    }

    /// The customer, as the organization calls them.
    pub fn customer(&self) -> &str {
        &self.session.external_id
    }

    /// When the session ends at the latest.
    pub const fn expires_at(&self) -> Timestamp {
        self.session.expires_at
    }

    /// What a form of this session carries, so that no other page can send one: only who was shown a page of it knows.
    pub fn form_token(&self) -> &str {
        self.form.expose()
    }

    /// Whether a form is one of this session: it carries [`Self::form_token`].
    pub fn made_form(&self, token: &str) -> bool {
        constant_time_eq::constant_time_eq(token.as_bytes(), self.form_token().as_bytes())
    }

    /// The organization, as it is now.
    pub fn organization(&self) -> Arc<keywright_store::Organization> {
        self.actor.organization.settings()
    }
}

/// The refusal of a session that is over, whatever ended it.
const fn is_over() -> Error {
    Error::Unauthenticated(Unauthenticated::Portal)
}
