//! What a follower knows, and that following the feed and loading come to the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use keywright_domain::{KeyId, MemberRole, OrganizationId, RoleId, ServiceAccountId, UserId, Verb};
use parking_lot::Mutex;

use super::dice::Dice;
use super::world::{ALL, World, key_query, later, plain};
use crate::{
    Batch, Change, ChangePage, ChangedRow, Command, DeclaredPermission, KeyChanges, KeyOwner, KeyRecord,
    KeySecret, KeySelector, LoadSink, Member, MemberChanges, Organization, OrganizationChanges, Revision,
    Role, RoleChanges, SealedSigningKey, ServiceAccount, ServiceAccountChanges, Store, UserChanges,
};

/// All replicated rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Replica {
    pub(super) organizations: BTreeMap<OrganizationId, Organization>,
    pub(super) permissions: BTreeMap<OrganizationId, Vec<DeclaredPermission>>,
    pub(super) roles: BTreeMap<RoleId, Role>,
    pub(super) members: BTreeMap<(OrganizationId, UserId), Member>,
    pub(super) service_accounts: BTreeMap<ServiceAccountId, ServiceAccount>,
    pub(super) keys: BTreeMap<KeyId, (KeyRecord, Vec<KeySecret>)>,
    pub(super) signing_keys: Vec<SealedSigningKey>,
}

impl Replica {
    pub(super) fn apply(&mut self, row: ChangedRow) {
        match row {
            ChangedRow::Organization(row) => drop(self.organizations.insert(row.id, row)),
            ChangedRow::Permissions(organization, rows) if rows.is_empty() => {
                self.permissions.remove(&organization);
            }
            ChangedRow::Permissions(organization, rows) => {
                self.permissions.insert(organization, rows);
            }
            ChangedRow::Role(row) => drop(self.roles.insert(row.id, row)),
            ChangedRow::RoleGone(_, id) => drop(self.roles.remove(&id)),
            ChangedRow::Member(row) => drop(self.members.insert((row.organization, row.user), row)),
            ChangedRow::MemberGone(organization, user) => drop(self.members.remove(&(organization, user))),
            ChangedRow::ServiceAccount(row) => drop(self.service_accounts.insert(row.id, row)),
            ChangedRow::SigningKeys(rows) => self.signing_keys = rows,
            ChangedRow::Key(key, secrets) => drop(self.keys.insert(key.id, (*key, secrets))),
        }
    }
}

/// Loads into a replica; each row must come once.
#[derive(Default, Clone)]
struct Loading(Arc<Mutex<(Replica, usize)>>);

impl LoadSink for Loading {
    fn expect_keys(&mut self, count: usize) {
        self.0.lock().1 = count;
    }

    fn row(&mut self, row: ChangedRow) {
        let replica = &mut self.0.lock().0;
        if let ChangedRow::Key(key, _) = &row {
            assert!(!replica.keys.contains_key(&key.id), "a key came twice");
            assert!(
                replica.organizations.contains_key(&key.organization),
                "a key came before its organization"
            );
        }
        replica.apply(row);
    }

    fn fork(&self) -> Option<Box<dyn LoadSink>> {
        Some(Box::new(self.clone()))
    }
}

/// Loads everything.
pub(super) async fn load(store: &Arc<dyn Store>) -> (Replica, Revision) {
    let loading = Loading::default();
    let revision = store.load(Box::new(loading.clone())).await.unwrap();
    let (replica, expected) = loading.0.lock().clone();
    assert_eq!(replica.keys.len(), expected, "every key has a secret");
    (replica, revision)
}

/// Follows the feed from `after` to its end, in pages of about `limit` rows; the revision reached.
pub(super) async fn follow(
    store: &Arc<dyn Store>,
    replica: &mut Replica,
    mut after: Revision,
    limit: usize,
) -> Revision {
    loop {
        let ChangePage::Rows { rows, through, more } = store.changes_since(after, limit).await.unwrap()
        else {
            panic!("changes after {after:?} are forgotten");
        };
        assert!(through > after || !more, "a page goes on");
        for row in rows {
            replica.apply(row);
        }
        after = through;
        if !more {
            return after;
        }
    }
}

pub async fn an_empty_store_loads_nothing(store: Arc<dyn Store>) {
    assert_eq!(load(&store).await, (Replica::default(), Revision::ZERO));
}

pub async fn following_and_loading_come_to_the_same(store: Arc<dyn Store>) {
    let mut chaos = Chaos { world: World::new(store), dice: Dice::new(0x6B77), known: Known::default() };
    let mut eager = (Replica::default(), Revision::ZERO);
    let mut carried_out = 0;
    for round in 1..=150 {
        let mut commands = Vec::new();
        for _ in 0..chaos.dice.below(6) {
            commands.push(plain(chaos.command().await));
        }
        let now = later(round);
        let outcome = chaos.world.store.commit(Batch { id: chaos.world.id(), now, commands }).await.unwrap();
        carried_out += outcome.outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        if chaos.dice.below(4) == 0 {
            let limit = usize::try_from(chaos.dice.below(5)).unwrap() + 1;
            eager.1 = follow(&chaos.world.store, &mut eager.0, eager.1, limit).await;
            assert_eq!(load(&chaos.world.store).await, eager, "after {round} batches");
        }
    }
    let loaded = load(&chaos.world.store).await;
    for limit in [1, 7, 1000] {
        let mut late = Replica::default();
        let reached = follow(&chaos.world.store, &mut late, Revision::ZERO, limit).await;
        assert_eq!((late, reached), loaded, "from the beginning, {limit} at a time");
    }
    assert!(carried_out > 100, "only {carried_out} commands were carried out");
    assert!(loaded.0.keys.len() > 10, "only {} keys were made", loaded.0.keys.len());
}

/// Does anything that a store can be told to do to replicated rows, sensible or not.
struct Chaos {
    world: World,
    dice: Dice,
    known: Known,
}

/// What was made, and may be gone since.
#[derive(Default)]
struct Known {
    organizations: Vec<OrganizationId>,
    users: Vec<UserId>,
    accounts: Vec<(OrganizationId, ServiceAccountId)>,
}

impl Chaos {
    async fn command(&mut self) -> Command {
        if self.known.organizations.is_empty() || self.dice.below(25) == 0 {
            let row = self.world.organization();
            self.known.organizations.push(row.id);
            return Command::CreateOrganization(row);
        }
        if self.known.users.is_empty() || self.dice.below(15) == 0 {
            let row = self.world.user();
            self.known.users.push(row.id);
            return Command::CreateUser(row);
        }
        let organization = *self.dice.pick(&self.known.organizations);
        match self.dice.below(20) {
            0 => self.organization(organization).await,
            1 | 2 => self.permission(organization).await,
            3 => self.user().await,
            4..=6 => self.member(organization).await,
            7 | 8 => self.role(organization).await,
            9..=11 => self.account(organization).await,
            12..=15 => self.create_key(organization),
            16 => self.revoke(organization).await,
            _ => self.key(organization).await,
        }
    }

    /// The revision that a row was read at; now and then another.
    fn since(&mut self, revision: Revision) -> Revision {
        if self.dice.below(10) == 0 { Revision(revision.0 - 1) } else { revision }
    }

    async fn organization(&mut self, id: OrganizationId) -> Command {
        let row = self.world.store.organization(id).await.unwrap();
        let unchanged_since = self.since(row.map_or(Revision::ZERO, |row| row.revision));
        if self.dice.below(6) == 0 {
            return Command::DeleteOrganization { id, unchanged_since };
        }
        let name = format!("renamed {}", self.world.count());
        let changes = OrganizationChanges { name: Change::Set(name), ..OrganizationChanges::default() };
        Command::UpdateOrganization { id, unchanged_since, changes }
    }

    async fn permission(&mut self, organization: OrganizationId) -> Command {
        let name = (*self.dice.pick(&["a.read", "b.read", "c.read"])).to_owned();
        if self.dice.below(3) == 0 {
            return Command::DeletePermission { organization, name };
        }
        let verb = *self.dice.pick(&Verb::ALL);
        let declared = self.world.store.permissions(organization).await.unwrap();
        let known_verb = declared.iter().find(|row| row.name == name).map(|row| row.verb);
        // Now and then as somebody knew it who knew it otherwise.
        let known_verb = known_verb.filter(|_| self.dice.below(8) > 0);
        Command::PutPermission { organization, known_verb, permission: World::permission(&name, verb) }
    }

    async fn user(&mut self) -> Command {
        let id = *self.dice.pick(&self.known.users);
        let row = self.world.store.user(id).await.unwrap();
        let unchanged_since = self.since(row.map_or(Revision::ZERO, |row| row.revision));
        let name = format!("renamed {}", self.world.count());
        let changes = match self.dice.below(2) {
            0 => UserChanges { name: Change::Set(name), ..UserChanges::default() },
            _ => UserChanges { must_change_password: Change::Set(false), ..UserChanges::default() },
        };
        Command::UpdateUser { id, unchanged_since, changes }
    }

    async fn member(&mut self, organization: OrganizationId) -> Command {
        let user = *self.dice.pick(&self.known.users);
        let role = *self.dice.pick(&MemberRole::ALL);
        let row = self.world.store.member_of_user(organization, user).await.unwrap();
        let Some(row) = row else {
            let person = crate::User { id: user, ..self.world.user() };
            let mut row = self.world.member(organization, &person, role);
            row.accepted_at = row.accepted_at.filter(|_| self.dice.below(3) > 0);
            return Command::CreateMember(row);
        };
        let (id, unchanged_since) = (row.id, self.since(row.revision));
        match self.dice.below(3) {
            0 => Command::AcceptMembership { organization, id },
            1 => {
                let changes = MemberChanges { role: Change::Set(role), rate_limits: Change::Set(Vec::new()) };
                Command::UpdateMember { organization, id, unchanged_since, changes }
            }
            _ => Command::DeleteMember { organization, id, unchanged_since },
        }
    }

    async fn role(&mut self, organization: OrganizationId) -> Command {
        let names = ["ops", "dev", "qa"];
        let roles = self.world.store.roles(organization, ALL).await.unwrap().items;
        if roles.is_empty() || self.dice.below(3) == 0 {
            let name = self.dice.pick(&names);
            return Command::CreateRole(self.world.role(organization, name));
        }
        let row = self.dice.pick(&roles).clone();
        if self.dice.below(2) == 0 {
            return Command::DeleteRole { organization, id: row.id };
        }
        let name = (*self.dice.pick(&names)).to_owned();
        let changes = RoleChanges { name: Change::Set(name), ..RoleChanges::default() };
        let unchanged_since = self.since(row.revision);
        Command::UpdateRole { organization, id: row.id, unchanged_since, changes }
    }

    async fn account(&mut self, organization: OrganizationId) -> Command {
        if self.known.accounts.is_empty() || self.dice.below(2) == 0 {
            let row = self.world.service_account(organization);
            self.known.accounts.push((organization, row.id));
            return Command::CreateServiceAccount(row);
        }
        let (organization, id) = *self.dice.pick(&self.known.accounts);
        match self.dice.below(5) {
            0 => Command::DeleteServiceAccount { organization, id },
            1 => Command::SetServiceAccountEnabled { organization, id, enabled: false },
            2 => Command::SetServiceAccountEnabled { organization, id, enabled: true },
            _ => {
                let row = self.world.store.service_account(organization, id).await.unwrap();
                let unchanged_since = self.since(row.map_or(Revision::ZERO, |row| row.revision));
                let changes = ServiceAccountChanges { description: Change::Set(None), ..Default::default() };
                Command::UpdateServiceAccount { organization, id, unchanged_since, changes }
            }
        }
    }

    fn create_key(&mut self, organization: OrganizationId) -> Command {
        let mut place = (organization, KeyOwner::User(*self.dice.pick(&self.known.users)));
        if !self.known.accounts.is_empty() && self.dice.below(4) > 0 {
            let (organization, account) = *self.dice.pick(&self.known.accounts);
            place = (organization, KeyOwner::ServiceAccount(account));
        }
        let key = self.world.key(place.0, place.1);
        Command::CreateKey { key, secret: self.world.secret() }
    }

    async fn key(&mut self, organization: OrganizationId) -> Command {
        let keys = self.world.store.keys(key_query(organization)).await.unwrap().items;
        if keys.is_empty() {
            return self.create_key(organization);
        }
        let key = self.dice.pick(&keys).key.clone();
        let (id, unchanged_since) = (key.id, self.since(key.revision));
        if self.dice.below(2) == 0 {
            let (secret, supersede_at) = (self.world.secret(), later(80));
            return Command::RotateKey { organization, id, unchanged_since, secret, supersede_at };
        }
        let enabled = Change::Set(self.dice.below(2) == 0);
        let changes = Box::new(KeyChanges { enabled, ..KeyChanges::default() });
        Command::UpdateKey { organization, id, unchanged_since, changes }
    }

    async fn revoke(&mut self, organization: OrganizationId) -> Command {
        let keys = self.world.store.keys(key_query(organization)).await.unwrap().items;
        let mut which = KeySelector { count_only: self.dice.below(5) == 0, ..KeySelector::default() };
        match self.dice.below(6) {
            0 => which.every = true,
            1 => which.owner = Some(KeyOwner::User(*self.dice.pick(&self.known.users))),
            _ => which.ids = Some(keys.iter().take(2).map(|listing| listing.key.id).collect()),
        }
        Command::RevokeKeys { organization, which }
    }
}
