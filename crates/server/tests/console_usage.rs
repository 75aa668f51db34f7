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
    assert!(
        unused.text.contains("It was not verified in this time.") && !unused.text.contains("<figcaption")
    );
    assert!(unused.text.contains("None in the last 7 days") && !unused.text.contains("<rect class=\"s-"));

    verify(&server, &key, "asset.read", 3).await;
    verify(&server, &key, "asset.delete", 2).await;
    let used = get(&server, &owner, &page_of(&key)).await;
    assert_page(&used, 200);
    for said in [
        "3 let in, 2 not permitted",
        "data-said=\"Sat 21 Nov, 09:00–10:00: 3 let in, 2 not permitted\"",
        "in time of UTC",
        "GET /photos/&#60;b&#62;7&#60;/b&#62;",
        "curl/8 &#60;script&#62;",
        "198.51.100.7",
        ">Not permitted</span>",
        "<a href=\"?range=24h#use\" aria-current=\"true\">",
    ] {
        assert!(used.text.contains(said), "{said}: {}", used.text);
    }
    for (range, said) in
        [("7d", "Sat 21 Nov, 06:00–12:00: 3 let in"), ("30d", "Sat 21 Nov: 3"), ("90d", "Sat 21 Nov, UTC: 3")]
    {
        let page = get(&server, &owner, &format!("{}?range={range}", page_of(&key))).await;
        assert_page(&page, 200);
        assert!(page.text.contains(said), "{range}: {}", page.text);
    }
    let odd = get(&server, &owner, &format!("{}?range=%3Cb%3E", page_of(&key))).await;
    assert_page(&odd, 200);
    assert!(odd.text.contains("of the last 24 hours"));
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
    assert!(page.text.contains("data-said=\"Sun 22 Nov: 1 let in\""), "{}", page.text);
    assert!(page.text.contains("in time of Pacific/Auckland"));
}

#[tokio::test]
async fn a_server_without_a_request_log_says_so() {
    let server = Server::start_unlogged().await;
    let owner = server.set_up().await;
    let key = server.make_key(json!({"name": "app", "permissions": ["asset.read"]})).await;
    verify(&server, &key, "asset.read", 1).await;
    let page = get(&server, &owner, &page_of(&key)).await;
    assert_page(&page, 200);
    assert!(page.text.contains("Requests are not logged on this server") && page.text.contains("1 let in"));
}
