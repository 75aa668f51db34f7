//! What that system's clients ask beside keys.

use keywright_server::ServerSettings;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Server};
use crate::photo_server::{ADMIN, PhotoServer, Shown, ask, assert_refused, from, post, request, sign_in};

fn cookies(reply: &crate::harness::Reply) -> Vec<String> {
    reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn signing_in_tells_who_one_is_and_sets_three_cookies() {
    let photos = PhotoServer::start().await;
    let me = photos.ask(&photos.admin, "GET", "/api/users/me", None).await.json();
    let body = json!({"email": "ADMIN@Example.com ", "password": PASSWORD});
    let reply = photos.ask(&Shown::Nothing, "POST", "/api/auth/login", Some(body)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let token = reply.json()["accessToken"].as_str().unwrap().to_owned();
    let expected = json!({
        "accessToken": token,
        "userId": me["id"],
        "userEmail": ADMIN,
        "name": "Ada Admin",
        "isAdmin": true,
        "profileImagePath": "",
        "shouldChangePassword": true,
        "isOnboarded": false,
    });
    assert_eq!(reply.json(), expected);
    let kept = "Max-Age=34560000; Path=/; Expires=Sun, 26 Dec 2027 09:30:00 GMT";
    assert_eq!(
        cookies(&reply),
        [
            format!("immich_access_token={token}; {kept}; HttpOnly; SameSite=Lax"),
            format!("immich_auth_type=password; {kept}; HttpOnly; SameSite=Lax"),
            format!("immich_is_authenticated=true; {kept}; SameSite=Lax"),
        ]
    );
    assert_eq!(photos.ask(&Shown::Session(token), "GET", "/api/users/me", None).await.status, 200);
}

#[tokio::test]
async fn over_tls_the_cookies_are_secure() {
    let settings =
        ServerSettings { public_url: Some("https://localhost".to_owned()), ..ServerSettings::default() };
    let server = Server::start_with(settings).await;
    let person = json!({"email": ADMIN, "name": "A", "password": PASSWORD});
    from(&server, "::1", post("/api/auth/admin-sign-up", &person)).await;
    let reply = ask(&server, &Shown::Nothing, "POST", "/api/auth/login", Some(person)).await;
    let cookies = cookies(&reply);
    assert!(cookies[0].ends_with("; HttpOnly; Secure; SameSite=Lax"), "{cookies:?}");
    assert!(cookies[2].ends_with(" GMT; Secure; SameSite=Lax"), "{cookies:?}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_are_told_alike() {
    let photos = PhotoServer::start().await;
    for email in [ADMIN, "nobody@example.com"] {
        let body = json!({"email": email, "password": "not the password"});
        let reply = photos.ask(&Shown::Nothing, "POST", "/api/auth/login", Some(body)).await;
        assert_refused(&reply, 401, "Incorrect email or password");
        assert!(cookies(&reply).is_empty());
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let photos = PhotoServer::start().await;
    let expected = json!({"successful": true, "redirectUri": "/auth/login?autoLaunch=0"});
    let key = photos.key(&photos.admin, &["all"]).await;
    let by_key = photos.ask(&key, "POST", "/api/auth/logout", None).await;
    assert_eq!((by_key.status.as_u16(), by_key.json()), (200, expected.clone()));
    let valid = photos.ask(&photos.admin, "POST", "/api/auth/validateToken", None).await;
    assert_eq!((valid.status.as_u16(), valid.json()), (200, json!({"authStatus": true})));
    let reply = photos.ask(&photos.admin, "POST", "/api/auth/logout", None).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (200, expected));
    let gone = "Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    assert_eq!(
        cookies(&reply),
        [
            format!("immich_access_token=; {gone}"),
            format!("immich_auth_type=; {gone}"),
            format!("immich_is_authenticated=; {gone}"),
        ]
    );
    let over = photos.ask(&photos.admin, "POST", "/api/auth/validateToken", None).await;
    assert_refused(&over, 401, "Invalid user token");
    assert_eq!(photos.ask(&key, "POST", "/api/auth/validateToken", None).await.status, 200);
}

#[tokio::test]
async fn a_password_is_replaced_by_who_knows_it() {
    let photos = PhotoServer::start().await;
    let change = |who: Shown, old: &str, new: &str| {
        let body = json!({"password": old, "newPassword": new});
        let photos = &photos;
        async move { photos.ask(&who, "POST", "/api/auth/change-password", Some(body)).await }
    };
    let wrong = change(photos.admin.clone(), "not the password", "a new long password").await;
    assert_refused(&wrong, 400, "Wrong password");
    let changed = change(photos.admin.clone(), PASSWORD, "a new long password").await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["email"], ADMIN);
    assert_eq!(changed.json()["shouldChangePassword"], false);
    // The session that did it stays; a key with the permission does it too.
    let able = photos.key(&photos.admin, &["auth.changePassword"]).await;
    let changed = change(able, "a new long password", "a newer long password").await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    sign_in(&photos.server, ADMIN, "a newer long password").await;
    let over = photos.ask(&photos.admin, "GET", "/api/users/me", None).await;
    assert_refused(&over, 401, "Invalid user token");
}

#[tokio::test]
async fn the_server_tells_what_anybody_may_know() {
    let server = Server::start().await;
    let get = |path: &'static str| ask(&server, &Shown::Nothing, "GET", path, None);
    assert_eq!(get("/api/server/ping").await.json(), json!({"res": "pong"}));
    assert_eq!(get("/api/server/version").await.json(), json!({"major": 1, "minor": 137, "patch": 3}));
    assert_eq!(get("/.well-known/immich").await.json(), json!({"api": {"endpoint": "/api"}}));
    let types = get("/api/server/media-types").await.json();
    for (kind, member) in [("image", ".jpg"), ("image", ".heic"), ("video", ".mp4"), ("sidecar", ".xmp")] {
        let list = types[kind].as_array().unwrap();
        assert!(list.contains(&json!(member)), "{kind} {list:?}");
        assert!(list.iter().all(|item| item.as_str().unwrap().starts_with('.')), "{kind} {list:?}");
        let names: std::collections::BTreeSet<_> = list.iter().map(Value::to_string).collect();
        assert_eq!(names.len(), list.len(), "{kind}");
    }
    assert_eq!(types.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn there_are_no_photos() {
    let photos = PhotoServer::start().await;
    let reply = photos.ask(&photos.admin, "GET", "/api/assets/statistics", None).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({"images": 0, "videos": 0, "total": 0})));
}

#[tokio::test]
async fn who_says_that_their_first_steps_are_done_is_told_so_at_the_next_sign_in() {
    let photos = PhotoServer::start().await;
    photos.person("bob@example.com").await;
    let is_onboarded = async |email: &str| {
        let body = json!({"email": email, "password": PASSWORD});
        let reply = photos.ask(&Shown::Nothing, "POST", "/api/auth/login", Some(body)).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["isOnboarded"].clone()
    };
    let key = photos.key(&photos.admin, &["systemMetadata.update"]).await;
    assert_eq!(is_onboarded(ADMIN).await, false);
    // A repetition is no failure; a key says it for its owner.
    for (who, said) in [(&photos.admin, true), (&photos.admin, true), (&key, false), (&key, true)] {
        let body = json!({"isOnboarded": said});
        let reply = photos.ask(who, "POST", "/api/system-metadata/admin-onboarding", Some(body)).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (204, ""));
        assert_eq!(is_onboarded(ADMIN).await, said);
    }
    assert_eq!(is_onboarded("bob@example.com").await, false, "another person's steps are another's");
}

#[tokio::test]
async fn an_unknown_route_is_named_without_its_query() {
    let photos = PhotoServer::start().await;
    for (method, path, shown) in [
        ("GET", "/api/albums?apiKey=secret", "/api/albums"),
        ("GET", "/api", "/api"),
        ("GET", "/api/", "/api/"),
        ("POST", "/api/server/ping", "/api/server/ping"),
        ("PATCH", "/api/api-keys", "/api/api-keys"),
        ("DELETE", "/api/api-keys/1/2", "/api/api-keys/1/2"),
        ("GET", "/api/auth/login", "/api/auth/login"),
    ] {
        let reply = photos.ask(&Shown::Nothing, method, path, None).await;
        assert_refused(&reply, 404, format!("Cannot {method} {shown}"));
    }
}

#[tokio::test]
async fn a_request_is_called_as_its_caller_calls_it() {
    let photos = PhotoServer::start().await;
    let named = |path: &'static str, name: &'static str| {
        let asked = request(&Shown::Nothing, "GET", path).header("x-immich-cid", name);
        photos.server.send(asked.body("".into()).unwrap())
    };
    let good = named("/api/server/ping", "my own name").await;
    assert_eq!(good.header("x-immich-cid"), Some("my own name"));
    let bad = named("/api/users/me", "my own name").await;
    assert_eq!(bad.header("x-immich-cid"), Some("my own name"));
    assert_refused(&bad, 401, "Authentication required");
    let unnamed = photos.ask(&Shown::Nothing, "GET", "/api/users/me", None).await;
    assert_eq!(unnamed.header("x-immich-cid"), unnamed.header("x-request-id"));
    assert_refused(&unnamed, 401, "Authentication required");
}
