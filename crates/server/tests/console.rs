//! The pages, as a browser meets them.

mod harness;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use harness::page::{assert_page, get};
use harness::{PASSWORD, Server, Who, request};
use keywright_server::ServerSettings;
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_set_up_link_works_once() {
    let server = Server::start().await;
    let page = format!("/console/setup?token={}", server.setup_token);
    for _ in 0..2 {
        // Looking does not use it up.
        let reply = get(&server, &Who::Nobody, &page).await;
        assert_page(&reply, 200);
        assert!(reply.text.contains("Create the first account"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "its address holds the token");
    }
    let weak = format!("token={}&email=ada%40example.com&name=A%3Cb%3E&password=shrt-pw", server.setup_token);
    let refused = server.submit(&Who::Nobody, "/console/setup", &weak).await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("value=\"ada@example.com\""), "what was typed stays: {}", refused.text);
    assert!(refused.text.contains("A&#60;b&#62;") && !refused.text.contains("A<b>"), "and is escaped");
    assert!(refused.text.contains("id=\"password-problem\"") && !refused.text.contains("shrt-pw"));

    let owner = server.set_up().await;
    let who = get(&server, &owner, "/v1/whoami").await.data();
    assert_eq!((&who["role"], &who["user"]["email"]), (&json!("owner"), &json!("owner@example.com")));
    assert_eq!(who["organization"]["number"], 1);

    let used = get(&server, &Who::Nobody, &page).await;
    assert_page(&used, 410);
    assert!(used.text.contains("Link expired"));
    let again = format!(
        "token={}&email=eve%40example.com&name=Eve&password=a+long+enough+password",
        server.setup_token
    );
    assert_page(&server.submit(&Who::Nobody, "/console/setup", &again).await, 410);
    assert_page(&get(&server, &Who::Nobody, "/console/setup").await, 410);
    assert_page(&get(&server, &Who::Nobody, "/console/setup?token=%ff").await, 410);
}

#[tokio::test]
async fn one_signs_in_and_out() {
    let server = Server::start().await;
    server.set_up().await;
    for path in ["/", "/console"] {
        let reply = get(&server, &Who::Nobody, path).await;
        assert_eq!(reply.status, 303);
    }
    assert_eq!(get(&server, &Who::Nobody, "/console").await.header("location"), Some("/console/login"));
    assert_page(&get(&server, &Who::Nobody, "/console/login").await, 200);

    let wrong = "email=owner%40example.com%22%3E&password=not+the+right+one";
    let refused = server.submit(&Who::Nobody, "/console/login", wrong).await;
    assert_page(&refused, 401);
    assert!(
        refused.text.contains("Incorrect email or password") && !refused.text.contains("not the right one")
    );
    assert!(refused.text.contains("value=\"owner@example.com&#34;&#62;\""), "{}", refused.text);

    let right = format!("email=owner%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let reply = server.submit(&Who::Nobody, "/console/login", &right).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, Some("/console")));
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"));
    assert!(!cookie.contains("Secure"));
    let session = Who::Session(reply.session().unwrap());
    assert_eq!(get(&server, &session, "/console/login").await.status, 303);

    let home = get(&server, &session, "/console").await;
    assert_page(&home, 200);
    for shown in ["Olive Owner", "owner@example.com", "default", "Create your first API key"] {
        assert!(home.text.contains(shown), "{shown}: {}", home.text);
    }
    let out = server.submit(&session, "/console/logout", "").await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, Some("/console/login?told=out")));
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    get(&server, &session, "/v1/whoami").await.assert_failed(401, "signed out");
}

#[tokio::test]
async fn the_root_key_file_is_shown_to_the_first_owners_alone() {
    let settings = ServerSettings {
        public_url: Some("https://keys.example".to_owned()),
        root_key_file: Some("keywright-data/root-key".to_owned()),
        ..ServerSettings::default()
    };
    let server = Server::start_with(settings).await;
    let form =
        format!("token={}&email=o%40example.com&name=O&password=a+long+enough+password", server.setup_token);
    let reply = server.submit(&Who::Nobody, "/console/setup", &form).await;
    assert!(reply.header("set-cookie").unwrap().ends_with("; Secure"));
    let owner = Who::Session(reply.session().unwrap());
    let home = get(&server, &owner, "/console").await.text;
    assert!(
        home.contains("cat keywright-data/root-key")
            && home.contains("curl -s https://keys.example/v1/api-keys")
    );
    assert!(!home.contains(&server.root_key));
    let (_, developer) = server.join("dev@example.com", "developer").await;
    assert!(!get(&server, &developer, "/console").await.text.contains("root-key"));
}

#[tokio::test]
async fn an_invited_person_joins() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let own = get(&server, &owner, "/v1/whoami").await.data();
    let members = format!("/v1/organizations/{}/members", own["organizationId"].as_str().unwrap());
    let invite = async |email: &str| {
        let body = json!({"email": email, "role": "developer"});
        server.ask(&owner, "POST", &members, Some(body)).await.data()["invitation"].clone()
    };
    let invitation = invite("new@example.com").await;
    let page = invitation["path"].as_str().unwrap();
    let shown = get(&server, &Who::Nobody, page).await;
    assert_page(&shown, 200);
    assert!(shown.text.contains("Accept invitation"));
    let token = invitation["token"].as_str().unwrap();
    let weak = format!("token={token}&name=Newton&password=weak");
    let refused = server.submit(&Who::Nobody, "/console/invitation", &weak).await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("value=\"Newton\""));
    let good = format!("token={token}&name=Newton&password=a+long+enough+password");
    let joined = server.submit(&Who::Nobody, "/console/invitation", &good).await;
    assert_eq!((joined.status.as_u16(), joined.header("location")), (303, Some("/console")));
    let new = Who::Session(joined.session().unwrap());
    assert_eq!(get(&server, &new, "/v1/whoami").await.data()["role"], "developer");
    assert_page(&server.submit(&Who::Nobody, "/console/invitation", &good).await, 410);

    // Somebody who has an account joins another organization as themselves.
    let other = server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    let path = format!("/v1/orgs/{}/members", other["id"].as_str().unwrap());
    let body = json!({"email": "new@example.com", "role": "viewer"});
    let invited = server.ask(&owner, "POST", &path, Some(body)).await.data();
    let token = invited["invitation"]["token"].as_str().unwrap();
    assert!(
        get(&server, &new, &format!("/console/invitation?token={token}"))
            .await
            .text
            .contains("new@example.com")
    );
    let form = format!("token={token}");
    assert_page(&server.submit(&owner, "/console/invitation", &form).await, 403);
    assert_eq!(server.submit(&new, "/console/invitation", &form).await.status, 303);
    assert_eq!(get(&server, &new, "/v1/organizations").await.data()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_password_is_replaced() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    assert_eq!(get(&server, &Who::Nobody, "/console/password").await.status, 303);
    assert_page(&get(&server, &owner, "/console/password").await, 200);
    let wrong = "currentPassword=wrong+wrong+wrong&newPassword=another+good+long+one";
    let refused = server.submit(&owner, "/console/password", wrong).await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("id=\"currentPassword-problem\""));
    let right = format!("currentPassword={}&newPassword=another+good+long+one", PASSWORD.replace(' ', "+"));
    assert_eq!(server.submit(&owner, "/console/password", &right).await.status, 303);
    let old = format!("email=owner%40example.com&password={}", PASSWORD.replace(' ', "+"));
    assert_page(&server.submit(&Who::Nobody, "/console/login", &old).await, 401);
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let Who::Session(token) = &owner else { panic!("a session") };
    let with = |method: &str, path: &str, headers: &[(&'static str, &str)], kind: &str, body: &str| {
        let mut request = request(&Who::Nobody, method, path)
            .header("cookie", format!("keywright_session={token}"))
            .header(CONTENT_TYPE, kind);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        server.send(request.body(Body::from(body.to_owned())).unwrap())
    };
    let cross: [&[(&'static str, &str)]; 6] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://keys.example")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
    ];
    for headers in cross {
        let json = "application/json";
        with("POST", "/v1/roles", headers, json, r#"{"name":"x"}"#).await.assert_failed(403, "cookie");
        with("DELETE", "/v1/sessions", headers, json, "").await.assert_failed(403, "cookie");
        for path in [
            "/console/logout",
            "/console/login",
            "/console/password",
            "/console/organization",
            "/console/keys/new",
            "/console/keys/revoke",
            "/console/account/name",
            "/console/account/sign-out-everywhere",
            "/console/oidc/confirm",
            "/console/oidc/x/unlink",
        ] {
            assert_page(&with("POST", path, headers, FORM, "token=x").await, 403);
        }
        // Their own pages have a token in their addresses, which browsers are asked to tell nobody: they say `null`.
        let taken = if headers == [("origin", "null")] { 410 } else { 403 };
        for path in ["/console/setup", "/console/invitation", "/console/lost-password"] {
            assert_page(&with("POST", path, headers, FORM, "token=x").await, taken);
        }
        assert_eq!(with("GET", "/v1/whoami", headers, json, "").await.status, 200);
    }
    assert_eq!(server.ask(&owner, "POST", "/v1/roles", Some(json!({"name": "x"}))).await.status, 200);
    // A key is not sent by itself, so where it comes from does not matter.
    let key = request(&Who::Key(server.root_key.clone()), "POST", "/v1/roles")
        .header("origin", "https://evil.example");
    let key = key.header(CONTENT_TYPE, "application/json").body(r#"{"name":"y"}"#.into()).unwrap();
    assert_eq!(server.send(key).await.status, 200);
}

#[tokio::test]
async fn a_form_over_plain_http_is_told_by_its_origin() {
    let server = Server::start().await;
    let page = get(&server, &Who::Nobody, "/console/login").await;
    // Under `no-referrer` a browser would send `Origin: null` (Fetch, "append a request `Origin` header").
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    let send = |path: &str, form: String| {
        let request = request(&Who::Nobody, "POST", path).header(CONTENT_TYPE, FORM);
        let from = if path == "/console/setup" { "null" } else { "http://keys.example" };
        server.send(request.header("origin", from).body(form.into()).unwrap())
    };
    let password = PASSWORD.replace(' ', "+");
    let person = format!("token={}&email=owner%40example.com&name=O&password={password}", server.setup_token);
    assert_eq!(send("/console/setup", person).await.status, 303);
    let form = format!("email=owner%40example.com&password={password}");
    assert_eq!(send("/console/login", form).await.status, 303);
}

#[tokio::test]
async fn forms_that_are_none_are_refused_kindly() {
    let server = Server::start().await;
    let send = |kind: &str, body: Vec<u8>| {
        let request = request(&Who::Nobody, "POST", "/console/setup")
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, kind);
        server.send(request.body(body.into()).unwrap())
    };
    assert_page(&send("application/json", b"{}".to_vec()).await, 415);
    assert_page(&send(FORM, vec![b'x'; 1_000_000]).await, 413);
    assert_page(&send(FORM, b"nothing=here".to_vec()).await, 400);
    assert_page(&send(FORM, b"token=%ff%00".to_vec()).await, 410);
    let style = get(&server, &Who::Nobody, "/console/assets/console.css").await;
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(style.header("cache-control").unwrap().contains("immutable"));
    assert!(!style.text.contains("http"));
    for script in ["/console/assets/console.js", "/console/assets/htmx.js"] {
        let script = get(&server, &Who::Nobody, script).await;
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    }
}

#[tokio::test]
async fn nobody_is_signed_in_by_a_page_elsewhere() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let own = get(&server, &owner, "/v1/whoami").await.data();
    let members = format!("/v1/organizations/{}/members", own["organizationId"].as_str().unwrap());
    let invite = async |email: &str| {
        let body = json!({"email": email, "role": "viewer"});
        let invited = server.ask(&owner, "POST", &members, Some(body)).await;
        invited.data()["invitation"]["token"].as_str().unwrap().to_owned()
    };
    // Whoever invited themselves has the browser of somebody who is not signed in accept it: `SameSite` leaves it no cookie.
    let token = invite("lure@example.com").await;
    let form = format!("token={token}&name=Lure&password=a+long+enough+password");
    let send = async |path: &str, headers: &[(&'static str, &str)], form: &str| {
        let mut request = request(&Who::Nobody, "POST", path).header(CONTENT_TYPE, FORM);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        server.send(request.body(Body::from(form.to_owned())).unwrap()).await
    };
    for headers in [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://other.example")],
        &[("origin", "https://evil.example")],
        &[],
    ] {
        for path in ["/console/invitation", "/console/setup"] {
            let refused = send(path, headers, &form).await;
            assert_page(&refused, 403);
            assert!(refused.header("set-cookie").is_none(), "{path}");
        }
    }
    // Nothing was used up; its own page, over plain HTTP, is told by nothing but this.
    let joined = send("/console/invitation", &[("origin", "null")], &form).await;
    assert_eq!((joined.status.as_u16(), joined.session().is_some()), (303, true), "{}", joined.text);
}

#[tokio::test]
async fn a_sign_in_ends_the_session_that_the_browser_had() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let other = server.submit(&Who::Nobody, "/console/login", &login_form()).await.session().unwrap();
    let again = server.submit(&owner, "/console/login", &login_form()).await.session().unwrap();
    assert_eq!(get(&server, &owner, "/console/account").await.status, 303);
    for goes_on in [other, again] {
        assert_page(&get(&server, &Who::Session(goes_on), "/console/account").await, 200);
    }
}

fn login_form() -> String {
    format!("email=owner%40example.com&password={}", PASSWORD.replace(' ', "+"))
}
