//! The envelope of a list.

use crate::support::{LIST, acme, filtered, found, texts};
use serde_json::json;

/// R7644-3.4.2-02: a ListResponse with the number of all matches.
/// R7644-3.4.2-04: matches are listed.
/// R7644-3.4.2-05: itemsPerPage and startIndex are always there.
/// R7644-3.4.2-10: itemsPerPage counts this page, totalResults all matches.
/// M-25: itemsPerPage is no echo of count.
#[tokio::test]
async fn a_list_says_how_many_there_are() {
    let (_server, client) = acme().await;
    for name in ["a", "b", "c"] {
        client.create_user(name).await;
    }
    let reply = client.get("/Users").await.expect(200);
    assert_eq!(reply.body["schemas"], json!([LIST]));
    assert_eq!(
        (&reply.body["totalResults"], &reply.body["itemsPerPage"], &reply.body["startIndex"]),
        (&json!(3), &json!(3), &json!(1))
    );
    assert_eq!(texts(&reply, "userName"), ["a", "b", "c"]);
    let reply = client.get("/Users?count=2&startIndex=3").await.expect(200);
    assert_eq!(
        (&reply.body["totalResults"], &reply.body["itemsPerPage"], &reply.body["startIndex"]),
        (&json!(3), &json!(1), &json!(3))
    );
    let reply = client.get("/Users?count=1").await.expect(200);
    assert_eq!(
        (&reply.body["totalResults"], &reply.body["itemsPerPage"], &reply.body["startIndex"]),
        (&json!(3), &json!(1), &json!(1))
    );
}

/// R7644-3.4.2-03: no match is a success with none.
/// M-24: Resources is there, empty.
#[tokio::test]
async fn no_match_is_an_empty_list() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    for endpoint in ["/Users", "/Groups"] {
        let reply = filtered(&client, endpoint, "externalId eq \"none\"").await.expect(200);
        assert_eq!(reply.body["totalResults"], 0);
        assert_eq!(reply.body["Resources"], json!([]));
    }
}

/// R7644-3.4.2-06: unknown parameters are ignored.
#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    for query in ["foo=1", "foo", "&&", "=", "=x", "foo=%00", "filters=(", "%FF=1", "?"] {
        let reply = client.get(&format!("/Users?{query}")).await.expect(200);
        assert_eq!(reply.body["totalResults"], 1, "{query}");
    }
}

/// R7644-3.4.2-07: an empty filter is refused.
/// R7644-3.4.2-08: so is one that is given twice.
/// RINT-6.3-01: and one on an attribute that no schema has.
#[tokio::test]
async fn filters_that_say_nothing_are_refused() {
    let (_server, client) = acme().await;
    let refused = [
        "filter=",
        "filter=+",
        "filter",
        "filter=userName+pr&filter=userName+pr",
        "filter=foo+eq+%22x%22",
        "filter=members+pr",
    ];
    for query in refused {
        client.get(&format!("/Users?{query}")).await.expect_error(400, Some("invalidFilter"));
    }
    client.get("/Groups?filter=userName+pr").await.expect_error(400, Some("invalidFilter"));
}

/// R7644-3.4.2-08: any parameter given twice is an error of the client, whichever it is.
#[tokio::test]
async fn repeated_parameters_are_refused() {
    let (_server, client) = acme().await;
    for name in ["count", "startIndex", "sortBy", "sortOrder", "attributes"] {
        let reply = client.get(&format!("/Users?{name}=1&{name}=2")).await;
        reply.expect_error(400, Some("invalidValue"));
    }
}

/// R7644-3.4.2-02: users and groups are listed apart.
#[tokio::test]
async fn endpoints_list_their_own_type() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    client.create_group("Sales", &[]).await;
    assert_eq!(found(&client, "meta.resourceType eq \"User\"").await, ["ana"]);
    assert_eq!(found(&client, "meta.resourceType eq \"Group\"").await, Vec::<String>::new());
    assert_eq!(texts(&client.get("/Groups").await.expect(200), "displayName"), ["Sales"]);
}
