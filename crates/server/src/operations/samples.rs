//! The four samples that the documentation of `POST /v1/api-keys` gives, word for word: `cargo xtask test samples` runs
//! these very files. For everything else the playground writes samples in the same languages.

use serde_json::{Value, json};

const DOCUMENTED_HOST: &str = "https://api.example.com";

/// Language, label, text.
const SAMPLES: [(&str, &str, &str); 4] = [
    ("shell", "curl", include_str!("../../../../clients/samples/create_key.sh")),
    ("javascript", "JavaScript", include_str!("../../../../clients/samples/create_key.mjs")),
    ("python", "Python", include_str!("../../../../clients/samples/create_key.py")),
    ("go", "Go", include_str!("../../../../clients/samples/create_key.go")),
];

/// Adds them to that operation, with this server's URL in place of the documentation's, if it has one.
pub(super) fn add(document: &mut Value, public_url: Option<&str>) {
    let host = public_url.map_or(DOCUMENTED_HOST, |url| url.trim_end_matches('/'));
    let sample = |(language, label, text): (&str, &str, &str)| json!({"lang": language, "label": label, "source": text.trim_end().replace(DOCUMENTED_HOST, host)});
    if let Some(Value::Object(create)) = document.pointer_mut("/paths/~1v1~1api-keys/post") {
        create.insert("x-codeSamples".to_owned(), SAMPLES.map(sample).into());
    }
}
