//! The link by which the first owner sets the first organization up: made at the first start, and again for an operator
//! who lost it, who let it end, or who restored a backup.

use std::time::Duration;

use keywright_domain::OrganizationId;
use keywright_store::{Command, Condition, LinkPurpose, LinkToken, Refusal};

use crate::change::Act;
use crate::random::new_id;
use crate::root_key::commit;
use crate::secret::{LINK, SecretToken};
use crate::start::{EngineParts, StartError, check_pepper};

/// How long the link lasts.
const SET_UP_LASTS: Duration = Duration::from_hours(7 * 24);

/// Makes another set-up link and voids the earlier one, with no engine running on the store. Refused once the first
/// organization is set up. `deliver` is called before anything is committed: if it fails, nothing is made.
pub async fn reset_set_up_link(
    parts: EngineParts,
    deliver: impl FnOnce(&SecretToken) -> std::io::Result<()> + Send,
) -> Result<(), StartError> {
    check_pepper(&parts).await?;
    let organization = parts.store.organization_by_number(1).await?.ok_or(StartError::NeverStarted)?;
    if organization.set_up_at.is_some() {
        return Err(StartError::AlreadySetUp);
    }
    let id = organization.id;
    let (link, token) = set_up_link(&parts, id);
    let act = Act::new("setUpLink.reset", "organization", id.uuid());
    let made = Command::All(vec![Command::VoidSetUpLinks(id), Command::CreateLinkToken(link)]);
    let command = Command::If { conditions: vec![Condition::NotSetUp(id)], then: Box::new(made) };
    deliver(&token).map_err(StartError::NotDelivered)?;
    commit(&parts, id, &act, vec![command]).await.map_err(|error| match error {
        StartError::Refused(Refusal::SetUpAlready) => StartError::AlreadySetUp,
        other => other,
    })
}

/// A set-up link to be, and what its address ends with.
pub(crate) fn set_up_link(parts: &EngineParts, organization: OrganizationId) -> (LinkToken, SecretToken) {
    let now = parts.clock.now();
    let token = SecretToken::generate(parts.random.as_ref());
    let link = LinkToken {
        id: new_id(parts.random.as_ref(), now),
        digest: parts.pepper.digest_token(LINK, token.expose()),
        purpose: LinkPurpose::SetUp,
        organization,
        created_at: now,
        expires_at: now.plus(SET_UP_LASTS),
        used_at: None,
    };
    (link, token)
}
