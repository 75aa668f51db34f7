//! The example, run as it stands, and asked as its clients would.

#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../examples/photo_api.rs"]
mod photo_api;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Request;
use keywright_engine::Engine;
use keywright_tower::{KeyFacts, KeyLayer};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};

struct Service {
    engine: Arc<Engine>,
    url: String,
    first_key: String,
    folder: tempfile::TempDir,
}

impl Service {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut first_key = String::new();
        let engine = photo_api::start_engine(folder.path(), |key| {
            key.clone_into(&mut first_key);
            Ok(())
        });
        let engine = engine.await.unwrap();
        let url = serve(&engine).await;
        Self { engine, url, first_key, folder }
    }

    async fn ask(&self, method: Method, path: &str, key: Option<&str>) -> Response {
        let request = reqwest::Client::new().request(method, format!("{}{path}", self.url));
        let request = match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str, key: &str) -> Response {
        self.ask(Method::GET, path, Some(key)).await
    }

    /// Makes a key by the API that stands beside the photos.
    async fn make_key(&self, body: Value) -> Value {
        let request = reqwest::Client::new().post(format!("{}/v1/api-keys", self.url));
        let made = request.bearer_auth(&self.first_key).json(&body).send().await.unwrap();
        assert_eq!(made.status(), 200);
        made.json::<Value>().await.unwrap()["data"].clone()
    }
}

async fn serve(engine: &Arc<Engine>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = photo_api::router(engine).unwrap().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    url
}

fn secret(key: &Value) -> &str {
    key["key"].as_str().unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_key_with_the_permission_is_let_in_and_known() {
    let service = Service::start().await;
    let key = service
        .make_key(json!({"name": "album", "permissions": ["photo.read"], "externalId": "customer 7"}))
        .await;
    let listed = service.get("/photos", secret(&key)).await;
    assert_eq!(listed.status(), 200);
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed, json!({"photos": ["otter.jpg"], "for": "album", "customer": "customer 7"}));
    assert_eq!(service.get("/photos/otter", secret(&key)).await.status(), 200);
}

#[tokio::test]
async fn the_scope_of_a_key_holds_nothing_that_its_verbs_deny() {
    let service = Service::start().await;
    let organization = service.engine.find_organization("default").unwrap();
    let layer = KeyLayer::new(Arc::clone(&service.engine), organization);
    let told = layer.layer(service_fn(async |request: Request<()>| {
        let key = request.extensions().get::<KeyFacts>().unwrap();
        Ok::<_, Infallible>(http::Response::new(key.scope().join(" ")))
    }));
    let granted = ["photo.read", "photo.delete"];
    for (scope, words) in [("read", "photo.read"), ("read-write", "photo.read photo.delete")] {
        let key = service.make_key(json!({"name": "k", "permissions": granted, "scope": scope})).await;
        let request = Request::builder().header("x-api-key", secret(&key)).body(()).unwrap();
        assert_eq!(told.clone().oneshot(request).await.unwrap().body(), words);
    }
}

#[tokio::test]
async fn others_are_told_what_is_wrong() {
    let service = Service::start().await;
    let nobody = service.ask(Method::GET, "/photos", None).await;
    assert_eq!((nobody.status().as_u16(), header(&nobody, "www-authenticate")), (401, "Bearer"));
    let unknown = service.get("/photos", "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx").await;
    assert_eq!(unknown.status(), 401);
    assert_eq!(header(&unknown, "www-authenticate"), "Bearer error=\"invalid_token\"");

    let weak = service.make_key(json!({"name": "weak", "permissions": ["album.read"]})).await;
    let refused = service.get("/photos", secret(&weak)).await;
    assert_eq!(refused.status(), 403);
    assert_eq!(
        header(&refused, "www-authenticate"),
        "Bearer error=\"insufficient_scope\", scope=\"photo.read\""
    );
    assert_eq!(header(&refused, "cache-control"), "no-store");
    let body: Value = refused.json().await.unwrap();
    assert_eq!((&body["code"], &body["missing"]), (&json!(403), &json!(["photo.read"])));

    // By the method alone: it may read something, and nothing else.
    assert_eq!(service.get("/photos/otter", secret(&weak)).await.status(), 200);
    assert_eq!(service.ask(Method::PUT, "/photos/otter", Some(secret(&weak))).await.status(), 403);
    let odd = Method::from_bytes(b"PROPFIND").unwrap();
    assert_eq!(service.ask(odd, "/photos/otter", Some(secret(&weak))).await.status(), 403);

    let both = reqwest::Client::new().get(format!("{}/photos", service.url)).bearer_auth("a");
    assert_eq!(both.header("x-api-key", "b").send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_revocation_holds_at_once_and_a_restart_forgets_nobody() {
    let service = Service::start().await;
    let (gone, kept) = (
        service.make_key(json!({"name": "gone", "permissions": ["photo.read"]})).await,
        service.make_key(json!({"name": "kept", "permissions": ["photo.read"]})).await,
    );
    let path = format!("/v1/api-keys/{}", gone["id"].as_str().unwrap());
    assert_eq!(service.ask(Method::DELETE, &path, Some(&service.first_key)).await.status(), 200);
    assert_eq!(service.get("/photos", secret(&gone)).await.status(), 401);

    service.engine.stop().await;
    let engine = photo_api::start_engine(service.folder.path(), |_| panic!("there is a first key already"));
    let engine = engine.await.unwrap();
    let service = Service { url: serve(&engine).await, engine, ..service };
    assert_eq!(service.get("/photos", secret(&kept)).await.status(), 200);
    assert_eq!(service.get("/photos", secret(&gone)).await.status(), 401);
}

#[tokio::test]
async fn limits_are_told_in_headers_and_addresses_hold() {
    let service = Service::start().await;
    let limit = json!([{"name": "default", "limit": 2, "windowSeconds": 3600}]);
    let key =
        service.make_key(json!({"name": "x", "permissions": ["photo.read"], "rateLimits": limit})).await;
    let first = service.get("/photos", secret(&key)).await;
    assert_eq!(header(&first, "ratelimit-policy"), "\"default\";q=2;w=3600");
    assert!(header(&first, "ratelimit").starts_with("\"default\";r=1;t="), "{first:?}");
    assert_eq!(service.get("/photos", secret(&key)).await.status(), 200);
    let full = service.get("/photos", secret(&key)).await;
    assert_eq!(full.status(), 429);
    let wait: u64 = header(&full, "retry-after").parse().unwrap();
    assert!((1_700..=1_800).contains(&wait), "{wait}");
    assert!(header(&full, "ratelimit").starts_with("\"default\";r=0;t="), "{full:?}");

    let bound = |network: &str| json!({"name": "n", "permissions": ["photo.read"], "ipAllowlist": [network]});
    let here = service.make_key(bound("127.0.0.0/8")).await;
    let elsewhere = service.make_key(bound("192.0.2.0/24")).await;
    assert_eq!(service.get("/photos", secret(&here)).await.status(), 200);
    assert_eq!(service.get("/photos", secret(&elsewhere)).await.status(), 403);
}
