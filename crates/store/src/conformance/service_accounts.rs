//! Service accounts.

use std::sync::Arc;

use keywright_domain::ServiceAccountId;

use super::world::{ALL, World, later, nobody, rate_limit};
use crate::{
    Applied, Change, Command, KeyOwner, PageRequest, Refusal, Revision, ServiceAccount,
    ServiceAccountChanges, ServiceAccountQuery, Store, UniqueField,
};

pub async fn a_service_account_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let row = world.add_service_account(organization).await;
    assert_eq!(world.store.service_account(organization, row.id).await.unwrap(), Some(row.clone()));
    assert_eq!(world.store.service_account(nobody(), row.id).await.unwrap(), None);
    let in_nothing = world.service_account(nobody());
    assert_eq!(world.one(Command::CreateServiceAccount(in_nothing)).await, Err(Refusal::NotFound));
}

pub async fn names_are_unique_among_those_not_deleted(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let row = world.add_service_account(organization).await;
    let other = world.add_service_account(organization).await;
    let twin = || ServiceAccount { name: row.name.clone(), ..world.service_account(organization) };
    let taken = Err(Refusal::NotUnique(UniqueField::Name));
    assert_eq!(world.one(Command::CreateServiceAccount(twin())).await, taken);
    let changes = ServiceAccountChanges { name: Change::Set(row.name.clone()), ..Default::default() };
    let (id, unchanged_since) = (other.id, other.revision);
    let rename = Command::UpdateServiceAccount { organization, id, unchanged_since, changes };
    assert_eq!(world.one(rename).await, taken);
    world.done(Command::DeleteServiceAccount { organization, id: row.id }).await;
    assert_eq!(world.one(Command::CreateServiceAccount(twin())).await, Ok(Applied::Done));
}

pub async fn a_service_account_is_changed_only_as_it_was_seen(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let old = world.add_service_account(organization).await;
    let update = |id, unchanged_since| Command::UpdateServiceAccount {
        organization,
        id,
        unchanged_since,
        changes: ServiceAccountChanges {
            description: Change::Set(Some("new".to_owned())),
            permissions: Change::Set(Vec::new()),
            rate_limits: Change::Set(vec![rate_limit(5)]),
            ..Default::default()
        },
    };
    assert_eq!(world.one(update(nobody(), old.revision)).await, Err(Refusal::NotFound));
    assert_eq!(world.one(update(old.id, Revision::ZERO)).await, Err(Refusal::Changed));
    let outcome = world.batch_at(later(2), vec![update(old.id, old.revision)]).await;
    let new = ServiceAccount {
        description: Some("new".to_owned()),
        permissions: Vec::new(),
        rate_limits: vec![rate_limit(5)],
        updated_at: later(2),
        revision: outcome.revision.unwrap(),
        ..old
    };
    assert_eq!(world.store.service_account(organization, new.id).await.unwrap(), Some(new));
}

pub async fn it_is_switched_off_and_on_and_keeps_its_keys(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let account = world.add_service_account(organization).await;
    let owner = KeyOwner::ServiceAccount(account.id);
    let key = world.add_key(organization, owner).await;
    let set = |id, enabled| Command::SetServiceAccountEnabled { organization, id, enabled };
    let disabled_at =
        async || world.store.service_account(organization, account.id).await.unwrap().unwrap().disabled_at;
    assert_eq!(world.one(set(nobody(), false)).await, Err(Refusal::NotFound));
    let idle = world.batch(vec![set(account.id, true)]).await;
    assert_eq!((idle.revision, idle.outcomes), (None, vec![Ok(Applied::Done)]), "it is so already");
    assert_eq!(world.one_at(later(1), set(account.id, false)).await, Ok(Applied::Done));
    assert_eq!(disabled_at().await, Some(later(1)));
    assert_eq!(world.one_at(later(2), set(account.id, false)).await, Ok(Applied::Done));
    assert_eq!(disabled_at().await, Some(later(1)), "it was switched off before");
    world.add_key(organization, owner).await;
    assert!(!world.is_revoked(&key).await);
    assert_eq!(world.one(set(account.id, true)).await, Ok(Applied::Done));
    assert_eq!(disabled_at().await, None);
}

pub async fn a_deleted_one_is_gone_and_its_keys_are_revoked(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let KeyOwner::ServiceAccount(id) = owner else { unreachable!("a service account was added") };
    let other = world.add_service_account(organization).await;
    let lost = world.add_key(organization, owner).await;
    let kept = world.add_key(organization, KeyOwner::ServiceAccount(other.id)).await;
    let delete = |organization| Command::DeleteServiceAccount { organization, id };
    assert_eq!(world.one(delete(nobody())).await, Err(Refusal::NotFound));
    let outcome = world.batch_at(later(7), vec![delete(organization)]).await;
    let key = world.stored(&lost).await.key;
    assert_eq!((key.revoked_at, Some(key.revision)), (Some(later(7)), outcome.revision));
    assert!(!world.is_revoked(&kept).await);
    assert_eq!(world.store.service_account(organization, id).await.unwrap(), None);
    let page = world.store.service_accounts(ServiceAccountQuery::every(organization, ALL)).await.unwrap();
    assert_eq!(page.items, [other]);
    for command in [
        delete(organization),
        Command::SetServiceAccountEnabled { organization, id, enabled: false },
        Command::UpdateServiceAccount {
            organization,
            id,
            unchanged_since: outcome.revision.unwrap(),
            changes: ServiceAccountChanges::default(),
        },
    ] {
        assert_eq!(world.one(command).await, Err(Refusal::NotFound));
    }
}

pub async fn they_are_listed_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let mut added = Vec::new();
    for _ in 0..5 {
        added.insert(0, world.add_service_account(organization).await);
    }
    world.add_service_account(world.add_organization().await.id).await;
    let page = async |limit, offset, after| {
        let query = ServiceAccountQuery::every(organization, PageRequest { limit, offset, after });
        let page = world.store.service_accounts(query).await.unwrap();
        (page.items, page.next)
    };
    assert_eq!(page(5, 0, None).await, (added.clone(), None));
    assert_eq!(page(2, 0, None).await, (added[..2].to_vec(), Some(added[1].id.uuid())));
    assert_eq!(page(2, 0, Some(added[1].id.uuid())).await, (added[2..4].to_vec(), Some(added[3].id.uuid())));
    assert_eq!(page(2, 4, None).await, (added[4..].to_vec(), None));
}

pub async fn they_are_searched(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let add = async |name: &str, description: Option<&str>| {
        let account = ServiceAccount {
            name: name.to_owned(),
            description: description.map(str::to_owned),
            ..world.service_account(organization)
        };
        world.done(Command::CreateServiceAccount(account.clone())).await;
        account.id
    };
    let export = add("Nightly 100% export", None).await;
    let billing = add("billing", Some("Takes over at NIGHT")).await;
    let off = Command::SetServiceAccountEnabled { organization, id: billing, enabled: false };
    world.done(off).await;
    let every = || ServiceAccountQuery::every(organization, ALL);
    let ids = async |query| -> Vec<ServiceAccountId> {
        world.store.service_accounts(query).await.unwrap().items.into_iter().map(|one| one.id).collect()
    };
    let with = |text: &str| ServiceAccountQuery { text: Some(text.to_owned()), ..every() };
    assert_eq!(ids(with("night")).await, [billing, export]);
    assert_eq!(ids(with("0% EX")).await, [export]);
    assert_eq!(ids(with("_")).await, []);
    assert_eq!(ids(ServiceAccountQuery { disabled: Some(true), ..every() }).await, [billing]);
    assert_eq!(ids(ServiceAccountQuery { disabled: Some(false), ..with("night") }).await, [export]);
}
