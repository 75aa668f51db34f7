//! What each gateway is believed, and what its requests need.

use keywright_server::{GatewayProfile, GatewayRules, Preflight, ProfileRules, Statuses, Unmatched};

use super::harness::{Reply, Server};
use super::{ask, assert_denied, key, routes, server};

/// The gateways that tell the original request in headers, and how they call them.
const TELLING: [(&str, &str, &str); 4] = [
    ("/authz/nginx", "x-original-method", "x-original-uri"),
    ("/authz/haproxy", "x-original-method", "x-original-uri"),
    ("/authz/traefik", "x-forwarded-method", "x-forwarded-uri"),
    ("/authz/caddy", "x-forwarded-method", "x-forwarded-uri"),
];

/// What a gateway asks about a request, and perhaps a query of its administrator's.
async fn asks(server: &Server, gateway: usize, key: &str, method: &str, target: &str, query: &str) -> Reply {
    let Some((path, method_header, target_header)) = TELLING.get(gateway) else {
        return ask(server, method, &format!("/authz/envoy{target}"), &[("x-api-key", key)]).await;
    };
    let headers = [("x-api-key", key), (*method_header, method), (*target_header, target)];
    ask(server, "GET", &format!("{path}{query}"), &headers).await
}

#[tokio::test]
async fn the_route_table_says_what_a_request_needs() {
    let server = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let (reader, _) = key(&server, &["photo.read"]).await;
    let (admin, _) = key(&server, &["photo.delete", "admin.use"]).await;
    for gateway in 0..=TELLING.len() {
        for (key, method, target, status) in [
            (&reader, "GET", "/photos/1", 200),
            (&reader, "GET", "/photos/1?size=large", 200),
            (&reader, "HEAD", "/photos/1", 200),
            (&reader, "DELETE", "/photos/1", 403),
            (&reader, "GET", "/admin/users", 403),
            (&reader, "GET", "/public", 200),
            (&reader, "POST", "/public", 403),
            (&reader, "GET", "/public/../admin", 403),
            (&reader, "GET", "/public//photos", 200),
            (&reader, "GET", "/photos/%31", 200),
            (&admin, "DELETE", "/photos/1", 200),
            (&admin, "PATCH", "/admin", 200),
            (&admin, "GET", "/photos/1", 403),
            (&admin, "get", "/admin", 403),
            (&admin, "BREW", "/public", 403),
        ] {
            let reply = asks(&server, gateway, key, method, target, "").await;
            let what = format!("{gateway} {method} {target}: {} {}", reply.status, reply.text);
            assert_eq!(reply.status, status, "{what}");
        }
    }
}

#[tokio::test]
async fn the_query_goes_before_the_route_table_where_it_demands() {
    let server = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let (key, _) = key(&server, &["photo.read"]).await;
    for gateway in 0..TELLING.len() {
        let status =
            async |query| asks(&server, gateway, &key, "GET", "/admin/x", query).await.status.as_u16();
        assert_eq!(status("").await, 403);
        assert_eq!(status("?permission=photo.read").await, 200);
        assert_eq!(status("?permission=photo.delete").await, 403);
        // A cost or a way to answer is no demand.
        assert_eq!(status("?cost=2").await, 403);
        assert_eq!(status("?with=permissions").await, 403);
    }
}

#[tokio::test]
async fn a_clients_query_is_never_the_demand() {
    let server = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let (key, _) = key(&server, &["photo.read"]).await;
    // Envoy puts the client's own query behind its prefix.
    let envoy = |target: &str| format!("/authz/envoy{target}");
    for target in ["/admin/x?permission=photo.read", "/admin/x?method=GET", "/photos/1?cost=9&permision=x"] {
        let status = if target.starts_with("/admin") { 403 } else { 200 };
        assert_eq!(
            ask(&server, "GET", &envoy(target), &[("x-api-key", &key)]).await.status,
            status,
            "{target}"
        );
    }
    // Caddy and others do so where their administrator did not say better: that is found out.
    for gateway in 0..TELLING.len() {
        let query = "?permission=photo.read";
        let reply = asks(&server, gateway, &key, "GET", &format!("/admin/x{query}"), query).await;
        assert_denied(&reply, 403, "GATEWAY_MISCONFIGURED", "");
        let other = asks(&server, gateway, &key, "GET", "/admin/x?permission=photo.list", query).await;
        assert_eq!(other.status, 200, "{}", other.text);
    }
}

#[tokio::test]
async fn a_fragment_hides_no_clients_query() {
    let with_table = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let without = server(GatewayRules::default()).await;
    for server in [&with_table, &without] {
        let (key, _) = key(server, &["photo.read"]).await;
        for gateway in 0..TELLING.len() {
            for (target, query) in [
                // What such a gateway hands on is cut at the `#`, and so looks like another query than the client's.
                ("/admin/x?permission=photo.read#", "?permission=photo.read"),
                ("/admin/x?permission=photo.read#x", "?permission=photo.read"),
                ("/photos/1?x=y#", ""),
                ("/photos/1#", ""),
                ("/photos/1#?x=y", "?permission=photo.read"),
            ] {
                let reply = asks(server, gateway, &key, "GET", target, query).await;
                assert_denied(&reply, 403, "PATH_REFUSED", target);
            }
            assert_eq!(asks(server, gateway, &key, "GET", "/photos/1?x=%23", "").await.status, 200);
        }
    }
}

#[tokio::test]
async fn what_is_not_told_as_it_should_be_is_not_believed() {
    let server = server(GatewayRules::default()).await;
    let key = server.root_key.clone();
    for (path, method, target) in TELLING {
        let others = if method.starts_with("x-original") { &TELLING[2] } else { &TELLING[0] };
        for (headers, reason) in [
            (vec![], "missing"),
            (vec![(method, "GET")], "no target"),
            (vec![(target, "/")], "no method"),
            (vec![(others.1, "GET"), (others.2, "/")], "another gateway's"),
            (vec![(method, "GET"), (target, "/"), (target, "/")], "twice"),
            (vec![(method, "GET"), (method, "GET"), (target, "/")], "twice"),
        ] {
            let headers: Vec<_> = headers.into_iter().chain([("x-api-key", key.as_str())]).collect();
            assert_denied(&ask(&server, "GET", path, &headers).await, 403, "GATEWAY_MISCONFIGURED", reason);
        }
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_read_is_refused() {
    let server = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let key = server.root_key.clone();
    for target in [
        "/%61dmin%2fx",
        "/admin;x=y",
        "/.;/admin",
        "/%252e%252e/admin",
        "//admin",
        "/a/../../admin",
        "/a\\b",
        "/a%5cb",
        "/a%00",
        "/%c0%af",
        "/admin./x",
        "*",
        "admin",
    ] {
        for gateway in 0..TELLING.len() {
            let reply = asks(&server, gateway, &key, "GET", target, "").await;
            assert_denied(&reply, 403, "PATH_REFUSED", target);
        }
    }
}

#[tokio::test]
async fn no_spelling_of_a_path_gains_anything() {
    let server = server(GatewayRules { routes: routes(), ..GatewayRules::default() }).await;
    let (key, _) = key(&server, &["photo.read"]).await;
    for target in [
        "//admin/x",
        "/./admin/x",
        "/%2e/admin/x",
        "/photos/../admin/x",
        "/photos/%2e%2e/admin/x",
        "/photos/..;/admin/x",
        "/admin//x",
        "/admin/./x",
        "/ADMIN/x",
        "/Admin/x",
        "/%41dmin/x",
        "/admin;x=y/x",
        "/admin%2fx",
        "/admin%252fx",
        "/photos/1/%2e%2e/%2e%2e/admin/x",
        "/admin/../photos/1",
        "/admin%3f/x",
        "/admin%23/x",
        "/admin?/photos/1",
        "/admin/x/",
        "/admin./x",
        "/admin%20/x",
        "/admin%00/x",
    ] {
        for gateway in 0..=TELLING.len() {
            let reply = asks(&server, gateway, &key, "GET", target, "").await;
            assert_eq!(reply.status, 403, "{gateway} {target}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn what_no_route_fits_may_be_closed() {
    let rules = GatewayRules { routes: routes(), unmatched: Unmatched::Deny, ..GatewayRules::default() };
    let server = server(rules).await;
    let key = server.root_key.clone();
    for gateway in 0..=TELLING.len() {
        assert_eq!(asks(&server, gateway, &key, "GET", "/photos/1", "").await.status, 200);
        assert_denied(&asks(&server, gateway, &key, "GET", "/public", "").await, 403, "NO_ROUTE", "");
    }
}

#[tokio::test]
async fn nginx_is_told_in_the_statuses_that_it_takes() {
    let profile = ProfileRules {
        profile: GatewayProfile::Haproxy,
        organization: None,
        statuses: Some(Statuses::Nginx),
        remove_key: false,
    };
    let rules = GatewayRules {
        organization: "nowhere".to_owned(),
        profiles: vec![profile],
        ..GatewayRules::default()
    };
    let server = server(rules).await;
    for (gateway, status) in [(0, 403), (1, 403), (2, 503), (3, 503), (4, 503)] {
        let reply = asks(&server, gateway, &server.root_key, "GET", "/", "").await;
        assert_denied(&reply, status, "UNAVAILABLE", "");
    }
    let plain = asks(&server, 0, &server.root_key, "GET", "/", "?statuses=plain").await;
    assert_eq!(plain.status, 503);
    let nginx = asks(&server, 2, &server.root_key, "GET", "/", "?statuses=nginx").await;
    assert_eq!(nginx.status, 403);
}

#[tokio::test]
async fn a_preflight_passes_as_nobody_where_that_is_asked_for() {
    let open = server(GatewayRules { preflight: Preflight::Allow, ..GatewayRules::default() }).await;
    let closed = server(GatewayRules::default()).await;
    let told = |method| {
        [("x-original-method", method), ("x-original-uri", "/x"), ("access-control-request-method", "PUT")]
    };
    let reply = ask(&open, "GET", "/authz/nginx", &told("OPTIONS")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(
        reply.headers.keys().all(|name| !name.as_str().starts_with("x-keywright")),
        "{:?}",
        reply.headers
    );
    for (server, headers) in
        [(&closed, &told("OPTIONS")[..]), (&open, &told("PUT")[..]), (&open, &told("OPTIONS")[..2])]
    {
        assert_denied(&ask(server, "GET", "/authz/nginx", headers).await, 401, "NO_KEY", "");
    }
    // Whoever shows a key is held to it.
    let mut with_key = told("OPTIONS").to_vec();
    with_key.push(("x-api-key", "nonsense"));
    assert_denied(&ask(&open, "GET", "/authz/nginx", &with_key).await, 401, "MALFORMED", "");
    // Nothing is known of what the plain question is about.
    let plain = ask(&open, "OPTIONS", "/authz", &told("OPTIONS")).await;
    assert_denied(&plain, 401, "NO_KEY", "");
}
