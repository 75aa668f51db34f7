//! `/api/api-keys`: what is made, shown, changed and revoked, and what each answer holds.

use keywright_domain::{KeyId, immich_permissions};
use serde_json::{Value, json};

use crate::photo_server::{PhotoServer, Shown, assert_refused};

const UNKNOWN: &str = "API Key not found";

fn fields(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn id(made: &Value) -> String {
    made["apiKey"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_made_with_a_secret_that_is_told_once() {
    let photos = PhotoServer::start().await;
    let body = json!({"name": "phone", "permissions": ["asset.upload", "asset.read", "asset.upload"]});
    let made = photos.ask(&photos.admin, "POST", "/api/api-keys", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    assert_eq!(fields(&made), ["apiKey", "secret"]);
    let key = &made["apiKey"];
    assert_eq!(fields(key), ["createdAt", "id", "name", "permissions", "updatedAt"]);
    assert_eq!(key["name"], "phone");
    // As they were sent: in order, repetitions too.
    assert_eq!(key["permissions"], json!(["asset.upload", "asset.read", "asset.upload"]));
    assert_eq!(key["createdAt"], "2026-11-21T09:30:00.000Z");
    assert_eq!(key["updatedAt"], "2026-11-21T09:30:00.000Z");
    id(&made).parse::<KeyId>().unwrap();
    let secret = made["secret"].as_str().unwrap();
    let one = photos.ask(&photos.admin, "GET", &format!("/api/api-keys/{}", id(&made)), None).await;
    assert_eq!((one.status.as_u16(), one.json()), (200, key.clone()));
    let all = photos.ask(&photos.admin, "GET", "/api/api-keys", None).await;
    assert_eq!((all.status.as_u16(), all.json()), (200, json!([key])));
    assert!(!one.text.contains(secret) && !all.text.contains(secret));
}

#[tokio::test]
async fn a_key_without_a_name_is_called_api_key() {
    let photos = PhotoServer::start().await;
    let body = json!({"permissions": ["all"]});
    let made = photos.ask(&photos.admin, "POST", "/api/api-keys", Some(body)).await;
    assert_eq!(made.json()["apiKey"]["name"], "API Key");
}

#[tokio::test]
async fn a_session_grants_any_of_the_enumeration() {
    let photos = PhotoServer::start().await;
    let person = photos.person("bob@example.com").await;
    let all: Vec<&str> = immich_permissions().collect();
    let made = photos.make(&person, &all).await;
    assert_eq!(made["apiKey"]["permissions"], json!(all));
    // What its owner may not do, it may not: the ceiling bounds it.
    let key = Shown::Key(made["secret"].as_str().unwrap().to_owned());
    let user = json!({"email": "eve@example.com", "name": "Eve", "password": "eve's own password"});
    assert_refused(&photos.ask(&key, "POST", "/api/admin/users", Some(user)).await, 403, "Forbidden");
}

#[tokio::test]
async fn a_key_grants_what_it_has_and_nothing_else() {
    let photos = PhotoServer::start().await;
    let narrow = photos.key(&photos.admin, &["apiKey.create", "apiKey.update", "asset.read"]).await;
    photos.make(&narrow, &["asset.read"]).await;
    let refusal = "Cannot grant permissions you do not have";
    for beyond in [json!(["asset.read", "asset.delete"]), json!(["all"]), json!(["apiKey.delete"])] {
        let body = json!({"name": "more", "permissions": beyond});
        assert_refused(&photos.ask(&narrow, "POST", "/api/api-keys", Some(body)).await, 400, refusal);
    }
    // The same for a change, which may always take away.
    let path =
        format!("/api/api-keys/{}", id(&photos.make(&photos.admin, &["asset.read", "tag.read"]).await));
    let more = json!({"permissions": ["asset.delete"]});
    assert_refused(&photos.ask(&narrow, "PUT", &path, Some(more)).await, 400, refusal);
    let less = photos.ask(&narrow, "PUT", &path, Some(json!({"permissions": ["tag.read"]}))).await;
    assert_eq!((less.status.as_u16(), &less.json()["permissions"]), (200, &json!(["tag.read"])));
    let all = photos.key(&photos.admin, &["all"]).await;
    photos.make(&all, &["all", "adminUser.create"]).await;
}

#[tokio::test]
async fn keys_are_listed_newest_first_and_whole() {
    let photos = PhotoServer::start().await;
    let mut made = Vec::new();
    for _ in 0..103 {
        photos.server.advance(1);
        made.push(id(&photos.make(&photos.admin, &["asset.read"]).await));
    }
    let listed = photos.ask(&photos.admin, "GET", "/api/api-keys", None).await.json();
    let listed: Vec<&str> =
        listed.as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect();
    made.reverse();
    assert_eq!(listed, made);
}

#[tokio::test]
async fn a_key_is_changed_in_part() {
    let photos = PhotoServer::start().await;
    let made = photos.make(&photos.admin, &["asset.read"]).await;
    let path = format!("/api/api-keys/{}", id(&made));
    photos.server.advance(5);
    let named = photos.ask(&photos.admin, "PUT", &path, Some(json!({"name": "new"}))).await;
    assert_eq!(named.status, 200, "{}", named.text);
    let named = named.json();
    assert_eq!(fields(&named), ["createdAt", "id", "name", "permissions", "updatedAt"]);
    assert_eq!((&named["name"], &named["permissions"]), (&json!("new"), &json!(["asset.read"])));
    assert_eq!(named["createdAt"], "2026-11-21T09:30:00.000Z");
    assert_eq!(named["updatedAt"], "2026-11-21T09:30:05.000Z");
    let widened = json!({"permissions": ["all", "asset.read"]});
    let widened = photos.ask(&photos.admin, "PUT", &path, Some(widened)).await.json();
    assert_eq!(widened["permissions"], json!(["all", "asset.read"]));
    let untouched = photos.ask(&photos.admin, "PUT", &path, Some(json!({}))).await;
    assert_eq!((untouched.status.as_u16(), &untouched.json()["name"]), (200, &json!("new")));
    let key = Shown::Key(made["secret"].as_str().unwrap().to_owned());
    assert_eq!(photos.ask(&key, "GET", "/api/users/me", None).await.status, 200);
}

#[tokio::test]
async fn a_deleted_key_is_refused_and_unknown() {
    let photos = PhotoServer::start().await;
    let made = photos.make(&photos.admin, &["all"]).await;
    let path = format!("/api/api-keys/{}", id(&made));
    let gone = photos.ask(&photos.admin, "DELETE", &path, None).await;
    assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
    let key = Shown::Key(made["secret"].as_str().unwrap().to_owned());
    assert_refused(&photos.ask(&key, "GET", "/api/api-keys", None).await, 401, "Invalid API key");
    for (method, body) in [("GET", None), ("PUT", Some(json!({"name": "x"}))), ("DELETE", None)] {
        assert_refused(&photos.ask(&photos.admin, method, &path, body).await, 400, UNKNOWN);
    }
    assert_eq!(photos.ask(&photos.admin, "GET", "/api/api-keys", None).await.json(), json!([]));
}

#[tokio::test]
async fn another_persons_key_is_unknown_also_to_an_admin() {
    let photos = PhotoServer::start().await;
    let person = photos.person("bob@example.com").await;
    let theirs = format!("/api/api-keys/{}", id(&photos.make(&person, &["asset.read"]).await));
    let nobodys = "/api/api-keys/0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10";
    let all = photos.key(&photos.admin, &["all"]).await;
    for who in [&photos.admin, &all] {
        for path in [theirs.as_str(), nobodys] {
            for (method, body) in [("GET", None), ("PUT", Some(json!({"name": "x"}))), ("DELETE", None)] {
                assert_refused(&photos.ask(who, method, path, body).await, 400, UNKNOWN);
            }
        }
        let listed = photos.ask(who, "GET", "/api/api-keys", None).await;
        assert!(!listed.text.contains(theirs.rsplit('/').next().unwrap()), "{}", listed.text);
    }
    assert_eq!(photos.ask(&person, "GET", &theirs, None).await.status, 200);
}

#[tokio::test]
async fn a_key_looks_at_itself_without_any_permission() {
    let photos = PhotoServer::start().await;
    let made = photos.make(&photos.admin, &["tag.read"]).await;
    let key = Shown::Key(made["secret"].as_str().unwrap().to_owned());
    let itself = photos.ask(&key, "GET", "/api/api-keys/me", None).await;
    assert_eq!((itself.status.as_u16(), &itself.json()), (200, &made["apiKey"]));
    let session = photos.ask(&photos.admin, "GET", "/api/api-keys/me", None).await;
    assert_refused(&session, 403, "Not authenticated with an API Key");
}

#[tokio::test]
async fn keys_that_were_made_elsewhere_are_told_in_the_enumerations_words() {
    let photos = PhotoServer::start().await;
    let root = Shown::Key(photos.server.root_key.clone());
    for (body, expected) in [
        (
            json!({"name": "1", "permissions": ["asset.*", "invoice.send"], "scope": "read-write"}),
            vec![
                "asset.read",
                "asset.update",
                "asset.delete",
                "asset.statistics",
                "asset.share",
                "asset.view",
                "asset.download",
                "asset.upload",
                "asset.replace",
            ],
        ),
        (json!({"name": "2", "permissions": ["tag.*"]}), vec!["tag.read"]),
        (json!({"name": "3", "scope": "read-write"}), vec!["all"]),
        (json!({"name": "4", "permissions": ["invoice.send"], "scope": "read-write"}), vec![]),
    ] {
        let made = photos.server.make_key(body).await;
        let path = format!("/api/api-keys/{}", made["id"].as_str().unwrap());
        let shown = photos.ask(&root, "GET", &path, None).await;
        assert_eq!((shown.status.as_u16(), &shown.json()["permissions"]), (200, &json!(expected)));
        // What is set here is meant whole.
        let set =
            photos.ask(&root, "PUT", &path, Some(json!({"permissions": ["tag.read", "tag.asset"]}))).await;
        assert_eq!(set.json()["permissions"], json!(["tag.read", "tag.asset"]));
    }
}

#[tokio::test]
async fn what_is_made_here_is_the_same_key_in_the_native_api() {
    let photos = PhotoServer::start().await;
    let made = photos.make(&photos.admin, &["asset.read", "asset.delete"]).await;
    let verify = |permission: &'static str| {
        let body = json!({"key": made["secret"], "permissions": permission});
        photos.server.root("POST", "/v1/api-keys/verify", Some(body))
    };
    assert_eq!(verify("asset.read").await.data()["code"], "VALID");
    assert_eq!(verify("asset.delete").await.data()["code"], "VALID");
    assert_eq!(verify("asset.upload").await.data()["code"], "INSUFFICIENT_PERMISSIONS");
    let native = photos.server.root("GET", &format!("/v1/api-keys/{}", id(&made)), None).await.data();
    assert_eq!((&native["name"], &native["scope"]), (&json!("a key"), &json!("read-write")));
    let revoked = photos.server.root("DELETE", &format!("/v1/api-keys/{}", id(&made)), None).await;
    assert_eq!(revoked.status, 200);
    let path = format!("/api/api-keys/{}", id(&made));
    assert_refused(&photos.ask(&photos.admin, "GET", &path, None).await, 400, UNKNOWN);
}
