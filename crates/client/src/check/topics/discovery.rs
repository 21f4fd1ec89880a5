//! What the server says of itself (RFC 7644 §4).

use serde_json::Value;

use crate::check::catalogue::Provider::{Entra, Google, ServiceNow};
use crate::check::catalogue::{Check, harm, must, remark, run, should};
use crate::check::session::Session;
use crate::check::verdict::{Verdict, ensure, failed, skipped};
use crate::http::{Authorization, Method};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const USER: &str = crate::check::server::USER;

pub(super) const CHECKS: &[Check] = &[
    must(
        "config-answers",
        "ServiceProviderConfig is one object with its schema",
        &["R7644-4-01"],
        run!(config),
    ),
    must(
        "config-complete",
        "ServiceProviderConfig says of each feature whether it is supported",
        &["R7643-5-01"],
        run!(config_complete),
    ),
    must(
        "config-authentication",
        "Authentication schemes have a type, a name and a description",
        &["R7643-5-02"],
        run!(schemes),
    ),
    remark(
        "config-anonymous",
        "ServiceProviderConfig is readable without credentials",
        &["R7643-5-03"],
        run!(anonymous),
    ),
    must(
        "resource-types-list",
        "ResourceTypes is a list that has User",
        &["R7644-4-04", "R7643-6-01"],
        run!(resource_types),
    )
    .harms(&[harm(ServiceNow, "S-1", "learns from it where users are, and finds none")]),
    must(
        "resource-type-by-name",
        "A resource type is found by its name",
        &["R7644-4-04"],
        run!(resource_type),
    ),
    must(
        "schemas-list",
        "Schemas is a list that has the schema of users",
        &["R7644-4-02", "M-36"],
        run!(schemas),
    )
    .harms(&[
        harm(Entra, "E-3", "reads it on saving a gallery app"),
        harm(Google, "G-8", "builds its attribute mapping from it"),
        harm(ServiceNow, "S-1", "builds its requests from it"),
    ]),
    must("schema-by-urn", "A schema is found by its URN", &["R7644-4-03"], run!(schema_by_urn)),
    must("schema-unknown", "A schema that is not there is 404", &["R7644-4-03"], run!(unknown_schema)),
    must(
        "schemas-of-resource-types",
        "Every schema that a resource type names is published",
        &["R7643-7-01", "R7643-6-01"],
        run!(schemas_of_types),
    ),
    must(
        "schema-characteristics",
        "Attributes are published with type, multiValued, required, mutability and returned",
        &["R7643-7-03"],
        run!(characteristics),
    ),
    must("schema-nesting", "No sub-attribute is complex", &["R7643-2.3.8-01"], run!(nesting)),
    must(
        "schema-messages",
        "Schemas of messages are not published as resources",
        &["R7644-3.1-01"],
        run!(messages),
    ),
    should("schema-nulls", "Published schemas hold no nulls", &["E-3"], run!(nulls)).harms(&[harm(
        Entra,
        "E-3",
        "does not read a schema with nulls in it",
    )]),
    should("discovery-filter", "A filter on discovery is refused with 403", &["R7644-4-05"], run!(filter)),
    must("discovery-paging", "Paging parameters are ignored on discovery", &["R7644-4-06"], run!(paging)),
];

async fn config(on: &mut Session) -> Verdict {
    let answer = on.get("/ServiceProviderConfig").await?;
    answer.is(&[200])?;
    let schemas =
        answer.body["schemas"].as_array().is_some_and(|schemas| schemas.iter().any(|one| one == CONFIG));
    let is_one = schemas && answer.body.get("Resources").is_none();
    ensure(is_one, format!("one object whose schemas has {CONFIG}"), answer.shown())
}

async fn config_complete(on: &mut Session) -> Verdict {
    let config = on.get("/ServiceProviderConfig").await?;
    config.is(&[200])?;
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        let supported = &config.body[feature]["supported"];
        ensure(
            supported.is_boolean(),
            format!("{feature}.supported is true or false"),
            format!("it is {supported}"),
        )?;
    }
    for (feature, number) in [("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")]
    {
        let found = &config.body[feature][number];
        ensure(found.is_u64(), format!("{feature}.{number} is a whole number"), format!("it is {found}"))?;
    }
    Ok(())
}

async fn schemes(on: &mut Session) -> Verdict {
    const TYPES: [&str; 5] = ["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"];
    let config = on.get("/ServiceProviderConfig").await?;
    config.is(&[200])?;
    let schemes = config.body["authenticationSchemes"].as_array();
    let schemes = schemes.ok_or_else(|| failed("authenticationSchemes is an array", config.shown()))?;
    for scheme in schemes {
        let named = ["name", "description"]
            .iter()
            .all(|name| scheme[*name].as_str().is_some_and(|text| !text.is_empty()));
        let known = scheme["type"].as_str().is_some_and(|kind| TYPES.contains(&kind));
        ensure(
            named && known,
            format!("each scheme has name, description and a type of {}", TYPES.join(", ")),
            scheme.to_string(),
        )?;
    }
    Ok(())
}

async fn anonymous(on: &mut Session) -> Verdict {
    let mut request = Session::request(Method::GET, "/ServiceProviderConfig", None);
    request.authorization = Authorization::Absent;
    on.send(request).await?.is(&[200])
}

async fn resource_types(on: &mut Session) -> Verdict {
    let answer = on.get("/ResourceTypes").await?;
    let types = answer.list()?;
    for one in types {
        let whole = ["name", "endpoint", "schema"].iter().all(|name| one[*name].is_string());
        ensure(whole, "each resource type has name, endpoint and schema", one.to_string())?;
    }
    ensure(
        types.iter().any(|one| one["schema"] == USER),
        format!("one of them has the schema {USER}"),
        answer.shown(),
    )
}

async fn resource_type(on: &mut Session) -> Verdict {
    let answer = on.get("/ResourceTypes/User").await?;
    answer.is(&[200])?;
    ensure(answer.body["schema"] == USER, format!("the resource type with schema {USER}"), answer.shown())
}

async fn schemas(on: &mut Session) -> Verdict {
    let answer = on.get("/Schemas").await?;
    let found = answer.list()?.iter().any(|schema| schema["id"] == USER);
    ensure(found, format!("one of them has the id {USER}"), answer.shown())
}

async fn schema_by_urn(on: &mut Session) -> Verdict {
    let answer = on.get(&format!("/Schemas/{USER}")).await?;
    answer.is(&[200])?;
    ensure(answer.body["id"] == USER, format!("the schema with the id {USER}"), answer.shown())
}

async fn unknown_schema(on: &mut Session) -> Verdict {
    on.get("/Schemas/urn:example:accessiq-check:nowhere").await?.is(&[404])
}

async fn schemas_of_types(on: &mut Session) -> Verdict {
    let types = on.get("/ResourceTypes").await?;
    let schemas = on.get("/Schemas").await?;
    let published: Vec<&str> = schemas.list()?.iter().filter_map(|schema| schema["id"].as_str()).collect();
    for one in types.list()? {
        let extensions = one["schemaExtensions"].as_array().into_iter().flatten();
        let named = extensions.map(|extension| &extension["schema"]).chain([&one["schema"]]);
        for urn in named.filter_map(Value::as_str) {
            ensure(published.contains(&urn), format!("/Schemas has {urn}"), "it is not there")?;
        }
    }
    Ok(())
}

/// Every attribute of a published schema, with its path; sub-attributes follow theirs.
async fn attributes(on: &mut Session) -> Result<Vec<(String, Value)>, crate::check::verdict::Ended> {
    let answer = on.get("/Schemas").await?;
    let mut found = Vec::new();
    for schema in answer.list()? {
        let id = schema["id"].as_str().unwrap_or_default();
        for attribute in schema["attributes"].as_array().into_iter().flatten() {
            let path = format!("{id}:{}", attribute["name"].as_str().unwrap_or("?"));
            for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
                found.push((format!("{path}.{}", sub["name"].as_str().unwrap_or("?")), sub.clone()));
            }
            found.push((path, attribute.clone()));
        }
    }
    if found.is_empty() { Err(skipped("no schema with attributes is published")) } else { Ok(found) }
}

async fn characteristics(on: &mut Session) -> Verdict {
    for (path, attribute) in attributes(on).await? {
        let is_one_of = |name: &str, values: &[&str]| {
            attribute[name].as_str().is_some_and(|value| values.contains(&value))
        };
        let whole = attribute["multiValued"].is_boolean()
            && attribute["required"].is_boolean()
            && attribute["type"].is_string()
            && is_one_of("mutability", &["readOnly", "readWrite", "immutable", "writeOnly"])
            && is_one_of("returned", &["always", "never", "default", "request"]);
        let mut shown = attribute.clone();
        shown.as_object_mut().map(|shown| shown.remove("subAttributes"));
        ensure(
            whole,
            format!("{path} has type, multiValued, required, mutability and returned"),
            shown.to_string(),
        )?;
    }
    Ok(())
}

async fn nesting(on: &mut Session) -> Verdict {
    // The schema of schemas nests by its nature (RFC 7643 §8.7.2).
    let is_nesting = |path: &str| path.starts_with("urn:ietf:params:scim:schemas:core:2.0:Schema:");
    for (path, attribute) in attributes(on).await?.into_iter().filter(|(path, _)| !is_nesting(path)) {
        for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
            ensure(
                sub["type"] != "complex",
                format!("sub-attributes of {path} are simple"),
                sub["name"].to_string(),
            )?;
        }
    }
    Ok(())
}

async fn messages(on: &mut Session) -> Verdict {
    let answer = on.get("/Schemas").await?;
    let ids = answer.list()?.iter().filter_map(|schema| schema["id"].as_str());
    let found = ids.filter(|id| id.starts_with("urn:ietf:params:scim:api:")).collect::<Vec<_>>();
    ensure(found.is_empty(), "only schemas of resources", found.join(", "))
}

async fn nulls(on: &mut Session) -> Verdict {
    for (path, attribute) in attributes(on).await? {
        let null = attribute.as_object().into_iter().flatten().find(|(_, value)| value.is_null());
        if let Some((name, _)) = null {
            return Err(failed("no characteristic is null", format!("{name} of {path} is null")));
        }
    }
    Ok(())
}

async fn filter(on: &mut Session) -> Verdict {
    on.get("/Schemas?filter=name%20eq%20%22User%22").await?.is(&[403])
}

async fn paging(on: &mut Session) -> Verdict {
    let whole = on.get("/Schemas").await?.list()?.len();
    let paged = on.get("/Schemas?startIndex=2&count=1").await?.list()?.len();
    ensure(paged == whole, format!("all {whole} schemas"), format!("{paged} of them"))
}
