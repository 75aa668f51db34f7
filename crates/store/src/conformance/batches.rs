//! Batches: revisions, isolation of commands, what is written beside a command, being found again.

use std::sync::Arc;

use super::world::{NOW, World, nobody, plain};
use crate::{Applied, AuditedCommand, Batch, Command, Refusal, Revision, Store, UniqueField};

const SLUG_TAKEN: Result<Applied, Refusal> = Err(Refusal::NotUnique(UniqueField::Slug));

pub async fn a_refused_command_leaves_its_neighbours(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (first, second) = (world.organization(), world.organization());
    let mut twin = world.organization();
    twin.slug.clone_from(&first.slug);
    let outcome = world
        .batch(vec![
            Command::CreateOrganization(first.clone()),
            Command::CreateOrganization(twin.clone()),
            Command::CreateOrganization(second.clone()),
        ])
        .await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), SLUG_TAKEN, Ok(Applied::Done)]);
    for (id, there) in [(first.id, true), (second.id, true), (twin.id, false)] {
        assert_eq!(world.store.organization(id).await.unwrap().is_some(), there);
    }
}

pub async fn all_is_all_or_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (first, second, third) = (world.organization(), world.organization(), world.organization());
    let mut twin = world.organization();
    twin.slug.clone_from(&first.slug);
    let create = Command::CreateOrganization;
    let outcome = world
        .batch(vec![
            create(first.clone()),
            Command::All(vec![
                create(second.clone()),
                Command::All(vec![create(third.clone()), create(twin)]),
            ]),
        ])
        .await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), SLUG_TAKEN]);
    assert!(world.store.organization(second.id).await.unwrap().is_none());
    assert!(world.store.organization(third.id).await.unwrap().is_none());

    let user = world.user();
    let session = world.session(user.id);
    let commands = vec![
        Command::CreateUser(user.clone()),
        Command::CreateSession(session),
        Command::DeleteSessionsOf { user: user.id, except: None },
    ];
    assert_eq!(world.one(Command::All(commands)).await, Ok(Applied::Count(1)), "the last one's outcome");
    assert_eq!(world.one(Command::All(Vec::new())).await, Ok(Applied::Done));
}

pub async fn revisions_are_contiguous_and_batches_are_found_again(store: Arc<dyn Store>) {
    let world = World::new(store);
    let taken = world.organization();
    for (expected, commands) in [
        (Some(1), vec![Command::CreateOrganization(taken.clone())]),
        // Nothing that carries a revision: none is taken.
        (None, vec![Command::Note]),
        (Some(2), vec![Command::CreateUser(world.user()), Command::CreateUser(world.user())]),
        // One command is refused, one is not.
        (Some(3), vec![Command::CreateOrganization(taken.clone()), Command::CreateUser(world.user())]),
        (None, vec![Command::CreateLinkToken(world.link(taken.id, crate::LinkPurpose::SetUp))]),
        (Some(4), vec![Command::CreateOrganization(world.organization())]),
    ] {
        let id = world.id();
        let commands = commands.into_iter().map(plain).collect();
        let outcome = world.store.commit(Batch { id, now: NOW, commands }).await.unwrap();
        assert_eq!(outcome.revision, expected.map(Revision));
        assert_eq!(
            world.store.find_batch(id).await.unwrap(),
            Some(expected.map_or(Revision::ZERO, Revision))
        );
    }
    assert_eq!(world.store.find_batch(nobody()).await.unwrap(), None);
}

pub async fn a_batch_that_is_refused_as_a_whole_leaves_no_trace(store: Arc<dyn Store>) {
    let world = World::new(store);
    let taken = world.add_organization().await;
    let before = world.revision().await;
    let id = world.id();
    let commands =
        vec![plain(Command::CreateOrganization(taken.clone())), plain(Command::CreateOrganization(taken))];
    let outcome = world.store.commit(Batch { id, now: NOW, commands }).await.unwrap();
    assert_eq!(outcome.revision, None);
    assert!(outcome.outcomes.iter().all(Result::is_err), "{:?}", outcome.outcomes);
    assert_eq!(world.store.find_batch(id).await.unwrap(), None);
    assert_eq!(world.revision().await, Revision(before.0 + 1), "no revision was used up");
}

pub async fn an_empty_batch_does_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let outcome = world.batch(Vec::new()).await;
    assert_eq!((outcome.revision, outcome.outcomes), (None, Vec::new()));
}

pub async fn audit_and_answer_are_written_only_with_the_command(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await;
    let refused = AuditedCommand {
        command: Command::CreateOrganization(organization.clone()),
        audit: vec![world.event(organization.id, "organization.create")],
        idempotency: Some(world.answer(NOW)),
    };
    let unanswered = refused.idempotency.as_ref().unwrap().digest;
    assert!(world.audited(refused).await.is_err());
    assert_eq!(world.audited_actions(organization.id).await, [] as [&str; 0]);
    assert_eq!(world.store.idempotency(unanswered).await.unwrap(), None);

    let record = world.answer(NOW);
    let carried_out = AuditedCommand {
        command: Command::CreateUser(world.user()),
        audit: vec![world.event(organization.id, "first"), world.event(organization.id, "second")],
        idempotency: Some(record.clone()),
    };
    assert_eq!(world.audited(carried_out).await, Ok(Applied::Done));
    assert_eq!(world.audited_actions(organization.id).await, ["second", "first"]);
    assert_eq!(world.store.idempotency(record.digest).await.unwrap(), Some(record));

    let note = AuditedCommand {
        command: Command::Note,
        audit: vec![world.event(organization.id, "apiKey.create")],
        idempotency: None,
    };
    assert_eq!(world.audited(note).await, Ok(Applied::Done));
    assert_eq!(world.audited_actions(organization.id).await, ["apiKey.create", "second", "first"]);
}

pub async fn a_command_whose_audit_cannot_be_written_is_undone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await;
    let event = world.event(organization.id, "user.create");
    let user = world.user();
    let command = AuditedCommand {
        command: Command::CreateUser(user.clone()),
        audit: vec![event.clone(), event],
        idempotency: None,
    };
    assert_eq!(world.audited(command).await, Err(Refusal::NotUnique(UniqueField::Identity)));
    assert_eq!(world.store.user(user.id).await.unwrap(), None);
    assert_eq!(world.audited_actions(organization.id).await, [] as [&str; 0]);
}

pub async fn concurrent_batches_take_revisions_one_after_another(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let batches = (0..20).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(
            async move { world.batch(vec![Command::CreateUser(world.user())]).await.revision.unwrap() },
        )
    });
    let mut revisions = Vec::new();
    for batch in batches.collect::<Vec<_>>() {
        revisions.push(batch.await.unwrap());
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=20).map(Revision).collect::<Vec<_>>());
}

pub async fn a_batch_tells_the_revision_that_its_outcomes_rest_on(store: Arc<dyn Store>) {
    let world = World::new(store);
    assert_eq!(world.batch(vec![Command::Note]).await.current, Revision::ZERO);
    let made = world.batch(vec![Command::CreateUser(world.user())]).await;
    assert_eq!((made.revision, made.current), (Some(Revision(1)), Revision(1)));
    for idle in [vec![Command::Note], Vec::new(), vec![Command::DeleteSession(nobody())]] {
        assert_eq!(world.batch(idle).await.current, Revision(1));
    }
    let taken = world.add_user().await;
    let refused = world.batch(vec![Command::CreateUser(taken)]).await;
    assert_eq!((refused.revision, refused.current), (None, Revision(2)));
}

pub async fn each_of_several_is_carried_out_for_itself(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let (first, last) = (world.user(), world.user());
    let twin = crate::User { email: first.email.clone(), ..world.user() };
    let of = |user: &crate::User| AuditedCommand {
        audit: vec![world.event(organization, "user.create")],
        ..plain(Command::CreateUser(user.clone()))
    };
    let record = world.answer(NOW);
    let each = || AuditedCommand {
        audit: vec![world.event(organization, "user.import")],
        idempotency: Some(record.clone()),
        ..plain(Command::Each(vec![of(&first), of(&twin), of(&last)]))
    };
    let refusal = Refusal::NotUnique(crate::UniqueField::Email);
    let expected = vec![Ok(Applied::Done), Err(refusal.clone()), Ok(Applied::Done)];
    assert_eq!(world.audited(each()).await, Ok(Applied::Each(expected)));
    for (user, is_there) in [(&first, true), (&twin, false), (&last, true)] {
        assert_eq!(world.store.user(user.id).await.unwrap().is_some(), is_there);
    }
    let actions = world.audited_actions(organization).await;
    assert_eq!(actions.iter().filter(|action| *action == "user.create").count(), 2, "{actions:?}");
    // What became of each is part of what a repetition is told, and nothing is done again.
    let Err(Refusal::AlreadyAnswered(told)) = world.audited(each()).await else { panic!("done again") };
    let (answer, refusals): (serde_json::Value, Vec<Option<Refusal>>) =
        serde_json::from_str(&told.answer).unwrap();
    assert_eq!(answer.to_string(), record.answer);
    assert_eq!(refusals, [None, Some(refusal), None]);
    // When what goes with it is refused, none of them is done.
    let (other, nobody) = (world.user(), Command::DeleteRole { organization, id: nobody() });
    let all = Command::All(vec![Command::Each(vec![of(&other)]), nobody]);
    assert_eq!(world.one(all).await, Err(Refusal::NotFound));
    assert!(world.store.user(other.id).await.unwrap().is_none());
}
