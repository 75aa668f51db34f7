//! Lists of keys in the console and in the API: their filters, their orders and their pages; and what of a key's form has
//! no other test.

mod harness;

use harness::page::{assert_page, get, hidden, submit_fields, verdict};
use harness::{Reply, Server};
use serde_json::{Value, json};

/// The names in a table, from the top.
fn names(page: &Reply) -> Vec<String> {
    let rows = page.text.split("<a class=\"name\" href=\"").skip(1);
    rows.map(|row| row.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()).collect()
}

async fn listed(server: &Server, query: &str) -> Vec<String> {
    let reply = server.root("GET", &format!("/v1/api-keys?{query}"), None).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    let items = reply.data()["items"].as_array().unwrap().clone();
    items.iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect()
}

/// Four keys beside the root key: one that ends in a week and was used, one that ends in a year, two that do not end.
async fn four(server: &Server) -> Vec<Value> {
    server.advance(1);
    let mut made = Vec::new();
    for (name, permission, expires) in [
        ("delta", "asset.read", Some("2026-11-28T09:30:00Z")),
        ("alpha", "asset.*", Some("2027-11-21T09:30:00Z")),
        ("charlie", "invoice.send", None),
        ("bravo", "asset.read", None),
    ] {
        let mut body = json!({"name": name, "permissions": [permission]});
        if let Some(expires) = expires {
            body["expiresAt"] = json!(expires);
        }
        made.push(server.make_key(body).await);
        server.advance(1);
    }
    assert_eq!(verdict(server, made[0]["key"].as_str().unwrap(), "asset.read").await, "VALID");
    server.engine.write_uses().await.unwrap();
    made
}

#[tokio::test]
async fn the_api_lists_keys_in_each_order_and_by_each_filter() {
    let server = Server::start().await;
    four(&server).await;
    for (sort, expected) in [
        ("-createdAt", ["bravo", "charlie", "alpha", "delta", "root key"]),
        ("name", ["alpha", "bravo", "charlie", "delta", "root key"]),
        ("expiresAt", ["delta", "alpha", "bravo", "charlie", "root key"]),
    ] {
        assert_eq!(listed(&server, &format!("sort={sort}")).await, expected, "{sort}");
        let other_way = sort.strip_prefix('-').map_or_else(|| format!("-{sort}"), str::to_owned);
        let mut backwards = expected;
        backwards.reverse();
        assert_eq!(listed(&server, &format!("sort={other_way}")).await, backwards, "{other_way}");
        let mut query = format!("sort={sort}&limit=2");
        let mut walked = Vec::new();
        loop {
            walked.extend(listed(&server, &query).await);
            let page = server.root("GET", &format!("/v1/api-keys?{query}"), None).await.data();
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            query = format!("sort={sort}&limit=2&cursor={cursor}");
        }
        assert_eq!(walked, expected, "{sort}");
    }
    // The root key was used to ask all this.
    assert_eq!(listed(&server, "sort=-lastUsedAt").await[2..], ["bravo", "charlie", "alpha"]);
    assert_eq!(
        listed(&server, "permission=asset.read&sort=name").await,
        ["alpha", "bravo", "delta", "root key"]
    );
    assert_eq!(
        listed(&server, "permission=asset.delete&sort=name").await,
        ["root key"],
        "the others only read"
    );
    assert_eq!(listed(&server, "expiresBefore=2026-12-01T00:00:00Z").await, ["delta"]);
    assert_eq!(listed(&server, "unusedSince=2030-01-01T00:00:00Z&q=a&sort=name").await.len(), 4);
    for (query, field) in [
        ("sort=age", "sort"),
        ("sort=name&offset=1", "offset"),
        ("permission=asset.*", "permission"),
        ("permission=no%20permission", "permission"),
        ("expiresBefore=soon", "expiresBefore"),
        ("unusedSince=ever", "unusedSince"),
    ] {
        let refused = server.root("GET", &format!("/v1/api-keys?{query}"), None).await;
        refused.assert_failed(400, query);
        assert!(refused.text.contains(&format!("\"{field}\"")), "{query}: {}", refused.text);
    }
    let by_name = server.root("GET", "/v1/api-keys?sort=name&limit=1", None).await.data();
    let cursor = by_name["nextCursor"].as_str().unwrap();
    server
        .root("GET", &format!("/v1/api-keys?cursor={cursor}"), None)
        .await
        .assert_failed(400, "another order");
}

#[tokio::test]
async fn the_table_is_filtered_and_sorted_and_keeps_it_all() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let keys = four(&server).await;
    let account = json!({"name": "nightly", "permissions": ["asset.read"]});
    let account = server.root("POST", "/v1/service-accounts", Some(account)).await.data();
    let account = account["id"].as_str().unwrap();
    for number in 0..60 {
        let body = json!({"name": format!("job {number:02}"), "permissions": ["asset.read"], "serviceAccountId": account});
        server.make_key(body).await;
    }
    let of_account = format!("/console/keys?owner=account%3A{account}&sort=name&q=job");
    let first = get(&server, &owner, &of_account).await;
    assert_page(&first, 200);
    assert_eq!((names(&first).len(), names(&first)[0].as_str()), (50, "job 00"));
    assert!(first.text.contains("nightly</option>"));
    let next = first.text.split_once("<a rel=\"next\" href=\"").unwrap().1.split_once('"').unwrap().0;
    let next = next.replace("&#38;", "&");
    assert!(next.contains("sort=name") && next.contains("q=job") && next.contains("owner=account"), "{next}");
    let second = get(&server, &owner, &next).await;
    assert_eq!((names(&second).len(), names(&second)[0].as_str()), (10, "job 50"));
    assert!(second.text.contains("First page"));

    // What is chosen on a page and revoked leads back to the same list.
    let id = keys[3]["id"].as_str().unwrap();
    let back = hidden(&first, "back").replace("&#38;", "&");
    let asked = submit_fields(&server, &owner, "/console/keys/revoke", &[("id", id), ("back", &back)]).await;
    assert_page(&asked, 200);
    let back = hidden(&asked, "back").replace("&#38;", "&");
    let sure = [("id", id), ("sure", "yes"), ("back", back.as_str())];
    let done = submit_fields(&server, &owner, "/console/keys/revoke", &sure).await;
    assert_eq!(
        done.header("location").unwrap(),
        format!("{}&done=revoked", of_account.replace("&q=job", "").replace('?', "?q=job&"))
    );
    // Whoever asks again finds that it was revoked meanwhile.
    let again = submit_fields(&server, &owner, "/console/keys/revoke", &[("id", id), ("back", "q=x")]).await;
    assert_eq!(again.header("location"), Some("/console/keys?q=x&done=gone"));

    let soon = get(&server, &owner, "/console/keys?view=expiring").await;
    assert_page(&soon, 200);
    assert_eq!(names(&soon), ["delta"]);
    assert!(soon.text.contains("?view=unused") && soon.text.contains("aria-current=\"page\">Expiring soon"));
    assert!(
        get(&server, &owner, "/console/keys?view=expiring&q=alpha")
            .await
            .text
            .contains("No keys expire soon")
    );
    assert!(get(&server, &owner, "/console/keys?view=unused").await.text.contains("No unused keys"));
    server.advance(91 * 24 * 3600);
    let owner = server.sign_in("owner@example.com").await;
    server.root("GET", "/v1/whoami", None).await;
    server.engine.write_uses().await.unwrap();
    let unused = get(&server, &owner, "/console/keys?view=unused&permission=asset.view").await;
    assert_page(&unused, 200);
    assert_eq!(names(&unused), ["alpha"], "the root key was used today");
    assert_page(&get(&server, &owner, "/console/keys?sort=odd").await, 400);
    assert_page(&get(&server, &owner, "/console/keys?owner=account:odd").await, 400);
    let (_, viewer) = server.join("viewer@example.com", "viewer").await;
    let own = get(&server, &viewer, &of_account).await;
    assert_page(&own, 200);
    assert!(names(&own).is_empty() && !own.text.contains("nightly"));
}

#[tokio::test]
async fn a_form_gives_a_key_credits_and_changes_only_what_was_typed() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let form = [
        ("once", "c1"),
        ("name", "metered"),
        ("access", "read"),
        ("may", "listed"),
        ("permission", "asset.read"),
        ("expires", "never"),
        ("credits", "100"),
        ("refillAmount", "1000"),
        ("refillInterval", "monthly"),
        ("lowThreshold", "10"),
        ("prefix", "pay"),
        ("start", "off"),
    ];
    let made = submit_fields(&server, &owner, "/console/keys/new", &form).await;
    assert_page(&made, 200);
    let secret = made
        .text
        .split_once("id=\"secret\" tabindex=\"0\">")
        .unwrap()
        .1
        .split_once('<')
        .unwrap()
        .0
        .to_owned();
    assert!(secret.starts_with("pay_"));
    assert_eq!(verdict(&server, &secret, "asset.read").await, "DISABLED");
    let stored = server.root("GET", "/v1/api-keys?q=metered", None).await.data()["items"][0].clone();
    let credits =
        json!({"remaining": 100, "refill": {"amount": 1000, "interval": "monthly"}, "lowThreshold": 10});
    assert_eq!(stored["credits"], credits);
    let page = format!("/console/keys/{}", stored["id"].as_str().unwrap());
    let shown = get(&server, &owner, &page).await;
    assert!(
        shown.text.contains("100 remaining; refilled to 1000 monthly; low balance at 10"),
        "{}",
        shown.text
    );
    submit_fields(&server, &owner, &format!("{page}/switch"), &[("to", "on")]).await;

    // A use between showing the form and sending it is not given back.
    let edit = get(&server, &owner, &format!("{page}/edit")).await;
    assert_page(&edit, 200);
    let revision = hidden(&edit, "revision");
    assert_eq!(hidden(&edit, "creditsShown"), "100");
    assert_eq!(verdict(&server, &secret, "asset.read").await, "VALID");
    let send = async |revision: &str, name: &str, credits: &str, amount: &str| {
        let form = [
            ("revision", revision),
            ("name", name),
            ("access", "read"),
            ("may", "listed"),
            ("permission", "asset.read"),
            ("expires", "never"),
            ("credits", credits),
            ("creditsShown", "100"),
            ("refillAmount", amount),
            ("refillInterval", if amount.is_empty() { "" } else { "monthly" }),
            ("lowThreshold", "10"),
        ];
        submit_fields(&server, &owner, &format!("{page}/edit"), &form).await
    };
    let left = async || {
        let key = server
            .root(
                "GET",
                &format!("/v1{}", page.trim_start_matches("/console").replace("keys", "api-keys")),
                None,
            )
            .await;
        key.data()["credits"].clone()
    };
    assert_eq!(send(&revision, "metered twice", "100", "1000").await.status, 303);
    assert_eq!(left().await["remaining"], 99);
    let revision = hidden(&get(&server, &owner, &format!("{page}/edit")).await, "revision");
    assert_eq!(send(&revision, "metered twice", "100", "").await.status, 303);
    assert_eq!(left().await, json!({"remaining": 99, "lowThreshold": 10}));
    let revision = hidden(&get(&server, &owner, &format!("{page}/edit")).await, "revision");
    assert_eq!(send(&revision, "metered twice", "500", "").await.status, 303);
    assert_eq!(left().await["remaining"], 500);
    let revision = hidden(&get(&server, &owner, &format!("{page}/edit")).await, "revision");
    let refused = send(&revision, "metered twice", "many", "").await;
    assert_page(&refused, 400);
    assert!(refused.text.contains("credits-problem") && refused.text.contains("value=\"many\""));
    let refused = send(&revision, "metered twice", "", "5").await;
    assert!(refused.text.contains("is needed with a refill"), "{}", refused.text);
}

#[tokio::test]
async fn a_page_says_how_long_a_replaced_secret_still_works_and_what_an_owner_takes_away() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let account = json!({"name": "narrow", "permissions": ["asset.read"]});
    let account = server.root("POST", "/v1/service-accounts", Some(account)).await.data();
    let body = json!({
        "name": "wide", "permissions": ["asset.read", "asset.view", "member.read"],
        "scope": "read", "serviceAccountId": account["id"],
    });
    let key = server.make_key(body).await;
    let page = format!("/console/keys/{}", key["id"].as_str().unwrap());
    let shown = get(&server, &owner, &page).await;
    assert_page(&shown, 200);
    assert!(shown.text.contains("1 permission. 2 more granted but not in effect."), "{}", shown.text);
    assert_eq!(shown.text.matches("owner lacks this").count(), 2);
    assert!(!shown.text.contains("data-until"));

    let form = [("once", "r"), ("overlap", "3600")];
    assert_page(&submit_fields(&server, &owner, &format!("{page}/rotate"), &form).await, 200);
    let shown = get(&server, &owner, &page).await;
    assert!(shown.text.contains("data-until>in 1 hour</time>"), "{}", shown.text);
    server.advance(3601);
    assert!(!get(&server, &owner, &page).await.text.contains("data-until"), "it has ended");
}
