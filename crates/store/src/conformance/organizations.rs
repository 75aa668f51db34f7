//! Organizations: made, changed, closed.

use std::sync::Arc;

use keywright_domain::MemberRole;

use super::world::{NOW, World, later, nobody};
use crate::{
    Applied, Change, Command, KeyOwner, Organization, OrganizationChanges, Refusal, Revision, Store,
    UniqueField,
};

pub async fn an_organization_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    assert!(world.store.is_empty().await.unwrap());
    let row = world.add_organization().await;
    assert!(!world.store.is_empty().await.unwrap());
    assert_eq!(world.store.organization(row.id).await.unwrap(), Some(row.clone()));
    assert_eq!(world.store.organization_by_number(row.number).await.unwrap(), Some(row));
    assert_eq!(world.store.organization(nobody()).await.unwrap(), None);
    assert_eq!(world.store.organization_by_number(-1).await.unwrap(), None);
}

pub async fn ids_numbers_and_slugs_are_unique(store: Arc<dyn Store>) {
    let world = World::new(store);
    let row = world.add_organization().await;
    let fresh = world.organization();
    for (twin, field) in [
        (Organization { id: row.id, ..fresh.clone() }, UniqueField::Identity),
        (Organization { number: row.number, ..fresh.clone() }, UniqueField::Identity),
        (Organization { slug: row.slug.clone(), ..fresh.clone() }, UniqueField::Slug),
    ] {
        let outcome = world.one(Command::CreateOrganization(twin)).await;
        assert_eq!(outcome, Err(Refusal::NotUnique(field)));
    }
}

pub async fn only_what_changes_changes(store: Arc<dyn Store>) {
    let world = World::new(store);
    let old = world.add_organization().await;
    let changes = OrganizationChanges {
        name: Change::Set("New".to_owned()),
        max_expiry_seconds: Change::Set(None),
        catalogue_closed: Change::Set(true),
        ..OrganizationChanges::default()
    };
    let update = Command::UpdateOrganization { id: old.id, unchanged_since: old.revision, changes };
    let outcome = world.batch_at(later(5), vec![update]).await;
    let new = Organization {
        name: "New".to_owned(),
        max_expiry_seconds: None,
        catalogue_closed: true,
        updated_at: later(5),
        revision: outcome.revision.unwrap(),
        ..old
    };
    assert_eq!(world.store.organization(new.id).await.unwrap(), Some(new));
}

pub async fn a_change_is_refused_when_there_is_nothing_or_something_else(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (row, other) = (world.add_organization().await, world.add_organization().await);
    let update = |id, unchanged_since, slug: &str| Command::UpdateOrganization {
        id,
        unchanged_since,
        changes: OrganizationChanges { slug: Change::Set(slug.to_owned()), ..OrganizationChanges::default() },
    };
    assert_eq!(world.one(update(nobody(), Revision(1), "a")).await, Err(Refusal::NotFound));
    assert_eq!(world.one(update(row.id, Revision::ZERO, "a")).await, Err(Refusal::Changed));
    let taken = world.one(update(row.id, row.revision, &other.slug)).await;
    assert_eq!(taken, Err(Refusal::NotUnique(UniqueField::Slug)));
    let delete = |id, unchanged_since| Command::DeleteOrganization { id, unchanged_since };
    assert_eq!(world.one(delete(nobody(), Revision(1))).await, Err(Refusal::NotFound));
    assert_eq!(world.one(delete(row.id, Revision::ZERO)).await, Err(Refusal::Changed));
    assert_eq!(world.one(update(row.id, row.revision, "a")).await, Ok(Applied::Done));
    assert_eq!(world.one(update(row.id, row.revision, "b")).await, Err(Refusal::Changed));
}

pub async fn closing_revokes_disables_and_ends_everything_in_it(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await;
    let owner = world.add_member(organization.id, MemberRole::Owner).await;
    // Its first owner has set it up.
    let organization = world.store.organization(organization.id).await.unwrap().unwrap();
    let account = world.add_service_account(organization.id).await;
    let theirs = world.add_key(organization.id, KeyOwner::User(owner.user)).await;
    let its = world.add_key(organization.id, KeyOwner::ServiceAccount(account.id)).await;
    let (elsewhere, other_owner) = world.add_owner().await;
    let untouched = world.add_key(elsewhere, other_owner).await;

    let delete = Command::DeleteOrganization { id: organization.id, unchanged_since: organization.revision };
    let outcome = world.batch_at(later(9), vec![delete]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done)]);
    let revision = outcome.revision.unwrap();

    let closed = world.store.organization(organization.id).await.unwrap().unwrap();
    assert_eq!((closed.deleted_at, closed.revision), (Some(later(9)), revision));
    for key in [&theirs, &its] {
        let key = world.stored(key).await.key;
        assert_eq!((key.revoked_at, key.revision), (Some(later(9)), revision));
    }
    assert!(!world.is_revoked(&untouched).await);
    let account = world.store.service_account(organization.id, account.id).await.unwrap().unwrap();
    assert_eq!((account.disabled_at, account.revision), (Some(later(9)), revision));
    assert_eq!(world.store.member(organization.id, owner.id).await.unwrap(), None);
    assert_eq!(world.store.organizations_of_user(owner.user).await.unwrap(), []);
}

pub async fn nothing_is_made_in_a_closed_organization(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await;
    let account = world.add_service_account(organization.id).await;
    let user = world.add_user().await;
    world
        .done(Command::DeleteOrganization { id: organization.id, unchanged_since: organization.revision })
        .await;
    let closed = world.store.organization(organization.id).await.unwrap().unwrap();

    let owner = KeyOwner::ServiceAccount(account.id);
    let create = Command::CreateKey { key: world.key(closed.id, owner), secret: world.secret() };
    assert_eq!(world.one(create).await, Err(Refusal::OwnerGone));
    for command in [
        Command::UpdateOrganization {
            id: closed.id,
            unchanged_since: closed.revision,
            changes: OrganizationChanges::default(),
        },
        Command::DeleteOrganization { id: closed.id, unchanged_since: closed.revision },
        Command::CreateMember(world.member(closed.id, &user, MemberRole::Owner)),
        Command::CreateRole(world.role(closed.id, "role")),
        Command::CreateServiceAccount(world.service_account(closed.id)),
        Command::SetServiceAccountEnabled { organization: closed.id, id: account.id, enabled: true },
        Command::PutPermission {
            known_verb: None,
            organization: closed.id,
            permission: World::permission("a.read", keywright_domain::Verb::Read),
        },
    ] {
        let what = format!("{command:?}");
        assert_eq!(world.one(command).await, Err(Refusal::NotFound), "{what}");
    }
}

pub async fn a_user_sees_the_organizations_that_they_accepted_by_number(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await;
    let (first, second, third) =
        (world.add_organization().await, world.add_organization().await, world.add_organization().await);
    for organization in [&third, &first] {
        world.done(Command::CreateMember(world.member(organization.id, &user, MemberRole::Viewer))).await;
    }
    let mut invited = world.member(second.id, &user, MemberRole::Owner);
    invited.accepted_at = None;
    world.done(Command::CreateMember(invited.clone())).await;
    let numbers = async || -> Vec<i64> {
        let organizations = world.store.organizations_of_user(user.id).await.unwrap();
        organizations.into_iter().map(|organization| organization.number).collect()
    };
    assert_eq!(numbers().await, [first.number, third.number]);
    world.one_at(NOW, Command::AcceptMembership { organization: second.id, id: invited.id }).await.unwrap();
    assert_eq!(numbers().await, [first.number, second.number, third.number]);
}
