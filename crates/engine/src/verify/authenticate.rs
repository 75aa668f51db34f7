//! Who presents a key to this server's own API.

use std::sync::Arc;

use keywright_domain::{Denial, PresentedKey};

use super::{VerifyRequest, denial_of, judge_by};
use crate::Engine;
use crate::accounts::own_organization_only;
use crate::actor::{Actor, Credential, Origin, Rules};
use crate::error::{Error, Unauthenticated};
use crate::index::{FoundKey, OrganizationState, OwnerState};
use crate::uses::Answered;

impl Engine {
    /// Lets in the bearer of a key of any organization. `named_organization`: the one that the request names, by id or
    /// number; it must be the key's own.
    pub fn authenticate_key(
        &self,
        key: PresentedKey<'_>,
        named_organization: Option<&str>,
        origin: Origin,
    ) -> Result<Actor, Error> {
        let now = self.now();
        let found = self.index().find(
            key,
            |key| self.pepper.digest(key),
            |found| {
                let authority = found.entitlement().authority();
                judge_by(&authority, found, origin.address, now).map(|()| {
                    let place = (origin.address, origin.agent.as_deref());
                    // Usage counts what a key is verified for, not what it does here.
                    let is_first_use = self.note_use(found, place, now, false);
                    (credential_of(found), Arc::clone(found.owner), authority.rights(), is_first_use)
                })
            },
        );
        let denial = match found {
            Ok(Ok((credential, owner, rights, is_first_use))) => {
                let rights = Some(rights);
                let actor = Actor { is_first_use, rights, ..Actor::new(owner, credential, origin) };
                return if named_organization.is_none_or(|named| names(named, &actor.organization)) {
                    Ok(actor)
                } else {
                    Err(own_organization_only())
                };
            }
            Ok(Err(denial)) => denial,
            Err(not_found) => denial_of(not_found),
        };
        self.counters().count_refused_credential(denial.code());
        self.throttle.charge_failure(origin.address, now)?;
        Err(Error::Unauthenticated(Unauthenticated::Key(denial)))
    }
}

/// What the bearer of a key that was found acts by. A secret that a rotation replaced ends with its overlap, and hands nothing
/// on beyond it.
pub(crate) fn credential_of(found: &FoundKey<'_>) -> Credential {
    Credential::Key {
        id: found.id,
        secret: found.digest(),
        expires_at: found.ends_at(),
        is_superseded: found.revoked_at.is_some(),
        policy: Arc::clone(found.policy),
    }
}

/// A request to this server whose key was refused.
#[derive(Debug, Clone, Copy)]
pub struct RefusedRequest<'a> {
    /// The key that it shows.
    pub key: PresentedKey<'a>,
    /// The HTTP method.
    pub method: &'a str,
    /// The path; what follows a `?` in it is not kept.
    pub path: &'a str,
    /// The pattern of the route that took it.
    pub route: Option<&'a str>,
    /// From where and with what.
    pub origin: &'a Origin,
}

impl Engine {
    /// Counts the refusal of a key that is known among its usage, and logs the request: so that it shows that somebody still
    /// has a key that was revoked. Of other errors than such a refusal nothing is noted; those beyond what
    /// [`authenticate_key`](Self::authenticate_key) puts off are others.
    pub fn note_refused(&self, error: &Error, refused: &RefusedRequest<'_>) {
        let Error::Unauthenticated(Unauthenticated::Key(denial)) = error else { return };
        if matches!(denial, Denial::Malformed | Denial::NotFound) {
            return;
        }
        let whose = |found: &FoundKey<'_>| (found.owner.organization.id, found.id, found.owner.owner);
        let found = self.index().find(refused.key, |key| self.pepper.digest(key), whose);
        let Ok((organization, key, owner)) = found else { return };
        let (code, now, origin) = (denial.code(), self.now(), refused.origin);
        let is_first = self.uses.count(organization, key, code, now);
        let question = VerifyRequest {
            logged_method: Some(refused.method),
            path: Some(refused.path),
            address: origin.address,
            agent: origin.agent.as_deref(),
            ..VerifyRequest::of(refused.key)
        };
        // Whatever is wrong with a credential, this API answers 401.
        let (status, route, request_id) = (401, refused.route, origin.request_id.as_deref());
        let answered = Answered { organization, key, owner, code, status, route, request_id };
        self.uses.requests().note(&answered, &question, is_first, now);
    }
}

impl Actor {
    pub(crate) fn new(owner: Arc<OwnerState>, credential: Credential, origin: Origin) -> Self {
        Self {
            organization: Arc::clone(&owner.organization),
            owner,
            credential,
            origin,
            idempotency: None,
            rules: Rules::House,
            is_first_use: false,
            rights: None,
        }
    }
}

/// Whether `named` (an id or a number, as a request spells it) is this organization.
pub(crate) fn names(named: &str, organization: &OrganizationState) -> bool {
    named.parse() == Ok(organization.id) || named.parse() == Ok(organization.number)
}
