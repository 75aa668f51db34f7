//! Who is calling: which credential counts, and what is said of one that does not hold.

use axum::body::Body;
use serde_json::json;

use crate::harness::{PASSWORD, Reply, slow_body};
use crate::photo_server::{ADMIN, PhotoServer, Shown, assert_refused, of_organization, request};

const NOBODY: &str = "Authentication required";
const BAD_KEY: &str = "Invalid API key";
const BAD_SESSION: &str = "Invalid user token";

fn text(shown: &Shown) -> &str {
    match shown {
        Shown::Nothing => "",
        Shown::Session(text) | Shown::Key(text) => text,
    }
}

async fn get(photos: &PhotoServer, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut asked = request(&Shown::Nothing, "GET", path);
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    photos.server.send(asked.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_session_is_taken_from_five_places_and_a_key_from_two() {
    let photos = PhotoServer::start().await;
    let session = text(&photos.admin);
    let key = photos.key(&photos.admin, &["all"]).await;
    let key = text(&key);
    let bearer = format!("Bearer {session}");
    let cookie = format!("immich_auth_type=password; immich_access_token={session}");
    let (in_query, key_in_query) =
        (format!("/api/users/me?sessionKey={session}"), format!("/api/users/me?apiKey={key}"));
    let ways: [(&str, &[(&str, &str)]); 7] = [
        ("/api/users/me", &[("x-immich-user-token", session)]),
        ("/api/users/me", &[("x-immich-session-token", session)]),
        (&in_query, &[]),
        ("/api/users/me", &[("authorization", &bearer)]),
        ("/api/users/me", &[("cookie", &cookie)]),
        ("/api/users/me", &[("x-api-key", key)]),
        (&key_in_query, &[]),
    ];
    for (path, headers) in ways {
        assert_eq!(get(&photos, path, headers).await.status, 200, "{path} {headers:?}");
    }
    // A session that does not hold is refused beside a key that does: the first that is shown counts.
    let wrong: [(&str, &[(&str, &str)]); 5] = [
        ("/api/users/me", &[("x-immich-user-token", "x"), ("x-api-key", key), ("authorization", &bearer)]),
        ("/api/users/me", &[("x-immich-session-token", "x"), ("x-api-key", key)]),
        ("/api/users/me?sessionKey=x", &[("x-api-key", key), ("authorization", &bearer)]),
        ("/api/users/me", &[("authorization", "Bearer x"), ("cookie", &cookie)]),
        ("/api/users/me", &[("cookie", "immich_access_token=x"), ("x-api-key", key)]),
    ];
    for (path, headers) in wrong {
        assert_refused(&get(&photos, path, headers).await, 401, BAD_SESSION);
    }
    let both = get(&photos, &key_in_query, &[("x-api-key", "x")]).await;
    assert_refused(&both, 401, BAD_KEY);
}

#[tokio::test]
async fn a_credential_that_does_not_hold_is_told_by_its_kind() {
    let photos = PhotoServer::start().await;
    let key = photos.key(&photos.admin, &["all"]).await;
    assert_refused(&get(&photos, "/api/users/me", &[]).await, 401, NOBODY);
    assert_refused(&get(&photos, "/api/users/me", &[("authorization", "Basic dTpw")]).await, 401, NOBODY);
    assert_refused(&get(&photos, "/api/users/me", &[("x-api-key", "unknown")]).await, 401, BAD_KEY);
    assert_refused(&get(&photos, "/api/users/me", &[("x-api-key", "")]).await, 401, NOBODY);
    // A key as a Bearer token is no session.
    let bearer = format!("Bearer {}", text(&key));
    let reply = get(&photos, "/api/users/me", &[("authorization", &bearer)]).await;
    assert_refused(&reply, 401, BAD_SESSION);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    // And a session is no key.
    let reply = get(&photos, "/api/users/me", &[("x-api-key", text(&photos.admin))]).await;
    assert_refused(&reply, 401, BAD_KEY);
}

#[tokio::test]
async fn a_key_that_is_over_in_any_way_is_invalid() {
    let photos = PhotoServer::start().await;
    let root = |body| photos.server.make_key(body);
    let expiring = root(json!({"name": "1", "expiresAt": "2026-11-21T09:31:00Z"})).await;
    let disabled = root(json!({"name": "2", "enabled": false})).await;
    let elsewhere = root(json!({"name": "3", "ipAllowlist": ["192.0.2.0/24"]})).await;
    let revoked = root(json!({"name": "4"})).await;
    let path = format!("/v1/api-keys/{}", revoked["id"].as_str().unwrap());
    photos.server.root("DELETE", &path, None).await;
    photos.server.advance(60);
    for key in [expiring, disabled, elsewhere, revoked] {
        let headers = [("x-api-key", key["key"].as_str().unwrap())];
        assert_refused(&get(&photos, "/api/users/me", &headers).await, 401, BAD_KEY);
    }
    let person = photos.person("bob@example.com").await;
    let key = photos.key(&person, &["all"]).await;
    let whoami = photos.server.root("GET", "/v1/whoami", None).await.data();
    let members_path = format!("/v1/orgs/{}/members", whoami["organizationId"].as_str().unwrap());
    let members = photos.server.root("GET", &members_path, None).await;
    let items = members.data()["items"].as_array().unwrap().clone();
    let bob = items.iter().find(|member| member["userEmail"] == "bob@example.com").expect("a member");
    let path = format!("{members_path}/{}", bob["id"].as_str().unwrap());
    assert_eq!(photos.server.root("DELETE", &path, None).await.status, 200);
    assert_refused(&photos.ask(&key, "GET", "/api/users/me", None).await, 401, BAD_KEY);
    assert_refused(&photos.ask(&person, "GET", "/api/users/me", None).await, 401, BAD_SESSION);
    let again = json!({"email": "bob@example.com", "password": PASSWORD});
    let again = photos.ask(&Shown::Nothing, "POST", "/api/auth/login", Some(again)).await;
    assert_refused(&again, 401, "Incorrect email or password");
}

#[tokio::test]
async fn another_organizations_keys_and_people_are_nobody_here() {
    let photos = PhotoServer::start().await;
    let headers = [("x-api-key", photos.strangers_key.as_str())];
    assert_refused(&get(&photos, "/api/users/me", &headers).await, 401, BAD_KEY);
    let stranger =
        photos.server.engine.sign_in("stranger@example.com", PASSWORD, keywright_engine::Origin::default());
    let stranger = stranger.await.unwrap();
    let headers = [("x-immich-user-token", stranger.token.expose())];
    assert_refused(&get(&photos, "/api/users/me", &headers).await, 401, BAD_SESSION);
    let login = json!({"email": "stranger@example.com", "password": PASSWORD});
    let login = photos.ask(&Shown::Nothing, "POST", "/api/auth/login", Some(login)).await;
    assert_refused(&login, 401, "Incorrect email or password");
}

#[tokio::test]
async fn the_organization_is_the_configured_one() {
    let server = crate::harness::Server::start_with(of_organization("no-such-organization")).await;
    let key = Shown::Key(server.root_key.clone());
    let reply = crate::photo_server::ask(&server, &key, "GET", "/api/users/me", None).await;
    assert_eq!(reply.status, 503, "{}", reply.text);
    assert!(reply.json()["message"].as_str().unwrap().contains("dialects.immich.organization"));
    for name in ["default", "1"] {
        let server = crate::harness::Server::start_with(of_organization(name)).await;
        let key = Shown::Key(server.root_key.clone());
        let reply = crate::photo_server::ask(&server, &key, "GET", "/api/users/me", None).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_cookie_changes_things_from_the_servers_own_pages_alone() {
    let photos = PhotoServer::start().await;
    let cookie = format!("immich_access_token={}", text(&photos.admin));
    let send = |extra: Option<(&'static str, &'static str)>, method: &'static str| {
        let mut asked = request(&Shown::Nothing, method, "/api/api-keys")
            .header("cookie", &cookie)
            .header("content-type", "application/json");
        if let Some((name, value)) = extra {
            asked = asked.header(name, value);
        }
        photos.server.send(asked.body(Body::from(r#"{"permissions": ["all"]}"#)).unwrap())
    };
    for foreign in [None, Some(("sec-fetch-site", "cross-site")), Some(("origin", "https://evil.example"))] {
        assert_eq!(send(foreign, "POST").await.status, 403, "{foreign:?}");
        assert_eq!(send(foreign, "GET").await.status, 200, "{foreign:?}");
    }
    for own in [("sec-fetch-site", "same-origin"), ("origin", "http://localhost")] {
        assert_eq!(send(Some(own), "POST").await.status, 201, "{own:?}");
    }
}

#[tokio::test]
async fn wrong_keys_are_slowed_down_and_told_so_in_the_same_shape() {
    let photos = PhotoServer::start().await;
    let mut last = None;
    for _ in 0..70 {
        last = Some(get(&photos, "/api/users/me", &[("x-api-key", "wrong")]).await);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429, "{}", last.text);
    assert_eq!(last.json()["error"], "Too Many Requests");
    assert!(last.header("retry-after").is_some());
    let right = photos
        .ask(&photos.admin, "POST", "/api/auth/login", Some(json!({"email": ADMIN, "password": PASSWORD})))
        .await;
    assert_eq!(right.status, 201);
}

#[tokio::test]
async fn what_a_credential_is_worth_when_its_request_has_come_in_is_what_counts() {
    let photos = PhotoServer::start().await;
    for (taken, permissions, status, message) in [
        (true, json!({}), 401, "Invalid API key"),
        (false, json!(["apiKey.create"]), 400, "Cannot grant permissions you do not have"),
    ] {
        let made = photos.make(&photos.admin, &["all"]).await;
        let path = format!("/api/api-keys/{}", made["apiKey"]["id"].as_str().unwrap());
        let key = Shown::Key(made["secret"].as_str().unwrap().to_owned());
        let (sender, body) = slow_body();
        let minting = request(&key, "POST", "/api/api-keys").header("content-type", "application/json");
        let minting = photos.server.send(minting.body(body).unwrap());
        let meanwhile = async {
            // The request is under way; the key is revoked or narrowed; then the rest of the request comes.
            tokio::task::yield_now().await;
            let lessened = if taken {
                photos.ask(&photos.admin, "DELETE", &path, None).await
            } else {
                let less = json!({"permissions": permissions});
                photos.ask(&photos.admin, "PUT", &path, Some(less)).await
            };
            assert!(lessened.status.is_success(), "{}", lessened.text);
            photos.server.advance(1);
            sender.send(bytes::Bytes::from_static(b"{\"permissions\": [\"all\"]}")).unwrap();
        };
        let (reply, ()) = tokio::join!(minting, meanwhile);
        assert_refused(&reply, status, message);
    }
    // Nor does a session that has ended.
    let (sender, body) = slow_body();
    let minting = request(&photos.admin, "POST", "/api/api-keys").header("content-type", "application/json");
    let minting = photos.server.send(minting.body(body).unwrap());
    let meanwhile = async {
        tokio::task::yield_now().await;
        assert_eq!(photos.ask(&photos.admin, "POST", "/api/auth/logout", None).await.status, 200);
        photos.server.advance(1);
        sender.send(bytes::Bytes::from_static(b"{\"permissions\": [\"all\"]}")).unwrap();
    };
    let (reply, ()) = tokio::join!(minting, meanwhile);
    assert_refused(&reply, 401, "Invalid user token");
}
