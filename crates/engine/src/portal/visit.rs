//! Who is in the portal: looked at anew for every request, since what a session rests on may have gone meanwhile.

use std::sync::Arc;

use keywright_domain::{Owner, PortalSessionId, Right};
use keywright_store::{KeyOwner, PortalOpener, PortalSession};

use super::{PortalCredential, PortalVisitor, is_over};
use crate::Engine;
use crate::actor::{Actor, Credential, Origin};
use crate::error::Error;
use crate::index::OrganizationState;
use crate::secret::{PORTAL, PORTAL_FORM, SecretToken};
use crate::verify::{credential_of, judge_standing};

impl Engine {
    /// Lets in the bearer of a token of this session. Over is a session that has ended or expired, whose opener's
    /// credential is not in force any more or may not open the portal, or whose service account is disabled or gone.
    pub async fn authenticate_portal(
        &self,
        id: PortalSessionId,
        token: &str,
        origin: Origin,
    ) -> Result<PortalVisitor, Error> {
        let session = self.store.portal_session(id).await?.ok_or_else(is_over)?;
        if session.digest != Some(self.pepper.digest_token(PORTAL, token)) {
            self.counters().count_refused_sign_in();
            return Err(is_over());
        }
        let form = self.pepper.digest_token(PORTAL_FORM, token);
        let form = SecretToken::of_text(hexadecimal(&form.as_bytes()[..16]));
        let actor = self.portal_actor(&session, origin).await?;
        Ok(PortalVisitor { actor, session, form })
    }

    /// Who acts in a session, if it is in force.
    pub(super) async fn portal_actor(&self, session: &PortalSession, origin: Origin) -> Result<Actor, Error> {
        if session.ended_at.is_some() || session.expires_at.has_passed(self.now()) {
            return Err(is_over());
        }
        let organization = self.index().organization(session.organization).ok_or_else(is_over)?;
        let account = organization.owner(KeyOwner::ServiceAccount(session.service_account));
        let account = account.filter(|account| account.ceiling().state == Owner::Active);
        let account = account.ok_or_else(is_over)?;
        let opener = self.opener(session, &organization, origin.clone()).await?.ok_or_else(is_over)?;
        if !opener.has(Right::PortalSessionCreate) {
            return Err(is_over());
        }
        let credential = PortalCredential {
            session: session.id,
            customer: session.external_id.clone(),
            permissions: session.permissions.clone(),
            opener,
        };
        Ok(Actor::new(account, Credential::Portal(Arc::new(credential)), origin))
    }

    /// Who opened a session, as they are now; `None` once their credential is not in force.
    async fn opener(
        &self,
        session: &PortalSession,
        organization: &Arc<OrganizationState>,
        origin: Origin,
    ) -> Result<Option<Actor>, Error> {
        match session.opener {
            PortalOpener::Key(key, secret) => {
                let now = self.now();
                let found = self.index().find_digest(&secret, |found| {
                    let is_it = found.id == key && found.owner.organization.id == organization.id;
                    // The customer is elsewhere than the opener, whose networks bind the keys that are made.
                    if !is_it || judge_standing(found, now).is_err() {
                        return None;
                    }
                    Some((Arc::clone(found.owner), credential_of(found)))
                });
                let found = found.flatten();
                Ok(found.map(|(owner, credential)| Actor::new(owner, credential, origin)))
            }
            PortalOpener::Session(id) => {
                let found = self.store.session_by_id(id).await?;
                let Some(found) = found.filter(|found| !found.expires_at.has_passed(self.now())) else {
                    return Ok(None);
                };
                let Some(user) = self.store.user(found.user).await? else { return Ok(None) };
                let owner = organization.owner(KeyOwner::User(user.id));
                let owner = owner.filter(|owner| owner.ceiling().role.is_some());
                let must_change_password = user.must_change_password;
                let credential = Credential::Session { id, must_change_password };
                Ok(owner.map(|owner| Actor::new(owner, credential, origin)))
            }
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
