//! The matrix of RFC 7644 §3.5.2: each operation on each shape of target, on a lenient and on a strict connection.
//!
//! One case a line: what it is, the operation, what comes out on a lenient connection, what on a strict one if that
//! differs. What comes out is a change of the document (merged into it, null takes away), `=` for none, or an error.
//! `$E` and `$C` stand for the URNs of the enterprise and the custom extension, `$W` and `$H` for the two e-mails.

use crate::patching::{operations, patch};
use crate::support::{CUSTOM, ENTERPRISE, code, definitions};
use scim::Mode::{self, Lenient, Strict};
use serde_json::Value;

const BEFORE: &str = r#"{
    "externalId": "e", "userName": "a", "title": "T", "active": true,
    "name": { "givenName": "A", "familyName": "B" },
    "emails": [$W, $H],
    "phoneNumbers": [{ "value": "1", "type": "work" }, { "value": "2", "type": "work" }],
    "$E": { "department": "D", "division": "V" },
    "$C": { "tags": ["a", "b"], "badge": "7", "devices": [{ "value": "d", "serial": "1" }] }
}"#;
const WORK: &str = r#"{ "value": "w@x", "type": "work", "primary": true }"#;
const HOME: &str = r#"{ "value": "h@x", "type": "home" }"#;

/// R7644-3.5.2.1-03, -04, R7644-3.5.2.2-01, R7644-3.5.2.3-01, -11, RINT-6.5-01, M-21.
const NO_PATH: &str = r#"
∅ add              | {"op":"add","value":{"nickName":"N","emails":[{"value":"o@x"}]}} | {"nickName":"N","emails":[$W,$H,{"value":"o@x"}]} | 400 invalidSyntax
∅ add nothing      | {"op":"add","value":{}} | = | 400 invalidSyntax
∅ replace          | {"op":"replace","value":{"active":false,"emails":[{"value":"o@x"}]}} | {"active":false,"emails":[{"value":"o@x"}]} | 400 invalidSyntax
∅ replace, complex | {"op":"replace","value":{"name":{"givenName":"Z"}}} | {"name":{"givenName":"Z"}} | 400 invalidSyntax
∅ replace, null    | {"op":"replace","value":{"title":null,"phoneNumbers":[]}} | {"title":null,"phoneNumbers":null} | 400 invalidSyntax
∅ replace, in E    | {"op":"replace","value":{"$E":{"department":"E"}}} | {"$E":{"department":"E"}} | 400 invalidSyntax
∅ read-only inside | {"op":"replace","value":{"id":"x","groups":[],"title":"U"}} | {"title":"U"} | 400 invalidSyntax
∅ not an object    | {"op":"add","value":"x"} | 400 invalidValue | 400 invalidSyntax
∅ remove           | {"op":"remove"} | 400 noTarget
∅ remove, value    | {"op":"remove","value":{"title":"T"}} | 400 noTarget
"#;

/// R7644-3.5.2.1-02, -05, -17, R7644-3.5.2.2-02, -06, -09, R7644-3.5.2.3-02, -04, -09, -10, -13, RINT-6.5-02, M-16.
const SINGULAR: &str = r#"
S add              | {"op":"add","path":"title","value":"U"} | {"title":"U"}
S add, unset       | {"op":"add","path":"nickName","value":"N"} | {"nickName":"N"}
S add, null        | {"op":"add","path":"title","value":null} | {"title":null}
S add, no value    | {"op":"add","path":"title"} | 400 invalidValue
S replace          | {"op":"replace","path":"TITLE","value":"U"} | {"title":"U"}
S replace, unset   | {"op":"replace","path":"nickName","value":"N"} | {"nickName":"N"}
S replace, same    | {"op":"replace","path":"title","value":"T"} | =
S replace, null    | {"op":"replace","path":"title","value":null} | {"title":null}
S replace, empty   | {"op":"replace","path":"title","value":""} | {"title":null} | {"title":""}
S replace, false   | {"op":"replace","path":"active","value":false} | {"active":false}
S replace, type    | {"op":"replace","path":"active","value":"maybe"} | 400 invalidValue
S replace, no value| {"op":"replace","path":"title"} | 400 invalidValue
S remove           | {"op":"remove","path":"title"} | {"title":null}
S remove, unset    | {"op":"remove","path":"nickName"} | =
required remove    | {"op":"remove","path":"userName"} | 400 mutability
required null      | {"op":"replace","path":"userName","value":null} | 400 mutability
required blank     | {"op":"replace","path":"userName","value":" "} | 400 mutability | 400 invalidValue
externalId replace | {"op":"replace","path":"externalId","value":"f"} | {"externalId":"f"}
externalId remove  | {"op":"remove","path":"externalId"} | {"externalId":null}
"#;

/// R7644-3.5.2.1-06, -13, R7644-3.5.2.2-02, R7644-3.5.2.3-05, M-10.
const COMPLEX: &str = r#"
C add              | {"op":"add","path":"name","value":{"givenName":"Z"}} | {"name":{"givenName":"Z"}}
C add, null inside | {"op":"add","path":"name","value":{"givenName":null}} | {"name":{"givenName":null}}
C add, type        | {"op":"add","path":"name","value":"x"} | 400 invalidValue
C replace          | {"op":"replace","path":"name","value":{"givenName":"Z"}} | {"name":{"givenName":"Z"}} | {"name":{"givenName":"Z","familyName":null}}
C remove           | {"op":"remove","path":"name"} | {"name":null}
C.s add            | {"op":"add","path":"name.middleName","value":"M"} | {"name":{"middleName":"M"}}
C.s replace        | {"op":"replace","path":"name.givenName","value":"Z"} | {"name":{"givenName":"Z"}}
C.s remove         | {"op":"remove","path":"name.givenName"} | {"name":{"givenName":null}}
C.s remove, unset  | {"op":"remove","path":"name.middleName"} | =
C.s add, no C      | {"op":"add","path":"$E:manager.value","value":"m"} | {"$E":{"manager":{"value":"m"}}}
C.s replace, no C  | {"op":"replace","path":"$E:manager.value","value":"m"} | {"$E":{"manager":{"value":"m"}}}
C.s remove, no C   | {"op":"remove","path":"$E:manager.value"} | =
"#;

/// R7644-3.5.2.1-09, R7644-3.5.2.2-03, R7644-3.5.2.3-03, erratum 7122.
const SIMPLE_LIST: &str = r#"
MS add             | {"op":"add","path":"$C:tags","value":["b","c"]} | {"$C":{"tags":["a","b","c"]}}
MS add, one        | {"op":"add","path":"$C:tags","value":"c"} | {"$C":{"tags":["a","b","c"]}}
MS add, there      | {"op":"add","path":"$C:tags","value":["a"]} | =
MS add, null       | {"op":"add","path":"$C:tags","value":null} | =
MS add, type       | {"op":"add","path":"$C:tags","value":[true,{"a":1}]} | 400 invalidValue
MS replace         | {"op":"replace","path":"$C:tags","value":["c","c"]} | {"$C":{"tags":["c"]}}
MS replace, empty  | {"op":"replace","path":"$C:tags","value":[]} | {"$C":{"tags":null}}
MS remove          | {"op":"remove","path":"$C:tags"} | {"$C":{"tags":null}}
MS remove, listed  | {"op":"remove","path":"$C:tags","value":["a"]} | {"$C":{"tags":["b"]}}
MS[f] remove       | {"op":"remove","path":"$C:tags[value eq \"a\"]"} | {"$C":{"tags":["b"]}}
MS expr remove     | {"op":"remove","path":"$C:tags eq \"a\""} | {"$C":{"tags":["b"]}}
MS[f] replace      | {"op":"replace","path":"$C:tags[value eq \"a\"]","value":"z"} | {"$C":{"tags":["z","b"]}}
"#;

/// R7644-3.5.2.1-07, -08, -14, R7644-3.5.2.2-03, -10, R7644-3.5.2.3-03, R7644-3.5.2-11, R7643-2.4-03, M-15, M-44.
const LIST: &str = r#"
MC add             | {"op":"add","path":"emails","value":[{"value":"o@x"}]} | {"emails":[$W,$H,{"value":"o@x"}]}
MC add, one        | {"op":"add","path":"emails","value":{"value":"o@x"}} | {"emails":[$W,$H,{"value":"o@x"}]}
MC add, there      | {"op":"add","path":"emails","value":[{"value":"H@X","type":"home"}]} | =
MC add, nothing    | {"op":"add","path":"emails","value":[]} | =
MC add, other type | {"op":"add","path":"emails","value":{"value":"w@x","type":"other"}} | {"emails":[$W,$H,{"value":"w@x","type":"other"}]}
MC add, no type    | {"op":"add","path":"emails","value":{"value":"w@x"}} | {"emails":[$W,$H,{"value":"w@x"}]}
MC add, primary    | {"op":"add","path":"emails","value":[{"value":"w@x","primary":true}]} | {"emails":[{"value":"w@x","type":"work","primary":false},$H,{"value":"w@x","primary":true}]}
MC add, primary is | {"op":"add","path":"emails","value":[{"value":"w@x","type":"work","primary":true}]} | =
MC add, primaries  | {"op":"add","path":"emails","value":[{"value":"o","primary":true},{"value":"p","primary":true}]} | 400 invalidValue
MC replace         | {"op":"replace","path":"emails","value":[{"value":"o@x"}]} | {"emails":[{"value":"o@x"}]}
MC replace, empty  | {"op":"replace","path":"emails","value":[]} | {"emails":null}
MC replace, null   | {"op":"replace","path":"emails","value":null} | {"emails":null}
MC remove          | {"op":"remove","path":"emails"} | {"emails":null}
MC remove, listed  | {"op":"remove","path":"emails","value":[{"value":"h@x"}]} | {"emails":[$W]}
MC remove, type    | {"op":"remove","path":"emails","value":[{"value":"h@x","type":"work"}]} | =
MC remove, nothing | {"op":"remove","path":"emails","value":[]} | =
MC.s add, unset    | {"op":"add","path":"ims.value","value":"i"} | {"ims":[{"value":"i"}]} | 400 invalidPath
MC.s replace       | {"op":"replace","path":"phoneNumbers.type","value":"fax"} | {"phoneNumbers":[{"value":"1","type":"fax"},{"value":"2","type":"fax"}]} | 400 invalidPath
MC.s remove        | {"op":"remove","path":"phoneNumbers.type"} | {"phoneNumbers":[{"value":"1"},{"value":"2"}]} | 400 invalidPath
"#;

/// R7644-3.5.2.1-10 to -12, R7644-3.5.2.2-04, -05, -07, -08, -12, R7644-3.5.2.3-06 to -08, R7644-3.5.2-11, RINT-6.5-01,
/// M-11 to M-14, E-10, Q-3.
const CHOSEN: &str = r#"
MC[f] add          | {"op":"add","path":"emails[type eq \"home\"]","value":{"display":"H"}} | {"emails":[$W,{"value":"h@x","type":"home","display":"H"}]} | 400 invalidPath
MC[f] replace      | {"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"n@x"}} | {"emails":[{"value":"n@x"},$H]} | 400 invalidPath
MC[f] replace, null| {"op":"replace","path":"emails[type eq \"work\"]","value":null} | {"emails":[$H]} | 400 invalidPath
MC[f] remove       | {"op":"remove","path":"emails[type eq \"work\" and value ew \"x\"]"} | {"emails":[$H]}
MC[f] remove, all  | {"op":"remove","path":"phoneNumbers[type eq \"work\"]"} | {"phoneNumbers":null}
MC[f]0 add         | {"op":"add","path":"emails[type eq \"other\"]","value":{"value":"o@x"}} | {"emails":[$W,$H,{"type":"other","value":"o@x"}]} | 400 invalidPath
MC[f]0 replace     | {"op":"replace","path":"emails[type eq \"other\"]","value":{"value":"o@x"}} | {"emails":[$W,$H,{"type":"other","value":"o@x"}]} | 400 invalidPath
MC[f]0 remove      | {"op":"remove","path":"emails[type eq \"fax\"]"} | =
MC[f].s add        | {"op":"add","path":"emails[type eq \"home\"].display","value":"H"} | {"emails":[$W,{"value":"h@x","type":"home","display":"H"}]}
MC[f].s replace    | {"op":"replace","path":"emails[type eq \"home\"].value","value":"n@x"} | {"emails":[$W,{"value":"n@x","type":"home"}]}
MC[f].s replace, 2 | {"op":"replace","path":"phoneNumbers[type eq \"work\"].display","value":"W"} | {"phoneNumbers":[{"value":"1","type":"work","display":"W"},{"value":"2","type":"work","display":"W"}]} | 400 invalidFilter
MC[f].s remove     | {"op":"remove","path":"emails[type eq \"work\"].primary"} | {"emails":[{"value":"w@x","type":"work"},$H]}
MC[f].s remove last| {"op":"remove","path":"emails[type eq \"home\"].value"} | {"emails":[$W]} | {"emails":[$W,{"type":"home"}]}
MC[f].s required   | {"op":"remove","path":"$C:devices[value eq \"d\"].value"} | 400 mutability
MC[f].s primary    | {"op":"replace","path":"emails[type eq \"home\"].primary","value":true} | {"emails":[{"value":"w@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}]}
MC[f].s primary, 2 | {"op":"replace","path":"phoneNumbers[type eq \"work\"].primary","value":true} | 400 invalidValue | 400 invalidFilter
MC[f].s0 add       | {"op":"add","path":"emails[type eq \"other\"].value","value":"o@x"} | {"emails":[$W,$H,{"type":"other","value":"o@x"}]}
MC[f].s0 add, and  | {"op":"add","path":"ims[type eq \"aim\" and primary eq true].value","value":"i"} | {"ims":[{"type":"aim","primary":true,"value":"i"}]}
MC[f].s0 add, or   | {"op":"add","path":"ims[type eq \"a\" or type eq \"b\"].value","value":"i"} | 400 noTarget
MC[f].s0 add, co   | {"op":"add","path":"emails[value co \"q\"].type","value":"work"} | 400 noTarget
MC[f].s0 replace   | {"op":"replace","path":"emails[type eq \"other\"].value","value":"o@x"} | {"emails":[$W,$H,{"type":"other","value":"o@x"}]} | 400 noTarget
MC[f].s0 remove    | {"op":"remove","path":"emails[type eq \"other\"].value"} | =
"#;

/// R7644-3.10-04, R7644-3.5.2-13, R7644-3.5.2.2-11, R7643-3.3-03, M-08, M-09.
const EXTENSION: &str = r#"
E add              | {"op":"add","path":"$E","value":{"costCenter":"C"}} | {"$E":{"costCenter":"C"}}
E add, type        | {"op":"add","path":"$E","value":"x"} | 400 invalidValue
E replace          | {"op":"replace","path":"URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user","value":{"department":"E","division":null}} | {"$E":{"department":"E","division":null}}
E remove           | {"op":"remove","path":"$E"} | {"$E":null}
E:S replace        | {"op":"replace","path":"$E:Department","value":"E"} | {"$E":{"department":"E"}}
E:S remove         | {"op":"remove","path":"$E:division"} | {"$E":{"division":null}}
core URN           | {"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"U"} | {"title":"U"}
"#;

/// R7644-3.5.2-09, -10, -14, R7643-4.3-01, R7644-3.5.2.3-12, R7644-3.12-06, M-21, M-56.
const MUTABILITY: &str = r#"
readOnly add       | {"op":"add","path":"groups","value":[{"value":"g"}]} | 400 mutability
readOnly replace   | {"op":"replace","path":"id","value":"x"} | 400 mutability
readOnly remove    | {"op":"remove","path":"meta"} | 400 mutability
readOnly.s         | {"op":"replace","path":"meta.created","value":"2026-01-31T12:00:00Z"} | 400 mutability
readOnly[f]        | {"op":"remove","path":"groups[value eq \"g\"]"} | 400 mutability
readOnly[f] add    | {"op":"add","path":"groups[value eq \"g\"]","value":{"value":"h"}} | 400 mutability
readOnly in C      | {"op":"replace","path":"$E:manager.displayName","value":"M"} | 400 mutability
readOnly in E      | {"op":"add","path":"$C:state","value":"x"} | 400 mutability
immutable add      | {"op":"add","path":"$C:badge","value":"8"} | 400 mutability
immutable add, same| {"op":"add","path":"$C:badge","value":"7"} | =
immutable replace  | {"op":"replace","path":"$C:badge","value":"8"} | 400 mutability
immutable same     | {"op":"replace","path":"$C:badge","value":"7"} | =
immutable remove   | {"op":"remove","path":"$C:badge"} | 400 mutability
immutable, all of E| {"op":"remove","path":"$C"} | 400 mutability
immutable.s        | {"op":"replace","path":"$C:devices[value eq \"d\"].serial","value":"2"} | 400 mutability
immutable.s same   | {"op":"replace","path":"$C:devices[value eq \"d\"].serial","value":"1"} | =
writeOnly          | {"op":"replace","path":"password","value":"x"} | = | 400 invalidPath
unknown            | {"op":"replace","path":"nope","value":"x"} | = | 400 invalidPath
schemas add        | {"op":"add","path":"schemas","value":["$E"]} | =
schemas add, other | {"op":"add","path":"schemas","value":["urn:x:y"]} | = | 400 invalidValue
schemas replace    | {"op":"replace","path":"schemas","value":["urn:ietf:params:scim:schemas:core:2.0:User"]} | =
schemas no base    | {"op":"replace","path":"schemas","value":["$E"]} | 400 mutability
schemas remove     | {"op":"remove","path":"schemas"} | 400 mutability
"#;

fn json(text: &str) -> Value {
    let text = text.replace("$E", ENTERPRISE).replace("$C", CUSTOM).replace("$W", WORK).replace("$H", HOME);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Merges changes into a document; null takes away.
fn merge(into: &mut Value, changes: Value) {
    match changes {
        Value::Object(changes) if into.is_object() => {
            for (name, change) in changes {
                merge(&mut into[&name], change);
                if let Some(members) = into.as_object_mut() {
                    members.retain(|_, value| !value.is_null());
                }
            }
        }
        other => *into = other,
    }
}

fn check(case: &str, mode: Mode, operation: &str, outcome: &str) {
    let before = json(BEFORE);
    let body = operations(Value::Array(vec![json(operation)]));
    match (outcome, patch(&definitions().user, mode, &before, body).0) {
        (outcome, Ok((after, rows))) if !outcome.starts_with("400") => {
            let mut expected = before;
            if outcome != "=" {
                merge(&mut expected, json(outcome));
            }
            assert_eq!((after, rows), (expected, vec![]), "{case}, {mode:?}: {operation}");
        }
        (outcome, changed) => assert_eq!(code(&changed), outcome, "{case}, {mode:?}: {operation}"),
    }
}

/// RFC 7644 §3.5.2: every line of the tables above.
#[test]
fn every_operation_on_every_target_does_what_the_matrix_says() {
    let tables = [NO_PATH, SINGULAR, COMPLEX, SIMPLE_LIST, LIST, CHOSEN, EXTENSION, MUTABILITY];
    for line in tables.iter().flat_map(|table| table.lines()).filter(|line| !line.is_empty()) {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [case, operation, lenient, rest @ ..] = &columns[..] else { panic!("{line}") };
        check(case, Lenient, operation, lenient);
        check(case, Strict, operation, rest.first().unwrap_or(lenient));
    }
}
