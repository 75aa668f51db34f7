//! Parameters that may be left out are left out of what a reader tries: a playground sends each that has an example, and a
//! cursor or an `Idempotency-Key` of ours is nobody's. So their examples go into words.

use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Takes the examples of optional parameters out, and says them in their descriptions.
pub(super) fn examples_into_words(document: &mut Value) {
    if let Some(Value::Object(shared)) = document.pointer_mut("/components/parameters") {
        shared.values_mut().for_each(into_words);
    }
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        let operations = item.iter_mut().filter(|(method, _)| METHODS.contains(&method.as_str()));
        for (_, operation) in operations {
            if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
                parameters.iter_mut().for_each(into_words);
            }
        }
    }
}

fn into_words(parameter: &mut Value) {
    let Value::Object(parameter) = parameter else { return };
    if parameter.get("required").is_some_and(|required| required == true) {
        return;
    }
    let taken = take_example(parameter);
    let inner = parameter.get_mut("schema").and_then(Value::as_object_mut).and_then(take_example);
    let (Some(example), Some(Value::String(about))) = (taken.or(inner), parameter.get_mut("description"))
    else {
        return;
    };
    let plain = match example {
        Value::String(text) => text,
        Value::Array(items) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            words.join("`, `")
        }
        other => other.to_string(),
    };
    about.push_str(" For example `");
    about.push_str(&plain);
    about.push_str("`.");
}

fn take_example(fields: &mut Map<String, Value>) -> Option<Value> {
    let listed = fields.remove("examples").and_then(|examples| examples.as_array()?.first().cloned());
    fields.remove("example").or(listed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_may_be_left_out_is_said_in_words() {
        let id = json!({"name": "id", "in": "path", "required": true, "description": "Which.", "example": 1});
        let cursor = json!({"name": "cursor", "in": "query", "description": "Where.", "schema": {"type": "string", "example": "AZ"}});
        let mut document = json!({"paths": {"/x": {"get": {"parameters": [id.clone(), cursor]}}}});
        examples_into_words(&mut document);
        let told = json!({"name": "cursor", "in": "query", "description": "Where. For example `AZ`.", "schema": {"type": "string"}});
        assert_eq!(document["paths"]["/x"]["get"]["parameters"], json!([id, told]));
    }
}
