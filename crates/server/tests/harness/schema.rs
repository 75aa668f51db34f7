//! Whether a value fits a schema of a document, as far as our documents use schemas.

use serde_json::Value;

/// What does not fit; empty: it does.
pub(crate) fn misfits(value: &Value, schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(value, schema, document, "", &mut found);
    found
}

fn check(value: &Value, schema: &Value, document: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let named = document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        check(value, named, document, at, found);
    }
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(kind)) => vec![kind.as_str()],
        _ => Vec::new(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(value, kind)) {
        found.push(format!("{at}: {value} is not {kinds:?}"));
        return;
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|listed| !listed.contains(value)) {
        found.push(format!("{at}: {value} is not listed"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{at}: {value} is not the only value"));
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        check(value, part, document, at, found);
    }
    for choice in ["oneOf", "anyOf"] {
        let Some(choices) = schema.get(choice).and_then(Value::as_array) else { continue };
        if !choices.iter().any(|choice| misfits(value, choice, document).is_empty()) {
            found.push(format!("{at}: {value} is none of the choices"));
        }
    }
    if let Some(number) = value.as_f64() {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let is_out = bound("minimum").is_some_and(|least| number < least)
            || bound("maximum").is_some_and(|most| number > most);
        if is_out {
            found.push(format!("{at}: {number} is out of bounds"));
        }
    }
    if let (Value::Array(items), Some(each)) = (value, schema.get("items")) {
        for (position, item) in items.iter().enumerate() {
            check(item, each, document, &format!("{at}/{position}"), found);
        }
    }
    if let Value::Object(fields) = value {
        for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !fields.contains_key(required.as_str().unwrap()) {
                found.push(format!("{at}: {required} is missing"));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields {
            match properties.and_then(|properties| properties.get(name)) {
                Some(schema) => check(field, schema, document, &format!("{at}/{name}"), found),
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    found.push(format!("{at}: {name} is not described"));
                }
                None => {}
            }
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is no kind"),
    }
}
