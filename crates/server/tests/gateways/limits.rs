//! Limits: what a gateway is told of them, and where clients come from.

use std::io;
use std::sync::{Arc, Mutex};

use keywright_server::{
    GatewayRules, GatewaySettings, Proxies, Reloadable, Reloader, ServerSettings, TrustedProxies,
};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::harness::Server;
use super::{ask, assert_denied, key_with, server, with_key};

#[tokio::test]
async fn limits_are_told_and_held() {
    let server = server(GatewayRules::default()).await;
    let limits = json!([{"name": "default", "limit": 2, "windowSeconds": 60}]);
    let (key, _) =
        key_with(&server, json!({"name": "k", "permissions": ["photo.read"], "rateLimits": limits})).await;
    let first = with_key(&server, "/authz", &key).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.header("ratelimit-policy"), Some("\"default\";q=2;w=60"));
    assert_eq!(first.header("ratelimit"), Some("\"default\";r=1;t=30"));
    // A refused request uses nothing up.
    assert_eq!(with_key(&server, "/authz?permission=photo.delete", &key).await.status, 403);
    assert_eq!(with_key(&server, "/authz", &key).await.header("ratelimit"), Some("\"default\";r=0;t=60"));

    let limited = with_key(&server, "/authz", &key).await;
    assert_denied(&limited, 429, "RATE_LIMITED", "");
    assert_eq!(limited.header("retry-after"), Some("30"));
    assert_eq!(limited.header("ratelimit"), Some("\"default\";r=0;t=60"));
    let to_nginx = with_key(&server, "/authz?statuses=nginx", &key).await;
    assert_denied(&to_nginx, 403, "RATE_LIMITED", "");
    assert_eq!(to_nginx.header("retry-after"), Some("30"));
    server.advance(30);
    assert_eq!(with_key(&server, "/authz", &key).await.status, 200);
}

#[tokio::test]
async fn an_allow_list_is_held_to_the_clients_address() {
    let trusted = |networks: &[&str]| TrustedProxies::new(networks.iter().map(|one| one.parse().unwrap()));
    let start = async |networks: &[&str]| {
        let proxies = Proxies { trusted: trusted(networks), ..Proxies::default() };
        let gateways = GatewaySettings::default();
        let reloadable = Reloader::new(Reloadable { proxies, gateways });
        Server::start_with(ServerSettings { reloadable, ..ServerSettings::default() }).await
    };
    // The gateway of these tests is at 203.0.113.7.
    for (networks, forwarded_for, allowed, status) in [
        (vec!["203.0.113.7"], "198.51.100.1", "198.51.100.1", 200),
        (vec!["203.0.113.7"], "198.51.100.2", "198.51.100.1", 403),
        // What a client wrote itself stands left of what the gateway wrote.
        (vec!["203.0.113.7"], "198.51.100.1, 192.0.2.1", "198.51.100.1", 403),
        (vec![], "198.51.100.1", "198.51.100.1", 403),
        // The gateway's own address is no client's, whether it is trusted or not.
        (vec!["203.0.113.7"], "203.0.113.7", "203.0.113.7", 403),
        (vec![], "198.51.100.1", "203.0.113.0/24", 403),
        (vec![], "", "203.0.113.0/24", 403),
    ] {
        let server = start(&networks).await;
        let body = json!({"name": "k", "permissions": ["photo.read"], "ipAllowlist": [allowed]});
        let (key, _) = key_with(&server, body).await;
        for path in
            ["/authz", "/authz/nginx", "/authz/haproxy", "/authz/traefik", "/authz/caddy", "/authz/envoy/"]
        {
            let headers = [
                ("x-api-key", key.as_str()),
                ("x-forwarded-for", forwarded_for),
                ("x-original-method", "GET"),
                ("x-original-uri", "/"),
                ("x-forwarded-method", "GET"),
                ("x-forwarded-uri", "/"),
            ];
            let reply = ask(&server, "GET", path, &headers).await;
            assert_eq!(reply.status, status, "{path} {networks:?} {forwarded_for}: {}", reply.text);
            if status == 403 {
                assert_denied(&reply, 403, "IP_NOT_ALLOWED", path);
            }
        }
    }
}

#[tokio::test]
async fn the_operator_is_told_once_of_a_gateway_that_is_not_trusted() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = server(GatewayRules::default()).await;
    let (free, _) = key_with(&server, json!({"name": "k", "permissions": ["photo.read"]})).await;
    assert_eq!(with_key(&server, "/authz", &free).await.status, 200);
    assert!(!log.text().contains("proxies.trusted"), "{}", log.text());
    let body = json!({"name": "k", "permissions": ["photo.read"], "ipAllowlist": ["198.51.100.1"]});
    let (bound, _) = key_with(&server, body).await;
    for _ in 0..3 {
        assert_denied(&with_key(&server, "/authz", &bound).await, 403, "IP_NOT_ALLOWED", "");
    }
    let told = log.text();
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("proxies.trusted")).collect();
    assert_eq!(lines.len(), 1, "{told}");
    assert!(lines[0].contains("WARN") && lines[0].contains("203.0.113.7"), "{}", lines[0]);
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_gateway_is_not_put_off_by_its_clients_wrong_keys() {
    let server = server(GatewayRules::default()).await;
    for _ in 0..200 {
        let reply = with_key(&server, "/authz", "kw_eAzMCBQd1cP9SSfXQENtlgsDpxsEG70RTqx7").await;
        assert_denied(&reply, 401, "NOT_FOUND", "");
    }
    assert_eq!(with_key(&server, "/authz", &server.root_key).await.status, 200);
}
