//! The pages about how keys are used, as a browser meets them.

mod harness;

use harness::page::assert_page;
use harness::{Reply, Server, Who};
use serde_json::{Value, json};

async fn get(server: &Server, who: &Who, path: &str) -> Reply {
    server.engine.write_uses().await.unwrap();
    server.ask(who, "GET", path, None).await
}

async fn verify(server: &Server, key: &Value, permission: &str, times: usize) {
    for _ in 0..times {
        let question = json!({
            "key": key["key"], "permissions": permission, "method": "GET", "ip": "198.51.100.7",
            "path": "/photos/<b>7</b>", "userAgent": "curl/8 <script>",
        });
        assert_eq!(server.root("POST", "/v1/api-keys/verify", Some(question)).await.status, 200);
    }
}

fn page_of(key: &Value) -> String {
    format!("/console/keys/{}", key["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_key_shows_how_it_is_used() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let key = server.make_key(json!({"name": "app", "permissions": ["asset.read"]})).await;
    let unused = get(&server, &owner, &page_of(&key)).await;
    assert_page(&unused, 200);
    assert!(unused.text.contains("No verifications in this period.") && !unused.text.contains("<figcaption"));
    assert!(
        unused.text.contains("No requests in the last 7 days") && !unused.text.contains("<rect class=\"s-")
    );

    verify(&server, &key, "asset.read", 3).await;
    verify(&server, &key, "asset.delete", 2).await;
    let used = get(&server, &owner, &page_of(&key)).await;
    assert_page(&used, 200);
    for said in [
        "3 allowed, 2 insufficient permissions",
        "data-said=\"Sat 21 Nov, 09:00–10:00: 3 allowed, 2 insufficient permissions\"",
        "Times in UTC",
        "GET /photos/&#60;b&#62;7&#60;/b&#62;",
        "curl/8 &#60;script&#62;",
        "198.51.100.7",
        ">Insufficient permissions</span>",
        "<a href=\"?range=24h#use\" aria-current=\"true\">",
    ] {
        assert!(used.text.contains(said), "{said}: {}", used.text);
    }
    for (range, said) in [
        ("7d", "Sat 21 Nov, 06:00–12:00: 3 allowed"),
        ("30d", "Sat 21 Nov: 3"),
        ("90d", "Sat 21 Nov, UTC: 3"),
    ] {
        let page = get(&server, &owner, &format!("{}?range={range}", page_of(&key))).await;
        assert_page(&page, 200);
        assert!(page.text.contains(said), "{range}: {}", page.text);
    }
    let odd = get(&server, &owner, &format!("{}?range=%3Cb%3E", page_of(&key))).await;
    assert_page(&odd, 200);
    assert!(odd.text.contains("in the last 24 hours"));
}

#[tokio::test]
async fn columns_are_those_of_the_organizations_time_zone() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let organization = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    let path = format!("/v1/organizations/{}", organization.as_str().unwrap());
    let zone = json!({"timeZone": "Pacific/Auckland"});
    assert_eq!(server.root("PATCH", &path, Some(zone)).await.status, 200);
    let key = server.make_key(json!({"name": "app", "permissions": ["asset.read"]})).await;
    server.advance(2 * 60 * 60);
    verify(&server, &key, "asset.read", 1).await;
    // 2026-11-21T11:30Z is half past midnight of the next day there.
    let page = get(&server, &owner, &format!("{}?range=30d", page_of(&key))).await;
    assert!(page.text.contains("data-said=\"Sun 22 Nov: 1 allowed\""), "{}", page.text);
    assert!(page.text.contains("Times in Pacific/Auckland"));
}

#[tokio::test]
async fn a_server_without_a_request_log_says_so() {
    let server = Server::start_unlogged().await;
    let owner = server.set_up().await;
    let key = server.make_key(json!({"name": "app", "permissions": ["asset.read"]})).await;
    verify(&server, &key, "asset.read", 1).await;
    let page = get(&server, &owner, &page_of(&key)).await;
    assert_page(&page, 200);
    assert!(page.text.contains("Request logging is off on this server") && page.text.contains("1 allowed"));
}

#[tokio::test]
async fn the_organizations_usage_is_told_at_a_glance() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let nothing = get(&server, &owner, "/console/usage").await;
    assert_page(&nothing, 200);
    assert!(nothing.text.contains("No verifications in this period.") && nothing.text.contains("<b>0</b>"));
    assert!(!nothing.text.contains("Denials by reason") && !nothing.text.contains("Top keys"));

    let body = json!({"name": "ex <porter>", "permissions": ["all"]});
    let account = server.root("POST", "/v1/service-accounts", Some(body)).await.data()["id"].clone();
    let own = server.make_key(json!({"name": "own", "permissions": ["asset.read"]})).await;
    let its = server
        .make_key(json!({"name": "=its <b>", "permissions": ["asset.read"], "serviceAccountId": account}))
        .await;
    verify(&server, &own, "asset.read", 2).await;
    verify(&server, &its, "asset.read", 3).await;
    verify(&server, &its, "asset.delete", 1).await;
    let all = get(&server, &owner, "/console/usage?range=7d").await;
    assert_page(&all, 200);
    for said in [
        "<b>6</b><span>verifications</span>",
        "<span>allowed (83.3%)</span>",
        "<b>1</b><span>denied</span>",
        "Top keys",
        "Top owners",
        "=its &#60;b&#62;",
        "ex &#60;porter&#62;",
        "The key lacks the requested permission.",
        "aria-current=\"page\">Usage</a>",
    ] {
        assert!(all.text.contains(said), "{said}: {}", all.text);
    }
    let account = account.as_str().unwrap();
    let of_account = get(&server, &owner, &format!("/console/usage?owner=serviceAccount%3A{account}")).await;
    assert_page(&of_account, 200);
    assert!(of_account.text.contains("<b>4</b><span>verifications</span>"), "{}", of_account.text);
    assert!(
        of_account.text.contains("selected>ex &#60;porter&#62;") && !of_account.text.contains(">own</a>")
    );
    let part = get(&server, &owner, &format!("/console/usage/counts?owner=serviceAccount%3A{account}")).await;
    assert_page(&part, 200);
    assert!(part.text.contains("<b>4</b><span>verifications</span>") && !part.text.contains("<html"));
    let page = get(&server, &owner, &format!("/console/service-accounts/{account}")).await;
    assert_page(&page, 200);
    assert!(page.text.contains(">3 allowed, 1 denied</a>"), "{}", page.text);
    let id = own["id"].as_str().unwrap();
    let of_key = get(&server, &owner, &format!("/console/usage?key={id}&range=30d")).await;
    assert_page(&of_key, 200);
    assert!(of_key.text.contains("<b>2</b><span>verifications</span>"));
    assert!(of_key.text.contains(&format!("range=90d&#38;key={id}")), "the filter stays: {}", of_key.text);
    let tops = get(&server, &owner, "/console/usage/top?range=7d").await;
    assert_page(&tops, 200);
    assert!(tops.text.contains("Top keys") && !tops.text.contains("<html"));
    for odd in ["key=x", "owner=x", "owner=user%3Ax"] {
        assert_page(&get(&server, &owner, &format!("/console/usage?{odd}")).await, 400);
        assert_page(&get(&server, &owner, &format!("/console/usage/counts?{odd}")).await, 400);
        assert_page(&get(&server, &owner, &format!("/console/usage/export?{odd}")).await, 400);
    }

    let csv = get(&server, &owner, "/console/usage/export?by=key&range=24h").await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let lines: Vec<&str> = csv.text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("apiKeyId,name,userId,serviceAccountId,externalId,total,VALID,"));
    assert!(lines[1].contains(&format!(",'=its <b>,,{account},,4,3,")), "{}", lines[1]);
    let by_time = get(&server, &owner, &format!("/console/usage/export?key={id}")).await;
    assert!(by_time.text.contains("2026-11-21T09:00:00.000Z,2,2,0"), "{}", by_time.text);
}

#[tokio::test]
async fn what_takes_long_to_add_up_comes_after_the_page() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let body = json!({"name": "busy", "permissions": ["all"]});
    let account = server.root("POST", "/v1/service-accounts", Some(body)).await.data()["id"].clone();
    let mut items = Vec::new();
    for _ in 0..10 {
        let body = json!({"name": "its", "permissions": ["asset.read"], "serviceAccountId": account});
        items.push(json!({"key": server.make_key(body).await["key"]}));
    }
    // A row for each key and minute: more than are added up while the page is made.
    for _ in 0..501 {
        let asked = server.root("POST", "/v1/api-keys/verify-batch", Some(json!({"items": items}))).await;
        assert_eq!(asked.status, 200);
        server.advance(60);
    }
    let account = account.as_str().unwrap();
    let query = format!("range=24h&owner=serviceAccount%3A{account}");
    let page = get(&server, &owner, &format!("/console/usage?{query}")).await;
    assert_page(&page, 200);
    assert!(
        page.text.contains("hx-get=\"/console/usage/counts?range=24h&#38;owner=serviceAccount%3A"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<b>5,010</b>"));
    for path in [format!("/console/usage/counts?{query}"), format!("/console/usage?{query}&wait=yes")] {
        let told = get(&server, &owner, &path).await;
        assert_page(&told, 200);
        assert!(told.text.contains("<b>5,010</b><span>verifications</span>"), "{path}: {}", told.text);
    }
    // All keys together are counted beside each: that takes no longer.
    let all = get(&server, &owner, "/console/usage").await;
    assert!(all.text.contains("<b>5,010</b><span>verifications</span>"), "{}", all.text);
}

#[tokio::test]
async fn whoever_may_not_see_usage_is_not_offered_it_and_refused() {
    let server = Server::start().await;
    server.set_up().await;
    let key = server.make_key(json!({"name": "secretive", "permissions": ["asset.read"]})).await;
    verify(&server, &key, "asset.read", 2).await;
    for role in ["viewer", "developer"] {
        let (_, member) = server.join(&format!("{role}@example.com"), role).await;
        for path in ["/console/usage", "/console/usage/counts", "/console/usage/top", "/console/usage/export"]
        {
            assert_page(&get(&server, &member, path).await, 403);
        }
        let home = get(&server, &member, "/console/keys").await;
        assert!(!home.text.contains("/console/usage"), "{role}");
    }
    let (_, admin) = server.join("admin@example.com", "admin").await;
    let seen = get(&server, &admin, "/console/usage").await;
    assert_page(&seen, 200);
    assert!(seen.text.contains("secretive") && seen.text.contains("<b>2</b><span>verifications</span>"));
    for path in ["/console/usage", "/console/usage/counts", "/console/usage/top", "/console/usage/export"] {
        let refused = get(&server, &Who::Nobody, path).await;
        assert_eq!(refused.status, 303, "{path}");
    }
}
