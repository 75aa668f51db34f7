//! The validation's own words, and that a refusal comes before any of them.

use keywright_domain::immich_permissions;
use serde_json::{Value, json};

use crate::photo_server::{PhotoServer, assert_refused};

const FEW: &str = "permissions must contain at least 1 elements";

fn each() -> String {
    let known: Vec<&str> = immich_permissions().collect();
    format!("each value in permissions must be one of the following values: {}", known.join(", "))
}

/// Bodies of a create, and what is said about them.
fn cases() -> Vec<(Value, Value)> {
    vec![
        (json!({}), json!([FEW, each()])),
        (json!({"permissions": null}), json!([FEW, each()])),
        (json!({"permissions": "no permission"}), json!([FEW, each()])),
        (json!({"permissions": 7}), json!([FEW, each()])),
        (json!({"permissions": {"0": "all"}}), json!([FEW, each()])),
        (json!({"permissions": "asset.read"}), json!([FEW])),
        (json!({"permissions": []}), json!([FEW])),
        (json!({"permissions": ["asset.read", "asset.reed"]}), json!([each()])),
        (json!({"permissions": ["asset:read"]}), json!([each()])),
        (json!({"permissions": ["asset.*"]}), json!([each()])),
        (json!({"permissions": [["all"], null, 3]}), json!([each()])),
        (json!({"name": 3, "permissions": ["all"]}), json!(["name must be a string"])),
        (json!({"name": "", "permissions": ["all"]}), json!(["name should not be empty"])),
        (
            json!({"name": null, "permissions": ["all"]}),
            json!(["name should not be empty", "name must be a string"]),
        ),
        (json!({"name": []}), json!(["name must be a string", FEW, each()])),
    ]
}

#[tokio::test]
async fn a_create_is_told_what_is_wrong() {
    let photos = PhotoServer::start().await;
    for (body, expected) in cases() {
        let reply = photos.ask(&photos.admin, "POST", "/api/api-keys", Some(body)).await;
        assert_refused(&reply, 400, expected);
    }
    // No body at all is an empty one.
    let reply = photos.ask(&photos.admin, "POST", "/api/api-keys", None).await;
    assert_refused(&reply, 400, json!([FEW, each()]));
}

#[tokio::test]
async fn an_update_is_told_the_same_of_what_it_has() {
    let photos = PhotoServer::start().await;
    let made = photos.make(&photos.admin, &["asset.read"]).await;
    let path = format!("/api/api-keys/{}", made["apiKey"]["id"].as_str().unwrap());
    for (body, expected) in cases().into_iter().filter(|(body, _)| body.get("permissions").is_some()) {
        assert_refused(&photos.ask(&photos.admin, "PUT", &path, Some(body)).await, 400, expected);
    }
}

#[tokio::test]
async fn an_id_is_a_uuid_of_any_version() {
    let photos = PhotoServer::start().await;
    for bad in ["1", "not-an-id", "0193f2a17c557b4e9d542f1c5f3f9a10", "%ff", "me%20"] {
        for (method, body) in [("GET", None), ("PUT", Some(json!({"name": 3}))), ("DELETE", None)] {
            let reply = photos.ask(&photos.admin, method, &format!("/api/api-keys/{bad}"), body).await;
            assert_refused(&reply, 400, json!(["id must be a UUID"]));
        }
    }
    for good in ["7c55f2a1-0193-4b4e-9d54-2f1c5f3f9a10", "7C55F2A1-0193-1B4E-9D54-2F1C5F3F9A10"] {
        let reply = photos.ask(&photos.admin, "GET", &format!("/api/api-keys/{good}"), None).await;
        assert_refused(&reply, 400, "API Key not found");
    }
}

#[tokio::test]
async fn unknown_fields_are_passed_over() {
    let photos = PhotoServer::start().await;
    let body = json!({"permissions": ["all"], "scope": "read", "expiresAt": 5, "apiKey": {"x": []}});
    let made = photos.ask(&photos.admin, "POST", "/api/api-keys", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test]
async fn who_may_not_is_told_so_before_any_word_about_the_body() {
    let photos = PhotoServer::start().await;
    let weak = photos.key(&photos.admin, &["tag.read"]).await;
    let person = photos.person("bob@example.com").await;
    let person_key = photos.key(&person, &["tag.read"]).await;
    let wrong = || Some(json!({"permissions": 3, "email": 3}));
    let missing = |permission: &str| format!("Missing required permission: {permission}");
    for (method, path, permission) in [
        ("POST", "/api/api-keys", "apiKey.create"),
        ("PUT", "/api/api-keys/nonsense", "apiKey.update"),
        ("GET", "/api/api-keys/nonsense", "apiKey.read"),
        ("DELETE", "/api/api-keys/nonsense", "apiKey.delete"),
        ("POST", "/api/auth/change-password", "auth.changePassword"),
        ("POST", "/api/admin/users", "adminUser.create"),
        ("POST", "/api/system-metadata/admin-onboarding", "systemMetadata.update"),
        ("POST", "/api/auth/logout", "all"),
        ("POST", "/api/auth/validateToken", "all"),
    ] {
        assert_refused(&photos.ask(&weak, method, path, wrong()).await, 403, missing(permission));
    }
    // The admin's routes ask for an admin first, and of a session too.
    for path in ["/api/admin/users", "/api/system-metadata/admin-onboarding"] {
        for who in [&person, &person_key] {
            assert_refused(&photos.ask(who, "POST", path, wrong()).await, 403, "Forbidden");
        }
    }
}

#[tokio::test]
async fn people_are_told_what_is_wrong_too() {
    let photos = PhotoServer::start().await;
    let asked = |path: &'static str, body: Value| photos.ask(&photos.admin, "POST", path, Some(body));
    let nothing = json!([
        "email should not be empty",
        "email must be an email",
        "password should not be empty",
        "password must be a string",
    ]);
    assert_refused(&asked("/api/auth/login", json!({})).await, 400, nothing);
    let odd = json!({"email": 1, "password": 2, "name": 3});
    let expected = json!(["email must be an email", "password must be a string", "name must be a string"]);
    assert_refused(&asked("/api/admin/users", odd).await, 400, expected);
    let short = json!({"email": "b@example.com", "password": "short", "name": "B"});
    let reply = asked("/api/admin/users", short).await;
    assert_refused(&reply, 400, json!(["password must have at least 8 characters"]));
    let odd = json!({"password": "", "newPassword": 1});
    let expected = json!(["password should not be empty", "newPassword must be a string"]);
    assert_refused(&asked("/api/auth/change-password", odd).await, 400, expected);
    let reply = asked("/api/system-metadata/admin-onboarding", json!({"isOnboarded": 1})).await;
    assert_refused(&reply, 400, json!(["isOnboarded must be a boolean value"]));
}
