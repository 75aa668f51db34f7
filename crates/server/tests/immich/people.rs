//! People: what is told of them, and who adds them.

use serde_json::json;

use crate::harness::PASSWORD;
use crate::photo_server::{PhotoServer, Shown, ask};

const FIELDS: [&str; 17] = [
    "avatarColor",
    "createdAt",
    "deletedAt",
    "email",
    "id",
    "isAdmin",
    "license",
    "name",
    "oauthId",
    "profileChangedAt",
    "profileImagePath",
    "quotaSizeInBytes",
    "quotaUsageInBytes",
    "shouldChangePassword",
    "status",
    "storageLabel",
    "updatedAt",
];

#[tokio::test]
async fn an_admin_adds_people_and_each_sees_themselves() {
    let photos = PhotoServer::start().await;
    let body = json!({"email": "Bob@Example.com", "name": "Bob", "password": PASSWORD, "isAdmin": true});
    let made = photos.ask(&photos.admin, "POST", "/api/admin/users", Some(body.clone())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let mut fields: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, FIELDS);
    let expected = json!({
        "id": made["id"],
        "email": "bob@example.com",
        "name": "Bob",
        // Who administers an organization is said by roles, and not here.
        "isAdmin": false,
        "avatarColor": made["avatarColor"],
        "storageLabel": null,
        "profileImagePath": "",
        "shouldChangePassword": true,
        "createdAt": "2026-11-21T09:30:00.000Z",
        "updatedAt": "2026-11-21T09:30:00.000Z",
        "deletedAt": null,
        "oauthId": "",
        "quotaUsageInBytes": 0,
        "quotaSizeInBytes": null,
        "status": "active",
        "license": null,
        "profileChangedAt": "2026-11-21T09:30:00.000Z",
    });
    assert_eq!(made, expected);
    let bob = crate::photo_server::sign_in(&photos.server, "bob@example.com", PASSWORD).await;
    assert_eq!(photos.ask(&bob, "GET", "/api/users/me", None).await.json(), made);
    let key = photos.key(&bob, &["user.read"]).await;
    assert_eq!(photos.ask(&key, "GET", "/api/users/me", None).await.json(), made);
    let again = photos.ask(&photos.admin, "POST", "/api/admin/users", Some(body)).await;
    assert_eq!(again.status, 400, "{}", again.text);
}

#[tokio::test]
async fn people_who_were_added_are_developers_of_the_organization() {
    let photos = PhotoServer::start().await;
    photos.person("bob@example.com").await;
    let whoami = photos.server.root("GET", "/v1/whoami", None).await.data();
    let path = format!("/v1/orgs/{}/members", whoami["organizationId"].as_str().unwrap());
    let members = photos.server.root("GET", &path, None).await.data();
    let role = |email: &str| {
        let found = members["items"].as_array().unwrap().iter().find(|member| member["userEmail"] == email);
        found.unwrap_or_else(|| panic!("{email}: {members}"))["role"].clone()
    };
    assert_eq!(role("bob@example.com"), "developer");
    assert_eq!(role(crate::photo_server::ADMIN), "owner");
}

#[tokio::test]
async fn the_built_in_root_user_has_no_address_and_a_service_account_is_nobody() {
    let photos = PhotoServer::start().await;
    let root = Shown::Key(photos.server.root_key.clone());
    let me = ask(&photos.server, &root, "GET", "/api/users/me", None).await;
    assert_eq!((me.status.as_u16(), &me.json()["email"]), (200, &json!("")));
    let account = json!({"name": "worker", "permissions": ["all"]});
    let account = photos.server.root("POST", "/v1/service-accounts", Some(account)).await.data();
    let key = json!({"name": "its key", "serviceAccountId": account["id"], "scope": "read-write", "permissions": ["all"]});
    let key = Shown::Key(photos.server.make_key(key).await["key"].as_str().unwrap().to_owned());
    let me = photos.ask(&key, "GET", "/api/users/me", None).await;
    crate::photo_server::assert_refused(&me, 400, "User not found");
    assert_eq!(photos.ask(&key, "GET", "/api/api-keys", None).await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_was_added_may_act_at_once_and_keeps_no_key_of_before_their_own_password() {
    let photos = PhotoServer::start().await;
    let bob = photos.person("bob@example.com").await;
    let early = photos.key(&bob, &["all"]).await;
    assert_eq!(photos.ask(&early, "GET", "/api/users/me", None).await.json()["shouldChangePassword"], true);
    let body = json!({"password": PASSWORD, "newPassword": "a password of bob's own"});
    let changed = photos.ask(&bob, "POST", "/api/auth/change-password", Some(body)).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["shouldChangePassword"]), (200, &json!(false)));
    // Whoever added Bob knew the password until now, and might have made that key.
    let gone = photos.ask(&early, "GET", "/api/users/me", None).await;
    crate::photo_server::assert_refused(&gone, 401, "Invalid API key");
    assert_eq!(photos.ask(&bob, "GET", "/api/api-keys", None).await.json(), json!([]));
    let late = photos.key(&bob, &["user.read"]).await;
    assert_eq!(photos.ask(&late, "GET", "/api/users/me", None).await.status, 200);
}

#[tokio::test]
async fn a_key_with_the_permission_alone_adds_people() {
    let photos = PhotoServer::start().await;
    let key = photos.key(&photos.admin, &["adminUser.create"]).await;
    let body = json!({"email": "bob@example.com", "name": "Bob", "password": PASSWORD});
    let made = photos.ask(&key, "POST", "/api/admin/users", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json()["isAdmin"], false);
    let bob = crate::photo_server::sign_in(&photos.server, "bob@example.com", PASSWORD).await;
    let theirs = photos.key(&bob, &["all"]).await;
    let body = json!({"email": "eve@example.com", "name": "Eve", "password": PASSWORD});
    for who in [&bob, &theirs] {
        let refused = photos.ask(who, "POST", "/api/admin/users", Some(body.clone())).await;
        crate::photo_server::assert_refused(&refused, 403, "Forbidden");
    }
}
