//! An example for every answer, so that a reader sees one without sending a request: where a route gives none, it is made
//! from the answer's schema and the examples that stand in that.

use serde_json::{Map, Value, json};

/// How deep schemas are followed; none of ours refers to itself.
const MAX_DEPTH: usize = 12;

/// Adds an example to each answer that has a schema and none.
pub(super) fn complete(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    let responses = operations.filter_map(|operation| operation.get_mut("responses")?.as_object_mut());
    let contents = responses
        .flat_map(Map::values_mut)
        .filter_map(|response| response.get_mut("content")?.as_object_mut());
    for media in contents.flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        if media.contains_key("example") || media.contains_key("examples") {
            continue;
        }
        if let Some(schema) = media.get("schema") {
            let example = of(schema, &schemas, MAX_DEPTH);
            media.insert("example".to_owned(), example);
        }
    }
}

/// A value that fits a schema: its own example, else one of its parts.
fn of(schema: &Value, schemas: &Value, depth: usize) -> Value {
    if let Some(own) = own(schema) {
        return own.clone();
    }
    if depth == 0 {
        return Value::Null;
    }
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    if let Some(named) = name.and_then(|name| schemas.get(name)) {
        return of(named, schemas, depth - 1);
    }
    if let Some(Value::Array(parts)) = schema.get("allOf") {
        let parts = parts.iter().map(|part| of(part, schemas, depth - 1));
        let fields =
            parts.filter_map(|part| if let Value::Object(fields) = part { Some(fields) } else { None });
        return Value::Object(fields.flatten().collect());
    }
    if let Some(Value::Array(choices)) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
        let is_nothing = |choice: &&Value| choice.get("type").is_some_and(|kind| kind == "null");
        let first = choices.iter().find(|choice| !is_nothing(choice));
        return first.map_or(Value::Null, |first| of(first, schemas, depth - 1));
    }
    match kind(schema) {
        "object" => object(schema, schemas, depth),
        "array" => {
            schema.get("items").map_or_else(|| json!([]), |items| json!([of(items, schemas, depth - 1)]))
        }
        "string" => json!(text(schema)),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

/// What stands in a schema as its value or an example of it.
fn own(schema: &Value) -> Option<&Value> {
    let listed = |field: &str| schema.get(field)?.as_array()?.first();
    schema
        .get("example")
        .or_else(|| listed("examples"))
        .or_else(|| schema.get("const"))
        .or_else(|| schema.get("default"))
        .or_else(|| listed("enum"))
}

fn kind(schema: &Value) -> &str {
    let word = |kind: &'_ Value| kind.as_str().is_some_and(|kind| kind != "null");
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().find(|kind| word(kind)).and_then(Value::as_str).unwrap_or("")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

/// The fields that are always there, and those that have an example of their own.
fn object(schema: &Value, schemas: &Value, depth: usize) -> Value {
    let Some(Value::Object(properties)) = schema.get("properties") else { return json!({}) };
    let required = schema.get("required").and_then(Value::as_array);
    let is_shown = |name: &str, property: &Value| {
        required.is_some_and(|required| required.iter().any(|field| field == name))
            || property.get("example").is_some()
            || property.get("examples").is_some()
    };
    let shown = properties.iter().filter(|(name, property)| is_shown(name, property));
    shown.map(|(name, property)| (name.clone(), of(property, schemas, depth - 1))).collect()
}

fn text(schema: &Value) -> &'static str {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b71",
        Some("date-time") => "2026-11-21T09:30:00.000Z",
        Some("date") => "2026-11-21",
        Some("uri") => "https://keys.example.com",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(schema: &Value) -> Value {
        let mut document = json!({
            "paths": {"/x": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}},
            "components": {"schemas": {
                "Time": {"type": "string", "format": "date-time"},
                "Part": {"type": "object", "required": ["b"], "properties": {"b": {"type": ["null", "integer"], "minimum": 3}}},
            }},
        });
        complete(&mut document);
        document["paths"]["/x"]["get"]["responses"]["200"]["content"]["application/json"]["example"].clone()
    }

    #[test]
    fn what_is_always_there_or_has_an_example_is_shown() {
        let schema = json!({"type": "object", "required": ["at", "kind"], "properties": {
            "at": {"$ref": "#/components/schemas/Time", "description": "x"},
            "kind": {"enum": ["one", "two"]},
            "note": {"type": "string", "example": "a note"},
            "never": {"type": "string"},
        }});
        let expected = json!({"at": "2026-11-21T09:30:00.000Z", "kind": "one", "note": "a note"});
        assert_eq!(made(&schema), expected);
    }

    #[test]
    fn parts_choices_and_lists_are_followed() {
        let part = json!({"$ref": "#/components/schemas/Part"});
        let whole = json!({"allOf": [part, {"properties": {"c": {"type": "boolean", "example": false}}}]});
        assert_eq!(made(&whole), json!({"b": 3, "c": false}));
        assert_eq!(made(&json!({"type": "array", "items": part})), json!([{"b": 3}]));
        assert_eq!(made(&json!({"oneOf": [{"type": "null"}, part]})), json!({"b": 3}));
    }
}
