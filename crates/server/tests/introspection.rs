//! `POST /oauth2/introspect`: who may ask, how, and what is answered.

mod harness;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::{NOW, Reply, Server, Who, request};
use serde_json::{Value, json};

const PATH: &str = "/oauth2/introspect";
const FORM: &str = "application/x-www-form-urlencoded";

struct Cast {
    server: Server,
    asker: Value,
}

impl Cast {
    async fn new() -> Self {
        let server = Server::start().await;
        let asker = server.make_key(json!({"name": "api", "permissions": ["apiKey.verify"]})).await;
        Self { server, asker }
    }

    fn secret(&self) -> &str {
        self.asker["key"].as_str().unwrap()
    }

    async fn ask_as(&self, authorization: Option<&str>, body: &str) -> Reply {
        let mut request = request(&Who::Nobody, "POST", PATH).header(CONTENT_TYPE, FORM);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        self.server.send(request.body(body.to_owned().into()).unwrap()).await
    }

    async fn ask(&self, body: &str) -> Reply {
        self.ask_as(Some(&format!("Bearer {}", self.secret())), body).await
    }
}

fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

#[track_caller]
fn assert_oauth_error(reply: &Reply, status: u16, error: &str) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let json = reply.json();
    assert_eq!(json["error"], error, "{json}");
    assert!(!json["error_description"].as_str().unwrap().is_empty());
    assert_eq!(json.as_object().unwrap().len(), 2);
    assert_eq!(reply.headers.contains_key("www-authenticate"), status == 401);
}

#[tokio::test]
async fn a_key_that_holds_is_told_of() {
    let cast = Cast::new().await;
    let key = cast
        .server
        .make_key(json!({
            "name": "x", "permissions": ["asset.read", "asset:list"], "externalId": "customer 1",
            "expiresAt": "2026-11-21T10:30:00Z",
        }))
        .await;
    let reply = cast
        .ask(&format!("token={}&token_type_hint=access_token&more=1", key["key"].as_str().unwrap()))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let organization = key["organizationId"].clone();
    let expected = json!({
        "active": true, "scope": "asset.read asset:list", "client_id": key["id"], "sub": key["id"],
        "username": "customer 1", "token_type": "Bearer", "iat": NOW / 1000, "exp": NOW / 1000 + 3600,
        "iss": format!("urn:uuid:{}", organization.as_str().unwrap()), "org": organization,
    });
    assert_eq!(reply.json(), expected);
    // It counts as a use of the key.
    let metrics = cast.server.ask(&Who::Nobody, "GET", "/metrics", None).await.text;
    assert!(metrics.contains("/oauth2/introspect"), "{metrics}");
}

#[tokio::test]
async fn a_token_is_told_of_and_its_key_s_end_ends_it() {
    let cast = Cast::new().await;
    let key = cast.server.make_key(json!({"name": "x", "permissions": ["asset.read"]})).await;
    let who = Who::Key(key["key"].as_str().unwrap().to_owned());
    let body = json!({"ttlSeconds": 60, "audience": "api"});
    let made = cast.server.ask(&who, "POST", "/v1/api-keys/tokens", Some(body)).await.data();
    let question = format!("token={}", made["token"].as_str().unwrap());
    let told = cast.ask(&question).await.json();
    assert_eq!(told["active"], true);
    assert_eq!(
        (&told["aud"], &told["sub"], &told["scope"]),
        (&json!("api"), &key["id"], &json!("asset.read"))
    );
    assert_eq!((&told["exp"], &told["nbf"]), (&json!(NOW / 1000 + 60), &json!(NOW / 1000)));
    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(cast.server.root("DELETE", &path, None).await.status, 200);
    assert_eq!(cast.ask(&question).await.json(), json!({"active": false}));
}

#[tokio::test]
async fn of_what_does_not_hold_nothing_is_told() {
    let cast = Cast::new().await;
    let made = async |body: Value| {
        let key = cast.server.make_key(body).await;
        (key["id"].as_str().unwrap().to_owned(), key["key"].as_str().unwrap().to_owned())
    };
    let (revoked, revoked_key) = made(json!({"name": "r", "permissions": ["a.b"]})).await;
    cast.server.root("DELETE", &format!("/v1/api-keys/{revoked}"), None).await;
    let (_, disabled) = made(json!({"name": "d", "permissions": ["a.b"], "enabled": false})).await;
    let (_, bound) =
        made(json!({"name": "b", "permissions": ["a.b"], "ipAllowlist": ["192.0.2.0/24"]})).await;
    let (_, expired) =
        made(json!({"name": "e", "permissions": ["a.b"], "expiresAt": "2026-11-21T09:30:01Z"})).await;
    cast.server.advance(1);
    for inactive in [&revoked_key, &disabled, &bound, &expired, "x", "kw_", "a.b.c", "%00", &"y".repeat(9000)]
    {
        let reply = cast.ask(&format!("token={inactive}")).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({"active": false})), "{inactive}");
    }
    let from =
        async |address: &str| cast.ask(&format!("token={bound}&ip={address}")).await.json()["active"].clone();
    assert_eq!([from("192.0.2.1").await, from("192.0.3.1").await], [json!(true), json!(false)]);
}

#[tokio::test]
async fn a_client_authenticates_as_clients_do() {
    let cast = Cast::new().await;
    let id = cast.asker["id"].as_str().unwrap();
    let question = format!("token={}", cast.secret());
    for authorization in
        [format!("Bearer {}", cast.secret()), basic(id, cast.secret()), basic("", cast.secret())]
    {
        let reply = cast.ask_as(Some(&authorization), &question).await;
        assert_eq!((reply.status.as_u16(), reply.json()["active"].clone()), (200, json!(true)));
    }
    let header =
        request(&Who::Nobody, "POST", PATH).header(CONTENT_TYPE, FORM).header("x-api-key", cast.secret());
    assert_eq!(cast.server.send(header.body(question.clone().into()).unwrap()).await.status, 200);

    let weak = cast.server.make_key(json!({"name": "w", "permissions": ["asset.read"]})).await;
    let weak = format!("Bearer {}", weak["key"].as_str().unwrap());
    for (authorization, error) in [
        (None, "invalid_client"),
        (Some(basic("somebody", cast.secret())), "invalid_client"),
        (Some(basic(id, "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx")), "invalid_client"),
        (Some("Basic ###".to_owned()), "invalid_client"),
        (Some("Digest x".to_owned()), "invalid_client"),
        (Some(weak), "insufficient_scope"),
    ] {
        let reply = cast.ask_as(authorization.as_deref(), &question).await;
        assert_oauth_error(&reply, 401, error);
        let challenges: Vec<_> = reply.headers.get_all("www-authenticate").iter().collect();
        assert!(
            challenges.iter().any(|value| value.to_str().unwrap().starts_with("Basic")),
            "{challenges:?}"
        );
    }
}

#[tokio::test]
async fn a_session_and_two_credentials_at_once_count_for_nothing() {
    let cast = Cast::new().await;
    let owner = cast.server.set_up().await;
    let form = || format!("token={}", cast.secret());
    let session = request(&owner, "POST", PATH).header(CONTENT_TYPE, FORM).body(form().into()).unwrap();
    assert_oauth_error(&cast.server.send(session).await, 401, "invalid_client");
    let both = request(&Who::Nobody, "POST", PATH)
        .header(CONTENT_TYPE, FORM)
        .header(AUTHORIZATION, basic("", cast.secret()))
        .header("x-api-key", &cast.server.root_key);
    assert_oauth_error(&cast.server.send(both.body(form().into()).unwrap()).await, 400, "invalid_request");
}

#[tokio::test]
async fn what_is_malformed_is_an_oauth_error() {
    let cast = Cast::new().await;
    let bearer = format!("Bearer {}", cast.secret());
    for body in ["", "token=", "tokens=x", "token=a&token=a", "token=a&ip=x"] {
        assert_oauth_error(&cast.ask(body).await, 400, "invalid_request");
    }
    let large = format!("token={}", "x".repeat(20_000));
    assert_oauth_error(&cast.ask(&large).await, 413, "invalid_request");
    let json = request(&Who::Nobody, "POST", PATH)
        .header(AUTHORIZATION, &bearer)
        .header(CONTENT_TYPE, "application/json");
    let json = json.body(json!({"token": "x"}).to_string().into()).unwrap();
    assert_oauth_error(&cast.server.send(json).await, 400, "invalid_request");
    let query = request(&Who::Nobody, "POST", "/oauth2/introspect?token=x").header(AUTHORIZATION, &bearer);
    let query = query.header(CONTENT_TYPE, FORM).body("token=x".into()).unwrap();
    assert_oauth_error(&cast.server.send(query).await, 400, "invalid_request");
    let get = request(&Who::Nobody, "GET", PATH).header(AUTHORIZATION, &bearer).body("".into()).unwrap();
    assert_oauth_error(&cast.server.send(get).await, 405, "invalid_request");
}

#[tokio::test]
async fn another_organization_s_key_is_inactive() {
    let cast = Cast::new().await;
    let owner = cast.server.set_up().await;
    let other =
        cast.server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    let create = request(&owner, "POST", "/v1/api-keys")
        .header("x-org-id", other["id"].as_str().unwrap())
        .header(CONTENT_TYPE, "application/json")
        .body(json!({"name": "x", "permissions": ["asset.read"]}).to_string().into())
        .unwrap();
    let key = cast.server.send(create).await.data();
    let theirs = key["key"].as_str().unwrap().to_owned();
    assert_eq!(cast.ask(&format!("token={theirs}")).await.json(), json!({"active": false}));
    let body = Some(json!({"ttlSeconds": 60}));
    let token = cast.server.ask(&Who::Key(theirs), "POST", "/v1/api-keys/tokens", body).await.data();
    let question = format!("token={}", token["token"].as_str().unwrap());
    assert_eq!(cast.ask(&question).await.json(), json!({"active": false}));
}
