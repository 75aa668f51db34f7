//! What every page keeps.

use super::Reply;

/// Checks that it is a page with this status, that nothing in it can run or load from elsewhere, and that it stays with
/// whoever asked for it.
#[track_caller]
pub(crate) fn assert_page(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"));
    let referrer = reply.header("referrer-policy").unwrap();
    assert!(["no-referrer", "same-origin"].contains(&referrer), "{referrer}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    for script in reply.text.split("<script").skip(1) {
        assert!(
            script.starts_with(" src=\"/console/assets/") && script.contains("defer></script>"),
            "{script}"
        );
    }
    assert!(!reply.text.contains("style=") && !reply.text.contains(" onclick"));
    for part in reply.text.split(['"', '\'', ' ']).filter(|part| part.starts_with("http")) {
        assert!(part.starts_with("http://keys.example"), "asks another host: {part}");
    }
}

/// Checks that it is a page of the guide, on which nothing can run but our own scripts.
#[track_caller]
pub(crate) fn assert_guide(reply: &Reply, status: u16) {
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
    for tag in reply.text.split('<').skip(1).filter_map(|tag| tag.split('>').next()) {
        assert!(!tag.contains(" style=") && !tag.contains(" onclick"), "{tag}");
    }
    for linked in ["/docs", "/docs/guide", "/console"] {
        assert!(reply.text.contains(&format!("href=\"{linked}\"")), "{linked}");
    }
}
