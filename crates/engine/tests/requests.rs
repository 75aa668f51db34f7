//! The request log: what is in it, what is left out, and who sees it.

mod harness;

use std::time::Duration;

use harness::{World, draft};
use keywright_domain::PresentedKey;
use keywright_engine::{Actor, EngineSettings, OwnRequest, Paging, RequestFilter, VerifyRequest};
use keywright_store::KeyRequest;

async fn told(world: &World, actor: &Actor, filter: RequestFilter) -> Vec<KeyRequest> {
    world.engine.write_uses().await.unwrap();
    let paging = Paging { limit: Some(100), ..Paging::default() };
    let listing = world.engine.requests(actor, filter, &paging).await.unwrap();
    listing.items.into_iter().map(|logged| logged.request).collect()
}

fn of(key: &str) -> RequestFilter {
    RequestFilter { key: Some(key.to_string()), ..RequestFilter::default() }
}

#[tokio::test]
async fn a_verification_is_logged_as_it_was_asked() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let request = VerifyRequest {
        all: &["asset.read"],
        method: Some("GET"),
        address: Some("192.0.2.9".parse().unwrap()),
        agent: Some("curl/8"),
        path: Some("/assets/7?key=secret"),
        request_id: Some("r-1"),
        ..VerifyRequest::of(PresentedKey::new(&key))
    };
    assert!(world.verdict(&request).valid);
    world.clock.advance(Duration::from_secs(1));
    let denied = VerifyRequest {
        all: &["asset.delete"],
        logged_method: Some("PUT"),
        ..VerifyRequest::of(PresentedKey::new(&key))
    };
    assert!(!world.verdict(&denied).valid);
    world.engine.revoke_key(&world.root(), listing.key.id).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    assert!(!world.verdict(&request).valid);

    let told = told(&world, &world.root(), of(&listing.key.id.to_string())).await;
    assert_eq!(
        told.iter().map(|request| request.status).collect::<Vec<_>>(),
        [401, 403, 200],
        "newest first"
    );
    assert_eq!(
        told[2],
        KeyRequest {
            organization: world.root().organization_id(),
            key: listing.key.id,
            owner: world.root().principal(),
            at: world.engine.now().minus(Duration::from_secs(2)),
            method: Some("GET".to_owned()),
            path: Some("/assets/7".to_owned()),
            route: None,
            status: 200,
            outcome: Some("VALID".to_owned()),
            duration_ms: None,
            address: request.address,
            agent: Some("curl/8".to_owned()),
            request_id: Some("r-1".to_owned()),
        }
    );
    assert_eq!(told[1].method.as_deref(), Some("PUT"), "noted, though another verb than that was demanded");
    assert_eq!((told[1].path.as_ref(), told[1].agent.as_ref(), told[1].address), (None, None, None));
}

#[tokio::test]
async fn no_key_stands_in_the_log() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let (path, agent) = (format!("/hooks/{key}/x"), format!("me {key}\r\nX: y"));
    let request = VerifyRequest {
        path: Some(&path),
        agent: Some(&agent),
        request_id: Some(&key),
        ..VerifyRequest::of(PresentedKey::new(&key))
    };
    assert!(world.verdict(&request).valid);
    let other = world.root_key.clone();
    let own = world.engine.begin_request(&world.root(), &format!("/v1/api-keys/{other}")).unwrap();
    let answered = OwnRequest { method: "GET", route: None, status: 404, duration: Duration::from_millis(3) };
    world.engine.end_request(own, &answered);
    let told = told(&world, &world.root(), RequestFilter::default()).await;
    assert_eq!(told.len(), 2);
    let verified = told.iter().find(|request| request.key == listing.key.id).unwrap();
    assert_eq!(verified.path.as_deref(), Some("/hooks/***/x"));
    assert_eq!(verified.agent.as_deref(), Some("me ***\u{FFFD}\u{FFFD}X: y"));
    assert_eq!(verified.request_id.as_deref(), Some("***"));
    let own = told.iter().find(|request| request.key != listing.key.id).unwrap();
    assert_eq!((own.path.as_deref(), own.duration_ms), (Some("/v1/api-keys/***"), Some(3)));
}

#[tokio::test]
async fn what_repeats_itself_is_left_out_and_told() {
    let world = World::new().await;
    let (busy, busy_key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let (rare, rare_key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    for _ in 0..1_000 {
        assert_eq!(world.code(&busy_key, &[]), "VALID");
        assert_eq!(world.code(&busy_key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
    }
    // The first of its key finds room all the same, let through or refused.
    assert_eq!(world.code(&rare_key, &[]), "VALID");
    assert_eq!(world.code(&rare_key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(told(&world, &world.root(), of(&rare.key.id.to_string())).await.len(), 2);
    world.engine.write_uses().await.unwrap();
    let database = world.connection();
    let logged: i64 = database.query_row("SELECT COUNT(*) FROM key_requests", [], |row| row.get(0)).unwrap();
    assert_eq!(logged, 2 + 2 + 20, "a key that hammers gets its share and no more");
    assert_eq!(world.engine.facts().unlogged_requests, 2_000 - 2 - 20);
    // Room again.
    assert_eq!(world.code(&busy_key, &[]), "VALID");
    assert_eq!(told(&world, &world.root(), of(&busy.key.id.to_string())).await.len(), 2 + 20 + 1);
    let logged: i64 = database.query_row("SELECT COUNT(*) FROM key_requests", [], |row| row.get(0)).unwrap();
    assert_eq!(logged, 2 + 2 + 20 + 1);
}

#[tokio::test]
async fn a_store_that_takes_nothing_fills_no_memory_and_writes_nothing_twice() {
    let world = World::new().await;
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let database = world.connection();
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON key_requests BEGIN SELECT RAISE(ABORT, 'not now'); END";
    database.execute_batch(refuse).unwrap();
    for _ in 0..5 {
        for _ in 0..1_000 {
            assert_eq!(world.code(&key, &[]), "VALID");
        }
        world.engine.write_uses().await.unwrap_err();
    }
    database.execute_batch("DROP TRIGGER refuse").unwrap();
    world.engine.write_uses().await.unwrap();
    let logged: i64 = database.query_row("SELECT COUNT(*) FROM key_requests", [], |row| row.get(0)).unwrap();
    assert_eq!(logged, 2 * 20 + 1, "one share on its way, and one gathered meanwhile");
    assert_eq!(world.engine.facts().unlogged_requests, 5_000 - 2 * 20 - 1);
}

#[tokio::test]
async fn entries_are_kept_as_long_as_the_operator_chose() {
    let mut world = World::new().await;
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let all = async |world: &World| told(world, &world.root(), RequestFilter::default()).await.len();
    assert_eq!(world.code(&key, &[]), "VALID");
    assert_eq!(all(&world).await, 1);
    world.clock.advance(Duration::from_hours(7 * 24));
    world.engine.tidy_uses().await.unwrap();
    assert_eq!(all(&world).await, 1);
    world.clock.advance(Duration::from_millis(1));
    world.engine.tidy_uses().await.unwrap();
    assert_eq!(all(&world).await, 0);

    assert_eq!(world.code(&key, &[]), "VALID");
    world.parts.settings = EngineSettings { keep_requests: Duration::ZERO, ..EngineSettings::default() };
    world.restart().await;
    assert_eq!(all(&world).await, 1);
    assert_eq!(world.code(&key, &[]), "VALID");
    world.clock.advance(Duration::from_millis(1));
    world.engine.tidy_uses().await.unwrap();
    assert_eq!(all(&world).await, 0, "none is kept, and none is made");
    assert_eq!(world.engine.facts().unlogged_requests, 0);
}

#[tokio::test]
async fn a_caller_sees_the_requests_of_its_own_keys_unless_it_manages_all() {
    let world = World::new().await;
    let developer = world.member("developer").await;
    let (own, own_key) = world.issue(&developer, draft(&["asset.read"])).await;
    let (other, other_key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    for key in [&own_key, &other_key] {
        assert_eq!(world.code(key, &[]), "VALID");
    }
    let keys =
        |requests: Vec<KeyRequest>| requests.into_iter().map(|request| request.key).collect::<Vec<_>>();
    assert_eq!(keys(told(&world, &developer, RequestFilter::default()).await), [own.key.id]);
    assert_eq!(told(&world, &developer, of(&other.key.id.to_string())).await, []);
    assert_eq!(told(&world, &developer, of("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")).await, []);
    assert_eq!(keys(told(&world, &world.root(), of(&other.key.id.to_string())).await), [other.key.id]);
    let of_user =
        RequestFilter { user: Some(world.root().principal().uuid().to_string()), ..RequestFilter::default() };
    assert_eq!(told(&world, &developer, of_user.clone()).await, []);
    assert_eq!(keys(told(&world, &world.root(), of_user).await), [other.key.id]);
    assert_eq!(told(&world, &world.root(), RequestFilter::default()).await.len(), 2);
    assert!(world.engine.begin_request(&developer, "/v1/api-keys").is_none(), "a session's is none of a key");
}
