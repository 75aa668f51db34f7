//! The page about roles, and members by role, as a browser meets them.

mod harness;

use harness::Server;
use harness::page::{assert_page, get};
use keywright_domain::{KEYWRIGHT, MemberRole};
use serde_json::json;

#[tokio::test]
async fn the_table_says_what_the_server_does() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let page = get(&server, &owner, "/console/roles").await;
    assert_page(&page, 200);
    for entry in KEYWRIGHT.iter() {
        let row = page
            .text
            .split_once(&format!("<code class=\"quiet\">{}</code>", entry.name))
            .expect(&entry.name)
            .1;
        let row = row.split_once("</tr>").unwrap().0;
        let marks: Vec<bool> = row.split("<td").skip(1).map(|cell| !cell.contains("may not")).collect();
        for (role, mark) in MemberRole::ALL.into_iter().zip(marks) {
            let ceiling = role.ceiling();
            let may = ceiling.verbs().contains(entry.verb)
                && ceiling.terms().iter().any(|term| term.matches(&entry.pattern));
            assert_eq!(mark, may, "{role:?} {}", entry.name);
        }
    }
    // What the page says holds when it is tried.
    let (_, developer) = server.join("dev@example.com", "developer").await;
    let refused = server.ask(&developer, "POST", "/v1/roles", Some(json!({"name": "x"}))).await;
    refused.assert_failed(403, "role.create is not a developer's");
    let role = json!({"name": "readers <all>", "permissions": ["asset.read"]});
    assert_eq!(server.root("POST", "/v1/roles", Some(role)).await.status, 200);
    let page = get(&server, &developer, "/console/roles").await;
    assert_page(&page, 200);
    assert!(page.text.contains("readers &#60;all&#62;") && !page.text.contains("Give somebody another role"));
    assert!(page.text.contains("/console/members?role=developer\">1 member<"), "{}", page.text);
}

#[tokio::test]
async fn members_are_found_by_role_and_name() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    server.join("dev@example.com", "developer").await;
    server.join("look@example.com", "viewer").await;
    let developers = get(&server, &owner, "/console/members?role=developer").await;
    assert_page(&developers, 200);
    assert!(developers.text.contains("dev@example.com") && !developers.text.contains("look@example.com"));
    let found = get(&server, &owner, "/console/members?q=LOOK%40").await;
    assert!(found.text.contains("look@example.com") && !found.text.contains("dev@example.com"));
    assert!(get(&server, &owner, "/console/members?q=nobody").await.text.contains("Nobody matches"));
    assert_page(&get(&server, &owner, "/console/members?role=king").await, 400);
    let page = server.root("GET", "/v1/whoami", None).await.data();
    let members =
        format!("/v1/organizations/{}/members?role=viewer&q=look", page["organizationId"].as_str().unwrap());
    let listed = server.root("GET", &members, None).await.data();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let accounts = server.root("GET", "/v1/service-accounts?status=odd", None).await;
    accounts.assert_failed(400, "a status that is none");
}
