//! Making a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keywright_domain::Timestamp;

use super::claims::Claims;
use super::scope::scope;
use super::{Issuer, MAX_TOKEN_BYTES, MAX_TTL};
use crate::Engine;
use crate::actor::{Actor, Credential};
use crate::error::Error;
use crate::secret::SecretToken;
use crate::text::Problems;

/// What a token is to say, as it was sent.
#[derive(Debug, Clone, Default)]
pub struct TokenDraft {
    /// How long it lasts, in seconds: 1 to 3600.
    pub ttl_seconds: Option<u64>,
    /// Whom it is for.
    pub audience: Option<String>,
    /// What it allows; left out: all that the key may do, where that can be listed.
    pub permissions: Option<Vec<String>>,
}

/// A token.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token itself.
    pub token: SecretToken,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Engine {
    /// Makes a token for the key that the caller showed: no wider than what the key may do now, and no longer than it, or
    /// the secret that was shown, lasts. Answered from memory; nothing is written.
    pub fn issue_token(
        &self,
        actor: &Actor,
        draft: &TokenDraft,
        issuer: &Issuer,
    ) -> Result<IssuedToken, Error> {
        let Credential::Key { id, secret, .. } = actor.credential() else {
            return Err(Error::forbidden(
                "a token is made from an API key, by that key: show one, not a session",
            ));
        };
        require_unrestricted(actor)?;
        let issued_at = self.now().as_seconds();
        let ends_at = check_draft(actor, draft, issued_at)?;
        let words = match &draft.permissions {
            Some(named) => named_words(actor, named)?,
            None => all_words(actor)?,
        };
        let ring = self.ring();
        let pair = ring.current(self.now()).ok_or_else(|| {
            tracing::error!("no signing key can be used: tokens cannot be made");
            Error::Unavailable("this server has no signing key that it can use; its log says why".to_owned())
        })?;
        let handle = self.handles.close(self.random.as_ref(), id.uuid().as_bytes(), secret.as_bytes());
        let claims = Claims {
            iss: issuer.of(actor.organization_id()),
            sub: *id,
            aud: draft.audience.clone(),
            client_id: *id,
            org: actor.organization_id(),
            scope: words.join(" "),
            iat: issued_at,
            nbf: issued_at,
            exp: ends_at,
            jti: URL_SAFE_NO_PAD.encode(handle),
        };
        let token = claims.sign(pair);
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::invalid(
                "permissions",
                format!(
                    "must be fewer or shorter: the token would have {} bytes, and {MAX_TOKEN_BYTES} are the most",
                    token.len()
                ),
            ));
        }
        let expires_at = Timestamp::from_millis(ends_at * 1000);
        Ok(IssuedToken { token: SecretToken::of_text(token), expires_at })
    }
}

/// Reads what was sent; the second in which the token ends.
fn check_draft(actor: &Actor, draft: &TokenDraft, issued_at: i64) -> Result<i64, Error> {
    let longest = i64::try_from(MAX_TTL.as_secs()).unwrap_or(i64::MAX);
    let mut problems = Problems::default();
    let ttl = draft.ttl_seconds.map_or(0, |seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
    if draft.ttl_seconds.is_none() {
        problems.add("ttlSeconds", "is required");
    } else if !(1..=longest).contains(&ttl) {
        problems.add("ttlSeconds", format!("must be 1 to {longest} (an hour)"));
    } else if let Some(end) = actor.expires_at()
        && end.as_seconds() < issued_at + ttl
    {
        let left = end.as_seconds() - issued_at;
        problems.add(
            "ttlSeconds",
            format!("must be at most {left}: a token cannot outlast its key, or the secret that was shown, which ends {end}"),
        );
    }
    problems.optional_line("audience", draft.audience.clone());
    let named = draft.permissions.as_deref().unwrap_or_default();
    for (position, permission) in problems.permissions("permissions", named).iter().enumerate() {
        if permission.patterns().iter().any(|pattern| !pattern.is_concrete()) {
            problems.add(format!("permissions[{position}]"), NAME_THEM);
        }
    }
    problems.finish()?;
    Ok(issued_at.saturating_add(ttl))
}

const NAME_THEM: &str =
    "must be one permission, not a pattern or `all`: whoever checks a token compares words";

/// The permissions that were asked for, each once; refused unless the key has all of them.
fn named_words(actor: &Actor, named: &[String]) -> Result<Vec<String>, Error> {
    let (missing, held): (Vec<&String>, Vec<&String>) = named.iter().partition(|name| !actor.holds(name));
    if !missing.is_empty() {
        let missing: Vec<String> = missing.into_iter().cloned().collect();
        let message =
            format!("a token is no wider than its key: this key does not have {}", missing.join(", "));
        return Err(Error::Forbidden { message, missing });
    }
    let mut words: Vec<String> = Vec::with_capacity(held.len());
    for name in held {
        if !words.contains(name) {
            words.push(name.clone());
        }
    }
    Ok(words)
}

/// All that the key may do, where that can be listed.
fn all_words(actor: &Actor) -> Result<Vec<String>, Error> {
    let Credential::Key { policy, .. } = actor.credential() else { return Ok(Vec::new()) };
    let scope = scope(policy, &actor.owner);
    if scope.is_open {
        return Err(Error::invalid(
            "permissions",
            "must be given: this key has patterns, or what its owner has, and a token names its permissions one by one",
        ));
    }
    Ok(scope.words)
}

/// Refuses a key that is bound to a network, limited or metered, none of which a token is, unless its organization says
/// otherwise.
fn require_unrestricted(actor: &Actor) -> Result<(), Error> {
    if actor.organization.settings().tokens_for_restricted_keys {
        return Ok(());
    }
    let Some(what) = actor.restriction() else { return Ok(()) };
    Err(Error::forbidden(format!(
        "this key {what}, which nobody who checks a token could hold it to: its organization must allow that first \
         (tokensForRestrictedKeys)"
    )))
}
