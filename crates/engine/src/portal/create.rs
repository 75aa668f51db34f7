//! Opening the portal to a customer.

use std::time::Duration;

use keywright_domain::{Access, Owner, PortalSessionId, Right, ServiceAccountId, VerbSet};
use keywright_store::{Command, KeyOwner, LinkPurpose, LinkToken, PortalOpener, PortalSession, Refusal};

use crate::Engine;
use crate::accounts::IssuedLink;
use crate::actor::{Actor, Credential};
use crate::change::Act;
use crate::error::Error;
use crate::keys::{check_catalogue, creator, require_unmetered, require_within};
use crate::secret::{LINK, SecretToken};
use crate::text::Problems;

/// How long a session lasts unless said otherwise, at least and at most, in seconds.
const USUAL_SECONDS: u64 = 60 * 60;
const MIN_SECONDS: u64 = 60;
const MAX_SECONDS: u64 = 24 * 60 * 60;
/// How long its link waits to be used: it is made when somebody is about to follow it.
const LINK_LASTS: Duration = Duration::from_mins(5);

/// A session to be made. Texts are as the caller sent them.
#[derive(Debug, Clone, Default)]
pub struct PortalSessionDraft {
    /// The customer. Required.
    pub external_id: Option<String>,
    /// Whose the keys will be. Required.
    pub service_account: Option<String>,
    /// What keys may be given at most. Required.
    pub permissions: Option<Vec<String>>,
    /// How long it lasts: 60 to 86,400 s, an hour unless said otherwise.
    pub ttl_seconds: Option<u64>,
}

/// A session that was made.
#[derive(Debug)]
pub struct IssuedPortalSession {
    /// The session.
    pub session: PortalSession,
    /// The link by which it begins. `None` where the request was repeated: it is told once.
    pub link: Option<IssuedLink>,
}

impl Engine {
    /// Makes a session of the portal, which begins when its link is used. Needs `portalSession.create`, which alone lets
    /// its bearer have a customer keep keys of that service account there; and all that the session may hand out.
    pub async fn create_portal_session(
        &self,
        actor: &Actor,
        draft: PortalSessionDraft,
    ) -> Result<IssuedPortalSession, Error> {
        let act = Act::new("portalSession.create", "portalSession", None);
        self.audited(actor, act, async {
            actor.require(Right::PortalSessionCreate)?;
            if let Some(id) = self.answered_before::<PortalSessionId>(actor).await? {
                return self.made_before(id).await;
            }
            let session = self.accept_portal_session(actor, &draft)?;
            let token = SecretToken::generate(self.random.as_ref());
            let expires_at = session.created_at.plus(LINK_LASTS).min(session.expires_at);
            let link = LinkToken {
                id: self.new_id(),
                digest: self.pepper.digest_token(LINK, token.expose()),
                purpose: LinkPurpose::Portal(session.id),
                organization: session.organization,
                created_at: session.created_at,
                expires_at,
                used_at: None,
            };
            let spelt: Vec<String> = session.permissions.iter().map(ToString::to_string).collect();
            let act = Act::new("portalSession.create", "portalSession", session.id.uuid())
                .with("externalId", session.external_id.as_str())
                .with("serviceAccountId", session.service_account.to_string())
                .with("permissions", spelt)
                .with("expiresAt", session.expires_at.to_string());
            let command = Command::All(vec![
                Command::CreatePortalSession(Box::new(session.clone())),
                Command::CreateLinkToken(link),
            ]);
            let changed = self.change(actor, &act, command, session.id).await;
            let changed = changed.map_err(|refused| {
                refused.into_error(|refusal| {
                    matches!(refusal, Refusal::OwnerGone).then(|| {
                        Error::Conflict("the service account was deleted at the same time".to_owned())
                    })
                })
            })?;
            if changed.is_repetition {
                return self.made_before(changed.value).await;
            }
            Ok(IssuedPortalSession { session, link: Some(IssuedLink { token, expires_at }) })
        })
        .await
    }

    async fn made_before(&self, id: PortalSessionId) -> Result<IssuedPortalSession, Error> {
        let session = self.store.portal_session(id).await?;
        let session = session.ok_or(Error::NotFound { kind: "portal session" })?;
        Ok(IssuedPortalSession { session, link: None })
    }

    fn accept_portal_session(
        &self,
        actor: &Actor,
        draft: &PortalSessionDraft,
    ) -> Result<PortalSession, Error> {
        let now = self.now();
        let mut problems = Problems::default();
        let external_id = problems.name("externalId", draft.external_id.as_deref());
        let service_account = read_account(&mut problems, actor, draft.service_account.as_deref());
        let permissions = match draft.permissions.as_deref() {
            None => {
                problems.add("permissions", "is required");
                Vec::new()
            }
            Some([]) => {
                problems.add("permissions", "must name at least one permission");
                Vec::new()
            }
            Some(spelt) => problems.permissions("permissions", spelt),
        };
        check_catalogue(&mut problems, actor, &permissions);
        let ttl_seconds = draft.ttl_seconds.unwrap_or(USUAL_SECONDS);
        if !(MIN_SECONDS..=MAX_SECONDS).contains(&ttl_seconds) {
            problems.add("ttlSeconds", format!("must be {MIN_SECONDS} to {MAX_SECONDS}"));
        }
        problems.finish()?;
        let service_account = service_account.ok_or(Error::NotFound { kind: "service account" })?;
        require_unmetered(actor)?;
        // Whatever verbs the opener has, the session has no others.
        let given = Access::of_permissions(&permissions, VerbSet::ALL, false);
        require_within(actor, &given.with_verbs(actor.access().verbs()))?;
        let ends = now.plus(Duration::from_secs(ttl_seconds));
        Ok(PortalSession {
            id: self.new_id(),
            organization: actor.organization_id(),
            external_id,
            service_account,
            permissions,
            opener: opener(actor)?,
            created_by: creator(actor),
            created_at: now,
            expires_at: actor.expires_at().map_or(ends, |end| end.min(ends)),
            digest: None,
            opened_at: None,
            ended_at: None,
        })
    }
}

/// What the session depends on from then on.
fn opener(actor: &Actor) -> Result<PortalOpener, Error> {
    match actor.credential() {
        Credential::Key { id, secret, .. } => Ok(PortalOpener::Key(*id, *secret)),
        Credential::Session { id, .. } => Ok(PortalOpener::Session(*id)),
        Credential::Portal(_) => Err(Error::forbidden("a session of the portal opens no other")),
    }
}

fn read_account(problems: &mut Problems, actor: &Actor, text: Option<&str>) -> Option<ServiceAccountId> {
    let Some(text) = text else {
        problems.add("serviceAccountId", "is required");
        return None;
    };
    let id: ServiceAccountId = problems.parsed("serviceAccountId", text)?;
    let state = actor.organization.owner(KeyOwner::ServiceAccount(id)).map(|owner| owner.ceiling().state);
    match state {
        Some(Owner::Active) => {}
        Some(Owner::Disabled) => problems.add("serviceAccountId", "names a service account that is disabled"),
        Some(Owner::Gone) | None => {
            problems.add("serviceAccountId", "names no service account of this organization");
        }
    }
    Some(id)
}
