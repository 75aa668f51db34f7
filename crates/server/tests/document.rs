//! The API's description.

mod harness;

use std::collections::BTreeSet;

use harness::{Server, Who};
use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.push((method.to_owned(), path.clone(), operation));
            }
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_is_described_whole() {
    let server = Server::start().await;
    let document = server.document().await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "/");
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let operations = operations(&document);
    assert!(operations.len() >= 50, "{}", operations.len());
    for (method, path, operation) in operations {
        let which = format!("{method} {path}");
        let text = |field: &str| operation[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(text("summary") && text("description"), "{which} says too little of itself");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{which} has another's id"
        );
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{which} has an unknown tag");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = match response.get("$ref").and_then(Value::as_str) {
                Some(reference) => document.pointer(&reference[1..]).unwrap(),
                None => response,
            };
            let described = response["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{which} {status} is not described");
        }
        let is_public = path.starts_with('/') && !path.starts_with("/v1");
        for status in ["401", "403", "400"] {
            assert_eq!(operation["responses"].get(status).is_none(), is_public, "{which} {status}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn walk<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let server = Server::start().await;
    let document = server.document().await;
    let mut references = Vec::new();
    walk(&document, &mut references);
    for reference in references {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn it_is_fetched_once_a_version() {
    let server = Server::start().await;
    let first = server.ask(&Who::Nobody, "GET", "/openapi.json", None).await;
    assert_eq!(first.header("content-type"), Some("application/json"));
    let etag = first.header("etag").unwrap();
    let request = harness::request(&Who::Nobody, "GET", "/openapi.json").header("if-none-match", etag);
    let again = server.send(request.body("".into()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
}

#[tokio::test]
async fn a_field_of_an_answer_is_never_null() {
    let server = Server::start().await;
    let document = server.document().await;
    let schemas = &document["components"]["schemas"];
    for answered in
        ["ApiKey", "Member", "Organization", "Verdict", "AuditEvent", "Whoami", "ServiceAccount", "Role"]
    {
        let schema = schemas[answered].to_string();
        assert!(schema.len() > 2, "{answered} is not there");
        assert!(!schema.contains("null"), "{answered}: {schema}");
    }
}

#[tokio::test]
async fn the_examples_are_of_the_right_shape() {
    let server = Server::start().await;
    let document = server.document().await;
    let mut seen = 0;
    for (method, path, operation) in operations(&document) {
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        let Value::Object(_) = example else { continue };
        seen += 1;
        let nobody = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10";
        let path = path.replace("{id}", nobody).replace("{memberId}", nobody);
        let reply = server.root(&method, &path, Some(example.clone())).await;
        let shape = ["is not known", "must be a", "is required", "not valid JSON"];
        let wrong = shape.iter().any(|words| reply.text.contains(words));
        assert!(reply.status != 415 && !wrong, "{method} {path}: {}", reply.text);
    }
    assert!(seen >= 20, "{seen}");
}
