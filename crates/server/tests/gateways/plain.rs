//! `/authz`: what the administrator's query demands, and what is answered.

use keywright_server::{
    CredentialPlace, GatewayProfile, GatewayRules, GatewaySettings, ProfileRules, Reloadable, Reloader,
    ServerSettings,
};
use serde_json::json;

use super::harness::Server;
use super::{ask, assert_denied, key, key_with, server, with_key};

#[tokio::test]
async fn a_valid_key_passes_and_its_holder_is_told() {
    let server = server(GatewayRules::default()).await;
    let account =
        server.root("POST", "/v1/service-accounts", Some(json!({"name": "api", "permissions": ["all"]})));
    let account = account.await.data()["id"].as_str().unwrap().to_owned();
    let body = json!({
        "name": "k", "permissions": ["photo.read", "a.list"], "externalId": "Ünïted Ltd/7%",
        "serviceAccountId": account,
    });
    let (key, id) = key_with(&server, body).await;
    let organization = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
        let bearer = format!("Bearer {key}");
        let reply = ask(&server, method, "/authz", &[("authorization", &bearer)]).await;
        assert_eq!(reply.status, 200, "{method}: {}", reply.text);
        assert_eq!(reply.text, "");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("x-keywright-key-id"), Some(&*id));
        assert_eq!(reply.header("x-keywright-organization-id"), organization.as_str());
        assert_eq!(reply.header("x-keywright-service-account-id"), Some(&*account));
        assert_eq!(reply.header("x-keywright-user-id"), None);
        assert_eq!(reply.header("x-keywright-external-id"), Some("%C3%9Cn%C3%AFted%20Ltd%2F7%25"));
        assert_eq!(reply.header("x-keywright-permissions"), None);
        assert_eq!(reply.header("ratelimit"), None);
    }
    let told = with_key(&server, "/authz?with=permissions", &key).await;
    assert_eq!(told.header("x-keywright-permissions"), Some("photo.read a.list"));
    let by_header = ask(&server, "GET", "/authz", &[("x-api-key", &key)]).await;
    assert_eq!(by_header.status, 200);
}

#[tokio::test]
async fn a_members_key_tells_the_user() {
    let server = server(GatewayRules::default()).await;
    let (member, session) = server.join("dev@example.com", "developer").await;
    let made = server.ask(&session, "POST", "/v1/api-keys", Some(json!({"name": "mine"}))).await;
    let key = made.data()["key"].as_str().unwrap().to_owned();
    let reply = with_key(&server, "/authz", &key).await;
    assert_eq!(reply.header("x-keywright-user-id"), member["userId"].as_str());
    assert_eq!(reply.header("x-keywright-service-account-id"), None);
    for (name, verb) in [("photo.read", "READ"), ("photo.delete", "DELETE")] {
        let declared = json!({"name": name, "verb": verb});
        assert_eq!(server.root("POST", "/v1/permissions", Some(declared)).await.status, 200);
    }
    let told = with_key(&server, "/authz?with=permissions", &key).await;
    // What its owner has comes to what can be named, and the verbs of a new key are to read.
    let words: Vec<&str> = told.header("x-keywright-permissions").unwrap().split(' ').collect();
    assert!(words.contains(&"photo.read") && words.contains(&"apiKey.read"), "{words:?}");
    for denied in ["photo.delete", "apiKey.create", "all"] {
        assert!(!words.contains(&denied), "{words:?}");
    }
}

#[tokio::test]
async fn no_permission_is_told_that_the_verbs_deny() {
    let server = server(GatewayRules { permissions_header: true, ..GatewayRules::default() }).await;
    for (permissions, scope, told) in [
        (vec!["photo.read", "photo.delete"], None, Some("photo.read")),
        (vec!["photo.read", "photo.delete"], Some("read"), Some("photo.read")),
        (vec!["photo.read", "photo.delete"], Some("read-write"), Some("photo.read photo.delete")),
        (vec!["photo.delete"], None, None),
        (vec!["photo.*"], None, None),
    ] {
        let mut body = json!({"name": "k", "permissions": permissions});
        if let Some(scope) = scope {
            body["scope"] = json!(scope);
        }
        let (key, _) = key_with(&server, body).await;
        let reply = with_key(&server, "/authz", &key).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.header("x-keywright-permissions"), told, "{permissions:?} {scope:?}");
        // And so it is when somebody asks.
        let deleting = with_key(&server, "/authz?permission=photo.delete", &key).await;
        assert_eq!(deleting.status == 200, told.is_some_and(|told| told.contains("delete")));
    }
}

#[tokio::test]
async fn the_query_demands() {
    let server = server(GatewayRules::default()).await;
    let (key, _) = key(&server, &["photo.read", "photo.list"]).await;
    for (query, status) in [
        ("", 200),
        ("permission=photo.read", 200),
        ("permission=photo.read&permission=photo.list", 200),
        ("permission=photo.read&permission=photo.delete", 403),
        ("any=photo.delete&any=photo.list", 200),
        ("any=photo.delete&any=photo.create", 403),
        ("permission=photo.read&any=photo.delete", 403),
        ("method=GET", 200),
        ("method=DELETE", 403),
        ("permission=photo:read&method=HEAD&cost=2", 200),
    ] {
        let reply = with_key(&server, &format!("/authz?{query}"), &key).await;
        assert_eq!(reply.status, status, "{query}: {}", reply.text);
    }
    let missing = with_key(&server, "/authz?permission=photo.delete&permission=photo.read", &key).await;
    assert_denied(&missing, 403, "INSUFFICIENT_PERMISSIONS", "");
    assert_eq!(
        missing.header("www-authenticate"),
        Some("Bearer error=\"insufficient_scope\", scope=\"photo.delete\"")
    );
}

#[tokio::test]
async fn a_misspelt_query_lets_nobody_pass() {
    let server = server(GatewayRules::default()).await;
    let key = server.root_key.clone();
    for query in [
        "permision=photo.read",
        "permission",
        "permission=",
        "permission=photo.*",
        "permission=a%20b",
        "cost=0",
        "method=get",
        "method=",
        "statuses=500",
        "with=secrets",
        "size=1",
        "permission=a..b",
    ] {
        let reply = with_key(&server, &format!("/authz?{query}"), &key).await;
        assert_denied(&reply, 403, "GATEWAY_MISCONFIGURED", query);
        assert!(!reply.text.contains("a b"), "{}", reply.text);
    }
}

#[tokio::test]
async fn no_header_of_the_original_request_counts() {
    let server = server(GatewayRules { routes: super::routes(), ..GatewayRules::default() }).await;
    let (key, _) = key(&server, &["photo.read"]).await;
    let bearer = format!("Bearer {key}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-original-method", "DELETE"),
        ("x-original-uri", "/admin/x"),
        ("x-forwarded-method", "DELETE"),
        ("x-forwarded-uri", "/admin/x"),
        ("x-keywright-permission", "photo.delete"),
        ("permission", "photo.delete"),
    ];
    assert_eq!(ask(&server, "GET", "/authz?permission=photo.read", &headers).await.status, 200);
    assert_eq!(ask(&server, "GET", "/authz?permission=photo.delete", &headers).await.status, 403);
    assert_eq!(ask(&server, "GET", "/authz", &headers).await.status, 200);
}

#[tokio::test]
async fn who_is_not_known_is_asked_for_a_key() {
    let server = server(GatewayRules::default()).await;
    let nobody = ask(&server, "GET", "/authz", &[]).await;
    assert_denied(&nobody, 401, "NO_KEY", "");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    let basic = ask(&server, "GET", "/authz", &[("authorization", "Basic dXNlcjpwYXNz")]).await;
    assert_denied(&basic, 401, "NO_KEY", "");

    let (revoked, id) = key(&server, &["photo.read"]).await;
    assert_eq!(with_key(&server, "/authz", &revoked).await.status, 200);
    assert_eq!(server.root("DELETE", &format!("/v1/api-keys/{id}"), None).await.status, 200);
    let disabled = key_with(&server, json!({"name": "k", "enabled": false})).await.0;
    let expired = key_with(&server, json!({"name": "k", "expiresAt": "2026-11-21T09:31:00Z"})).await.0;
    server.advance(120);
    let mut unknown = revoked.clone();
    unknown.pop();
    for (key, reason) in [
        (revoked.as_str(), "REVOKED"),
        (&disabled, "DISABLED"),
        (&expired, "EXPIRED"),
        (&unknown, "MALFORMED"),
        ("", "MALFORMED"),
        ("nonsense", "MALFORMED"),
        ("kw_eAzMCBQd1cP9SSfXQENtlgsDpxsEG70RTqx7", "NOT_FOUND"),
    ] {
        let reply = with_key(&server, "/authz", key).await;
        assert_denied(&reply, 401, reason, reason);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        assert!(key.is_empty() || !reply.text.contains(key), "{}", reply.text);
    }
    let both = [("authorization", "Bearer a"), ("x-api-key", "b")];
    assert_denied(&ask(&server, "GET", "/authz", &both).await, 401, "SEVERAL_KEYS", "");
}

#[tokio::test]
async fn another_organizations_key_is_not_known() {
    let reloader = Reloader::new(Reloadable::default());
    let settings = ServerSettings { reloadable: reloader.clone(), ..ServerSettings::default() };
    let server = Server::start_with(settings).await;
    let owner = server.set_up().await;
    let made = server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Other"}))).await;
    let number = made.data()["number"].to_string();
    let profiles = vec![ProfileRules {
        profile: GatewayProfile::Traefik,
        organization: Some(number.clone()),
        statuses: None,
        remove_key: false,
    }];
    let gateways = GatewaySettings::new(GatewayRules { profiles, ..GatewayRules::default() });
    reloader.set(Reloadable { gateways, ..Reloadable::default() });
    let path = "/v1/service-accounts";
    let request = super::harness::request(&owner, "POST", path)
        .header("x-org-id", &number)
        .header("content-type", "application/json");
    let body = json!({"name": "bot", "permissions": ["all"]}).to_string();
    let account = server.send(request.body(body.into()).unwrap()).await;
    let account = account.data()["id"].clone();
    let request = super::harness::request(&owner, "POST", "/v1/api-keys")
        .header("x-org-id", &number)
        .header("content-type", "application/json");
    let body = json!({"name": "k", "serviceAccountId": account, "permissions": ["photo.read"]}).to_string();
    let made = server.send(request.body(body.into()).unwrap()).await;
    let theirs = made.data()["key"].as_str().unwrap_or_else(|| panic!("{}", made.text)).to_owned();

    let unknown = with_key(&server, "/authz", "kw_eAzMCBQd1cP9SSfXQENtlgsDpxsEG70RTqx7").await;
    let reply = with_key(&server, "/authz?permission=photo.read", &theirs).await;
    assert_denied(&reply, 401, "NOT_FOUND", "");
    assert_eq!(reply.json()["message"], unknown.json()["message"]);

    let to_traefik = |key: &str| {
        [
            ("x-forwarded-method", "GET".to_owned()),
            ("x-forwarded-uri", "/".to_owned()),
            ("x-api-key", key.to_owned()),
        ]
    };
    for (key, status) in [(&theirs, 200), (&server.root_key, 401)] {
        let headers = to_traefik(key);
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = ask(&server, "GET", "/authz/traefik", &headers).await;
        assert_eq!(reply.status, status, "{}", reply.text);
    }
}

#[tokio::test]
async fn an_organization_that_is_not_there_lets_nobody_pass() {
    let rules = GatewayRules { organization: "nowhere".to_owned(), ..GatewayRules::default() };
    let server = server(rules).await;
    let reply = with_key(&server, "/authz", &server.root_key).await;
    assert_denied(&reply, 503, "UNAVAILABLE", "");
    assert_eq!(reply.header("retry-after"), Some("1"));
    let nginx = with_key(&server, "/authz?statuses=nginx", &server.root_key).await;
    assert_denied(&nginx, 403, "UNAVAILABLE", "");
    assert_eq!(nginx.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn keys_stand_where_the_operator_says() {
    let places = ["cookie:session-key", "header:X-Service-Key"].map(|place| place.parse().unwrap());
    let server = server(GatewayRules { credentials: places.to_vec(), ..GatewayRules::default() }).await;
    let key = server.root_key.clone();
    let cookie = format!("a=b; session-key={key}");
    for (headers, status) in [
        ([("cookie", cookie.as_str())], 200),
        ([("x-service-key", &key)], 200),
        ([("x-api-key", &key)], 401),
        ([("authorization", &format!("Bearer {key}"))], 401),
    ] {
        assert_eq!(ask(&server, "GET", "/authz", &headers).await.status, status, "{}", headers[0].0);
    }
}

#[tokio::test]
async fn a_key_in_the_url_is_refused_unless_that_is_asked_for() {
    let query = CredentialPlace::Query("access_token".to_owned());
    let taking = server(GatewayRules { credentials: vec![query], ..GatewayRules::default() }).await;
    let refusing = server(GatewayRules::default()).await;
    for (server, status) in [(&taking, 200), (&refusing, 401)] {
        let target = format!("/photos/1?size=1&access_token={}", server.root_key);
        let headers = [("x-original-method", "GET"), ("x-original-uri", target.as_str())];
        let reply = ask(server, "GET", "/authz/nginx", &headers).await;
        assert_eq!(reply.status, status, "{}", reply.text);
        assert!(!reply.text.contains(&server.root_key));
    }
    let target = format!("/photos/1?access_token={}", refusing.root_key);
    let headers = [("x-original-method", "GET"), ("x-original-uri", target.as_str()), ("x-api-key", "k")];
    let reply = ask(&refusing, "GET", "/authz/nginx", &headers).await;
    assert_denied(&reply, 401, "KEY_IN_URL", "");
    let escaped = refusing.root_key.replace('_', "%5F");
    for target in [format!("/photos/1?x={escaped}"), format!("/photos/1?{escaped}"), format!("/?{escaped}=1")]
    {
        let headers = [("x-original-method", "GET"), ("x-original-uri", &*target), ("x-api-key", "k")];
        let reply = ask(&refusing, "GET", "/authz/nginx", &headers).await;
        assert_denied(&reply, 401, "KEY_IN_URL", &target);
    }
    // In the question itself it is a parameter that nobody knows.
    let reply = with_key(&refusing, &format!("/authz?key={0}", refusing.root_key), &refusing.root_key).await;
    assert_denied(&reply, 403, "GATEWAY_MISCONFIGURED", "");
    assert!(!reply.text.contains(&refusing.root_key));
}

#[tokio::test]
async fn a_key_in_a_path_is_hidden_in_what_is_kept() {
    let server = server(GatewayRules::default()).await;
    let (key, _) = key(&server, &["photo.read"]).await;
    let escaped = key.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let partly = key.replace('_', "%5F");
    for shown in [&key, &escaped, &partly] {
        let target = format!("/photos/{shown}/caf%C3%A9?x=y");
        let headers = [("x-original-method", "GET"), ("x-original-uri", &*target), ("x-api-key", &*key)];
        assert_eq!(ask(&server, "GET", "/authz/nginx", &headers).await.status, 200);
    }
    server.engine.write_uses().await.unwrap();
    let kept = server.root("GET", "/v1/api-keys/requests", None).await.data();
    let paths = kept["items"].as_array().unwrap().iter().filter_map(|item| item["path"].as_str());
    let paths: Vec<&str> = paths.filter(|path| path.starts_with("/photos")).collect();
    assert_eq!(paths, ["/photos/***/café"; 3]);
}

#[tokio::test]
async fn a_long_list_of_permissions_is_left_out_whole() {
    let server = server(GatewayRules { permissions_header: true, ..GatewayRules::default() }).await;
    let many: Vec<String> = (0..200).map(|n| format!("resource{n}.read")).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    let (long, _) = key(&server, &names).await;
    let (short, _) = key(&server, &names[..100]).await;
    let long = with_key(&server, "/authz", &long).await;
    assert_eq!((long.status.as_u16(), long.header("x-keywright-permissions")), (200, None));
    let short = with_key(&server, "/authz", &short).await;
    assert_eq!(short.header("x-keywright-permissions"), Some(&*names[..100].join(" ")));
}
