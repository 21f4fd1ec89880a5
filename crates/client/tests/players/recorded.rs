//! The recorded conversations, which the service replays in its own tests.

use std::path::Path;

use serde_json::{Map, Value};

/// A step of a conversation: `entra-default-06`.
pub fn step(name: &str) -> Value {
    let (conversation, _) = name.rsplit_once('-').unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/tests/conversations/data");
    let text = std::fs::read_to_string(data.join(format!("{conversation}.jsonl"))).unwrap();
    let steps = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut named = steps.filter(|step| step["step"].as_str().unwrap().split(' ').next() == Some(name));
    named.next().unwrap()
}

/// The body of a step.
pub fn body(name: &str) -> Value {
    step(name)["body"].take()
}

/// Path and query of a step.
pub fn target(name: &str) -> String {
    let step = step(name);
    format!("{}?{}", step["path"].as_str().unwrap(), step["query"].as_str().unwrap())
}

/// A body without its values: every key in its place, and the type of every value.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| (key.clone(), shape(value)));
            members.collect::<Map<_, _>>().into()
        }
        Value::Array(elements) => elements.iter().map(shape).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Null => Value::Null,
    }
}

/// The shape as text: unlike values, texts differ when the order of keys does.
pub fn shape_text(value: &Value) -> String {
    shape(value).to_string()
}
