//! The page about roles, and members by role, as a browser meets them.

mod harness;

use harness::Server;
use harness::page::{assert_page, get, hidden, submit_fields, verdict};
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
        let marks: Vec<bool> = row.split("<td").skip(1).map(|cell| !cell.contains(">No<")).collect();
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
    assert!(page.text.contains("readers &#60;all&#62;") && !page.text.contains("Manage members"));
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
    assert!(get(&server, &owner, "/console/members?q=nobody").await.text.contains("No matching members"));
    assert_page(&get(&server, &owner, "/console/members?role=king").await, 400);
    let page = server.root("GET", "/v1/whoami", None).await.data();
    let members =
        format!("/v1/organizations/{}/members?role=viewer&q=look", page["organizationId"].as_str().unwrap());
    let listed = server.root("GET", &members, None).await.data();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let accounts = server.root("GET", "/v1/service-accounts?status=odd", None).await;
    accounts.assert_failed(400, "a status that is none");
}

#[tokio::test]
async fn a_role_for_keys_is_made_changed_and_deleted() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    assert!(get(&server, &owner, "/console/roles").await.text.contains("No key roles yet"));
    let form = get(&server, &owner, "/console/roles/new").await;
    assert_page(&form, 200);
    let once = hidden(&form, "once");
    let fields = [
        ("once", once.as_str()),
        ("name", "Rea<ders"),
        ("description", "of assets"),
        ("otherPermissions", "asset.read"),
    ];
    let made = submit_fields(&server, &owner, "/console/roles/new", &fields).await;
    assert_eq!(made.header("location"), Some("/console/roles?done=created"), "{}", made.text);
    // Sent twice, it is made once.
    assert_eq!(submit_fields(&server, &owner, "/console/roles/new", &fields).await.status, 303);
    let listed = server.root("GET", "/v1/roles", None).await.data();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let page = get(&server, &owner, "/console/roles?done=created").await;
    assert_page(&page, 200);
    for said in ["Role created.", "Rea&#60;ders", "of assets", &format!("/console/roles/{id}/edit")] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }

    // A key that has it can do what it grants, and follows it.
    let key = json!({"name": "k", "roleIds": [id], "permissions": [], "scope": "read-write"});
    let key = server.root("POST", "/v1/api-keys", Some(key)).await.data()["key"].as_str().unwrap().to_owned();
    assert_eq!(verdict(&server, &key, "asset.read").await, "VALID");
    let edit = format!("/console/roles/{id}/edit");
    let form = get(&server, &owner, &edit).await;
    assert_page(&form, 200);
    let revision = hidden(&form, "revision");
    assert!(form.text.contains("value=\"asset.read\" checked"));
    let fields = [("revision", revision.as_str()), ("name", "Uploaders"), ("permission", "asset.upload")];
    let saved = submit_fields(&server, &owner, &edit, &fields).await;
    assert_eq!(saved.header("location"), Some("/console/roles?done=updated"), "{}", saved.text);
    assert_eq!(verdict(&server, &key, "asset.read").await, "INSUFFICIENT_PERMISSIONS");
    assert_eq!(verdict(&server, &key, "asset.upload").await, "VALID");

    // Saved over a change that was not seen: said once, with what was typed.
    let late = submit_fields(&server, &owner, &edit, &[("revision", &revision), ("name", "mine")]).await;
    assert_page(&late, 409);
    assert!(late.text.contains("value=\"mine\"") && hidden(&late, "revision") != revision);
    let wrong = [("revision", hidden(&late, "revision")), ("name", String::new())];
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let wrong = submit_fields(&server, &owner, &edit, &wrong).await;
    assert_page(&wrong, 400);
    assert!(wrong.text.contains("name-problem"));
    let taken = [("once", "other"), ("name", "Uploaders"), ("otherPermissions", "no permission")];
    let taken = submit_fields(&server, &owner, "/console/roles/new", &taken).await;
    assert_page(&taken, 400);
    assert!(taken.text.contains("permissions-problem") && taken.text.contains("no permission"));

    let delete = format!("/console/roles/{id}/delete");
    assert_page(&get(&server, &owner, &delete).await, 200);
    assert_eq!(verdict(&server, &key, "asset.upload").await, "VALID", "asking deletes nothing");
    let gone = submit_fields(&server, &owner, &delete, &[]).await;
    assert_eq!(gone.header("location"), Some("/console/roles?done=deleted"), "{}", gone.text);
    assert_eq!(verdict(&server, &key, "asset.upload").await, "INSUFFICIENT_PERMISSIONS");
    assert_eq!(submit_fields(&server, &owner, &delete, &[]).await.status, 303, "gone as was wanted");
    for path in [edit.as_str(), &delete, "/console/roles/odd/edit"] {
        assert_page(&get(&server, &owner, path).await, 404);
    }
}

#[tokio::test]
async fn roles_for_keys_are_offered_to_whoever_may_change_them() {
    let server = Server::start().await;
    server.set_up().await;
    let role = json!({"name": "readers", "permissions": ["asset.read"]});
    let role = server.root("POST", "/v1/roles", Some(role)).await.data();
    let id = role["id"].as_str().unwrap();
    for (email, name) in [("dev@example.com", "developer"), ("look@example.com", "viewer")] {
        let (_, member) = server.join(email, name).await;
        let page = get(&server, &member, "/console/roles").await;
        assert_page(&page, 200);
        assert!(page.text.contains("readers"));
        for path in ["new".to_owned(), format!("{id}/edit"), format!("{id}/delete")] {
            let path = format!("/console/roles/{path}");
            assert!(!page.text.contains(&path), "{name} is offered {path}");
            assert_page(&get(&server, &member, &path).await, 403);
            let sent = [("once", "a"), ("revision", "0"), ("name", "mine"), ("otherPermissions", "all")];
            assert_page(&submit_fields(&server, &member, &path, &sent).await, 403);
        }
    }
    let listed = server.root("GET", "/v1/roles", None).await.data();
    assert_eq!(
        (&listed["items"][0]["name"], listed["items"].as_array().unwrap().len()),
        (&json!("readers"), 1)
    );
}

#[tokio::test]
async fn of_two_who_save_a_role_at_once_one_is_asked_again() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let role = json!({"name": "readers", "permissions": ["asset.read"]});
    let id = server.root("POST", "/v1/roles", Some(role)).await.data()["id"].as_str().unwrap().to_owned();
    let edit = format!("/console/roles/{id}/edit");
    for round in 0..8 {
        let revision = hidden(&get(&server, &owner, &edit).await, "revision");
        let save = async |name: &str, description: &str| {
            let fields = [
                ("revision", revision.as_str()),
                ("name", name),
                ("description", description),
                ("permission", "asset.read"),
            ];
            submit_fields(&server, &owner, &edit, &fields).await
        };
        let (ours, theirs) = (format!("ours {round}"), format!("theirs {round}"));
        let saved = tokio::join!(save(&ours, "of us"), save(&theirs, "of them"));
        let (done, asked, name) = match (saved.0.status.as_u16(), saved.1.status.as_u16()) {
            (303, _) => (saved.0, saved.1, ours),
            _ => (saved.1, saved.0, theirs),
        };
        assert_eq!(done.status, 303, "{}", done.text);
        assert_page(&asked, 409);
        assert!(asked.text.contains("was changed by someone else"), "{}", asked.text);
        assert_ne!(hidden(&asked, "revision"), revision);
        assert!(get(&server, &owner, &edit).await.text.contains(&format!("value=\"{name}\"")));
    }
}
