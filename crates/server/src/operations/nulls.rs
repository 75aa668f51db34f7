//! A field without a value is left out of an answer, never null, and the answers' schemas say so.
//!
//! A schema made from an `Option` allows null, which is right for what is sent here and wrong for what is answered.

use std::collections::BTreeSet;

use serde_json::Value;

/// Takes null out of the schemas that only answers use.
pub(super) fn take_from_answers(document: &mut Value) {
    let mut sent = BTreeSet::new();
    if let Some(paths) = document.get("paths") {
        gather_sent(paths, &mut sent);
    }
    let Some(schemas) = document.pointer("/components/schemas") else { return };
    // What is within something sent is sent too.
    let mut found: Vec<String> = sent.iter().cloned().collect();
    while let Some(name) = found.pop() {
        let mut within = BTreeSet::new();
        if let Some(schema) = schemas.get(&name) {
            gather_references(schema, &mut within);
        }
        found.extend(within.into_iter().filter(|name| sent.insert(name.clone())));
    }
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !sent.contains(*name)) {
        take_from(schema);
    }
}

/// The schemas that request bodies and parameters name.
fn gather_sent(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match field.as_str() {
                    "requestBody" | "parameters" => gather_references(value, names),
                    "responses" => {}
                    _ => gather_sent(value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather_sent(item, names)),
        _ => {}
    }
}

fn gather_references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str);
            names.extend(name.and_then(|name| name.strip_prefix("#/components/schemas/")).map(str::to_owned));
            fields.values().for_each(|value| gather_references(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| gather_references(item, names)),
        _ => {}
    }
}

fn take_from(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = fields.get_mut("oneOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    fields.remove("oneOf");
                    fields.extend(only);
                }
            }
            fields.values_mut().for_each(take_from);
        }
        Value::Array(items) => items.iter_mut().for_each(take_from),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_lose_null_and_requests_keep_it() {
        let nullable = json!({"properties": {
            "text": {"type": ["string", "null"]},
            "thing": {"description": "x", "oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Both"}]},
        }});
        let mut document = json!({
            "paths": {"/x": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answered"}}}}},
            }}},
            "components": {"schemas": {
                "Sent": nullable.clone(), "Answered": nullable.clone(), "Both": {"type": ["integer", "null"]},
            }},
        });
        take_from_answers(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Sent"], nullable);
        assert_eq!(schemas["Both"], json!({"type": ["integer", "null"]}));
        let answered = json!({"properties": {
            "text": {"type": "string"},
            "thing": {"description": "x", "$ref": "#/components/schemas/Both"},
        }});
        assert_eq!(schemas["Answered"], answered);
    }
}
