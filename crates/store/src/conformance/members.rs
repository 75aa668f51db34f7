//! Memberships, and that an organization keeps an owner.

use std::sync::Arc;

use keywright_domain::{MemberId, MemberRole, OrganizationId, RateLimit};

use super::world::{ALL, World, later, nobody, rate_limit};
use crate::{
    Applied, Change, Command, KeyOwner, Member, MemberChanges, MemberQuery, PageRequest, Refusal, Revision,
    Store, UniqueField,
};

fn demote(member: &Member) -> Command {
    Command::UpdateMember {
        organization: member.organization,
        id: member.id,
        unchanged_since: member.revision,
        changes: MemberChanges { role: Change::Set(MemberRole::Admin), ..MemberChanges::default() },
    }
}

fn remove(member: &Member) -> Command {
    Command::DeleteMember {
        organization: member.organization,
        id: member.id,
        unchanged_since: member.revision,
    }
}

/// A membership that was not accepted.
async fn invite(world: &World, organization: OrganizationId, role: MemberRole) -> Member {
    let user = world.add_user().await;
    let mut row = Member { accepted_at: None, ..world.member(organization, &user, role) };
    row.revision = world.done(Command::CreateMember(row.clone())).await.unwrap();
    row
}

pub async fn a_member_is_stored_as_they_were_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Developer).await;
    assert_eq!(world.store.member(organization, member.id).await.unwrap(), Some(member.clone()));
    assert_eq!(world.store.member_of_user(organization, member.user).await.unwrap(), Some(member.clone()));
    assert_eq!(world.store.member(nobody(), member.id).await.unwrap(), None);
    assert_eq!(world.store.member_of_user(organization, nobody()).await.unwrap(), None);
}

pub async fn a_person_is_a_member_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Developer).await;
    let user = world.store.user(member.user).await.unwrap().unwrap();
    let again = world.member(organization, &user, MemberRole::Viewer);
    let refused = world.one(Command::CreateMember(again)).await;
    assert_eq!(refused, Err(Refusal::NotUnique(UniqueField::Membership)));
    let in_nothing = world.member(nobody(), &user, MemberRole::Viewer);
    assert_eq!(world.one(Command::CreateMember(in_nothing)).await, Err(Refusal::NotFound));
    let stranger = world.member(organization, &world.user(), MemberRole::Viewer);
    assert_eq!(world.one(Command::CreateMember(stranger)).await, Err(Refusal::NotFound));
}

pub async fn members_are_listed_oldest_first(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let mut added = Vec::new();
    for _ in 0..5 {
        added.push(world.add_member(organization, MemberRole::Viewer).await);
    }
    invite(&world, world.add_organization().await.id, MemberRole::Viewer).await;
    let page = async |page| world.store.members(MemberQuery::every(organization, page)).await.unwrap();
    assert_eq!(page(ALL).await.items, added);
    let two = PageRequest { limit: 2, ..ALL };
    let first = page(two.clone()).await;
    assert_eq!((first.items.as_slice(), first.next), (&added[..2], Some(added[1].id.uuid())));
    let rest = page(PageRequest { after: first.next, ..ALL }).await;
    assert_eq!((rest.items.as_slice(), rest.next), (&added[2..], None));
    let skipped = page(PageRequest { offset: 3, ..two }).await;
    assert_eq!((skipped.items.as_slice(), skipped.next), (&added[3..], None));
}

pub async fn members_are_searched_and_counted_by_role(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let owner = world.add_member(organization, MemberRole::Owner).await;
    let viewer = world.add_member(organization, MemberRole::Viewer).await;
    let invited = invite(&world, organization, MemberRole::Viewer).await.id;
    world.add_member(world.add_organization().await.id, MemberRole::Admin).await;
    let every = || MemberQuery::every(organization, ALL);
    let ids = async |query| -> Vec<MemberId> {
        world.store.members(query).await.unwrap().items.into_iter().map(|member| member.id).collect()
    };
    let viewers = MemberQuery { role: Some(MemberRole::Viewer), ..every() };
    assert_eq!(ids(viewers).await, [viewer.id, invited]);
    let with = |text: &str| MemberQuery { text: Some(text.to_owned()), ..every() };
    let email = viewer.user_email.clone().unwrap();
    assert_eq!(ids(with(&email[..email.len() - 4].to_uppercase())).await, [viewer.id]);
    assert_eq!(ids(with(&owner.user_name.to_lowercase())).await, [owner.id]);
    assert_eq!(ids(MemberQuery { role: Some(MemberRole::Owner), ..with(&email) }).await, []);
    assert_eq!(ids(with("%")).await, []);
    let pending = world.store.member(organization, invited).await.unwrap().unwrap();
    assert_eq!(ids(with(&pending.user_name)).await, [], "a name is told once they have accepted");
    assert_eq!(ids(with(&pending.user_email.unwrap())).await, [invited]);

    let mut counts = world.store.count_members(organization).await.unwrap();
    counts.sort();
    assert_eq!(counts, [(MemberRole::Viewer, 2), (MemberRole::Owner, 1)]);
}

pub async fn an_invitation_is_accepted_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let invited = invite(&world, organization, MemberRole::Developer).await;
    let accept = |organization, id| Command::AcceptMembership { organization, id };
    assert_eq!(world.one(accept(organization, nobody())).await, Err(Refusal::NotFound));
    assert_eq!(world.one(accept(nobody(), invited.id)).await, Err(Refusal::NotFound));
    let outcome = world.batch_at(later(5), vec![accept(organization, invited.id)]).await;
    let accepted = Member {
        accepted_at: Some(later(5)),
        updated_at: later(5),
        revision: outcome.revision.unwrap(),
        ..invited
    };
    assert_eq!(world.store.member(organization, accepted.id).await.unwrap().as_ref(), Some(&accepted));
    let again = world.batch_at(later(9), vec![accept(organization, accepted.id)]).await;
    assert_eq!((again.revision, again.outcomes), (None, vec![Ok(Applied::Done)]));
    assert_eq!(world.store.member(organization, accepted.id).await.unwrap(), Some(accepted));
}

pub async fn a_role_is_changed_only_as_it_was_seen(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Viewer).await;
    assert_eq!(world.one(demote(&Member { id: nobody(), ..member.clone() })).await, Err(Refusal::NotFound));
    assert_eq!(world.one(remove(&Member { id: nobody(), ..member.clone() })).await, Err(Refusal::NotFound));
    let stale = Member { revision: Revision::ZERO, ..member.clone() };
    assert_eq!(world.one(demote(&stale)).await, Err(Refusal::Changed));
    assert_eq!(world.one(remove(&stale)).await, Err(Refusal::Changed));
    assert_eq!(world.one(demote(&member)).await, Ok(Applied::Done));
    let changed = world.store.member(organization, member.id).await.unwrap().unwrap();
    assert_eq!(changed.role, MemberRole::Admin);
    assert_eq!(world.one(remove(&member)).await, Err(Refusal::Changed));
}

pub async fn a_members_limits_are_changed_and_their_role_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let owner = world.add_member(organization, MemberRole::Owner).await;
    let set = |unchanged_since, rate_limits: Vec<_>| Command::UpdateMember {
        organization,
        id: owner.id,
        unchanged_since,
        changes: MemberChanges { rate_limits: Change::Set(rate_limits), ..MemberChanges::default() },
    };
    assert_eq!(world.one(set(Revision::ZERO, Vec::new())).await, Err(Refusal::Changed));
    let mut expected = owner.clone();
    for limits in [vec![rate_limit(5), RateLimit { name: "x".to_owned(), ..rate_limit(7) }], Vec::new()] {
        let outcome = world.batch_at(later(3), vec![set(expected.revision, limits.clone())]).await;
        assert_eq!(outcome.outcomes, [Ok(Applied::Done)], "also for the last owner");
        expected.rate_limits = limits;
        expected.updated_at = later(3);
        expected.revision = outcome.revision.unwrap();
        assert_eq!(world.store.member(organization, owner.id).await.unwrap().as_ref(), Some(&expected));
    }
}

pub async fn the_last_owner_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let owner = world.add_member(organization, MemberRole::Owner).await;
    world.add_member(organization, MemberRole::Admin).await;
    // One who has not accepted is no owner yet, nor is another organization's.
    let invited = invite(&world, organization, MemberRole::Owner).await;
    world.add_member(world.add_organization().await.id, MemberRole::Owner).await;
    assert_eq!(world.one(demote(&owner)).await, Err(Refusal::LastOwner));
    assert_eq!(world.one(remove(&owner)).await, Err(Refusal::LastOwner));
    let same = Command::UpdateMember {
        organization,
        id: owner.id,
        unchanged_since: owner.revision,
        changes: MemberChanges { role: Change::Set(MemberRole::Owner), ..MemberChanges::default() },
    };
    let owner = Member { revision: world.done(same).await.unwrap(), ..owner };
    assert_eq!(world.one(remove(&invited)).await, Ok(Applied::Done), "an invited owner is not the last one");

    world.add_member(organization, MemberRole::Owner).await;
    assert_eq!(world.one(demote(&owner)).await, Ok(Applied::Done));
}

pub async fn of_two_owners_who_leave_in_one_batch_one_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let first = world.add_member(organization, MemberRole::Owner).await;
    let second = world.add_member(organization, MemberRole::Owner).await;
    let outcome = world.batch(vec![remove(&first), demote(&second)]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), Err(Refusal::LastOwner)]);
}

pub async fn of_owners_who_leave_at_once_one_stays(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    for _ in 0..8 {
        let organization = world.add_organization().await.id;
        let first = world.add_member(organization, MemberRole::Owner).await;
        let second = world.add_member(organization, MemberRole::Owner).await;
        let leave = |command| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.one(command).await })
        };
        let leaving = [leave(demote(&first)), leave(remove(&second))];
        let mut outcomes = Vec::new();
        for outcome in leaving {
            outcomes.push(outcome.await.unwrap());
        }
        assert!(outcomes.contains(&Ok(Applied::Done)), "{outcomes:?}");
        assert!(outcomes.contains(&Err(Refusal::LastOwner)), "{outcomes:?}");
    }
}

pub async fn who_leaves_loses_their_keys_there(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (here, elsewhere) = (world.add_organization().await.id, world.add_organization().await.id);
    let member = world.add_member(here, MemberRole::Developer).await;
    let colleague = world.add_member(here, MemberRole::Developer).await;
    let user = world.store.user(member.user).await.unwrap().unwrap();
    world.done(Command::CreateMember(world.member(elsewhere, &user, MemberRole::Developer))).await;
    let lost = world.add_key(here, KeyOwner::User(user.id)).await;
    let kept = world.add_key(elsewhere, KeyOwner::User(user.id)).await;
    let others = world.add_key(here, KeyOwner::User(colleague.user)).await;
    let outcome = world.batch_at(later(4), vec![remove(&member)]).await;
    let key = world.stored(&lost).await.key;
    assert_eq!((key.revoked_at, Some(key.revision)), (Some(later(4)), outcome.revision));
    assert!(!world.is_revoked(&kept).await && !world.is_revoked(&others).await);
    assert_eq!(world.store.member(here, member.id).await.unwrap(), None);
    assert!(world.store.user(user.id).await.unwrap().is_some());
}

pub async fn memberships_are_listed_wherever_they_are(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await;
    assert_eq!(world.store.memberships(user.id).await.unwrap(), []);
    let mut made = Vec::new();
    for accepted in [true, false] {
        let organization = world.add_organization().await.id;
        let mut row = world.member(organization, &user, MemberRole::Viewer);
        row.accepted_at = row.accepted_at.filter(|_| accepted);
        row.revision = world.done(Command::CreateMember(row.clone())).await.unwrap();
        world.add_member(organization, MemberRole::Owner).await;
        made.push(row);
    }
    assert_eq!(world.store.memberships(user.id).await.unwrap(), made);
}
