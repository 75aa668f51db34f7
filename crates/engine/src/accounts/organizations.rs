//! Organizations.

use keywright_domain::{KeyPrefix, MemberRole, OrganizationId, Right};
use keywright_store::{
    Change, Command, KeyOwner, Member, Organization, OrganizationChanges, Refusal, Revision, UniqueField,
};

use crate::Engine;
use crate::actor::{Actor, Credential};
use crate::change::{Act, Decided, MAX_ATTEMPTS, NotChanged, too_contended};
use crate::error::Error;
use crate::keys::creator;
use crate::page::{Listing, Paging};
use crate::portal::PortalSettingsPatch;
use crate::random::new_number;
use crate::text::Problems;
use crate::verify::names;

/// The most organizations that a person who makes another may belong to.
const MAX_ORGANIZATIONS: usize = 100;

/// An organization to be made.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is described at keywright_store::Organization")]
pub struct OrganizationDraft {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
}

/// How an organization is to change.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is described at keywright_store::Organization")]
pub struct OrganizationPatch {
    pub name: Change<Option<String>>,
    pub description: Change<Option<String>>,
    pub key_prefix: Change<Option<String>>,
    pub default_expiry_seconds: Change<Option<i64>>,
    pub max_expiry_seconds: Change<Option<i64>>,
    /// `open` or `closed`.
    pub permission_catalogue: Change<Option<String>>,
    /// Left out or cleared: no.
    pub tokens_for_restricted_keys: Change<Option<bool>>,
    /// An IANA name; cleared: UTC.
    pub time_zone: Change<Option<String>>,
    /// All of it at once; cleared: as it is unless said otherwise.
    pub portal: Change<Option<PortalSettingsPatch>>,
}

/// It is unknown, or closed.
pub(crate) const fn no_such_organization() -> Error {
    Error::NotFound { kind: "organization" }
}

/// The refusal of a key that names another organization, whether or not there is one.
pub(crate) fn own_organization_only() -> Error {
    Error::forbidden("a key acts in its own organization only")
}

impl Engine {
    /// The same caller, acting in the organization that a path names. A key stays in its own: naming another is
    /// refused, whether or not that exists. A session may go to any of its user's.
    pub(crate) fn acting_in(&self, actor: &Actor, id: OrganizationId) -> Result<Actor, Error> {
        if actor.organization_id() == id {
            return Ok(actor.clone());
        }
        if matches!(actor.credential(), Credential::Key { .. }) {
            return Err(own_organization_only());
        }
        let organization = self.index().organization(id).ok_or_else(no_such_organization)?;
        let owner = organization.owner(actor.principal()).filter(|owner| owner.ceiling().role.is_some());
        let owner = owner.ok_or_else(no_such_organization)?;
        let mut moved = Actor::new(owner, actor.credential().clone(), actor.origin().clone());
        moved.idempotency = actor.idempotency;
        moved.rules = actor.rules;
        Ok(moved)
    }

    /// A key's own organization; a session's user's organizations. Needs `organization.read` or
    /// `organization.update`.
    pub async fn organizations(
        &self,
        actor: &Actor,
        paging: &Paging,
    ) -> Result<Listing<Organization>, Error> {
        actor.require_one_of(&[Right::OrganizationRead, Right::OrganizationUpdate])?;
        let page = paging.request()?;
        let mut all = match (actor.credential(), actor.user()) {
            (Credential::Session { .. }, Some(user)) => self.store.organizations_of_user(user).await?,
            _ => vec![self.organization(actor, actor.organization_id()).await?],
        };
        // A person is a member of few organizations, so they are read whole and cut here.
        if let Some(after) = page.after {
            let passed = all
                .iter()
                .position(|organization| organization.id.uuid() == after)
                .map_or(all.len(), |at| at + 1);
            all.drain(..passed);
        }
        let skip = usize::try_from(page.offset).unwrap_or(usize::MAX).min(all.len());
        let mut items = all.split_off(skip);
        let limit = page.limit as usize;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|organization| organization.id.uuid());
        Ok(Listing::new(keywright_store::Page { items, next }, paging))
    }

    /// One organization. Needs `organization.read` or `organization.update` in it.
    pub async fn organization(&self, actor: &Actor, id: OrganizationId) -> Result<Organization, Error> {
        let actor = self.acting_in(actor, id)?;
        actor.require_one_of(&[Right::OrganizationRead, Right::OrganizationUpdate])?;
        let found = self.store.organization(id).await?;
        found.filter(|organization| organization.deleted_at.is_none()).ok_or_else(no_such_organization)
    }

    /// The open organization that a configuration names: by id, number or slug.
    pub fn find_organization(&self, named: &str) -> Option<OrganizationId> {
        let open = self.index().open_organizations();
        // No slug reads as an id or a number, so nobody can take another organization's name.
        let found = open.iter().find(|one| names(named, one) || one.settings().slug == named);
        found.map(|organization| organization.id)
    }

    /// The same caller, acting in the organization with this number: a key's own; for a session, one of its user's.
    pub fn acting_in_numbered(&self, actor: &Actor, number: i64) -> Result<Actor, Error> {
        if actor.organization_number() == number {
            return Ok(actor.clone());
        }
        if matches!(actor.credential(), Credential::Key { .. }) {
            return Err(own_organization_only());
        }
        let open = self.index().open_organizations();
        let found = open.iter().find(|organization| organization.number == number);
        self.acting_in(actor, found.ok_or_else(no_such_organization)?.id)
    }

    /// The id of the organization with this number, as far as the caller may know: its own; for a session, its user's.
    pub fn organization_numbered(&self, actor: &Actor, number: i64) -> Result<OrganizationId, Error> {
        self.acting_in_numbered(actor, number).map(|actor| actor.organization_id())
    }

    /// Closes an organization for good: its keys are revoked, its memberships end. Needs `organization.delete` in it;
    /// refused while it is the caller's last one.
    pub async fn close_organization(&self, actor: &Actor, id: OrganizationId) -> Result<(), Error> {
        let actor = &self.acting_in(actor, id)?;
        let act = Act::new("organization.delete", "organization", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::OrganizationDelete)?;
            if let Some(()) = self.answered_before(actor).await? {
                return Ok(());
            }
            let others = match actor.user() {
                Some(user) => self.store.organizations_of_user(user).await?,
                None => Vec::new(),
            };
            if !others.iter().any(|organization| organization.id != id) {
                return Err(Error::Conflict("this is your last organization: it stays".to_owned()));
            }
            self.change_row(actor, slug_is_taken, || async {
                let before = self.store.organization(id).await?.ok_or_else(no_such_organization)?;
                let command = Command::DeleteOrganization { id, unchanged_since: before.revision };
                Ok(Decided::Write(act.clone(), command, ()))
            })
            .await?;
            self.recent_secrets.drop_of(|_| true, None);
            Ok(())
        })
        .await
    }

    /// Makes an organization; the caller's user becomes its owner. Needs `organization.create`.
    pub async fn create_organization(
        &self,
        actor: &Actor,
        draft: OrganizationDraft,
    ) -> Result<Organization, Error> {
        self.audited(actor, Act::new("organization.create", "organization", None), async {
            actor.require(Right::OrganizationCreate)?;
            if let Some(made) = self.answered_before(actor).await? {
                return Ok(made);
            }
            let KeyOwner::User(user) = actor.principal() else {
                return Err(Error::forbidden(
                    "an organization needs a person as its owner: a service account cannot make one",
                ));
            };
            if self.store.organizations_of_user(user).await?.len() >= MAX_ORGANIZATIONS {
                return Err(Error::Conflict(format!(
                    "a person belongs to at most {MAX_ORGANIZATIONS} organizations"
                )));
            }
            let mut made = self.accept_organization(actor, draft)?;
            let owner = Member {
                id: self.new_id(),
                organization: made.id,
                user,
                user_email: None,
                user_name: String::new(),
                role: MemberRole::Owner,
                rate_limits: Vec::new(),
                invited_by: None,
                accepted_at: Some(made.created_at),
                created_at: made.created_at,
                updated_at: made.created_at,
                revision: Revision::ZERO,
            };
            let act = Act::new("organization.create", "organization", made.id.uuid())
                .with("name", made.name.as_str());
            for _ in 0..MAX_ATTEMPTS {
                let command = Command::All(vec![
                    Command::CreateOrganization(made.clone()),
                    Command::CreateMember(owner.clone()),
                ]);
                match self.change(actor, &act, command, made.clone()).await {
                    Ok(changed) => return Ok(changed.value),
                    Err(NotChanged::Refused(Refusal::NotUnique(UniqueField::Identity))) => {
                        made.number = new_number(self.random.as_ref());
                    }
                    Err(other) => return Err(other.into_error(slug_is_taken)),
                }
            }
            Err(too_contended())
        })
        .await
    }

    fn accept_organization(&self, actor: &Actor, draft: OrganizationDraft) -> Result<Organization, Error> {
        let now = self.now();
        let number = new_number(self.random.as_ref());
        let mut problems = Problems::default();
        let name = problems.name("name", draft.name.as_deref());
        let description = problems.description("description", draft.description);
        if draft.slug.as_deref().is_some_and(|slug| !is_slug(slug)) {
            problems.add(
                "slug",
                "must be 1 to 64 characters out of a-z, 0-9 and -, beginning and ending with none of -",
            );
        }
        problems.finish()?;
        let slug = draft.slug.unwrap_or_else(|| slug_of(&name, number));
        let organization = Organization::new(self.new_id(), number, slug, name, now);
        Ok(Organization { description, created_by: Some(creator(actor)), ..organization })
    }

    /// Changes an organization's name and settings. Needs `organization.update` in it.
    pub async fn update_organization(
        &self,
        actor: &Actor,
        id: OrganizationId,
        patch: OrganizationPatch,
    ) -> Result<Organization, Error> {
        let actor = &self.acting_in(actor, id)?;
        let act = Act::new("organization.update", "organization", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::OrganizationUpdate)?;
            if let Some(changed) = self.answered_before(actor).await? {
                return Ok(changed);
            }
            require_may_allow_tokens(actor, &patch)?;
            self.change_row(actor, slug_is_taken, || async {
                let before = self.organization(actor, id).await?;
                let (after, changes) = accept_patch(&before, &patch, self.now())?;
                let command = Command::UpdateOrganization { id, unchanged_since: before.revision, changes };
                Ok(Decided::Write(act.clone(), command, after))
            })
            .await
        })
        .await
    }
}

/// Refuses to let a key that is bound to networks, limited or metered allow itself tokens that are none of that.
fn require_may_allow_tokens(actor: &Actor, patch: &OrganizationPatch) -> Result<(), Error> {
    let allows = patch.tokens_for_restricted_keys == Change::Set(Some(true));
    let Some(what) = actor.restriction().filter(|_| allows) else { return Ok(()) };
    Err(Error::forbidden(format!("this key {what}: it cannot allow tokens for such keys, itself among them")))
}

fn accept_patch(
    before: &Organization,
    patch: &OrganizationPatch,
    now: keywright_domain::Timestamp,
) -> Result<(Organization, OrganizationChanges), Error> {
    let mut problems = Problems::default();
    let mut after = Organization { updated_at: now, ..before.clone() };
    let mut changes = OrganizationChanges::default();
    if let Change::Set(name) = &patch.name {
        after.name = problems.name("name", name.as_deref());
        changes.name = Change::Set(after.name.clone());
    }
    if let Change::Set(text) = &patch.description {
        after.description = problems.description("description", text.clone());
        changes.description = Change::Set(after.description.clone());
    }
    if let Change::Set(text) = &patch.key_prefix {
        after.key_prefix = match text {
            None => KeyPrefix::standard(),
            Some(text) => problems.prefix("keyPrefix", text).unwrap_or_else(KeyPrefix::standard),
        };
        changes.key_prefix = Change::Set(after.key_prefix.clone());
    }
    if let Change::Set(seconds) = patch.default_expiry_seconds {
        problems.expiry_seconds("defaultExpirySeconds", seconds);
        after.default_expiry_seconds = seconds;
        changes.default_expiry_seconds = Change::Set(seconds);
    }
    if let Change::Set(seconds) = patch.max_expiry_seconds {
        problems.expiry_seconds("maxExpirySeconds", seconds);
        after.max_expiry_seconds = seconds;
        changes.max_expiry_seconds = Change::Set(seconds);
    }
    if let (Some(default), Some(max)) = (after.default_expiry_seconds, after.max_expiry_seconds)
        && default > max
    {
        problems.add("defaultExpirySeconds", "must be at most maxExpirySeconds");
    }
    if let Change::Set(text) = &patch.permission_catalogue {
        match text.as_deref() {
            Some("closed") => after.catalogue_closed = true,
            Some("open") | None => after.catalogue_closed = false,
            Some(_) => problems.add("permissionCatalogue", "must be open or closed"),
        }
        changes.catalogue_closed = Change::Set(after.catalogue_closed);
    }
    if let Change::Set(allowed) = patch.tokens_for_restricted_keys {
        after.tokens_for_restricted_keys = allowed.unwrap_or(false);
        changes.tokens_for_restricted_keys = Change::Set(after.tokens_for_restricted_keys);
    }
    if let Change::Set(name) = &patch.time_zone {
        after.time_zone = problems.optional("timeZone", name.as_deref()).unwrap_or_default();
        changes.time_zone = Change::Set(after.time_zone.clone());
    }
    if let Change::Set(portal) = &patch.portal {
        after.portal = portal.as_ref().map(|portal| portal.read(&mut problems)).unwrap_or_default();
        changes.portal = Change::Set(after.portal.clone());
    }
    problems.finish()?;
    Ok((after, changes))
}

fn slug_is_taken(refusal: &Refusal) -> Option<Error> {
    match refusal {
        Refusal::NotUnique(UniqueField::Slug) => Some(Error::Conflict("this slug is taken".to_owned())),
        Refusal::NotFound => Some(no_such_organization()),
        _ => None,
    }
}

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        // An organization is named by its id or its number too.
        && text.parse::<i64>().is_err()
        && text.parse::<OrganizationId>().is_err()
}

/// A slug out of a name, told apart from others by the number.
fn slug_of(name: &str, number: i64) -> String {
    let mut slug = String::new();
    for c in name.chars().take(40) {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let stem = slug.trim_end_matches('-');
    if stem.is_empty() { format!("organization-{number}") } else { format!("{stem}-{number}") }
}
