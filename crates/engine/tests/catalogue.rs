//! Declaring permissions, and which keys that touches.

mod harness;

use std::time::Duration;

use harness::{World, assert_forbidden, assert_invalid, draft};
use keywright_domain::Verb;
use keywright_engine::{AuditFilter, Error, KeyDraft, Paging, PermissionDraft};

fn declare(name: &str, verb: &str) -> PermissionDraft {
    PermissionDraft { name: Some(name.to_owned()), verb: Some(verb.to_owned()), description: None }
}

fn reading(permissions: &[&str]) -> KeyDraft {
    KeyDraft { scope: Some("read".to_owned()), ..draft(permissions) }
}

#[tokio::test]
async fn keys_that_gain_or_lose_a_permission_are_counted() {
    let world = World::new().await;
    let (engine, root) = (&world.engine, world.root());
    // `money.send` is UPDATE by its last segment.
    let touched = async |verb: &str| {
        engine.preview_permission(&root, declare("money.send", verb)).await.unwrap().keys_touched
    };
    assert_eq!(touched("READ").await, 0, "the root key has it either way");
    let (_, gains) = world.issue(&root, reading(&["money.*"])).await;
    let (rotated, _) = world.issue(&root, reading(&["all"])).await;
    world.issue(&root, reading(&["asset.read"])).await;
    world.issue(&root, draft(&["money.send"])).await;
    let (revoked, _) = world.issue(&root, reading(&["money.send"])).await;
    engine.revoke_key(&root, revoked.key.id).await.unwrap();
    engine.rotate_key(&root, rotated.key.id, 3600).await.unwrap();
    // What bounds a key bounds this too: a viewer's key reads, and an account's has no more than the account.
    let narrow = world.service_account("narrow", &["asset.*"]).await;
    let of_account = KeyDraft { service_account: Some(narrow.id.to_string()), ..reading(&["all"]) };
    world.issue(&root, of_account).await;
    let viewer = world.member("viewer").await.under_immich_rules();
    world.issue(&viewer, draft(&["all"])).await;
    assert_eq!(touched("READ").await, 3, "the first two and the viewer's");
    assert_eq!(touched("UPDATE").await, 0, "it is that already");
    assert_eq!(world.code(&gains, &["money.send"]), "INSUFFICIENT_PERMISSIONS", "a preview changes nothing");
    let declared = engine.declare_permission(&root, declare("money.send", "READ")).await.unwrap();
    assert_eq!((declared.keys_touched, declared.permission.verb), (3, Verb::Read));
    assert_eq!(world.code(&gains, &["money.send"]), "VALID");
    world.clock.advance(Duration::from_secs(3601));
    assert_eq!(touched("DELETE").await, 3);
    let developer = world.member("developer").await;
    assert_forbidden(engine.preview_permission(&developer, declare("money.send", "READ")).await, "catalogue");
    let (_, keeper) = world.issue(&root, draft(&["catalogue.create", "catalogue.update"])).await;
    let refused = engine.preview_permission(&world.actor(&keeper), declare("money.send", "DELETE")).await;
    assert_forbidden(refused, "lack");
}

#[tokio::test]
async fn an_import_is_planned_and_carried_out_as_a_whole() {
    let world = World::new().await;
    let (engine, root) = (&world.engine, world.root());
    let organization = root.organization_id();
    engine.declare_permission(&root, declare("money.send", "CREATE")).await.unwrap();
    engine.declare_permission(&root, declare("money.see", "READ")).await.unwrap();
    let (_, key) = world.issue(&root, reading(&["money.*", "report.*"])).await;
    let drafts = vec![
        declare("money.send", "READ"),
        declare("money.see", "READ"),
        declare("report.make", "READ"),
        PermissionDraft { verb: None, ..declare("report.list", "") },
    ];
    let plan = engine.plan_catalogue(organization, drafts.clone()).await.unwrap();
    let told: Vec<_> = plan
        .permissions()
        .map(|one| (one.name.as_str(), one.exists, one.changes_verb(), one.is_unchanged(), one.keys_touched))
        .collect();
    assert_eq!(
        told,
        [
            ("money.send", true, true, false, 1),
            ("money.see", true, false, true, 0),
            ("report.make", false, true, false, 1),
            ("report.list", false, false, false, 0),
        ]
    );
    assert_eq!(world.code(&key, &["report.make"]), "INSUFFICIENT_PERMISSIONS");
    engine.import_catalogue(plan).await.unwrap();
    assert_eq!(world.code(&key, &["report.make", "money.send"]), "VALID");
    let again = engine.plan_catalogue(organization, drafts).await.unwrap();
    assert!(again.permissions().all(keywright_engine::PlannedPermission::is_unchanged));
    let filter = AuditFilter { action: Some("catalogue.declare".to_owned()), ..AuditFilter::default() };
    let events = engine.audit_events(&root, filter, &Paging::default()).await.unwrap();
    assert_eq!(events.items.iter().filter(|event| event.actor.is_none()).count(), 3);
}

#[tokio::test]
async fn all_that_is_wrong_with_an_import_is_named_by_place() {
    let world = World::new().await;
    let organization = world.root().organization_id();
    let drafts = vec![
        declare("money.send", "SEND"),
        declare("money.*", "READ"),
        declare("apiKey.create", "READ"),
        PermissionDraft::default(),
        declare("money.see", "READ"),
        declare("money:see", "READ"),
    ];
    let Err(Error::Invalid(problems)) = world.engine.plan_catalogue(organization, drafts).await else {
        panic!("it was accepted");
    };
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "permissions[0].verb",
            "permissions[1].name",
            "permissions[2].name",
            "permissions[3].name",
            "permissions[5].name"
        ]
    );
    let unknown = world.engine.declare_permission(&world.root(), declare("money.*", "READ")).await;
    assert_invalid(unknown, "name");
}

#[tokio::test]
async fn of_two_first_declarations_the_later_one_is_decided_by_the_earlier() {
    let world = World::new().await;
    let engine = &world.engine;
    // One may declare what is new, and change no verb: it has none of the permission.
    let (_, weak) = world.issue(&world.root(), draft(&["catalogue.create", "catalogue.read"])).await;
    let (root, weak) = (world.root(), world.actor(&weak));
    for number in 0..20 {
        let name = format!("report{number}.read");
        let weakly = async {
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            engine.declare_permission(&weak, declare(&name, "READ")).await
        };
        let (strict, loose) =
            tokio::join!(engine.declare_permission(&root, declare(&name, "MANAGE")), weakly);
        strict.unwrap();
        // Either it came first, or it would have changed a verb that is declared.
        if loose.is_err() {
            assert_forbidden(loose, "catalogue.update");
        }
        let found = engine.permissions(&root).unwrap().into_iter().find(|one| one.name == name);
        assert_eq!(found.unwrap().verb, Verb::Manage, "{name}");
    }
}
