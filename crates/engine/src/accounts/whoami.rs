//! Who the caller is.

use keywright_domain::{MemberRole, OrganizationId, VerbSet};
use keywright_store::{KeyListing, KeyOwner, Organization, ServiceAccount, User};

use crate::Engine;
use crate::accounts::no_such_organization;
use crate::actor::Actor;
use crate::error::Error;

/// What a caller may know of itself.
#[derive(Debug)]
pub struct Whoami {
    /// The person or service account.
    pub principal: KeyOwner,
    /// The person, if it is one.
    pub user: Option<User>,
    /// The service account, if it is one.
    pub service_account: Option<ServiceAccount>,
    /// The person's role in the organization.
    pub role: Option<MemberRole>,
    /// The organization.
    pub organization: Organization,
    /// The key that was presented, if one was.
    pub key: Option<KeyListing>,
    /// What the caller may do now, as patterns.
    pub permissions: Vec<String>,
    /// With which verbs.
    pub verbs: VerbSet,
}

impl Engine {
    /// Who the caller is, in which organization, and what they may do there.
    pub async fn whoami(&self, actor: &Actor) -> Result<Whoami, Error> {
        let id: OrganizationId = actor.organization_id();
        let organization = self.store.organization(id).await?.ok_or_else(no_such_organization)?;
        let (mut user, mut service_account) = (None, None);
        match actor.principal() {
            KeyOwner::User(id) => user = self.store.user(id).await?,
            KeyOwner::ServiceAccount(account) => {
                service_account = self.store.service_account(id, account).await?;
            }
        }
        let key = match actor.key_id() {
            Some(key) => self.store.key(id, key).await?,
            None => None,
        };
        let access = actor.access();
        Ok(Whoami {
            principal: actor.principal(),
            user,
            service_account,
            role: actor.member_role(),
            organization,
            key,
            permissions: access.terms().iter().map(|term| term.pattern().to_string()).collect(),
            verbs: access.verbs(),
        })
    }
}
