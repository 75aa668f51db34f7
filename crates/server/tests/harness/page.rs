//! What every page keeps.

use serde_json::json;

use super::{Reply, Server, Who};

/// Asks for a page.
pub(crate) async fn get(server: &Server, who: &Who, path: &str) -> Reply {
    server.ask(who, "GET", path, None).await
}

/// Sends a form of a page of the first organization.
pub(crate) async fn submit(server: &Server, who: &Who, path: &str, form: &str) -> Reply {
    server.submit(who, path, &format!("organization=1&{form}")).await
}

/// The same of fields that are not encoded yet.
pub(crate) async fn submit_fields(server: &Server, who: &Who, path: &str, pairs: &[(&str, &str)]) -> Reply {
    submit(server, who, path, &encoded(pairs)).await
}

/// Fields as a form has them.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(pairs).unwrap()
}

/// What a hidden field of a page holds.
pub(crate) fn hidden(page: &Reply, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    page.text.split_once(&from).unwrap().1.split_once('"').unwrap().0.to_owned()
}

/// What the API says of a key: the code of its verification.
pub(crate) async fn verdict(server: &Server, key: &str, permission: &str) -> String {
    let question = json!({"key": key, "permissions": permission});
    let answer = server.root("POST", "/v1/api-keys/verify", Some(question)).await;
    answer.data()["code"].as_str().unwrap().to_owned()
}

/// Checks that it is a page with this status, that nothing in it can run or load from elsewhere, and that it stays with
/// whoever asked for it.
#[track_caller]
pub(crate) fn assert_page(reply: &Reply, status: u16) {
    assert_only_own_scripts(reply, status);
    let referrer = reply.header("referrer-policy").unwrap();
    assert!(["no-referrer", "same-origin"].contains(&referrer), "{referrer}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(!reply.text.contains("style=") && !reply.text.contains(" onclick"));
    for part in reply.text.split(['"', '\'', ' ']).filter(|part| part.starts_with("http")) {
        assert!(part.starts_with("http://keys.example"), "asks another host: {part}");
    }
}

/// Checks that it is a page of the guide, on which nothing can run but our own scripts.
#[track_caller]
pub(crate) fn assert_guide(reply: &Reply, status: u16) {
    assert_only_own_scripts(reply, status);
    for tag in reply.text.split('<').skip(1).filter_map(|tag| tag.split('>').next()) {
        assert!(!tag.contains(" style=") && !tag.contains(" onclick"), "{tag}");
    }
    for linked in ["/docs", "/docs/guide", "/console"] {
        assert!(reply.text.contains(&format!("href=\"{linked}\"")), "{linked}");
    }
}

/// Checks that it is a page with this status whose policy and text let nothing run but our own scripts.
#[track_caller]
fn assert_only_own_scripts(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"));
    for script in reply.text.split("<script").skip(1) {
        assert!(
            script.starts_with(" src=\"/console/assets/") && script.contains("defer></script>"),
            "{script}"
        );
    }
}
