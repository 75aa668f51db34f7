//! Telling whether a key, or a token of one, is in force, and what it allows.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keywright_domain::{Denial, Digest, KeyId, OrganizationId, PresentedKey, Right, Timestamp};

use super::Issuer;
use super::claims::{Claims, Presented};
use super::scope::holds;
use crate::Engine;
use crate::actor::Actor;
use crate::error::Error;
use crate::index::FoundKey;
use crate::told::in_http;
use crate::uses::Answered;
use crate::verify::{VALID, VerifyRequest, judge};

/// What a resource server asks.
#[derive(Debug, Clone, Copy)]
pub struct IntrospectRequest<'a> {
    /// A key, or a token of one.
    pub token: &'a str,
    /// Where it was presented from, if the asker says so: a key that is bound to networks is in force within them alone.
    pub address: Option<IpAddr>,
}

/// What is told of a key, or a token of one, that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveToken {
    /// The key.
    pub key: KeyId,
    /// Its organization.
    pub organization: OrganizationId,
    /// Who vouches for it.
    pub issuer: String,
    /// What it allows now.
    pub scope: Vec<String>,
    /// The customer that the key is for.
    pub external_id: Option<String>,
    /// When it was made, in seconds since 1970.
    pub issued_at: Option<i64>,
    /// Not before which second it holds.
    pub not_before: Option<i64>,
    /// In which second it ends.
    pub expires_at: Option<i64>,
    /// Whom a token is for.
    pub audience: Option<String>,
    /// Names a token.
    pub token_id: Option<String>,
}

impl Engine {
    /// Tells of a key of the caller's organization, or of a token of one, what it allows; `None` when it is not in force,
    /// for whatever reason. Needs `apiKey.verify`.
    ///
    /// It counts as a verification that costs nothing: whoever introspects keeps the answer for a while, so that counting
    /// it on limits would mean little.
    ///
    /// Of a token both is asked: whether it holds by itself, and whether the very secret that it was made with is still in
    /// force; and of what it says it allows, what the key has still.
    pub fn introspect(
        &self,
        actor: &Actor,
        request: &IntrospectRequest<'_>,
        issuer: &Issuer,
    ) -> Result<Option<ActiveToken>, Error> {
        actor.require(Right::ApiKeyVerify)?;
        let (ring, now) = (self.ring(), self.now());
        let pairs = ring.published(now).map(|(pair, _)| pair);
        let Some(presented) = Presented::of(request.token, pairs) else {
            return self.introspect_key(actor, request, issuer);
        };
        let judged = self.judge_token(actor, &presented, request, issuer, now);
        self.counters().count_verdict(judged.as_ref().map_or_else(Denial::code, |_| VALID));
        Ok(judged.ok())
    }

    fn introspect_key(
        &self,
        actor: &Actor,
        request: &IntrospectRequest<'_>,
        issuer: &Issuer,
    ) -> Result<Option<ActiveToken>, Error> {
        let question =
            VerifyRequest { address: request.address, ..VerifyRequest::of(PresentedKey::new(request.token)) };
        let request_id = actor.origin.request_id.as_deref();
        let question = VerifyRequest { request_id, ..question };
        let verdict = self.answer_uncounted(actor.organization.id, &question)?;
        let Some(key) = verdict.key.filter(|_| verdict.valid) else { return Ok(None) };
        Ok(Some(ActiveToken {
            key: key.id,
            organization: key.organization(),
            issuer: issuer.of(key.organization()),
            scope: key.scope(),
            issued_at: made_at(key.id),
            not_before: None,
            expires_at: key.ends_at().map(Timestamp::as_seconds),
            external_id: key.external_id().map(str::to_owned),
            audience: None,
            token_id: None,
        }))
    }

    fn judge_token(
        &self,
        actor: &Actor,
        presented: &Presented<'_>,
        request: &IntrospectRequest<'_>,
        issuer: &Issuer,
        now: Timestamp,
    ) -> Result<ActiveToken, Denial> {
        let claims = presented.claims().ok_or(Denial::Malformed)?;
        let organization = actor.organization_id();
        if claims.org != organization || claims.iss != issuer.of(organization) {
            return Err(Denial::NotFound);
        }
        let end = Timestamp::from_millis(claims.exp.saturating_mul(1000));
        if now.as_seconds() < claims.nbf {
            return Err(Denial::NotFound);
        }
        let digest = self.secret_of(&claims).ok_or(Denial::NotFound)?;
        let judge = |found: &FoundKey<'_>| {
            let theirs = &found.owner.organization;
            if theirs.id != organization || found.id != claims.sub {
                return Err(Denial::NotFound);
            }
            let judged = if end.has_passed(now) {
                Err(Denial::Expired { at: end })
            } else {
                judge(found, request.address, now)
            };
            let place = (request.address, None);
            let (code, is_first) = match &judged {
                Ok(()) => (VALID, self.note_use(found, place, now, true)),
                Err(denial) => (denial.code(), self.uses.count(organization, found.id, denial.code(), now)),
            };
            let answered = Answered {
                organization,
                key: found.id,
                owner: found.owner.owner,
                code,
                status: in_http(code).0,
                route: None,
                request_id: actor.origin.request_id.as_deref(),
            };
            let token = PresentedKey::new(request.token);
            let question = VerifyRequest { address: request.address, ..VerifyRequest::of(token) };
            self.uses.requests().note(&answered, &question, is_first, now);
            judged?;
            let still = |word: &&str| holds(found.policy, found.owner, word);
            let scope = claims.scope.split(' ').filter(|word| !word.is_empty()).filter(still);
            Ok((scope.map(str::to_owned).collect(), found.external_id().map(str::to_owned)))
        };
        let (scope, external_id) = self.index().find_digest(&digest, judge).ok_or(Denial::NotFound)??;
        Ok(ActiveToken {
            key: claims.sub,
            organization,
            issuer: claims.iss,
            scope,
            external_id,
            issued_at: Some(claims.iat),
            not_before: Some(claims.nbf),
            expires_at: Some(claims.exp),
            audience: claims.aud,
            token_id: Some(claims.jti),
        })
    }

    /// The secret that a token was made with.
    fn secret_of(&self, claims: &Claims) -> Option<Digest> {
        let handle = URL_SAFE_NO_PAD.decode(&claims.jti).ok()?;
        let digest = self.handles.open(claims.sub.uuid().as_bytes(), &handle)?;
        Some(Digest::from_bytes(digest.as_slice().try_into().ok()?))
    }
}

/// The second in which a key was made: its id is made of the time.
fn made_at(key: KeyId) -> Option<i64> {
    let (seconds, _) = key.uuid().get_timestamp()?.to_unix();
    i64::try_from(seconds).ok()
}
