//! Verification: may this key do this, now? Answered from memory alone.

mod authenticate;
mod verdict;

use std::net::IpAddr;

use keywright_domain::{
    Catalogue, Demand, DemandedPermission, DemandedPermissions, Denial, IpAllowlist, MAX_CREDITS,
    OrganizationId, Owner, PresentedKey, RateLimit, Right, Standing, Timestamp, Verb, decide,
};
use keywright_store::KeyUse;
use uuid::Uuid;

pub use authenticate::RefusedRequest;
pub(crate) use authenticate::{credential_of, names};
pub(crate) use verdict::VALID;
pub use verdict::{Verdict, VerifiedKey};

use crate::Engine;
use crate::accounts::no_such_organization;
use crate::actor::Actor;
use crate::credits::Use;
use crate::error::Error;
use crate::index::{Authority, FoundKey, NotFound};
use crate::limits::{Cost, Counted, Limited};
use crate::told::in_http;
use crate::uses::{Answered, harmless_agent};

/// The most permissions in one demand.
const MAX_DEMANDED: usize = 64;
/// The most limits whose cost is named in one demand: a key has 8, its owner too.
const MAX_COSTS: usize = 16;

/// What an API asks about a key that it was shown.
#[derive(Debug, Clone, Copy)]
pub struct VerifyRequest<'a> {
    /// The key.
    pub key: PresentedKey<'a>,
    /// Permissions that are all needed.
    pub all: &'a [&'a str],
    /// Permissions of which one is needed.
    pub any: &'a [&'a str],
    /// The HTTP method of the request in question: some permission with its verb is needed.
    pub method: Option<&'a str>,
    /// Its method for the request log, where none is demanded.
    pub logged_method: Option<&'a str>,
    /// Where that request came from.
    pub address: Option<IpAddr>,
    /// Its User-Agent.
    pub agent: Option<&'a str>,
    /// Its path.
    pub path: Option<&'a str>,
    /// What the use costs where the key has credits or limits.
    pub cost: Cost<'a>,
    /// The name of the request in which it is asked.
    pub request_id: Option<&'a str>,
}

impl<'a> VerifyRequest<'a> {
    /// Whether the key holds at all: nothing is demanded of it.
    pub fn of(key: PresentedKey<'a>) -> Self {
        let cost = Cost::default();
        let (all, any) = (&[], &[]);
        let (method, logged_method, address, agent) = (None, None, None, None);
        let (path, request_id) = (None, None);
        Self { key, all, any, method, logged_method, address, agent, path, cost, request_id }
    }
}

/// What memory alone says of a question.
enum Looked {
    /// All of it. `is_first_use`: it may, for the first time in this second.
    Answered { verdict: Verdict, is_first_use: bool },
    /// The key may, if it has the credits, and there is room for the use within limits that it shares with other nodes.
    Metered(VerifiedKey),
}

/// An answer, or the key that there will be one about.
enum Begun {
    Answered(Verdict),
    /// Its use is still to be counted, and nothing is noted of it.
    Metered(VerifiedKey),
}

impl Begun {
    fn answered(self) -> Option<Verdict> {
        match self {
            Self::Answered(verdict) => Some(verdict),
            Self::Metered(_) => None,
        }
    }
}

/// Whether a use that is let through is counted on credits and limits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// It is; on what cannot be counted at once, that is to come, and nothing is noted.
    Wanted,
    /// Nothing is counted, or it was already.
    Nothing,
}

impl Engine {
    /// Answers whether a key of the caller's organization may do what is demanded. Needs `apiKey.verify`.
    ///
    /// Fails only on a caller without that permission and on a demand that makes no sense: a refused key is an answer.
    pub async fn verify(&self, actor: &Actor, request: &VerifyRequest<'_>) -> Result<Verdict, Error> {
        match self.begin_verify(actor, request)? {
            Begun::Answered(verdict) => Ok(verdict),
            Begun::Metered(key) => {
                self.finish_verify(key, actor.organization.id, request, named(actor, request)).await
            }
        }
    }

    /// The same where memory alone answers. `None`: credits may have to be reserved first, or a limit is shared with other
    /// nodes. Nothing is noted then: [`verify`](Self::verify) is to be asked.
    pub fn verify_at_once(
        &self,
        actor: &Actor,
        request: &VerifyRequest<'_>,
    ) -> Result<Option<Verdict>, Error> {
        self.begin_verify(actor, request).map(Begun::answered)
    }

    /// Answers whether a key of this organization may do what is demanded, for somebody who stands in front of the
    /// operator's own service and asks by the operator's configuration: a gateway, or a service that the engine is part of.
    pub async fn check(
        &self,
        organization: OrganizationId,
        request: &VerifyRequest<'_>,
    ) -> Result<Verdict, Error> {
        match self.begin(organization, request, request.request_id)? {
            Begun::Answered(verdict) => Ok(verdict),
            Begun::Metered(key) => self.finish_verify(key, organization, request, request.request_id).await,
        }
    }

    /// The same where memory alone answers; else `None`, as [`verify_at_once`](Self::verify_at_once).
    pub fn check_at_once(
        &self,
        organization: OrganizationId,
        request: &VerifyRequest<'_>,
    ) -> Result<Option<Verdict>, Error> {
        self.begin(organization, request, request.request_id).map(Begun::answered)
    }

    /// Refuses a question that [`Self::verify`] would refuse, without answering it or counting anything.
    pub fn require_answerable(&self, actor: &Actor, request: &VerifyRequest<'_>) -> Result<(), Error> {
        actor.require(Right::ApiKeyVerify)?;
        demand(request, &actor.organization.catalogue()).map(drop)
    }

    fn begin_verify(&self, actor: &Actor, request: &VerifyRequest<'_>) -> Result<Begun, Error> {
        actor.require(Right::ApiKeyVerify)?;
        self.begin(actor.organization.id, request, named(actor, request))
    }

    /// Answers from memory, as far as that goes.
    #[inline]
    fn begin(
        &self,
        organization: OrganizationId,
        request: &VerifyRequest<'_>,
        request_id: Option<&str>,
    ) -> Result<Begun, Error> {
        let now = self.now();
        match self.look(organization, request, Counting::Wanted, now)? {
            Looked::Answered { verdict, is_first_use } => {
                self.tell(&verdict, request, request_id, is_first_use, now);
                Ok(Begun::Answered(verdict))
            }
            Looked::Metered(key) => Ok(Begun::Metered(key)),
        }
    }

    /// Answers about a key whose use is to be counted on more than this memory.
    async fn finish_verify(
        &self,
        key: VerifiedKey,
        organization: OrganizationId,
        request: &VerifyRequest<'_>,
        request_id: Option<&str>,
    ) -> Result<Verdict, Error> {
        // In memory of its own: an answer that need not wait for others is to take as little room as it can.
        let (verdict, is_first_use) = Box::pin(self.count(key, organization, request)).await?;
        self.tell(&verdict, request, request_id, is_first_use, self.now());
        Ok(verdict)
    }

    /// The same, with nothing counted on limits: for who only asks what a key is.
    pub(crate) fn answer_uncounted(
        &self,
        organization: OrganizationId,
        request: &VerifyRequest<'_>,
    ) -> Result<Verdict, Error> {
        let now = self.now();
        match self.look(organization, request, Counting::Nothing, now)? {
            Looked::Answered { verdict, is_first_use } => {
                self.tell(&verdict, request, request.request_id, is_first_use, now);
                Ok(verdict)
            }
            Looked::Metered(_) => unreachable!("only a use that is still to be counted is told apart"),
        }
    }

    /// Counts the answer; a refusal of a known key among its usage (what is let through was counted when it was found); and
    /// logs the request that was asked about.
    fn tell(
        &self,
        verdict: &Verdict,
        request: &VerifyRequest<'_>,
        request_id: Option<&str>,
        is_first_use: bool,
        now: Timestamp,
    ) {
        self.counters().count_verdict(verdict.code);
        let Some(key) = &verdict.key else { return };
        let (organization, code) = (key.organization(), verdict.code);
        let is_first =
            if verdict.valid { is_first_use } else { self.uses.count(organization, key.id, code, now) };
        let (status, _) = in_http(code);
        let (key, owner) = (key.id, key.owner());
        let answered = Answered { organization, key, owner, code, status, route: None, request_id };
        self.uses.requests().note(&answered, request, is_first, now);
    }

    /// Counts a use on credits and limits. Credits of a use that is refused after all come back when they are dropped.
    async fn count(
        &self,
        key: VerifiedKey,
        organization: OrganizationId,
        request: &VerifyRequest<'_>,
    ) -> Result<(Verdict, bool), Error> {
        let id = key.id;
        let (spent, credits) = match request.cost.credits {
            _ if !key.has_credits() => (None, None),
            0 => (None, self.credits_in_sight(id)),
            cost => match self.use_credits(id, cost).await? {
                Use::Spent(spent, state) => (Some(spent), Some(state)),
                Use::Free => (None, None),
                Use::Exhausted { state, refill_at } => {
                    let retry_after = refill_at.map(|at| at.since(self.now()));
                    let refused = Verdict::refused("CREDITS_EXHAUSTED", Some(key));
                    return Ok((Verdict { credits: Some(state), retry_after, ..refused }, false));
                }
            },
        };
        let rate_limits = match self.count_on_limits(&key, request).await {
            Counted { refused: None, states } => states,
            Counted { refused: Some(full), states } => {
                drop(spent);
                let credits = credits.and_then(|_| self.credits_in_sight(id));
                return Ok((Verdict { credits, ..Verdict::rate_limited(key, states, full) }, false));
            }
        };
        // Counting may have taken time, in which the key may have been revoked: it is looked at once more.
        match self.look(organization, request, Counting::Nothing, self.now())? {
            Looked::Answered { verdict, is_first_use } if verdict.valid => {
                if let Some(spent) = spent {
                    spent.keep();
                }
                Ok((Verdict { rate_limits, credits, ..verdict }, is_first_use))
            }
            Looked::Answered { verdict, is_first_use } => {
                Ok((Verdict { rate_limits, ..verdict }, is_first_use))
            }
            Looked::Metered(_) => unreachable!("a use is counted once"),
        }
    }

    async fn count_on_limits(&self, key: &VerifiedKey, request: &VerifyRequest<'_>) -> Counted {
        let ceiling = arc_swap::Guard::into_inner(key.owner_state().ceiling());
        let ids = || (key.id.uuid(), key.owner().uuid());
        let Some(limited) = limited(key.rate_limits(), &ceiling.rate_limits, ids) else {
            return Counted { states: Vec::new(), refused: None };
        };
        self.limits.take(&limited, &request.cost, self.now()).await
    }

    #[inline]
    fn look(
        &self,
        organization: OrganizationId,
        request: &VerifyRequest<'_>,
        counting: Counting,
        now: Timestamp,
    ) -> Result<Looked, Error> {
        let looked = self.index().find(
            request.key,
            |key| self.pepper.digest(key),
            |found| {
                if found.owner.organization.id != organization {
                    return Err(Denial::NotFound);
                }
                if found.owner.organization.is_closed() {
                    return Ok(Err(no_such_organization()));
                }
                Ok(self.look_at(found, request, counting, now))
            },
        );
        let denial = match looked {
            Ok(Ok(looked)) => return looked,
            Ok(Err(denial)) => denial,
            Err(not_found) => denial_of(not_found),
        };
        // A demand that makes no sense is refused, whatever the key.
        let organization = self.index().organization(organization).ok_or_else(no_such_organization)?;
        demand(request, &organization.catalogue())?;
        Ok(Looked::refused(&denial, None))
    }

    /// The same of a key of the organization.
    #[inline]
    fn look_at(
        &self,
        found: &FoundKey<'_>,
        request: &VerifyRequest<'_>,
        counting: Counting,
        now: Timestamp,
    ) -> Result<Looked, Error> {
        let authority = found.entitlement().authority();
        let demand = demand(request, &authority.catalogue)?;
        let source = &found.policy.source;
        if let Err(denial) = judge_within(&authority, &source.allowlist, found, &demand, now) {
            return Ok(Looked::refused(&denial, Some(VerifiedKey::of(found))));
        }
        let mut rate_limits = Vec::new();
        if counting == Counting::Wanted {
            // Both are used up or neither, and credits may have to be waited for: so they come first.
            if source.has_credits {
                return Ok(Looked::Metered(VerifiedKey::of(found)));
            }
            let ids = || (found.id.uuid(), found.owner.owner.uuid());
            if let Some(limited) = limited(&source.rate_limits, &authority.ceiling.rate_limits, ids) {
                let Some(counted) = self.limits.take_alone(&limited, &request.cost, now) else {
                    return Ok(Looked::Metered(VerifiedKey::of(found)));
                };
                if let Some(full) = counted.refused {
                    let verdict = Verdict::rate_limited(VerifiedKey::of(found), counted.states, full);
                    return Ok(Looked::Answered { verdict, is_first_use: false });
                }
                rate_limits = counted.states;
            }
        }
        let is_first_use = self.note_use(found, (request.address, request.agent), now, true);
        let verdict = Verdict { rate_limits, ..Verdict::valid(VerifiedKey::of(found)) };
        Ok(Looked::Answered { verdict, is_first_use })
    }

    /// Notes when the key was last used, at most once a second, and counts the use among its usage if it `counts`;
    /// whether it is the first use in its second.
    pub(crate) fn note_use(
        &self,
        found: &FoundKey<'_>,
        (address, agent): (Option<IpAddr>, Option<&str>),
        now: Timestamp,
        counts: bool,
    ) -> bool {
        let is_first = found.note_use(now, counts);
        if is_first {
            let agent = agent.map(harmless_agent);
            self.uses.note_last(found.id, KeyUse { at: now, address, agent });
        }
        is_first
    }
}

impl Looked {
    fn refused(denial: &Denial, key: Option<VerifiedKey>) -> Self {
        Self::Answered { verdict: refused(denial, key), is_first_use: false }
    }
}

/// The request in which it is asked, as whoever asks names it, else as the caller's.
fn named<'a>(actor: &'a Actor, request: &VerifyRequest<'a>) -> Option<&'a str> {
    request.request_id.or(actor.origin.request_id.as_deref())
}

/// The limits of a key and of its owner that a use is counted on, if there are any. Most have none: what the two are called is
/// looked for where it is needed alone.
fn limited<'a>(
    of_key: &'a [RateLimit],
    of_owner: &'a [RateLimit],
    ids: impl FnOnce() -> (Uuid, Uuid),
) -> Option<Limited<'a>> {
    if of_key.is_empty() && of_owner.is_empty() {
        return None;
    }
    let (key, owner) = ids();
    Some(Limited { key: (key, of_key), owner: (owner, of_owner) })
}

/// Decides about a key that was found and is used from `address`, as of `now`. No permission is demanded of it.
pub(crate) fn judge(found: &FoundKey<'_>, address: Option<IpAddr>, now: Timestamp) -> Result<(), Denial> {
    judge_by(&found.entitlement().authority(), found, address, now)
}

/// The same by an authority that was fetched already.
fn judge_by(
    authority: &Authority,
    found: &FoundKey<'_>,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<(), Denial> {
    let demand = Demand { address, ..Demand::default() };
    judge_within(authority, &found.policy.source.allowlist, found, &demand, now)
}

/// Whether a key stands, wherever it is used from: what was begun with it may go on elsewhere.
pub(crate) fn judge_standing(found: &FoundKey<'_>, now: Timestamp) -> Result<(), Denial> {
    let anywhere = IpAllowlist::default();
    judge_within(&found.entitlement().authority(), &anywhere, found, &Demand::default(), now)
}

/// The same with these networks and a demand, which was resolved against the authority's catalogue.
#[inline]
fn judge_within(
    authority: &Authority,
    allowlist: &IpAllowlist,
    found: &FoundKey<'_>,
    demand: &Demand<'_>,
    now: Timestamp,
) -> Result<(), Denial> {
    let Authority { grants, ceiling, catalogue, .. } = authority;
    let owner = if found.owner.organization.is_closed() { Owner::Gone } else { ceiling.state };
    let standing = Standing {
        revoked_at: found.revoked_at,
        enabled: found.enabled,
        owner,
        expires_at: found.expires_at,
        allowlist,
        grants,
        ceiling: &ceiling.compiled,
        catalogue,
    };
    decide(&standing, demand, now)
}

#[inline]
fn demand<'a>(request: &VerifyRequest<'a>, catalogue: &Catalogue) -> Result<Demand<'a>, Error> {
    let all = resolve("all", request.all, catalogue)?;
    let any = resolve("any", request.any, catalogue)?;
    let verb = request.method.map(demanded_verb).transpose()?;
    if request.cost.limits.len() > MAX_COSTS {
        return Err(Error::invalid("cost.limits", format!("must name at most {MAX_COSTS} limits")));
    }
    if request.cost.credits > MAX_CREDITS {
        return Err(Error::invalid("cost.credits", "must be below 9007199254740992"));
    }
    Ok(Demand { all, any, verb, address: request.address })
}

#[inline]
fn resolve<'a>(
    field: &'static str,
    names: &[&'a str],
    catalogue: &Catalogue,
) -> Result<DemandedPermissions<'a>, Error> {
    if names.len() > MAX_DEMANDED {
        return Err(Error::invalid(
            format!("permissions.{field}"),
            format!("must have at most {MAX_DEMANDED} entries"),
        ));
    }
    // Most often one or two: a loop takes half as long as collecting results does.
    let mut resolved = DemandedPermissions::with_capacity(names.len());
    for (position, name) in names.iter().enumerate() {
        let demanded = DemandedPermission::resolve(name, catalogue)
            .map_err(|error| Error::invalid(format!("permissions.{field}[{position}]"), error.to_string()))?;
        resolved.push(demanded);
    }
    Ok(resolved)
}

fn demanded_verb(method: &str) -> Result<Verb, Error> {
    Verb::of_method(method).ok_or_else(|| {
        Error::invalid("method", "must be GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE, in capitals")
    })
}

const fn denial_of(not_found: NotFound) -> Denial {
    match not_found {
        NotFound::Malformed => Denial::Malformed,
        NotFound::Unknown => Denial::NotFound,
    }
}

fn refused(denial: &Denial, key: Option<VerifiedKey>) -> Verdict {
    let missing = match denial {
        Denial::InsufficientPermissions { missing } => missing.clone(),
        _ => Vec::new(),
    };
    Verdict { missing, ..Verdict::refused(denial.code(), key) }
}
