//! Verification: may this key do this, now? Answered from memory alone.

use std::net::IpAddr;
use std::sync::Arc;

use keywright_domain::{
    Catalogue, Demand, DemandedPermission, Denial, KeyId, OrganizationId, Owner, PresentedKey, RateLimit,
    Standing, Timestamp, Verb, VerbSet, decide,
};
use keywright_store::{KeyOwner, KeyUse, StoredGrants};

use crate::Engine;
use crate::accounts::own_organization_only;
use crate::actor::{Actor, Credential, Origin, Rules};
use crate::error::{Error, Unauthenticated};
use crate::index::{FoundKey, NotFound, OrganizationState, OwnerState, Policy};

/// The most permissions in one demand.
const MAX_DEMANDED: usize = 64;

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
    /// Where that request came from.
    pub address: Option<IpAddr>,
    /// Its User-Agent.
    pub agent: Option<&'a str>,
}

/// The answer about a key.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it may.
    pub valid: bool,
    /// `VALID`, or the first check that failed.
    pub code: &'static str,
    /// Permissions that were asked for and are missing.
    pub missing: Vec<String>,
    /// The key, where it was found in the asking organization.
    pub key: Option<VerifiedKey>,
}

/// What an answer tells of a key.
#[derive(Debug)]
pub struct VerifiedKey {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// Its organization.
    pub organization: OrganizationId,
    /// The customer it is for.
    pub external_id: Option<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    metadata: Option<Box<str>>,
    owner: Arc<OwnerState>,
    policy: Arc<Policy>,
}

impl VerifiedKey {
    /// Its owner.
    pub fn owner(&self) -> KeyOwner {
        self.owner.owner
    }

    /// Its verbs.
    pub fn verbs(&self) -> VerbSet {
        self.policy.source.verbs
    }

    /// What it may do, within its owner's ceiling: as it was spelt where its owner has all of that, else as what is left
    /// of it. `None`: what its owner has.
    pub fn permissions(&self) -> Option<Vec<String>> {
        let StoredGrants::Listed(listed) = &self.policy.source.grants else { return None };
        let organization = &self.owner.organization;
        let (granted, ceiling) = (self.policy.access(organization), self.owner.ceiling());
        if ceiling.access.first_uncovered(&granted).is_none() {
            let of_roles = organization.permissions_of(&self.policy.source.roles);
            return Some(listed.iter().chain(&of_roles).map(ToString::to_string).collect());
        }
        let left = granted.meet(&ceiling.access);
        Some(left.terms().iter().map(|term| term.pattern().to_string()).collect())
    }

    /// Its metadata, a JSON object as text.
    pub fn metadata(&self) -> Option<&str> {
        self.metadata.as_deref()
    }

    /// Its rate limits.
    pub fn rate_limits(&self) -> &[RateLimit] {
        &self.policy.source.rate_limits
    }
}

impl Engine {
    /// Answers whether a key of the caller's organization may do what is demanded. Needs `apiKey.verify`.
    ///
    /// Fails only on a caller without that permission and on a demand that makes no sense: a refused key is an answer.
    pub fn verify(&self, actor: &Actor, request: &VerifyRequest<'_>) -> Result<Verdict, Error> {
        actor.require(keywright_domain::Right::ApiKeyVerify)?;
        let catalogue = actor.organization.catalogue();
        let all = resolve("all", request.all, &catalogue)?;
        let any = resolve("any", request.any, &catalogue)?;
        let verb = request.method.map(demanded_verb).transpose()?;
        let demand = Demand { all, any, verb, address: request.address };
        let now = self.now();
        let agent = request.agent;
        let verdict = self.index().find(
            request.key,
            |key| self.pepper.digest(key),
            |found| {
                if found.owner.organization.id != actor.organization.id {
                    return refused(&Denial::NotFound, None);
                }
                match self.judge(found, &demand, &catalogue, (agent, now)) {
                    Ok(()) => {
                        Verdict { valid: true, code: "VALID", missing: Vec::new(), key: Some(facts(found)) }
                    }
                    Err(denial) => refused(&denial, Some(facts(found))),
                }
            },
        );
        let verdict = verdict.unwrap_or_else(|not_found| refused(&denial_of(not_found), None));
        self.counters().count_verdict(verdict.code);
        Ok(verdict)
    }

    /// Lets in the bearer of a key of any organization. `named_organization`: the one that the request names, by id or
    /// number; it must be the key's own.
    pub fn authenticate_key(
        &self,
        key: PresentedKey<'_>,
        named_organization: Option<&str>,
        origin: Origin,
    ) -> Result<Actor, Error> {
        let demand = Demand { address: origin.address, ..Demand::default() };
        let agent = origin.agent.as_deref();
        let now = self.now();
        let found = self.index().find(
            key,
            |key| self.pepper.digest(key),
            |found| {
                self.judge(found, &demand, &found.owner.organization.catalogue(), (agent, now)).map(|()| {
                    let policy = Arc::clone(found.policy);
                    // A secret that a rotation replaced ends with its overlap, and hands nothing on beyond it.
                    let expires_at = [found.expires_at, found.revoked_at].into_iter().flatten().min();
                    let is_superseded = found.revoked_at.is_some();
                    let credential = Credential::Key { id: found.id, expires_at, is_superseded, policy };
                    (credential, Arc::clone(found.owner))
                })
            },
        );
        let denial = match found {
            Ok(Ok((credential, owner))) => {
                let actor = Actor::new(owner, credential, origin);
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

    fn judge(
        &self,
        found: &FoundKey<'_>,
        demand: &Demand<'_>,
        catalogue: &Arc<Catalogue>,
        (agent, now): (Option<&str>, Timestamp),
    ) -> Result<(), Denial> {
        let organization = &found.owner.organization;
        let ceiling = found.owner.ceiling();
        let standing = Standing {
            revoked_at: found.revoked_at,
            enabled: found.enabled,
            owner: if organization.is_closed() { Owner::Gone } else { ceiling.state },
            expires_at: found.expires_at,
            allowlist: &found.policy.source.allowlist,
            grants: &found.policy.compiled(),
            ceiling: &ceiling.compiled,
            // The one that the demand was resolved against: beside another its bits mean nothing.
            catalogue,
        };
        decide(&standing, demand, now)?;
        if found.is_first_use_in_its_second(now) {
            let agent = agent.map(|agent| agent.chars().take(256).collect());
            self.uses.note(found.id, KeyUse { at: now, address: demand.address, agent });
        }
        Ok(())
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
        }
    }
}

/// Whether `named` (an id or a number, as a request spells it) is this organization.
pub(crate) fn names(named: &str, organization: &OrganizationState) -> bool {
    named.parse() == Ok(organization.id) || named.parse() == Ok(organization.number)
}

fn resolve<'a>(
    field: &'static str,
    names: &[&'a str],
    catalogue: &Catalogue,
) -> Result<Vec<DemandedPermission<'a>>, Error> {
    if names.len() > MAX_DEMANDED {
        return Err(Error::invalid(
            format!("permissions.{field}"),
            format!("must have at most {MAX_DEMANDED} entries"),
        ));
    }
    let resolve = |(position, name): (usize, &&'a str)| {
        DemandedPermission::resolve(name, catalogue)
            .map_err(|error| Error::invalid(format!("permissions.{field}[{position}]"), error.to_string()))
    };
    names.iter().enumerate().map(resolve).collect()
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
    Verdict { valid: false, code: denial.code(), missing, key }
}

fn facts(found: &FoundKey<'_>) -> VerifiedKey {
    VerifiedKey {
        id: found.id,
        name: found.name.to_owned(),
        organization: found.owner.organization.id,
        owner: Arc::clone(found.owner),
        external_id: found.external_id.map(str::to_owned),
        metadata: found.metadata.map(Box::from),
        expires_at: found.expires_at,
        policy: Arc::clone(found.policy),
    }
}
