//! The link by which somebody who lost their password chooses another: made by the operator, at the machine. No mail is sent
//! from here, so whoever runs the server hands it over, and knows to whom.

use std::time::Duration;

use keywright_store::{Command, LinkPurpose, LinkToken};

use crate::change::Act;
use crate::people::user_with_email;
use crate::random::new_id;
use crate::root_key::commit;
use crate::secret::{LINK, SecretToken};
use crate::start::{EngineParts, StartError, check_pepper};

/// How long the link lasts.
const PASSWORD_LINK_LASTS: Duration = Duration::from_hours(1);

/// Makes a link by which the person with this address chooses a password, and voids an earlier one, with no engine running on
/// the store. `deliver` is called before anything is committed: if it fails, nothing is made.
pub async fn make_password_link(
    parts: EngineParts,
    email: &str,
    deliver: impl FnOnce(&SecretToken) -> std::io::Result<()> + Send,
) -> Result<(), StartError> {
    check_pepper(&parts).await?;
    if parts.store.organization_by_number(1).await?.is_none() {
        return Err(StartError::NeverStarted);
    }
    let email = email.trim().to_lowercase();
    let user = user_with_email(parts.store.as_ref(), &email).await?;
    let user = user.ok_or(StartError::NoSuchPerson)?;
    let memberships = parts.store.memberships(user.id).await?;
    let accepted = memberships.into_iter().find(|membership| membership.accepted_at.is_some());
    // Whoever has none chooses their first one by the invitation.
    let member = accepted.filter(|_| user.password_hash.is_some()).ok_or(StartError::NotJoined)?;
    let now = parts.clock.now();
    let token = SecretToken::generate(parts.random.as_ref());
    let link = LinkToken {
        id: new_id(parts.random.as_ref(), now),
        digest: parts.pepper.digest_token(LINK, token.expose()),
        purpose: LinkPurpose::Password(member.id),
        organization: member.organization,
        created_at: now,
        expires_at: now.plus(PASSWORD_LINK_LASTS),
        used_at: None,
    };
    let act = Act::new("passwordLink.create", "user", user.id.uuid()).with("email", email);
    deliver(&token).map_err(StartError::NotDelivered)?;
    let made = vec![Command::VoidPasswordLinks(user.id), Command::CreateLinkToken(link)];
    commit(&parts, member.organization, &act, made).await
}
