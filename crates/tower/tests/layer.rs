//! The layer around a service that is no web framework's.

use std::convert::Infallible;
use std::sync::Arc;

use http::{HeaderMap, Request, Response};
use keywright_domain::{OrganizationId, Pepper, Timestamp};
use keywright_engine::{Engine, EngineParts, EngineSettings, ManualClock, SeededRandom};
use keywright_store::sqlite::SqliteStore;
use keywright_tower::{KeyFacts, KeyLayer};
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

struct World {
    engine: Arc<Engine>,
    organization: OrganizationId,
    key: String,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let parts = EngineParts {
        store: Arc::new(SqliteStore::open(folder.path().join("keys.db")).unwrap()),
        pepper: Pepper::new([7; 32]),
        clock: Arc::new(ManualClock::at(Timestamp::from_millis(1_800_000_000_000))),
        random: Arc::new(SeededRandom::new(1)),
        shared_limits: None,
        settings: EngineSettings::default(),
    };
    let mut key = String::new();
    let engine = Engine::start(parts, |first| {
        first.root_key.expose().clone_into(&mut key);
        Ok(())
    });
    let engine = engine.await.unwrap();
    let organization = engine.find_organization("default").unwrap();
    World { engine, organization, key, _folder: folder }
}

/// Answers with what it was shown: the name of the key that was let in, and the headers that came through.
async fn inner(request: Request<()>) -> Result<Response<String>, Infallible> {
    let name = request.extensions().get::<KeyFacts>().map(|key| key.name().to_owned());
    let headers: Vec<&str> = request.headers().keys().map(http::HeaderName::as_str).collect();
    Ok(Response::new(format!("{name:?} {headers:?}")))
}

fn request(headers: &[(&'static str, &str)]) -> Request<()> {
    let mut request = Request::new(());
    let set: &mut HeaderMap = request.headers_mut();
    for (name, value) in headers {
        set.insert(*name, value.parse().unwrap());
    }
    request
}

#[tokio::test]
async fn the_key_goes_no_further_and_its_facts_do() {
    let world = world().await;
    let layer = KeyLayer::new(world.engine, world.organization);
    let mut service = layer.layer(service_fn(inner));
    let bearer = format!("Bearer {}", world.key);
    for headers in [
        [("authorization", bearer.as_str()), ("accept", "*/*")],
        [("x-api-key", &world.key), ("accept", "*/*")],
    ] {
        let answered = service.ready().await.unwrap().call(request(&headers)).await.unwrap();
        assert_eq!(answered.body(), "Some(\"root key\") [\"accept\"]");
    }
}

#[tokio::test]
async fn what_cannot_be_answered_is_no_refusal() {
    let world = world().await;
    // An organization that there is not.
    let nowhere = OrganizationId::new(Timestamp::from_millis(1), &[9; 10]);
    let service = KeyLayer::new(world.engine, nowhere).layer(service_fn(inner));
    let answered = service.oneshot(request(&[("x-api-key", &world.key)])).await.unwrap();
    assert_eq!(answered.status(), 503);
    assert_eq!(answered.headers()["retry-after"], "1");
    assert!(!answered.headers().contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_demand_that_no_key_could_meet_is_refused_when_it_is_made() {
    let world = world().await;
    let layer = || KeyLayer::new(Arc::clone(&world.engine), world.organization);
    assert!(layer().permission("photo.*").is_err());
    assert!(layer().permission("").is_err());
    assert!(layer().any_permission(&["photo.read", "photo read"]).is_err());
    let demanding = layer().permission("photo.read").unwrap().any_permission(&["a.b", "c.d"]).unwrap();
    let answered =
        demanding.layer(service_fn(inner)).oneshot(request(&[("x-api-key", &world.key)])).await.unwrap();
    assert_eq!(answered.status(), 200);
    assert!(!format!("{demanding:?}").contains(&world.key));
}
