//! Who may do what: every route, asked by everybody. One without a case fails.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::PASSWORD;
use crate::photo_server::{ADMIN, PhotoServer, Shown};

const SUBJECTS: [&str; 11] = [
    "nobody",
    "a person's session",
    "an admin's session",
    "a person's weak key",
    "a person's key with the permission",
    "a person's `all` key",
    "an admin's key with the permission",
    "an admin's `all` key",
    "a revoked key",
    "an expired key",
    "another organization's key",
];

/// Statuses, in the order of [`SUBJECTS`].
type Expected = [u16; 11];

/// For who is let in with the permission.
const fn with_permission(good: u16) -> Expected {
    [401, good, good, 403, good, good, good, good, 401, 401, 401]
}

/// For who is let in with `all`; no single permission will do.
const fn with_all(good: u16) -> Expected {
    [401, good, good, 403, 403, good, 403, good, 401, 401, 401]
}

/// For admins.
const fn for_admins(good: u16) -> Expected {
    [401, 403, good, 403, 403, 403, good, good, 401, 401, 401]
}

/// For everybody: no credential is looked at.
const fn public(status: u16) -> Expected {
    [status; 11]
}

/// Method, path, the permission that it names, what is sent, and what comes of it.
struct Case(&'static str, &'static str, Option<&'static str>, fn() -> Value, Expected);

fn nothing() -> Value {
    Value::Null
}

fn cases() -> Vec<Case> {
    vec![
        Case(
            "post",
            "/api/api-keys",
            Some("apiKey.create"),
            || json!({"permissions": ["apiKey.create"]}),
            with_permission(201),
        ),
        Case("get", "/api/api-keys", Some("apiKey.read"), nothing, with_permission(200)),
        // A key looks at itself; a session has none.
        Case(
            "get",
            "/api/api-keys/me",
            None,
            nothing,
            [401, 403, 403, 200, 200, 200, 200, 200, 401, 401, 401],
        ),
        Case("get", "/api/api-keys/{id}", Some("apiKey.read"), nothing, with_permission(200)),
        Case(
            "put",
            "/api/api-keys/{id}",
            Some("apiKey.update"),
            || json!({"name": "x"}),
            with_permission(200),
        ),
        Case("delete", "/api/api-keys/{id}", Some("apiKey.delete"), nothing, with_permission(204)),
        // From another machine nobody signs up.
        Case("post", "/api/auth/admin-sign-up", None, || json!({}), public(403)),
        Case("post", "/api/auth/login", None, || json!({"email": ADMIN, "password": PASSWORD}), public(201)),
        Case("post", "/api/auth/validateToken", None, nothing, with_all(200)),
        Case(
            "post",
            "/api/auth/change-password",
            Some("auth.changePassword"),
            || json!({"password": "not this one", "newPassword": "another long password"}),
            with_permission(400),
        ),
        Case(
            "post",
            "/api/admin/users",
            Some("adminUser.create"),
            || json!({"email": format!("{}@example.com", unique()), "name": "N", "password": PASSWORD}),
            for_admins(201),
        ),
        Case("get", "/api/users/me", Some("user.read"), nothing, with_permission(200)),
        Case(
            "post",
            "/api/system-metadata/admin-onboarding",
            Some("systemMetadata.update"),
            || json!({"isOnboarded": true}),
            for_admins(204),
        ),
        Case("get", "/api/server/ping", None, nothing, public(200)),
        Case("get", "/api/server/version", None, nothing, public(200)),
        Case("get", "/api/server/media-types", None, nothing, public(200)),
        Case("get", "/api/assets/statistics", Some("asset.statistics"), nothing, with_permission(200)),
        Case("get", "/.well-known/immich", None, nothing, public(200)),
        // Last: it ends the sessions.
        Case("post", "/api/auth/logout", None, nothing, with_all(200)),
    ]
}

/// A name that nothing else has.
fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("n{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Everybody who asks.
async fn subjects(photos: &PhotoServer, person: &Shown, permission: Option<&str>) -> Vec<Shown> {
    // Without a permission of its own, a route is asked with one that has nothing to do with it.
    let permission = permission.unwrap_or("apiKey.read");
    let revoked = photos.make(&photos.admin, &["all"]).await;
    let path = format!("/api/api-keys/{}", revoked["apiKey"]["id"].as_str().unwrap());
    assert_eq!(photos.ask(&photos.admin, "DELETE", &path, None).await.status, 204);
    let soon = photos.server.engine.now().plus(Duration::from_secs(1));
    let expired = json!({"name": "x", "scope": "read-write", "expiresAt": soon});
    vec![
        Shown::Nothing,
        person.clone(),
        photos.admin.clone(),
        photos.key(person, &["tag.read"]).await,
        photos.key(person, &[permission]).await,
        photos.key(person, &["all"]).await,
        photos.key(&photos.admin, &[permission]).await,
        photos.key(&photos.admin, &["all"]).await,
        Shown::Key(revoked["secret"].as_str().unwrap().to_owned()),
        Shown::Key(photos.server.make_key(expired).await["key"].as_str().unwrap().to_owned()),
        Shown::Key(photos.strangers_key.clone()),
    ]
}

/// The path, with a key of the caller's owner where it names one: keys are reached by their own owner alone.
async fn aim(photos: &PhotoServer, subject: &str, path: &str, person: &Shown) -> String {
    if !path.contains("{id}") {
        return path.to_owned();
    }
    let owner = if subject.starts_with("a person's") { person } else { &photos.admin };
    let made = photos.make(owner, &["apiKey.read"]).await;
    path.replace("{id}", made["apiKey"]["id"].as_str().unwrap())
}

#[tokio::test]
async fn everybody_may_what_the_table_says() {
    let photos = PhotoServer::start().await;
    let person = photos.person("bob@example.com").await;
    let mut wrong = Vec::new();
    for Case(method, path, permission, body, expected) in cases() {
        let subjects = subjects(&photos, &person, permission).await;
        photos.server.advance(2);
        for (index, (who, expected)) in subjects.iter().zip(expected).enumerate() {
            let subject = SUBJECTS[index];
            let path = aim(&photos, subject, path, &person).await;
            let body = Some(body()).filter(|body| !body.is_null());
            let reply = photos.ask(who, &method.to_uppercase(), &path, body).await;
            if reply.status != expected {
                wrong.push(format!(
                    "{subject}: {method} {path}: {} and not {expected}: {}",
                    reply.status, reply.text
                ));
            } else if expected >= 400 {
                assert_eq!(reply.json()["statusCode"], expected, "{subject}: {method} {path}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_route_has_a_case() {
    let source = include_str!("../../src/dialects/immich/routes.rs");
    let mut routed = BTreeSet::new();
    for line in source.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")) {
        let (path, methods) = line.split_once("\", ").expect("a route on one line");
        for method in ["get", "put", "post", "delete", "patch"] {
            let is_taken =
                methods.starts_with(&format!("{method}(")) || methods.contains(&format!(").{method}("));
            if is_taken {
                routed.insert((method, path));
            }
        }
        assert!(
            methods.starts_with("any(strays::") || routed.iter().any(|(_, routed)| *routed == path),
            "{line}"
        );
    }
    let tried: BTreeSet<(&str, &str)> = cases().iter().map(|case| (case.0, case.1)).collect();
    assert_eq!(routed.difference(&tried).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "without a case");
    assert_eq!(tried.difference(&routed).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "routed no more");
}
