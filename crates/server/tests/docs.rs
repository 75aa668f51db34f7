//! The API reference and the guide, as a browser meets them.

mod harness;

use axum::body::Body;
use harness::{Reply, Server, Who, request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

async fn get(server: &Server, path: &str) -> Reply {
    server.ask(&Who::Nobody, "GET", path, None).await
}

/// What the page loads by itself.
fn loaded(html: &str) -> Vec<&str> {
    let scripts = html
        .split("<script")
        .skip(1)
        .map(|part| part.split("src=\"").nth(1).expect("no script stands in a page"));
    let styles = html.split("<link").skip(1).map(|part| part.split("href=\"").nth(1).unwrap());
    let pictures = html.split("<img").skip(1).map(|part| part.split("src=\"").nth(1).unwrap());
    scripts.chain(styles).chain(pictures).map(|part| part.split('"').next().unwrap()).collect()
}

async fn assert_loads_are_here(server: &Server, html: &str) {
    for path in loaded(html) {
        assert!(path.starts_with('/') && !path.starts_with("//"), "asks another host: {path}");
        let request = request(&Who::Nobody, "GET", path).body(Body::empty()).unwrap();
        let response = server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn the_reference_loads_from_here_alone() {
    let server = Server::start().await;
    let page = get(&server, "/docs").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{policy}");
    assert!(policy.contains("connect-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-eval") && !policy.contains("http"), "{policy}");
    assert_loads_are_here(&server, &page.text).await;
    for linked in ["/docs/guide", "/console", "/openapi.json", "/openapi/immich.json"] {
        assert!(page.text.contains(&format!("href=\"{linked}\"")), "{linked}");
    }
    let settings = page.text.split("data-settings=\"").nth(1).unwrap().split('"').next().unwrap();
    let settings: serde_json::Value = serde_json::from_str(&settings.replace("&#34;", "\"")).unwrap();
    let sources = settings["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 4);
    for source in sources {
        assert_eq!(get(&server, source["url"].as_str().unwrap()).await.status, 200, "{source}");
    }
}

#[tokio::test]
async fn what_could_ask_others_is_switched_off() {
    let server = Server::start().await;
    let script = get(&server, "/docs/assets/reference.js").await.text;
    for option in [
        "withDefaultFonts: false",
        "telemetry: false",
        "hideClientButton: true",
        "agent: { disabled: true }",
        "mcp: { disabled: true }",
        "showDeveloperTools: \"never\"",
        "proxyUrl: \"\"",
        "persistAuth: false",
    ] {
        assert!(script.contains(option), "{option}");
    }
}

#[tokio::test]
async fn the_playground_is_sent_compressed_and_kept() {
    let server = Server::start().await;
    let send = async |encodings: Option<&str>| {
        let mut request = request(&Who::Nobody, "GET", "/docs/assets/scalar.js");
        if let Some(encodings) = encodings {
            request = request.header("accept-encoding", encodings);
        }
        server.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    for encodings in [None, Some("gzip, deflate")] {
        let response = send(encodings).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert!(response.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.starts_with(&[0x1f, 0x8b]) && bytes.len() < 1_500_000, "{}", bytes.len());
    }
    assert_eq!(send(Some("identity")).await.status(), 406);
}

#[tokio::test]
async fn every_page_of_the_guide_is_there() {
    let server = Server::start().await;
    let home = get(&server, "/docs/guide").await;
    harness::page::assert_guide(&home, 200);
    assert_loads_are_here(&server, &home.text).await;
    let pages: std::collections::BTreeSet<&str> = home
        .text
        .split("href=\"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap())
        .filter(|link| link.starts_with("/docs/guide/"))
        .collect();
    assert!(pages.len() >= 12, "{pages:?}");
    for path in pages {
        let page = get(&server, path).await;
        harness::page::assert_guide(&page, 200);
        assert_loads_are_here(&server, &page.text).await;
        assert!(page.text.contains(&format!("href=\"{path}\" aria-current=\"page\"")), "{path}");
        assert_eq!(page.text.matches("<h1>").count(), 1, "{path}");
        // Where the documents are read elsewhere, they are called so.
        assert_eq!(get(&server, &format!("{path}.md")).await.text, page.text);
    }
    let recipe = get(&server, "/docs/guide/files/deploy/gateways/nginx/nginx.conf").await;
    assert_eq!(recipe.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(
        recipe.text.contains("auth_request")
            && recipe.header("content-security-policy").unwrap().contains("sandbox")
    );
    for unknown in [
        "nothing",
        "files/nothing",
        "files/../../Cargo.toml",
        "files/Cargo.toml",
        "../x",
        "%00",
        "concepts/x",
    ] {
        let page = get(&server, &format!("/docs/guide/{unknown}")).await;
        assert_eq!(page.status, 404, "{unknown}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{unknown}");
    }
}

#[tokio::test]
async fn the_guide_is_searched_without_scripts() {
    let server = Server::start().await;
    let found = get(&server, "/docs/guide?q=lost+pepper").await;
    harness::page::assert_guide(&found, 200);
    assert!(found.text.contains("<mark>pepper</mark>"), "{}", found.text);
    assert!(found.text.contains("href=\"/docs/guide/operating#the-pepper\""), "{}", found.text);
    assert!(found.text.contains("value=\"lost pepper\""));

    let hostile = get(&server, "/docs/guide?q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    harness::page::assert_guide(&hostile, 200);
    assert!(hostile.text.contains("&#60;script&#62;alert(1)") && !hostile.text.contains("<script>"));
    for odd in ["?q=", "?q=%ff", "?x=1", "?q", "?q=+++", "?&&=", "?q=a&q=b"] {
        harness::page::assert_guide(&get(&server, &format!("/docs/guide{odd}")).await, 200);
    }
    let long = format!("/docs/guide?q={}", "key+".repeat(2000));
    assert!(get(&server, &long).await.text.len() < 200_000);
}

#[tokio::test]
async fn the_console_leads_to_both() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    for path in ["/console", "/console/keys"] {
        let page = server.ask(&owner, "GET", path, None).await.text;
        assert!(page.contains("href=\"/docs\"") && page.contains("href=\"/docs/guide\""), "{path}");
    }
    assert!(get(&server, "/console/login").await.text.contains("href=\"/docs/guide\""));
}
