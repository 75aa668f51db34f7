//! Offline tokens and signing keys over HTTP, and what is published for those who check them.

mod harness;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::{NOW, Reply, Server, Who, request};
use keywright_server::ServerSettings;
use serde_json::{Value, json};

const TOKENS: &str = "/v1/api-keys/tokens";
const JWKS: &str = "/.well-known/jwks.json";

async fn server() -> Server {
    let public_url = Some("https://keys.example.com".to_owned());
    Server::start_with(ServerSettings { public_url, ..ServerSettings::default() }).await
}

async fn get(server: &Server, path: &str) -> Reply {
    server.ask(&Who::Nobody, "GET", path, None).await
}

fn part(token: &str, position: usize) -> Value {
    let part = token.split('.').nth(position).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_key_makes_a_token_for_itself() {
    let server = server().await;
    let key = server.make_key(json!({"name": "x", "permissions": ["asset.read"]})).await;
    let who = Who::Key(key["key"].as_str().unwrap().to_owned());
    let body = json!({"ttlSeconds": 300, "audience": "https://api.example.com"});
    let made = server.ask(&who, "POST", TOKENS, Some(body)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(made.data()["expiresAt"], "2026-11-21T09:35:00.000Z");
    let token = made.data()["token"].as_str().unwrap().to_owned();
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let published = get(&server, JWKS).await.json();
    assert_eq!(published["keys"][0]["kid"], header["kid"]);
    assert_eq!(claims["sub"], key["id"]);
    assert_eq!(claims["exp"], NOW / 1000 + 300);
    let organization = key["organizationId"].as_str().unwrap();
    assert_eq!(claims["iss"], format!("https://keys.example.com/organizations/{organization}"));

    // It is no credential at this API, in whatever header it comes.
    let bearer = server.ask(&Who::Key(token.clone()), "GET", "/v1/whoami", None).await;
    bearer.assert_failed(401, "a token as a bearer");
    bearer.assert_failed(401, "a token as a bearer");
    let again = server.ask(&Who::Key(token.clone()), "POST", TOKENS, Some(json!({"ttlSeconds": 60}))).await;
    again.assert_failed(401, "a token from a token");
    let header = request(&Who::Nobody, "GET", "/v1/whoami").header("x-api-key", &token);
    server.send(header.body("".into()).unwrap()).await.assert_failed(401, "a token as an API key");
    let verified = server.root("POST", "/v1/api-keys/verify", Some(json!({"key": token}))).await.data();
    assert_eq!((&verified["valid"], &verified["code"]), (&json!(false), &json!("MALFORMED")));
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let server = server().await;
    let root = |body: Value| server.root("POST", TOKENS, Some(body));
    for (body, field) in [
        (json!({}), "ttlSeconds"),
        (json!({"ttlSeconds": 0}), "ttlSeconds"),
        (json!({"ttlSeconds": 3601}), "ttlSeconds"),
        (json!({"ttlSeconds": 60}), "permissions"),
        (json!({"ttlSeconds": 60, "permissions": ["asset.*"]}), "permissions[0]"),
        (json!({"ttlSeconds": 60, "permissions": [], "audience": ""}), "audience"),
        (json!({"ttlSeconds": 60, "ttl": 1}), "ttl"),
    ] {
        let reply = root(body).await;
        reply.assert_failed(400, field);
        assert_eq!(reply.fields(), [field], "{}", reply.text);
    }
    let key = server.make_key(json!({"name": "x", "permissions": ["asset.read"]})).await;
    let who = Who::Key(key["key"].as_str().unwrap().to_owned());
    let body = json!({"ttlSeconds": 60, "permissions": ["asset.read", "asset.list"]});
    let reply = server.ask(&who, "POST", TOKENS, Some(body)).await;
    reply.assert_failed(403, "wider than the key");
    assert_eq!(reply.json()["missing"], json!(["asset.list"]));
}

#[tokio::test]
async fn an_organization_allows_tokens_for_restricted_keys() {
    let server = server().await;
    let limits = json!([{"name": "m", "limit": 5, "windowSeconds": 60}]);
    let key = server.make_key(json!({"name": "x", "permissions": ["a.read"], "rateLimits": limits})).await;
    let who = Who::Key(key["key"].as_str().unwrap().to_owned());
    let body = || Some(json!({"ttlSeconds": 60}));
    server.ask(&who, "POST", TOKENS, body()).await.assert_failed(403, "limited");
    let path = format!("/v1/organizations/{}", key["organizationId"].as_str().unwrap());
    assert_eq!(server.root("GET", &path, None).await.data()["tokensForRestrictedKeys"], false);
    let set = server.root("PATCH", &path, Some(json!({"tokensForRestrictedKeys": true}))).await;
    assert_eq!(set.data()["tokensForRestrictedKeys"], true, "{}", set.text);
    assert_eq!(server.ask(&who, "POST", TOKENS, body()).await.status, 200);
}

#[tokio::test]
async fn the_key_set_is_public_and_cacheable() {
    let server = server().await;
    let reply = get(&server, JWKS).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let [key] = reply.json()["keys"].as_array().unwrap().clone().try_into().unwrap();
    let mut names: Vec<&String> = key.as_object().unwrap().keys().collect();
    names.sort_unstable();
    // No member that holds a private half, `d`.
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    let etag = reply.header("etag").unwrap().to_owned();
    let conditional =
        || request(&Who::Nobody, "GET", JWKS).header("if-none-match", &etag).body("".into()).unwrap();
    let known = server.send(conditional()).await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    let rotated = server.root("POST", "/v1/signing-keys/rotate", Some(json!({}))).await;
    let states: Vec<Value> =
        rotated.data()["items"].as_array().unwrap().iter().map(|key| key["state"].clone()).collect();
    assert_eq!(states, ["current", "next"]);
    assert_eq!(server.send(conditional()).await.status, 200);
    assert_eq!(get(&server, JWKS).await.json()["keys"].as_array().unwrap().len(), 2);
    server
        .root("POST", "/v1/signing-keys/rotate", Some(json!({})))
        .await
        .assert_failed(409, "one is waiting");
    let withdrawn = server.root("POST", "/v1/signing-keys/rotate", Some(json!({"withdraw": true}))).await;
    assert_eq!(withdrawn.data()["items"].as_array().unwrap().len(), 1);
    let listed = server.root("GET", "/v1/signing-keys", None).await.data();
    assert_eq!(listed, withdrawn.data());
    assert_eq!(get(&server, JWKS).await.json()["keys"][0]["kid"], listed["items"][0]["kid"]);
}

#[tokio::test]
async fn the_metadata_name_what_an_issuer_has() {
    let server = server().await;
    let organization = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    let path = "/.well-known/oauth-authorization-server";
    let of = async |path: &str| get(&server, path).await.json();
    let theirs = of(&format!("{path}/organizations/{}", organization.as_str().unwrap())).await;
    let issuer = format!("https://keys.example.com/organizations/{}", organization.as_str().unwrap());
    assert_eq!(theirs["issuer"], issuer);
    assert_eq!(theirs["jwks_uri"], "https://keys.example.com/.well-known/jwks.json");
    assert_eq!(theirs["introspection_endpoint"], "https://keys.example.com/oauth2/introspect");
    assert_eq!(of(path).await["issuer"], "https://keys.example.com");
    get(&server, &format!("{path}/organizations/x")).await.assert_failed(400, "no id");
    let nameless = Server::start().await;
    get(&nameless, path).await.assert_failed(404, "no public URL");
}
