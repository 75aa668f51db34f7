//! A schema that stands in another one and has a name of its own is referred to by that name.
//!
//! A schema made from a generic type holds a copy of what it is generic over; with references the document is a third as
//! long, and a client generator makes one type of each.

use std::collections::HashMap;

use serde_json::{Value, json};

/// Replaces copies of named schemas by references to them.
pub(super) fn copies_into_references(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer("/components/schemas") else { return };
    let names: HashMap<String, String> =
        schemas.iter().map(|(name, schema)| (schema.to_string(), name.clone())).collect();
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    for schema in schemas.values_mut() {
        children(schema).for_each(|child| fold(child, &names));
    }
}

fn fold(schema: &mut Value, names: &HashMap<String, String>) {
    let is_worth_it = ["properties", "enum", "oneOf", "allOf"].iter().any(|key| schema.get(key).is_some());
    match names.get(&schema.to_string()).filter(|_| is_worth_it) {
        Some(name) => *schema = json!({"$ref": format!("#/components/schemas/{name}")}),
        None => children(schema).for_each(|child| fold(child, names)),
    }
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Object(fields) => Box::new(fields.values_mut()),
        Value::Array(items) => Box::new(items.iter_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_becomes_a_reference() {
        let inner = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let outer =
            |data: Value| json!({"type": "object", "properties": {"data": {"type": "array", "items": data}}});
        let mut document =
            json!({"components": {"schemas": {"Inner": inner.clone(), "Outer": outer(inner.clone())}}});
        copies_into_references(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Inner"], inner);
        assert_eq!(schemas["Outer"], outer(json!({"$ref": "#/components/schemas/Inner"})));
    }
}
