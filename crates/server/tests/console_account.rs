//! One's own account, as a browser meets it.

mod harness;

use axum::body::Body;
use axum::http::header::USER_AGENT;
use harness::page::{assert_page, submit};
use harness::{PASSWORD, Reply, Server, Who, request};
use serde_json::json;

async fn account(server: &Server, who: &Who) -> Reply {
    let page = server.ask(who, "GET", "/console/account", None).await;
    assert_page(&page, 200);
    page
}

fn sign_in_form(password: &str) -> String {
    let pairs = [("email", "owner@example.com"), ("password", password)];
    serde_urlencoded::to_string(pairs).unwrap()
}

/// Signs the owner in once more, with a browser that calls itself so, from an address.
async fn sign_in(server: &Server, agent: &str, address: &str) -> Who {
    let request = request(&Who::Nobody, "POST", "/console/login")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header(USER_AGENT, agent)
        .body(Body::from(sign_in_form(PASSWORD)));
    let reply = server.send_from(address, request.unwrap()).await;
    Who::Session(reply.session().expect("signed in"))
}

/// The paths by which the sessions of a page are ended.
fn ends(page: &Reply) -> Vec<String> {
    let parts = page.text.split("action=\"/console/account/sessions/").skip(1);
    parts.map(|part| format!("/console/account/sessions/{}", part.split_once('"').unwrap().0)).collect()
}

fn rows(page: &Reply) -> Vec<&str> {
    page.text.split_once("<tbody>").unwrap().1.split("<tr>").skip(1).collect()
}

#[tokio::test]
async fn sessions_are_listed_and_one_is_ended() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1 <b>";
    let other = sign_in(&server, phone, "198.51.100.9").await;
    let page = account(&server, &owner).await;
    let [this, phone] = rows(&page).try_into().unwrap();
    assert!(this.contains(">current<") && this.contains("203.0.113.7") && this.contains(">Now<"), "{this}");
    assert!(phone.contains("Safari on iPhone") && phone.contains("198.51.100.9"), "{phone}");
    assert!(!page.text.contains("<b>\"") && !page.text.contains("Safari/604.1"));

    // Last seen is told to a few minutes, and kept.
    server.advance(4 * 60);
    account(&server, &other).await;
    assert!(rows(&account(&server, &owner).await)[1].contains("4 minutes ago"));
    server.advance(6 * 60);
    account(&server, &other).await;
    // It is written behind; what comes after it is written after it.
    server.make_key(json!({"name": "next"})).await;
    server.advance(2 * 60);
    let page = account(&server, &owner).await;
    assert!(rows(&page)[1].contains("2 minutes ago"), "{}", rows(&page)[1]);

    let [end] = ends(&page).try_into().unwrap();
    let ended = submit(&server, &owner, &end, "").await;
    assert_eq!((ended.status.as_u16(), ended.header("location")), (303, Some("/console/account?done=ended")));
    assert_page(&submit(&server, &owner, &end, "").await, 404);
    assert_eq!(rows(&account(&server, &owner).await).len(), 1);
    let told = server.ask(&other, "GET", "/console/keys?status=active", None).await;
    let login = "/console/login?next=%2Fconsole%2Fkeys%3Fstatus%3Dactive&told=ended";
    assert_eq!((told.status.as_u16(), told.header("location")), (303, Some(login)));
    let login = server.ask(&other, "GET", login, None).await;
    assert_page(&login, 200);
    assert!(login.text.contains("Your session has ended"));
    let audit = server.root("GET", "/v1/audit-events?action=session.end", None).await.data();
    assert_eq!(audit["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_ends_sessions_of_others() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let second = sign_in(&server, "curl/8", "203.0.113.7").await;
    let (_, developer) = server.join("dev@example.com", "developer").await;
    let [end] = ends(&account(&server, &owner).await).try_into().unwrap();
    assert_page(&submit(&server, &developer, &end, "").await, 404);
    assert!(ends(&account(&server, &developer).await).is_empty());
    assert_eq!(submit(&server, &Who::Nobody, &end, "").await.status, 303);
    account(&server, &second).await;
    assert_page(&submit(&server, &owner, "/console/account/sessions/none/end", "").await, 404);
    let key = Who::Key(server.root_key.clone());
    assert_eq!(server.ask(&key, "GET", "/console/account", None).await.status, 303, "a key has no account");
}

#[tokio::test]
async fn one_signs_out_everywhere() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let other = sign_in(&server, "curl/8", "203.0.113.7").await;
    let (_, developer) = server.join("dev@example.com", "developer").await;
    let out = submit(&server, &owner, "/console/account/sign-out-everywhere", "").await;
    let login = "/console/login?told=everywhere";
    assert_eq!((out.status.as_u16(), out.header("location")), (303, Some(login)));
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    for who in [&owner, &other] {
        assert_eq!(server.ask(who, "GET", "/console/account", None).await.status, 303);
    }
    account(&server, &developer).await;
    let login = server.ask(&Who::Nobody, "GET", login, None).await;
    assert!(login.text.contains("signed out on all devices"));
}

#[tokio::test]
async fn a_name_is_changed() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let refused = submit(&server, &owner, "/console/account/name", "name=").await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("id=\"name-problem\""));
    let done = submit(&server, &owner, "/console/account/name", "name=Olive+%3CO%3E").await;
    assert_eq!(done.header("location"), Some("/console/account?done=name"));
    let page = account(&server, &owner).await;
    assert!(page.text.contains("Olive &#60;O&#62;") && !page.text.contains("<O>"));
    let audit = server.root("GET", "/v1/audit-events?action=user.rename", None).await.data();
    assert_eq!(audit["items"][0]["details"]["name"], "Olive <O>");
}

#[tokio::test]
async fn a_password_is_replaced_and_one_is_told_so() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let other = sign_in(&server, "curl/8", "203.0.113.7").await;
    let form =
        serde_urlencoded::to_string([("currentPassword", PASSWORD), ("newPassword", "another long one")]);
    let done = server.submit(&owner, "/console/password", &form.unwrap()).await;
    assert_eq!(done.header("location"), Some("/console/account?done=password"));
    account(&server, &owner).await;
    assert_eq!(server.ask(&other, "GET", "/console/account", None).await.status, 303);
}

#[tokio::test]
async fn whoever_guesses_is_told_kindly_to_wait() {
    let server = Server::start().await;
    server.set_up().await;
    let wrong = sign_in_form("not the right one");
    let mut last = server.submit(&Who::Nobody, "/console/login", &wrong).await;
    for _ in 0..12 {
        last = server.submit(&Who::Nobody, "/console/login", &wrong).await;
    }
    assert_page(&last, 429);
    assert!(last.text.contains("Wait 30 seconds, then try again"), "{}", last.text);
    assert!(last.text.contains("value=\"owner@example.com\""));
}

#[tokio::test]
async fn a_form_that_came_too_late_leads_back_to_its_part_of_the_console() {
    let server = Server::start().await;
    for (path, next) in [
        ("/console/keys/new", "next=%2Fconsole%2Fkeys&"),
        ("/console/account/name", "next=%2Fconsole%2Faccount&"),
        ("/console/organization", ""),
        ("/console", ""),
    ] {
        let late = submit(&server, &Who::Session("gone".to_owned()), path, "").await;
        let to = format!("/console/login?{next}told=unsent");
        assert_eq!((late.status.as_u16(), late.header("location")), (303, Some(to.as_str())), "{path}");
    }
    // A script is told where to go, instead of being handed a page to put into its own.
    let asked = request(&Who::Nobody, "GET", "/console/keys?q=a").header("hx-request", "true");
    let told = server.send(asked.body(Body::empty()).unwrap()).await;
    let to = Some("/console/login?next=%2Fconsole%2Fkeys%3Fq%3Da");
    assert_eq!((told.status.as_u16(), told.header("hx-redirect")), (401, to));
}

#[tokio::test]
async fn without_a_provider_there_is_no_other_way_to_sign_in() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let login = server.ask(&Who::Nobody, "GET", "/console/login", None).await;
    assert!(!login.text.contains("/console/oidc/") && !account(&server, &owner).await.text.contains("oidc"));
    for path in ["/console/oidc/start", "/console/oidc/callback?code=a&state=b"] {
        assert_page(&server.ask(&Who::Nobody, "GET", path, None).await, 404);
    }
    assert_page(&server.ask(&Who::Nobody, "GET", "/console/oidc/confirm", None).await, 400);
    assert_page(&server.submit(&Who::Nobody, "/console/oidc/confirm", "password=x").await, 400);
    for id in ["none", "01a201cf-e11a-7850-b6d3-79ee5bbdfdad"] {
        let path = format!("/console/oidc/{id}/unlink");
        assert_page(&submit(&server, &owner, &path, "").await, 404);
        assert_page(&server.ask(&owner, "GET", &path, None).await, 404);
        assert_eq!(submit(&server, &Who::Nobody, &path, "").await.status, 303);
    }
}

#[tokio::test]
async fn many_sessions_are_counted_and_all_end() {
    let server = Server::start().await;
    let first = server.set_up().await;
    let mut last = None;
    for _ in 0..104 {
        server.advance(60);
        last = Some(server.sign_in("owner@example.com").await);
    }
    // The one that asks is shown first, also when a hundred are newer.
    let page = account(&server, &first).await;
    let rows = rows(&page);
    assert_eq!((rows.len(), rows[0].contains(">current<")), (100, true), "{}", rows[0]);
    assert!(page.text.contains("and 5 more."), "{}", page.text);
    submit(&server, &first, "/console/account/sign-out-everywhere", "").await;
    let last = last.unwrap();
    assert_eq!(server.ask(&last, "GET", "/console/account", None).await.status, 303);
}
