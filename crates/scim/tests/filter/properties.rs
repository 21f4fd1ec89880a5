//! Filters, for all inputs: what is written reads back as the same tree, nothing panics, negation is complete.

use crate::definitions::{attribute, group, user};
use proptest::prelude::*;
use scim::filter::parser::split_value_path;
use scim::filter::{Filter, Literal, Operator};
use scim::schema::Type;
use scim::schema::definition::AttributeRef;
use scim::{Mode, Notes};
use serde_json::json;

const PATHS: [&str; 14] = [
    "userName",
    "id",
    "schemas",
    "active",
    "name.givenName",
    "emails.value",
    "emails.primary",
    "groups.$ref",
    "meta.created",
    "x509Certificates.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:example:params:badge:2.0:User:level",
    "urn:example:params:badge:2.0:User:weight",
    "urn:example:params:badge:2.0:User:tags",
];
const ELEMENTS: [(&str, &[&str]); 3] = [
    ("emails", &["emails.type", "emails.value", "emails.primary"]),
    ("urn:example:params:badge:2.0:User:doors", &["urn:example:params:badge:2.0:User:doors.opened"]),
    ("urn:example:params:badge:2.0:User:tags", &["urn:example:params:badge:2.0:User:tags"]),
];

fn config() -> ProptestConfig {
    ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() }
}

fn literal(attribute: &AttributeRef) -> BoxedStrategy<Literal> {
    let leaf = attribute.leaf().clone();
    match leaf.kind {
        Type::Boolean => any::<bool>().prop_map(Literal::Boolean).boxed(),
        Type::Integer => any::<i32>().prop_map(|number| Literal::Number(number.into())).boxed(),
        Type::Decimal => prop::num::f64::NORMAL.prop_map(Literal::Number).boxed(),
        Type::DateTime => {
            (-60_000_000_000_000_000_i64..200_000_000_000_000_000).prop_map(Literal::Instant).boxed()
        }
        _ => any::<String>().prop_map(move |text| Literal::text(&leaf, text)).boxed(),
    }
}

fn operators(kind: Type) -> Vec<Operator> {
    use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    match kind {
        Type::Boolean => vec![Eq, Ne],
        Type::Binary => vec![Eq, Ne, Co, Sw, Ew],
        Type::Integer | Type::Decimal | Type::DateTime => vec![Eq, Ne, Gt, Ge, Lt, Le],
        _ => vec![Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le],
    }
}

fn condition(paths: &'static [&'static str]) -> BoxedStrategy<Filter> {
    let attribute = prop::sample::select(paths).prop_map(|path| attribute(&user(), path));
    let compare = |attribute: AttributeRef| {
        let operators = prop::sample::select(operators(attribute.kind()));
        (operators, literal(&attribute)).prop_map(move |(operator, value)| Filter::Compare {
            attribute: attribute.clone(),
            operator,
            value,
        })
    };
    prop_oneof![
        1 => attribute.clone().prop_map(Filter::Present),
        4 => attribute.prop_flat_map(compare),
    ]
    .boxed()
}

fn tree(leaf: BoxedStrategy<Filter>, depth: u32) -> BoxedStrategy<Filter> {
    leaf.prop_recursive(depth, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Filter::And(Box::new(left), Box::new(right))),
            pair.prop_map(|(left, right)| Filter::Or(Box::new(left), Box::new(right))),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
    .boxed()
}

fn filter() -> BoxedStrategy<Filter> {
    let element = prop::sample::select(&ELEMENTS[..]).prop_flat_map(|(path, parts)| {
        let owner = attribute(&user(), path);
        tree(condition(parts), 3)
            .prop_map(move |inner| Filter::Element { attribute: owner.clone(), filter: Box::new(inner) })
    });
    tree(prop_oneof![3 => condition(&PATHS), 1 => element].boxed(), 5)
}

/// Text that looks like a filter often enough to get past the first token.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,6}",
        any::<String>(),
        prop::sample::select(vec![
            "userName",
            "emails",
            "active",
            "[",
            "]",
            "(",
            ")",
            "not",
            "and",
            "or",
            "eq",
            "ne",
            "pr",
            "gt",
            "co",
            " ",
            "\"",
            "\\",
            "\"a\"",
            "true",
            "null",
            "1",
            "-",
            ".",
            ".value",
            "type",
            "urn:",
            "$ref",
            ":",
            "é",
            "\u{1F600}",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "meta.created",
            "\"2011-05-13T04:42:34Z\"",
        ])
        .prop_map(str::to_owned),
    ];
    (prop::collection::vec(piece, 0..24), any::<bool>())
        .prop_map(|(pieces, spaced)| pieces.join(if spaced { " " } else { "" }))
}

proptest! {
    #![proptest_config(config())]

    /// What is written reads back as the same tree, without any habit.
    #[test]
    fn written_filters_read_back(filter in filter()) {
        let mut notes = Notes::new();
        let text = filter.to_string();
        let again = Filter::parse(&text, &user(), Mode::Strict, &mut notes);
        prop_assert_eq!(again.as_ref(), Ok(&filter), "{}", text);
        prop_assert!(notes.as_slice().is_empty());
    }

    /// Any tree is evaluated, and a filter and its negation never agree.
    #[test]
    fn negation_is_complete(filter in filter()) {
        let document = json!({
            "userName": "a", "emails": [{ "value": "b" }, { "type": "work", "primary": true }],
            "urn:example:params:badge:2.0:User": { "tags": ["x"], "level": 1, "doors": 7 },
        });
        let document = document.as_object().unwrap();
        let negated = Filter::Not(Box::new(filter.clone()));
        prop_assert_ne!(filter.matches(document), negated.matches(document));
    }

    /// R7644-3.4.2.2-26: no text makes the parser panic, and what it accepts it can write and read again.
    #[test]
    fn no_text_panics(text in noise()) {
        for definition in [user(), group()] {
            for mode in [Mode::Lenient, Mode::Strict] {
                if let Ok(filter) = Filter::parse(&text, &definition, mode, &mut Notes::new()) {
                    let again = Filter::parse(&filter.to_string(), &definition, mode, &mut Notes::new());
                    prop_assert_eq!(again, Ok(filter));
                }
                if let Ok(filter) = Filter::parse_for_any_type(&text, &definition, mode, &mut Notes::new()) {
                    let written = filter.to_string();
                    let again = Filter::parse_for_any_type(&written, &definition, mode, &mut Notes::new());
                    prop_assert_eq!(again, Ok(filter));
                }
            }
        }
        let emails = attribute(&user(), "emails");
        if let Err(error) = Filter::parse_element(&text, &emails, Mode::Lenient, &mut Notes::new()) {
            prop_assert_eq!(error.status, 400);
        }
    }

    /// No text makes the splitter of PATCH paths panic, and its parts are parts of the text.
    #[test]
    fn no_path_panics(text in noise()) {
        if let Ok(Some((name, filter, sub))) = split_value_path(&text) {
            prop_assert!(text.starts_with(name) && text.contains(filter) && text.ends_with(sub));
        }
    }
}
