//! Cookies over TLS: no other host of the domain can put its own in their place.

mod harness;

use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use harness::{PASSWORD, Reply, Server, Who, request};
use keywright_server::ServerSettings;
use serde_json::json;

async fn over_tls() -> Server {
    let public_url = Some("https://keys.example".to_owned());
    Server::start_with(ServerSettings { public_url, ..ServerSettings::default() }).await
}

async fn ask_with(server: &Server, cookie: &str, path: &str) -> Reply {
    let asked = request(&Who::Nobody, "GET", path).header(COOKIE, cookie);
    server.send(asked.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_session_is_of_this_host_alone() {
    let server = over_tls().await;
    server.set_up().await;
    let body = json!({"email": "owner@example.com", "password": PASSWORD});
    let signed_in = server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(body)).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text);
    let set = signed_in.headers[SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("__Host-keywright_session="), "{set}");
    for part in ["; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
    let token = signed_in.session().unwrap();
    let (ours, planted) = (format!("__Host-keywright_session={token}"), format!("keywright_session={token}"));
    assert_eq!(ask_with(&server, &ours, "/v1/whoami").await.status, 200);
    assert_eq!(ask_with(&server, &ours, "/console").await.status, 200);
    // Any host of the domain could have set the name without the prefix.
    assert_eq!(ask_with(&server, &planted, "/v1/whoami").await.status, 401);
    assert_eq!(ask_with(&server, &planted, "/console").await.status, 303);
    let both = format!("{planted}x; {ours}");
    assert_eq!(ask_with(&server, &both, "/v1/whoami").await.status, 200);

    let out = request(&Who::Nobody, "DELETE", "/v1/sessions/current")
        .header(COOKIE, &ours)
        .header("sec-fetch-site", "same-origin");
    let out = server.send(out.body(Body::empty()).unwrap()).await;
    assert_eq!(out.status, 200, "{}", out.text);
    let cleared = out.headers[SET_COOKIE].to_str().unwrap();
    assert!(cleared.starts_with("__Host-keywright_session=; Path=/; Max-Age=0;"), "{cleared}");
    assert_eq!(ask_with(&server, &ours, "/v1/whoami").await.status, 401);
}

#[tokio::test]
async fn the_document_names_the_cookie_as_it_is_read() {
    let name = "/components/securitySchemes/session/name";
    let document = over_tls().await.document().await;
    assert_eq!(document.pointer(name), Some(&json!("__Host-keywright_session")));
    let document = Server::start().await.document().await;
    assert_eq!(document.pointer(name), Some(&json!("keywright_session")));
}
