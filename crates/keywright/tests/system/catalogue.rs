//! `keywright catalogue import`.

use std::fs;

use serde_json::json;

use crate::harness::{Installation, errors, printed};

const FILE: &str = r#"
[[permissions]]
name = "invoice.send"
verb = "CREATE"
description = "Send an invoice to its customer"

[[permissions]]
name = "invoice.print"
verb = "READ"
"#;

#[tokio::test]
async fn a_catalogue_is_imported_and_verbs_change_by_consent_alone() {
    let installation = Installation::new();
    fs::write(installation.path("catalogue.toml"), FILE).unwrap();
    let server = installation.start().await;
    let root = installation.root_key();
    let key = json!({ "name": "k", "permissions": ["invoice.*"] });
    let key = server.client(&root).post("/v1/api-keys", key).await.text("key");
    let output = installation.run("catalogue import catalogue.toml");
    assert!(errors(&output).contains("in use by another keywright"), "{}", errors(&output));
    server.stop().await;

    let output = installation.run("catalogue import catalogue.toml");
    assert_eq!(output.status.code(), Some(1));
    let told = "added      invoice.send CREATE\n\
                added      invoice.print READ (was UPDATE; 1 key touched)\n\
                2 added, 0 changed, 0 unchanged\n";
    assert_eq!(printed(&output), told);
    assert!(errors(&output).contains("nothing was changed") && errors(&output).contains("--yes"));

    let output = installation.run("catalogue import catalogue.toml --organization default --yes");
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(printed(&output), format!("{told}done\n"));
    let output = installation.run("catalogue import catalogue.toml --organization 1");
    assert!(output.status.success(), "{}", errors(&output));
    assert!(printed(&output).contains("0 added, 0 changed, 2 unchanged"), "{}", printed(&output));

    let server = installation.start().await;
    let client = server.client(&root);
    let asked = json!({ "key": key, "permissions": "invoice.print" });
    assert_eq!(client.post("/v1/api-keys/verify", asked).await.text("code"), "VALID");
    let asked = json!({ "key": key, "permissions": "invoice.send" });
    assert_eq!(client.post("/v1/api-keys/verify", asked).await.text("code"), "INSUFFICIENT_PERMISSIONS");
}

#[tokio::test]
async fn all_that_is_wrong_is_told_with_its_line_and_nothing_is_changed() {
    let installation = Installation::new();
    let path = installation.path("catalogue.toml");
    fs::write(&path, FILE).unwrap();
    let never = installation.run("catalogue import catalogue.toml");
    assert_eq!(never.status.code(), Some(1), "{}", printed(&never));
    installation.start().await.stop().await;

    let wrong = FILE.replace("\"READ\"", "\"PRINT\"").replace("invoice.send", "invoice.*");
    fs::write(&path, wrong).unwrap();
    let output = installation.run("catalogue import catalogue.toml --yes");
    assert_eq!(output.status.code(), Some(1));
    let told = errors(&output);
    assert!(told.contains("catalogue.toml:3)") && told.contains("catalogue.toml:9)"), "{told}");
    assert_eq!(printed(&output), "");

    fs::write(&path, FILE).unwrap();
    let output = installation.run("catalogue import catalogue.toml --organization nobody");
    assert!(errors(&output).contains("no organization \"nobody\""), "{}", errors(&output));
    let output = installation.run("catalogue import nothing.toml");
    assert!(errors(&output).contains("nothing.toml cannot be read"), "{}", errors(&output));
}
