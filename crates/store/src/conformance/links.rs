//! Single-use links.

use std::sync::Arc;

use keywright_domain::{LinkTokenId, MemberRole};

use super::world::{NOW, World, later, nobody};
use crate::{Applied, Command, LinkPurpose, LinkToken, Refusal, Store, UniqueField};

async fn add(world: &World, purpose: LinkPurpose) -> LinkToken {
    let link = world.link(world.add_organization().await.id, purpose);
    assert_eq!(world.done(Command::CreateLinkToken(link.clone())).await, None, "it takes no revision");
    link
}

fn use_it(id: LinkTokenId, then: Vec<Command>) -> Command {
    Command::UseLinkToken { id, then }
}

pub async fn a_link_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    for purpose in
        [LinkPurpose::SetUp, LinkPurpose::Invitation(world.id()), LinkPurpose::Password(world.id())]
    {
        let link = add(&world, purpose).await;
        assert_eq!(world.store.link_token(link.digest).await.unwrap(), Some(link.clone()));
        let twin = LinkToken { digest: link.digest, ..world.link(link.organization, purpose) };
        let taken = world.one(Command::CreateLinkToken(twin)).await;
        assert_eq!(taken, Err(Refusal::NotUnique(UniqueField::Token)));
    }
    assert_eq!(world.store.link_token(world.digest()).await.unwrap(), None);
}

pub async fn a_link_is_used_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let link = add(&world, LinkPurpose::SetUp).await;
    let (first, second) = (world.user(), world.user());
    let create = |user: &crate::User| use_it(link.id, vec![Command::CreateUser(user.clone())]);
    let outcome = world.batch_at(later(1), vec![create(&first), create(&second)]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), Err(Refusal::LinkUsed)]);
    assert_eq!(world.one(create(&second)).await, Err(Refusal::LinkUsed));
    assert!(world.store.user(first.id).await.unwrap().is_some());
    assert!(world.store.user(second.id).await.unwrap().is_none());
    let used = world.store.link_token(link.digest).await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(later(1)));
}

pub async fn a_link_that_is_raced_for_is_used_once(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let id = add(&world, LinkPurpose::SetUp).await.id;
    let racers: Vec<_> = (0..8)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let user = world.user();
                world.one(use_it(id, vec![Command::CreateUser(user)])).await
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(Applied::Done) => won += 1,
            other => assert_eq!(other, Err(Refusal::LinkUsed)),
        }
    }
    assert_eq!(won, 1);
}

pub async fn an_expired_or_unknown_link_leads_nowhere(store: Arc<dyn Store>) {
    let world = World::new(store);
    let link = add(&world, LinkPurpose::SetUp).await;
    assert_eq!(world.one(use_it(nobody(), Vec::new())).await, Err(Refusal::NotFound));
    let at_its_end = world.one_at(link.expires_at, use_it(link.id, Vec::new())).await;
    assert_eq!(at_its_end, Err(Refusal::LinkUsed));
    assert_eq!(world.one_at(NOW, use_it(link.id, Vec::new())).await, Ok(Applied::Done));
}

pub async fn a_link_whose_commands_are_refused_stays_unused(store: Arc<dyn Store>) {
    let world = World::new(store);
    let link = add(&world, LinkPurpose::SetUp).await;
    let user = world.user();
    let taken = crate::User { email: world.add_user().await.email, ..world.user() };
    let refused = use_it(link.id, vec![Command::CreateUser(user.clone()), Command::CreateUser(taken)]);
    assert_eq!(world.one(refused).await, Err(Refusal::NotUnique(UniqueField::Email)));
    assert_eq!(world.store.user(user.id).await.unwrap(), None);
    assert_eq!(world.store.link_token(link.digest).await.unwrap(), Some(link.clone()));
    assert_eq!(world.one(use_it(link.id, vec![Command::CreateUser(user)])).await, Ok(Applied::Done));
}

pub async fn unused_links_are_voided_and_no_others(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, other) = (world.add_organization().await.id, world.add_organization().await.id);
    let member = world.add_member(organization, MemberRole::Viewer).await.id;
    let link = async |organization, purpose| {
        let link = world.link(organization, purpose);
        world.done(Command::CreateLinkToken(link.clone())).await;
        link
    };
    let used = link(organization, LinkPurpose::SetUp).await;
    world.done(Command::UseLinkToken { id: used.id, then: Vec::new() }).await;
    let voided = link(organization, LinkPurpose::SetUp).await;
    let invitation = link(organization, LinkPurpose::Invitation(member)).await;
    let elsewhere = link(other, LinkPurpose::SetUp).await;
    assert_eq!(world.one(Command::VoidSetUpLinks(organization)).await, Ok(Applied::Count(1)));
    let is_there = async |link: &LinkToken| world.store.link_token(link.digest).await.unwrap().is_some();
    assert!(!is_there(&voided).await);
    for link in [&used, &invitation, &elsewhere] {
        assert!(is_there(link).await);
    }
    assert_eq!(world.one(Command::VoidSetUpLinks(organization)).await, Ok(Applied::Count(0)));
}

pub async fn a_persons_password_links_are_voided_and_no_others(store: Arc<dyn Store>) {
    let world = World::new(store);
    let add = async |organization, purpose| {
        let link = world.link(organization, purpose);
        world.done(Command::CreateLinkToken(link.clone())).await;
        link
    };
    let (organization, other) = (world.add_organization().await.id, world.add_organization().await.id);
    let here = world.add_member(organization, MemberRole::Viewer).await;
    let user = world.store.user(here.user).await.unwrap().unwrap();
    let elsewhere = world.member(other, &user, MemberRole::Viewer);
    world.done(Command::CreateMember(elsewhere.clone())).await;
    let somebody = world.add_member(organization, MemberRole::Viewer).await;
    let used = add(organization, LinkPurpose::Password(here.id)).await;
    world.done(use_it(used.id, Vec::new())).await;
    let voided = [
        add(organization, LinkPurpose::Password(here.id)).await,
        add(other, LinkPurpose::Password(elsewhere.id)).await,
    ];
    let kept = [
        used,
        add(organization, LinkPurpose::SetUp).await,
        add(other, LinkPurpose::Invitation(elsewhere.id)).await,
        add(organization, LinkPurpose::Password(somebody.id)).await,
    ];
    assert_eq!(world.one(Command::VoidPasswordLinks(here.user)).await, Ok(Applied::Count(2)));
    let is_there = async |link: &LinkToken| world.store.link_token(link.digest).await.unwrap().is_some();
    for link in &voided {
        assert!(!is_there(link).await);
    }
    for link in &kept {
        assert!(is_there(link).await);
    }
    assert_eq!(world.one(Command::VoidPasswordLinks(here.user)).await, Ok(Applied::Count(0)));
}
