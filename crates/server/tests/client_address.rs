//! Whose address counts: for allow-lists, throttles, the audit log and last use.

mod harness;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use harness::{Reply, Server, Who, request};
use keywright_engine::EngineSettings;
use keywright_server::{ForwardingHeader, Proxies, ServerSettings, TrustedProxies};
use serde_json::json;

const PROXY: &str = "10.0.0.1";
const CLIENT: &str = "192.0.2.1";

async fn behind_a_proxy(header: ForwardingHeader) -> Server {
    let trusted = TrustedProxies::new(["10.0.0.0/24".parse().unwrap()]);
    Server::start_behind(Proxies { trusted, header, ..Proxies::default() }).await
}

fn asking(key: &str, forwarded: &[(&str, &str)]) -> Request<Body> {
    let mut asking = request(&Who::Key(key.to_owned()), "GET", "/v1/api-keys/self");
    for (name, value) in forwarded {
        asking = asking.header(*name, *value);
    }
    asking.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn an_allow_list_is_met_by_the_client_alone() {
    let server = behind_a_proxy(ForwardingHeader::XForwardedFor).await;
    let bound =
        |network: &str| json!({"name": network, "permissions": ["asset.read"], "ipAllowlist": [network]});
    let key = server.make_key(bound("192.0.2.0/24")).await["key"].as_str().unwrap().to_owned();
    let proxys = server.make_key(bound("10.0.0.0/8")).await["key"].as_str().unwrap().to_owned();
    let status = async |address: &str, key: &str, forwarded: &[(&str, &str)]| {
        server.send_from(address, asking(key, forwarded)).await.status.as_u16()
    };
    let xff = "x-forwarded-for";
    assert_eq!(status(PROXY, &key, &[(xff, "192.0.2.1")]).await, 200);
    assert_eq!(status(PROXY, &key, &[(xff, "6.6.6.6, 192.0.2.1, 10.0.0.2")]).await, 200);
    assert_eq!(status(CLIENT, &key, &[(xff, "6.6.6.6")]).await, 200);
    // What a client wrote, to the proxy or to us.
    assert_eq!(status(PROXY, &key, &[(xff, "192.0.2.1, 6.6.6.6")]).await, 401);
    assert_eq!(status(PROXY, &key, &[(xff, "192.0.2.1"), (xff, "6.6.6.6")]).await, 401);
    assert_eq!(status("6.6.6.6", &key, &[(xff, "192.0.2.1")]).await, 401);
    // Whoever the client is: it is not the proxy, nor whom another header names.
    for forwarded in
        [vec![], vec![(xff, "unknown")], vec![("forwarded", "for=192.0.2.1")], vec![(xff, "192.0.2.1, ")]]
    {
        assert_eq!(status(PROXY, &key, &forwarded).await, 401, "{forwarded:?}");
        assert_eq!(status(PROXY, &proxys, &forwarded).await, 401, "{forwarded:?}");
    }
}

#[tokio::test]
async fn what_is_written_down_is_the_client() {
    let server = behind_a_proxy(ForwardingHeader::Forwarded).await;
    let declare = |name: &str, forwarded: Option<&str>| {
        let declare = request(&Who::Key(server.root_key.clone()), "POST", "/v1/permissions");
        let declare = declare.header(CONTENT_TYPE, "application/json");
        let declare = match forwarded {
            Some(value) => declare.header("forwarded", value),
            None => declare,
        };
        declare.body(json!({"name": name, "verb": "READ"}).to_string().into()).unwrap()
    };
    let named = Some("for=6.6.6.6, for=\"[2001:db8::7]:1\"");
    for (name, forwarded, expected) in
        [("a.read", named, json!("2001:db8::7")), ("b.read", None, json!(null))]
    {
        server.advance(1);
        assert_eq!(server.send_from(PROXY, declare(name, forwarded)).await.status, 200);
        let events = server.root("GET", "/v1/audit-events?limit=1", None).await.data();
        assert_eq!(events["items"][0]["ip"], expected);
    }
}

#[tokio::test]
async fn wrong_keys_are_charged_to_the_client_and_never_to_the_proxy() {
    let server = behind_a_proxy(ForwardingHeader::XForwardedFor).await;
    let guess = async |forwarded: &[(&str, &str)]| -> Reply {
        server.send_from(PROXY, asking("kw_guess", forwarded)).await
    };
    for _ in 0..200 {
        guess(&[]).await.assert_failed(401, "nobody can be charged");
        guess(&[("x-forwarded-for", "_hidden")]).await.assert_failed(401, "nobody can be charged");
    }
    let from = |address| [("x-forwarded-for", address)];
    for _ in 0..60 {
        guess(&from(CLIENT)).await.assert_failed(401, "the first guesses");
    }
    let put_off = guess(&from(CLIENT)).await;
    put_off.assert_failed(429, "too many");
    assert!(put_off.header("retry-after").is_some());
    guess(&from("6.6.6.6, 192.0.2.1")).await.assert_failed(429, "by whatever it claims");
    guess(&from("192.0.2.2")).await.assert_failed(401, "another client of the same proxy");
    guess(&[]).await.assert_failed(401, "nobody");
    let right = server.send_from(PROXY, asking(&server.root_key, &from(CLIENT))).await;
    assert_eq!(right.status, 200, "a right key is never put off");
    let metrics = server.ask(&Who::Nobody, "GET", "/metrics", None).await.text;
    let throttled =
        metrics.lines().find(|line| line.starts_with("keywright_throttled_attempts_total")).unwrap();
    assert_eq!(throttled.rsplit(' ').next(), Some("2"), "{throttled}");
}

#[tokio::test]
async fn hostile_values_are_answered_like_any_others() {
    for header in [ForwardingHeader::XForwardedFor, ForwardingHeader::Forwarded] {
        let server = behind_a_proxy(header).await;
        let long = "1".repeat(20_000);
        let commas = ",".repeat(20_000);
        let quotes = "\"".repeat(20_001);
        let escapes = format!("for=\"{}\"", "\\".repeat(20_001));
        let hops = "10.0.0.2, ".repeat(2_500);
        for value in [
            "",
            " ",
            "\t",
            ",",
            ";",
            "=",
            "\"",
            "\\",
            "[",
            "]",
            ":",
            "[]:",
            "for=",
            "for=\"[",
            "%00",
            "\u{1F4A9}",
            &long,
            &commas,
            &quotes,
            &escapes,
            &hops,
        ] {
            let forwarded = [("x-forwarded-for", value), ("forwarded", value), ("x-real-ip", value)];
            let reply = server.send_from(PROXY, asking(&server.root_key, &forwarded[..2])).await;
            let expected = if value.len() * 2 > 32 * 1024 { 431 } else { 200 };
            assert_eq!(reply.status, expected, "{}", &value.chars().take(20).collect::<String>());
            let reply = server.send_from("6.6.6.6", asking("kw_guess", &forwarded[2..])).await;
            reply.assert_failed(401, "a wrong key");
        }
    }
}

#[tokio::test]
async fn wrong_keys_are_put_off_unless_that_is_switched_off_and_passwords_always() {
    let settings = EngineSettings { slow_wrong_keys_down: false, ..EngineSettings::default() };
    let server = Server::start_all_with(ServerSettings::default(), settings).await;
    for _ in 0..100 {
        let wrong = server.ask(&Who::Key("kw_wrong".to_owned()), "GET", "/v1/whoami", None).await;
        wrong.assert_failed(401, "never put off");
    }
    let wrong = json!({"email": "owner@example.com", "password": "wrong wrong wrong wrong"});
    let mut last = 0;
    for _ in 0..12 {
        last = server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(wrong.clone())).await.status.as_u16();
    }
    assert_eq!(last, 429);
}
