//! What a connection's settings make of the schemas.

use crate::support::{CUSTOM, ENTERPRISE, custom, definitions, without};
use scim::path::Named;
use scim::schema::Uniqueness;
use scim::schema::definition::{Definitions, Required, ResourceDefinition, Synchronised};
use std::sync::Arc;

fn required(definition: &ResourceDefinition) -> Vec<String> {
    let mut paths = Vec::new();
    for attribute in &definition.base.attributes {
        paths.extend(attribute.required.then(|| attribute.name.clone()));
        let subs = attribute.sub_attributes.iter().filter(|sub| sub.required);
        paths.extend(subs.map(|sub| format!("{}.{}", attribute.name, sub.name)));
    }
    paths
}

/// RINT-5.1-01: what is enforced is what is published as required.
#[test]
fn required_attributes_follow_the_setting() {
    let standard = Definitions::build(&Synchronised::default());
    let four = ["userName", "name", "name.familyName", "name.givenName", "emails", "emails.value"];
    assert_eq!(required(&standard.user), four);
    assert_eq!(required(&standard.group), ["displayName"]);
    let user_name = Definitions::build(&Synchronised { required: Required::UserName, ..Default::default() });
    assert_eq!(required(&user_name.user), ["userName"]);
    assert!(Arc::ptr_eq(&standard.schemas[0], &standard.user.base));
}

/// What is off is not in the schema and cannot be named; required attributes and `active` stay on.
#[test]
fn attributes_can_be_off_unless_required() {
    let all = [
        "title",
        "name.middleName",
        "NAME",
        "userName",
        "emails",
        "emails.value",
        "active",
        "externalId",
        "nope",
        "displayName",
    ];
    let definitions = without(&all);
    assert_eq!(definitions.user.off, ["name.middleName", "displayName", "title"]);
    for gone in ["title", "name.middleName", "displayName"] {
        assert!(definitions.user.resolve(gone).is_err());
    }
    for kept in ["userName", "name.givenName", "emails.value", "active", "externalId"] {
        assert!(matches!(definitions.user.resolve(kept), Ok(Named::Attribute(_))), "{kept}");
    }
    // A group's displayName is another attribute.
    assert!(definitions.group.resolve("displayName").is_ok());
    let user_name =
        Synchronised { required: Required::UserName, off: vec!["emails".to_owned()], ..Default::default() };
    assert!(Definitions::build(&user_name).user.resolve("emails").is_ok());
}

/// Paths into what is off are recognised, in any letter case and with the URN of the core schema.
#[test]
fn paths_into_what_is_off_are_recognised() {
    let user = without(&["phoneNumbers", &format!("{ENTERPRISE}:costCenter")]).user;
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    for path in [
        "phoneNumbers",
        "PHONENUMBERS.value",
        "phoneNumbers[type eq \"work\"].value",
        &format!("{core}:phoneNumbers"),
        &format!("{ENTERPRISE}:costcenter"),
    ] {
        assert!(user.is_off(path), "{path}");
    }
    for path in ["phoneNumbersX", "phone", "", "é", &format!("{ENTERPRISE}:costCenters"), ENTERPRISE] {
        assert!(!user.is_off(path), "{path}");
    }
}

/// R7643-7-03: a tenant's extension is published with every characteristic, once.
#[test]
fn extensions_of_a_tenant_are_completed() {
    let user = definitions().user;
    let schema = &user.extension(&CUSTOM.to_uppercase()).unwrap().schema;
    let tags = schema.attribute("tags").unwrap();
    assert_eq!((tags.case_exact, tags.uniqueness), (Some(false), Some(Uniqueness::None)));
    assert_eq!(schema.attribute("photo").unwrap().case_exact, Some(true));
    let twice =
        Synchronised { extensions: vec![Arc::new(custom()), Arc::new(custom())], ..Default::default() };
    assert_eq!(Definitions::build(&twice).user.extensions.len(), 2);
}
