//! The API's descriptions.

mod harness;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use harness::schema::misfits;
use harness::{Server, Who};
use keywright_server::ServerSettings;
use serde_json::{Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

const DOCUMENTS: [&str; 4] =
    ["/openapi.json", "/openapi/gateways.json", "/openapi/immich.json", "/openapi/boltonsea.json"];

/// An operation of a document.
struct Operation {
    method: String,
    path: String,
    described: Value,
    document: Value,
}

impl Operation {
    fn which(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn text(&self, field: &str) -> &str {
        self.described[field].as_str().unwrap_or_default()
    }

    /// What stands there, or what is referred to from there.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let reference = value.get("$ref").and_then(Value::as_str);
        reference.map_or(value, |reference| self.document.pointer(&reference[1..]).unwrap())
    }

    fn parameters(&self) -> Vec<&Value> {
        let listed = self.described["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        listed.iter().map(|parameter| self.resolve(parameter)).collect()
    }

    fn responses(&self) -> Vec<(&str, &Value)> {
        let listed = self.described["responses"].as_object().unwrap().iter();
        listed.map(|(status, response)| (status.as_str(), self.resolve(response))).collect()
    }

    /// Whether no credential is asked for.
    fn is_public(&self) -> bool {
        let own = self.described.get("security").and_then(Value::as_array);
        own.is_some_and(|own| own.iter().all(|way| way.as_object().unwrap().is_empty()))
    }

    /// Its path, with the examples of what it names.
    fn example_path(&self) -> String {
        let mut path = self.path.clone();
        for parameter in self.parameters() {
            if parameter["in"] == "path" {
                let example = parameter.get("example").or_else(|| parameter["schema"].get("example"));
                let example =
                    example.cloned().unwrap_or_else(|| json!("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"));
                let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
                path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &text);
            }
        }
        path
    }
}

async fn operations(server: &Server) -> Vec<Operation> {
    let mut operations = Vec::new();
    for url in DOCUMENTS {
        let document = server.ask(&Who::Nobody, "GET", url, None).await.json();
        for (path, item) in document["paths"].as_object().unwrap() {
            let described = METHODS.into_iter().filter_map(|method| Some((method, item.get(method)?)));
            operations.extend(described.map(|(method, described)| Operation {
                method: method.to_owned(),
                path: path.clone(),
                described: described.clone(),
                document: document.clone(),
            }));
        }
    }
    operations
}

/// The examples of a body or an answer.
fn examples(media: &Value) -> Vec<&Value> {
    let several = media.get("examples").and_then(Value::as_object).into_iter().flatten();
    media.get("example").into_iter().chain(several.map(|(_, example)| &example["value"])).collect()
}

#[tokio::test]
async fn every_operation_is_described_whole() {
    let server = Server::start().await;
    let operations = operations(&server).await;
    assert!(operations.len() >= 90, "{}", operations.len());
    let mut ids = BTreeSet::new();
    for operation in &operations {
        let (which, document) = (operation.which(), &operation.document);
        assert_eq!((&document["openapi"], &document["servers"][0]["url"]), (&json!("3.1.0"), &json!("/")));
        assert!(!document["info"]["version"].as_str().unwrap().is_empty(), "{which}");
        let says = !operation.text("summary").is_empty() && !operation.text("description").is_empty();
        assert!(says, "{which} says too little of itself");
        let id = format!("{} {}", document["info"]["title"], operation.text("operationId"));
        assert!(!operation.text("operationId").is_empty() && ids.insert(id), "{which} has another's id");
        let tag = &operation.described["tags"][0];
        let is_known = document["tags"].as_array().unwrap().iter().any(|known| known["name"] == *tag);
        assert!(is_known, "{which} has an unknown tag");
        for parameter in operation.parameters() {
            let about = parameter["description"].as_str().unwrap_or_default();
            assert!(about.len() > 4, "{which}: {} is not described", parameter["name"]);
            // A playground sends an example of what may be left out.
            let is_shown = parameter.get("example").is_some() || parameter["schema"].get("example").is_some();
            assert!(parameter["required"] == true || !is_shown, "{which}: {}", parameter["name"]);
        }
    }
}

#[tokio::test]
async fn every_body_and_every_answer_has_an_example_that_fits() {
    let server = Server::start().await;
    for operation in &operations(&server).await {
        let which = operation.which();
        let sent = operation.described["requestBody"]["content"].as_object().into_iter().flatten();
        for (kind, media) in sent {
            assert!(!examples(media).is_empty(), "{which}: no example of a body");
            for example in examples(media) {
                let misfits = misfits(example, &media["schema"], &operation.document);
                assert!(misfits.is_empty(), "{which} {kind}: {misfits:?}");
            }
        }
        for (status, response) in operation.responses() {
            let described = response["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{which} {status} is not described");
            let content = response.get("content").and_then(Value::as_object);
            let is_empty =
                matches!(status, "204" | "304") || response["headers"]["X-Keywright-Key-Id"].is_object();
            assert_eq!(content.is_none(), is_empty, "{which} {status}");
            for media in content.into_iter().flat_map(|content| content.values()) {
                assert!(!examples(media).is_empty(), "{which} {status}: no example of the answer");
                for example in examples(media) {
                    let misfits = misfits(example, &media["schema"], &operation.document);
                    assert!(misfits.is_empty(), "{which} {status}: {misfits:?} {example}");
                }
            }
        }
    }
}

#[tokio::test]
async fn every_operation_documents_its_failures() {
    let server = Server::start().await;
    for operation in &operations(&server).await {
        let which = operation.which();
        let statuses: BTreeSet<&str> = operation.responses().into_iter().map(|(status, _)| status).collect();
        let mut expected = vec!["431", "500", "503"];
        if !operation.is_public() {
            expected.extend(["401", "429"]);
            // Who may not introspect is answered 401 (RFC 7662, section 2.3).
            expected.extend((!operation.path.starts_with("/oauth2")).then_some("403"));
        }
        if operation.path.starts_with("/v1") || operation.described.get("requestBody").is_some() {
            expected.push("400");
        }
        if let Some(content) = operation.described["requestBody"]["content"].as_object() {
            expected.push("413");
            expected.extend(content.contains_key("application/json").then_some("415"));
        }
        // Immich knows no 405, and gateways may ask with any method.
        if operation.path.starts_with("/api/") {
            expected.push("404");
        } else if !operation.path.starts_with("/authz") {
            expected.push("405");
        }
        for status in expected {
            assert!(statuses.contains(status), "{which} does not say {status}");
        }
    }
}

#[tokio::test]
async fn what_is_documented_is_what_is_answered() {
    let server = Server::start().await;
    server.set_up().await;
    let mut asked = 0;
    for operation in &operations(&server).await {
        // Not what would take the key away that is asked with.
        if operation.method == "delete" || operation.path.ends_with("/revoke") {
            continue;
        }
        let which = operation.which();
        let is_immich = operation.path.starts_with("/api/");
        let mut request = axum::http::Request::builder()
            .method(operation.method.to_uppercase().as_str())
            .uri(operation.example_path())
            .header("host", "keys.example")
            .header(
                if is_immich { "x-api-key" } else { "authorization" },
                if is_immich { server.root_key.clone() } else { format!("Bearer {}", server.root_key) },
            );
        let content = operation.described["requestBody"]["content"].as_object();
        let body = match content.and_then(|content| content.iter().next()) {
            Some((kind, media)) => {
                request = request.header(CONTENT_TYPE, kind.as_str());
                let example = examples(media)[0];
                if kind == "application/json" {
                    example.to_string()
                } else {
                    format!("token={}", example["token"].as_str().unwrap())
                }
            }
            None => String::new(),
        };
        let reply = server.send(request.body(Body::from(body)).unwrap()).await;
        let status = reply.status.as_u16().to_string();
        let responses = operation.responses();
        let response = responses.iter().find(|(known, _)| *known == status);
        let (_, response) = response.unwrap_or_else(|| panic!("{which} answers {status}: {}", reply.text));
        asked += 1;
        if let Some(schema) = response.pointer("/content/application~1json/schema") {
            let misfits = misfits(&reply.json(), schema, &operation.document);
            assert!(misfits.is_empty(), "{which} {status}: {misfits:?}");
        }
        let shape = ["is not known", "must be a", "is required", "not valid JSON"];
        let is_said = |words: &&str| reply.text.contains(*words);
        let wrong = status == "400" && shape.iter().any(is_said);
        assert!(reply.status != 415 && !wrong, "{which}: {}", reply.text);
    }
    assert!(asked >= 70, "{asked}");
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_everything_is_referred_to() {
    fn walk<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
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
    for url in DOCUMENTS {
        let document = server.ask(&Who::Nobody, "GET", url, None).await.json();
        let mut references = BTreeSet::new();
        walk(&document, &mut references);
        for reference in &references {
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
        // Of what is written by hand, nothing may be left over.
        if url != "/openapi.json" {
            for kind in ["schemas", "responses", "parameters", "headers"] {
                for name in document["components"][kind].as_object().into_iter().flat_map(|kind| kind.keys())
                {
                    let reference = format!("#/components/{kind}/{name}");
                    assert!(references.contains(reference.as_str()), "{url}: nothing refers to {reference}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_document_is_fetched_once_a_version() {
    let server = Server::start().await;
    for url in DOCUMENTS {
        let first = server.ask(&Who::Nobody, "GET", url, None).await;
        assert_eq!(first.header("content-type"), Some("application/json"));
        let etag = first.header("etag").unwrap();
        let request = harness::request(&Who::Nobody, "GET", url).header("if-none-match", etag);
        let again = server.send(request.body("".into()).unwrap()).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    }
    for unknown in ["/openapi/", "/openapi/other.json", "/openapi/..", "/openapi/%ff"] {
        server.ask(&Who::Nobody, "GET", unknown, None).await.assert_failed(404, unknown);
    }
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
async fn a_key_is_created_as_its_documentation_offers_it() {
    let at = "/paths/~1v1~1api-keys/post";
    let server = Server::start().await;
    let document = server.document().await;
    let create = document.pointer(at).unwrap();
    let samples: Vec<(&str, &str)> = create["x-codeSamples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| (sample["lang"].as_str().unwrap(), sample["source"].as_str().unwrap()))
        .collect();
    let ours = [
        ("shell", include_str!("../../../clients/samples/create_key.sh")),
        ("javascript", include_str!("../../../clients/samples/create_key.mjs")),
        ("python", include_str!("../../../clients/samples/create_key.py")),
        ("go", include_str!("../../../clients/samples/create_key.go")),
    ];
    assert_eq!(samples, ours.map(|(language, text)| (language, text.trim_end())));
    let documented = ["name", "description", "expiresAt", "scope", "serviceAccountId"];
    let body = document.pointer("/components/schemas/CreateKey/properties").unwrap();
    assert!(documented.iter().all(|field| body.get(field).is_some()), "{body}");

    let settings =
        ServerSettings { public_url: Some("https://keys.example/".to_owned()), ..ServerSettings::default() };
    let document = Server::start_with(settings).await.document().await;
    for sample in document.pointer(at).unwrap()["x-codeSamples"].as_array().unwrap() {
        let source = sample["source"].as_str().unwrap();
        assert!(
            source.contains("'https://keys.example/v1/api-keys'")
                || source.contains("\"https://keys.example/v1/api-keys\"")
        );
        assert!(!source.contains("example.com"), "{source}");
    }
}
