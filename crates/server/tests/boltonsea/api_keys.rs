//! `/api_keys`: every documented call, field and status.

use std::collections::BTreeSet;

use axum::body::Body;
use serde_json::{Value, json};

use crate::client::{ask, assert_failed, draft, made_of, make, owner};
use crate::harness::{Server, Who, request};

/// The names of an object's fields, in the order of letters.
fn fields(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_key_is_created_with_its_value_this_once() {
    let server = Server::start().await;
    let reply = ask(&server, &server.root_key, "POST", "/api_keys", Some(draft("Backend", &["READ"]))).await;
    let made = made_of(&reply);
    assert_eq!(
        fields(&made.object),
        ["api_key", "created_on", "id", "key_id", "key_name", "key_prefix", "key_scope", "organization_id"]
    );
    assert_eq!(made.object["key_name"], "Backend");
    assert_eq!(made.object["key_scope"], json!(["READ"]));
    assert_eq!(made.object["organization_id"], 1);
    assert_eq!(made.object["id"], made.object["key_id"]);
    assert!(made.id > 0);
    assert_eq!(made.object["created_on"], "2026-11-21T09:30:00.000+00:00");
    assert!(made.key.starts_with(made.object["key_prefix"].as_str().unwrap()));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    for path in ["/api_keys".to_owned(), format!("/api_keys/{}", made.id)] {
        let later = ask(&server, &server.root_key, "GET", &path, None).await;
        assert_eq!(later.status, 200);
        assert!(!later.text.contains(&made.key) && !later.text.contains("api_key\""), "{}", later.text);
    }
}

#[tokio::test]
async fn both_spellings_of_scope_and_organization_are_taken() {
    let server = Server::start().await;
    let all = json!(["READ", "CREATE", "UPDATE", "DELETE", "MANAGE"]);
    for (scope, organization) in [
        (all.clone(), json!(1)),
        (json!("READ,CREATE,UPDATE,DELETE,MANAGE"), json!("1")),
        (json!("MANAGE, DELETE ,UPDATE,CREATE,READ,READ"), json!(1)),
    ] {
        let body =
            json!({"key_name": "Backend API Key", "key_scope": scope, "organization_id": organization});
        let made = made_of(&ask(&server, &server.root_key, "POST", "/api_keys", Some(body)).await);
        assert_eq!(made.object["key_scope"], all);
        assert_eq!(made.object["organization_id"], json!(1));
    }
}

#[tokio::test]
async fn a_list_is_a_bare_array_of_ones_own_live_keys() {
    let server = Server::start().await;
    let (_, olive) = owner(&server).await;
    server.advance(1);
    let one = make(&server, &olive.key, &["READ"]).await;
    server.advance(1);
    let two = make(&server, &olive.key, &["CREATE", "DELETE"]).await;
    let ids = async |key: &str| -> Vec<i64> {
        let listed = ask(&server, key, "GET", "/api_keys", None).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        listed.json().as_array().unwrap().iter().map(|key| key["key_id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(&olive.key).await, [two.id, one.id, olive.id], "newest first");
    // Another person's keys are not in it, whatever the caller may do: the root key may do everything.
    assert_eq!(ids(&server.root_key).await.len(), 1);
    let deleted = ask(&server, &olive.key, "DELETE", &format!("/api_keys/{}", one.id), None).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(ids(&olive.key).await, [two.id, olive.id]);
}

#[tokio::test]
async fn one_key_is_answered_as_in_the_list() {
    let server = Server::start().await;
    let (_, olive) = owner(&server).await;
    let one = ask(&server, &olive.key, "GET", &format!("/api_keys/{}", olive.id), None).await;
    assert_eq!(one.status, 200);
    let listed = ask(&server, &olive.key, "GET", "/api_keys", None).await.json();
    assert_eq!(listed[0], one.json());
    let mut without_value = olive.object.clone();
    without_value.as_object_mut().unwrap().remove("api_key");
    assert_eq!(one.json(), without_value);
}

#[tokio::test]
async fn a_deleted_key_stops_working_at_once() {
    let server = Server::start().await;
    let made = make(&server, &server.root_key, &["READ", "DELETE"]).await;
    assert_eq!(ask(&server, &made.key, "GET", "/api_keys", None).await.status, 200);
    let path = format!("/api_keys/{}", made.id);
    let deleted = ask(&server, &server.root_key, "DELETE", &path, None).await;
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (204, ""));
    assert_failed(&ask(&server, &made.key, "GET", "/api_keys", None).await, 401, "unauthorized", None, "");
    for method in ["GET", "DELETE"] {
        let again = ask(&server, &server.root_key, method, &path, None).await;
        assert_failed(&again, 404, "not_found", None, method);
    }
    // A key may delete itself.
    let own = make(&server, &server.root_key, &["DELETE"]).await;
    assert_eq!(ask(&server, &own.key, "DELETE", &format!("/api_keys/{}", own.id), None).await.status, 204);
}

#[tokio::test]
async fn unknown_revoked_and_other_peoples_keys_are_told_alike() {
    let server = Server::start().await;
    let (_, olive) = owner(&server).await;
    let revoked = make(&server, &olive.key, &["READ"]).await;
    assert_eq!(
        ask(&server, &olive.key, "DELETE", &format!("/api_keys/{}", revoked.id), None).await.status,
        204
    );
    let others = make(&server, &server.root_key, &["READ"]).await;
    for method in ["GET", "DELETE"] {
        let mut told = BTreeSet::new();
        for id in [revoked.id, others.id, 4711, 0, -1, i64::MAX, i64::MIN] {
            let asked = request(&Who::Key(olive.key.clone()), method, &format!("/api_keys/{id}"))
                .header("x-request-id", "r");
            let reply = server.send(asked.body(Body::empty()).unwrap()).await;
            assert_failed(&reply, 404, "not_found", None, &id.to_string());
            told.insert((reply.text, format!("{:?}", reply.headers)));
        }
        assert_eq!(told.len(), 1, "{told:?}");
    }
    assert_eq!(ask(&server, &others.key, "GET", "/api_keys", None).await.status, 200, "it was left alone");
}

#[tokio::test]
async fn times_appear_when_there_are_any() {
    let server = Server::start().await;
    let (session, olive) = owner(&server).await;
    assert!(olive.object.get("last_used_on").is_none() && olive.object.get("expires_on").is_none());
    // An organization may have its keys expire.
    let own = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    let settings = format!("/v1/organizations/{}", own.as_str().unwrap());
    let limited = server.ask(&session, "PATCH", &settings, Some(json!({"defaultExpirySeconds": 60}))).await;
    assert_eq!(limited.status, 200, "{}", limited.text);
    let short = make(&server, &olive.key, &["READ"]).await;
    assert_eq!(short.object["expires_on"], "2026-11-21T09:31:00.000+00:00");
    server.advance(60);
    assert_failed(&ask(&server, &short.key, "GET", "/api_keys", None).await, 401, "unauthorized", None, "");
    assert_eq!(ask(&server, &olive.key, "GET", "/api_keys", None).await.status, 200);
    // Uses are written down every few seconds, and at the end.
    server.engine.stop().await;
    let used = ask(&server, &olive.key, "GET", &format!("/api_keys/{}", olive.id), None).await.json();
    assert_eq!(used["last_used_on"], "2026-11-21T09:31:00.000+00:00");
}

#[tokio::test]
async fn native_credentials_work_too() {
    let server = Server::start().await;
    let (session, olive) = owner(&server).await;
    let bearer = server.ask(&Who::Key(olive.key.clone()), "GET", "/api_keys", None).await;
    let signed_in = server.ask(&session, "GET", "/api_keys", None).await;
    assert_eq!((bearer.status.as_u16(), &bearer.text), (200, &signed_in.text));
    assert_eq!(bearer.json()[0]["key_id"], olive.id);
}

#[tokio::test]
async fn a_session_creates_in_any_organization_of_its_person_and_a_key_in_its_own() {
    let server = Server::start().await;
    let (session, olive) = owner(&server).await;
    let other =
        server.ask(&session, "POST", "/organizations", Some(json!({"organization_name": "Other"}))).await;
    let other = other.json()["organization_id"].as_i64().unwrap();
    let in_other = json!({"key_name": "k", "key_scope": ["READ"], "organization_id": other});
    let made = made_of(&server.ask(&session, "POST", "/api_keys", Some(in_other.clone())).await);
    assert_eq!(made.object["organization_id"], other);
    let listed = ask(&server, &made.key, "GET", "/api_keys", None).await.json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["organization_id"]), (1, &json!(other)));
    // A key is refused in any other organization, whether or not it exists.
    let mut told = BTreeSet::new();
    for organization in [other, 4711, -1] {
        let body = json!({"key_name": "k", "key_scope": ["READ"], "organization_id": organization});
        let refused = ask(&server, &olive.key, "POST", "/api_keys", Some(body)).await;
        assert_failed(&refused, 403, "forbidden", None, "another organization");
        told.insert(refused.text);
    }
    assert_eq!(told.len(), 1);
    let unknown = json!({"key_name": "k", "key_scope": ["READ"], "organization_id": 4711});
    let unknown = server.ask(&session, "POST", "/api_keys", Some(unknown)).await;
    assert_failed(&unknown, 404, "not_found", None, "no organization of this person");
}

#[tokio::test]
async fn a_repeated_create_makes_one_key() {
    let server = Server::start().await;
    let send = async |name: &str| {
        let request = request(&Who::Key(server.root_key.clone()), "POST", "/api_keys")
            .header("content-type", "application/json")
            .header("idempotency-key", "order-1");
        server.send(request.body(Body::from(draft(name, &["READ"]).to_string())).unwrap()).await
    };
    let (first, second) = (send("a").await, send("a").await);
    assert_eq!((second.status.as_u16(), &second.text), (201, &first.text));
    assert_failed(&send("b").await, 409, "conflict", None, "another body");
    assert_eq!(
        ask(&server, &server.root_key, "GET", "/api_keys", None).await.json().as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_long_list_is_whole() {
    let server = Server::start().await;
    let item =
        |number: usize| json!({"name": format!("k{number}"), "key": format!("an-imported-key-{number:06}")});
    let items: Vec<Value> = (0..1250).map(item).collect();
    for some in items.chunks(1000) {
        let imported = server.root("POST", "/v1/api-keys/import", Some(json!({"items": some}))).await;
        assert_eq!(imported.status, 200, "{}", imported.text);
    }
    server.advance(1);
    make(&server, &server.root_key, &["READ"]).await;
    let listed = ask(&server, &server.root_key, "GET", "/api_keys", None).await;
    assert_eq!(listed.header("content-type"), Some("application/json"));
    assert_eq!(listed.header("cache-control"), Some("no-store"));
    let listed = listed.json();
    let ids: BTreeSet<i64> =
        listed.as_array().unwrap().iter().map(|key| key["key_id"].as_i64().unwrap()).collect();
    // The imported ones, the newest, and the root key itself; each once.
    assert_eq!((listed.as_array().unwrap().len(), ids.len()), (1252, 1252));
    assert_eq!(listed[0]["key_name"], "made", "the newest comes first");
    // The other dialect lists the same keys.
    let there = ask(&server, &server.root_key, "GET", "/api/api-keys", None).await;
    assert_eq!(there.json().as_array().unwrap().len(), 1252);
}
