//! How rows reach the index. Only the applier (and the bulk load before it) calls this.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use keywright_domain::{Access, OrganizationId, Owner, VerbSet};
use keywright_store::{ChangedRow, KeyOwner, KeyRecord, KeySecret, Member, ServiceAccount};

use super::details::Details;
use super::owner::Ceiling;
use super::policy::PolicySource;
use super::{Index, OrganizationState, shard_of};

impl Index {
    /// Puts a page of changes in. What others refer to goes first: a page tells each row once, as it is now, so the
    /// order in which the rows were written does not matter.
    pub(crate) fn apply_page(&self, mut rows: Vec<ChangedRow>) {
        rows.sort_by_key(|row| match row {
            ChangedRow::Organization(_) | ChangedRow::SigningKeys(_) => 0,
            ChangedRow::Permissions(..) => 1,
            ChangedRow::Role(_) | ChangedRow::RoleGone(..) => 2,
            ChangedRow::Member(_) | ChangedRow::MemberGone(..) | ChangedRow::ServiceAccount(_) => 3,
            ChangedRow::Key(..) => 4,
        });
        for row in rows {
            self.apply(row);
        }
    }

    /// Puts a row in, in place of its earlier state.
    pub(super) fn apply(&self, row: ChangedRow) {
        match row {
            ChangedRow::Organization(row) => self.apply_organization(row),
            ChangedRow::SigningKeys(rows) => self.signing_keys.store(Arc::new(rows)),
            ChangedRow::Permissions(organization, declared) => {
                self.with_organization(organization, |organization| organization.set_permissions(declared));
            }
            ChangedRow::Role(role) => self.with_organization(role.organization, |organization| {
                organization.set_role(role.id, Some(role.permissions));
            }),
            ChangedRow::RoleGone(organization, role) => {
                self.with_organization(organization, |organization| organization.set_role(role, None));
            }
            ChangedRow::Member(member) => self.with_organization(member.organization, |organization| {
                organization.set_owner(KeyOwner::User(member.user), ceiling_of_member(&member, organization));
            }),
            ChangedRow::MemberGone(organization, user) => {
                self.with_organization(organization, |organization| {
                    organization.set_owner(KeyOwner::User(user), Ceiling::gone(&organization.catalogue()));
                });
            }
            ChangedRow::ServiceAccount(account) => {
                self.with_organization(account.organization, |organization| {
                    let owner = KeyOwner::ServiceAccount(account.id);
                    organization.set_owner(owner, ceiling_of_service_account(&account, organization));
                });
            }
            ChangedRow::Key(key, secrets) => {
                self.with_organization(key.organization, |organization| {
                    self.apply_key(&key, &secrets, organization);
                });
            }
        }
    }

    fn apply_organization(&self, row: keywright_store::Organization) {
        self.prefixes.add(&row.key_prefix);
        let known = self.organizations.read().get(&row.id).cloned();
        match known {
            Some(known) => known.update(row),
            None => {
                self.organizations.write().insert(row.id, Arc::new(OrganizationState::new(row)));
            }
        }
    }

    fn apply_key(&self, key: &KeyRecord, secrets: &[KeySecret], organization: &Arc<OrganizationState>) {
        let entitlement = organization.entitle(PolicySource::of(key), key.owner);
        let metadata = key
            .metadata
            .as_ref()
            .map(|object| serde_json::to_string(object).expect("a JSON object can be written as text"));
        for secret in secrets {
            match &secret.key_prefix {
                Some(prefix) => self.prefixes.add(prefix),
                None => self.holds_foreign.store(true, Ordering::Release),
            }
            let mut details = Details::of(&key.name, key.external_id.as_deref(), metadata.as_deref());
            details.expires_at = key.expires_at;
            details.revoked_at = [key.revoked_at, secret.superseded_at].into_iter().flatten().min();
            details.enabled = key.enabled;
            let shard = &self.shards[shard_of(&secret.digest)];
            let room = shard.read().room_to_grow();
            let mut shard = shard.write();
            if let Some(room) = room {
                shard.grow_into(room);
            }
            shard.put(secret.digest, key.id, Arc::clone(&entitlement), &details);
        }
    }

    fn with_organization(&self, id: OrganizationId, act: impl FnOnce(&Arc<OrganizationState>)) {
        // A closed organization is still kept up to date.
        let organization = self.organizations.read().get(&id).cloned();
        match organization {
            Some(organization) => act(&organization),
            // The store writes an organization before anything in it, and loads it first.
            None => tracing::error!(organization = %id, "a row of an unknown organization was passed over"),
        }
    }
}

fn ceiling_of_member(member: &Member, organization: &OrganizationState) -> Ceiling {
    match member.accepted_at {
        Some(_) => {
            let access = member.role.ceiling();
            Ceiling::new(Owner::Active, Some(member.role), access, &organization.catalogue())
                .with_rate_limits(member.rate_limits.clone())
        }
        None => Ceiling::gone(&organization.catalogue()),
    }
}

fn ceiling_of_service_account(account: &ServiceAccount, organization: &OrganizationState) -> Ceiling {
    if account.deleted_at.is_some() {
        return Ceiling::gone(&organization.catalogue());
    }
    let state = if account.disabled_at.is_some() { Owner::Disabled } else { Owner::Active };
    let access = Access::of_permissions(&account.permissions, VerbSet::ALL, true);
    Ceiling::new(state, None, access, &organization.catalogue()).with_rate_limits(account.rate_limits.clone())
}
