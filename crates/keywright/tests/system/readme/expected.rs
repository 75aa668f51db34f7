//! An answer as a document shows it: with `...` for what is different each time.

use serde_json::Value;

/// A field of this name stands for any fields more, and `"..."` as a value for any value.
const MORE: &str = "...";

/// Where an answer is not what a document shows; `None` where it is.
pub(super) fn difference(expected: &Value, answer: &Value) -> Option<String> {
    compare("the answer", expected, answer)
}

fn compare(place: &str, expected: &Value, answer: &Value) -> Option<String> {
    match (expected, answer) {
        (Value::String(shown), _) if shown == MORE => None,
        (Value::String(shown), Value::String(given)) if shown.ends_with(MORE) => {
            let beginning = shown.trim_end_matches(MORE);
            (!given.starts_with(beginning)).then(|| format!("{place} is {given:?}, and shown as {shown:?}"))
        }
        (Value::Object(shown), Value::Object(given)) => {
            let is_cut_short = shown.contains_key(MORE);
            let shown = shown.iter().filter(|(key, _)| *key != MORE);
            if let Some((missing, _)) = shown.clone().find(|(key, _)| !given.contains_key(*key)) {
                return Some(format!("{place} has no {missing}, which is shown"));
            }
            let is_shown = |key: &String| shown.clone().any(|(name, _)| name == key);
            if let Some(more) = given.keys().find(|key| !is_cut_short && !is_shown(key)) {
                return Some(format!("{place} has {more}, which is not shown"));
            }
            shown.clone().find_map(|(key, value)| compare(&format!("{place}.{key}"), value, &given[key]))
        }
        (Value::Array(shown), Value::Array(given)) if shown.len() == given.len() => {
            (0..).zip(shown.iter().zip(given)).find_map(|(position, (shown, given))| {
                let position: usize = position;
                compare(&format!("{place}[{position}]"), shown, given)
            })
        }
        _ => (expected != answer).then(|| format!("{place} is {answer}, and shown as {expected}")),
    }
}

#[test]
fn differences_are_named_by_their_place() {
    let compare = |shown: &str, given: &str| {
        difference(&serde_json::from_str(shown).unwrap(), &serde_json::from_str(given).unwrap())
    };
    assert_eq!(compare(r#"{"a":["...",1],"k":"kw_..."}"#, r#"{"k":"kw_9","a":[{},1]}"#), None);
    assert_eq!(compare(r#"{"a":1,"...":"more"}"#, r#"{"a":1,"b":2}"#), None);
    assert!(compare(r#"{"a":1,"...":"more"}"#, r#"{"b":2}"#).is_some());
    assert_eq!(
        compare(r#"{"a":["...",1]}"#, r#"{"a":[0,2]}"#).as_deref(),
        Some("the answer.a[1] is 2, and shown as 1")
    );
    assert_eq!(compare(r#"{"a":1}"#, "{}").as_deref(), Some("the answer has no a, which is shown"));
    assert_eq!(compare("{}", r#"{"a":1}"#).as_deref(), Some("the answer has a, which is not shown"));
    assert!(compare(r#""kw_...""#, r#""sk_1""#).is_some());
}
