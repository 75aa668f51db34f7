//! A secret is in the answer that makes it, and nowhere else: no other answer, no log, no metric.

mod harness;

use std::io;
use std::sync::{Arc, Mutex};

use harness::{PASSWORD, Server, Who, request};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn secrets_are_told_once() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = Server::start().await;
    let owner = server.set_up().await;
    let own = server.ask(&owner, "GET", "/v1/whoami", None).await.data();
    let organization = own["organizationId"].as_str().unwrap().to_owned();
    let imported = "an-old-key-of-another-system";
    let mut secrets =
        vec![server.root_key.clone(), server.setup_token.clone(), PASSWORD.to_owned(), imported.to_owned()];
    if let Who::Session(token) = &owner {
        secrets.push(token.clone());
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let made = server.make_key(json!({"name": "k", "permissions": ["asset.read"]})).await;
    let path = format!("/v1/api-keys/{}", text(&made["id"]));
    let rotated =
        server.root("POST", &format!("{path}/rotate"), Some(json!({"overlapSeconds": 60}))).await.data();
    secrets.extend([text(&made["key"]), text(&rotated["key"])]);
    let import = json!({"items": [{"name": "i", "permissions": ["asset.read"], "key": imported}]});
    let import = server.root("POST", "/v1/api-keys/import", Some(import)).await;
    let invite = json!({"email": "new@example.com", "role": "viewer"});
    let invited =
        server.ask(&owner, "POST", &format!("/v1/orgs/{organization}/members"), Some(invite)).await.data();
    secrets.push(text(&invited["invitation"]["token"]));

    // Used in every way, well and badly.
    let mut answers = vec![import.text];
    for secret in &secrets {
        let who = Who::Key(secret.clone());
        answers.push(server.ask(&who, "GET", "/v1/whoami", None).await.text);
        let session = Who::Session(secret.replace(' ', ""));
        answers.push(server.ask(&session, "GET", "/v1/whoami", None).await.text);
        for body in [
            json!({"key": secret}),
            json!({"key": [secret]}),
            json!({"key": {"x": secret}}),
            json!({"key": "x", "permissions": {"all": secret}}),
            json!({"key": "x", "ip": secret}),
            json!({"key": "x", "method": secret}),
            json!(secret),
        ] {
            answers.push(server.root("POST", "/v1/api-keys/verify", Some(body)).await.text);
        }
        for body in [json!({"name": 1, "verbs": secret}), json!({"name": [secret]}), json!({"scope": secret})]
        {
            answers.push(server.root("POST", "/v1/api-keys", Some(body)).await.text);
        }
        let sign_in = json!({"email": "owner@example.com", "password": [secret]});
        answers.push(server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(sign_in)).await.text);
        let accept = json!({"token": secret, "name": secret});
        answers.push(server.ask(&Who::Nobody, "POST", "/v1/invitations/accept", Some(accept)).await.text);
        let in_path = secret.replace(' ', "%20");
        for path in
            [format!("/{in_path}"), format!("/v1/api-keys/{in_path}"), format!("/v1/roles?cursor={in_path}")]
        {
            answers.push(server.root("GET", &path, None).await.text);
        }
    }
    // Read back in every way.
    let document = server.document().await;
    for (pattern, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none() {
            continue;
        }
        let id = if pattern.starts_with("/v1/o") { &organization } else { made["id"].as_str().unwrap() };
        let path = pattern.replace("{id}", id).replace("{memberId}", invited["id"].as_str().unwrap());
        answers.push(server.root("GET", &path, None).await.text);
        answers.push(server.ask(&owner, "GET", &path, None).await.text);
    }
    for page in ["/console", "/console/login", "/console/password"] {
        answers.push(server.ask(&owner, "GET", page, None).await.text);
    }
    // By nobody's will a header comes back.
    let odd = request(&Who::Nobody, "GET", "/v1/whoami").header("x-api-key", "kw_x y");
    answers.push(server.send(odd.body("".into()).unwrap()).await.text);

    let log = log.text();
    assert!(
        log.contains("keywright::access") && log.contains("route=\"/v1/api-keys/{id}\""),
        "requests are logged"
    );
    assert!(!log.contains("/v1/api-keys/verify"), "verifications are not logged one by one");
    for secret in &secrets {
        assert!(!log.contains(secret), "logged: {secret}");
        for answer in &answers {
            assert!(!answer.contains(secret), "answered: {secret} in {answer}");
        }
    }
}

#[tokio::test]
async fn a_key_in_a_url_is_refused_and_never_repeated() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start().await;
    let key = server.root_key.clone();
    let escaped: String = key.split_inclusive('_').map(|part| part.replace('_', "%5F")).collect();
    let document = server.document().await;
    let mut seen = 0;
    for (pattern, item) in document["paths"].as_object().unwrap() {
        if !pattern.starts_with("/v1/") {
            continue;
        }
        let path = pattern.replace("{id}", "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10").replace("{memberId}", "x");
        for method in item.as_object().unwrap().keys().filter(|method| *method != "parameters") {
            for query in [
                format!("apiKey={key}"),
                format!("api_key={escaped}"),
                format!("access_token={key}"),
                format!("q={key}"),
                format!("limit=1&{key}"),
                format!("{escaped}={escaped}"),
                format!("{key}=1&{key}=2"),
            ] {
                for who in [Who::Nobody, Who::Key(key.clone())] {
                    let reply = server
                        .ask(&who, &method.to_uppercase(), &format!("{path}?{query}"), Some(json!({})))
                        .await;
                    let which = format!("{method} {pattern}");
                    assert!((400..500).contains(&reply.status.as_u16()), "{which}: {}", reply.status);
                    assert!(!reply.text.contains(&key), "{which} repeats it: {}", reply.text);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
    for query in [format!("apiKey={key}"), "api-key=anything".to_owned(), format!("x={key}")] {
        let reply = server.ask(&Who::Nobody, "GET", &format!("/v1/whoami?{query}"), None).await;
        reply.assert_failed(400, "a key in the query alone");
        assert!(reply.text.contains("Authorization: Bearer"), "{}", reply.text);
    }
    assert!(log.text().contains("keywright::access"), "requests are logged");
    for secret in [&key, &escaped] {
        assert!(!log.text().contains(secret.as_str()), "logged");
    }
}
