"""What schemathesis is told about SCIM: a check of its own, and what OpenAPI has no words for."""

import itertools

import schemathesis

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
MEDIA_TYPES = ("application/scim+json", "application/json")
# Parameters that exclude each other: RFC 7644 §3.9, RFC 9865 §2.
PAIRS = (("attributes", "excludedAttributes"), ("startIndex", "cursor"))
# What must be unique among the resources of an endpoint.
UNIQUE = {"/Users": "userName", "/Groups": "displayName"}
CREATED = itertools.count()


@schemathesis.check
def errors_are_scim_errors(ctx, response, case):
    """Every error says what is wrong in the protocol's own words (RFC 7644 §3.12)."""
    # An answer to HEAD has no body.
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    assert response.headers["content-type"][0] in MEDIA_TYPES, response.headers["content-type"]
    error = response.json()
    assert error["schemas"] == [SCHEMA], error
    assert error["status"] == str(response.status_code), error
    assert error["detail"].strip(), error
    assert set(error) <= {"schemas", "status", "scimType", "detail"}, error


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Mends what would make most requests be refused for the same reason."""
    query = case.query or {}
    for pair in PAIRS:
        if all(name in query for name in pair):
            # Now this one is left, now that one.
            del query[pair[len(str(query)) % 2]]
    name = UNIQUE.get(case.operation.path)
    if name and case.method == "POST" and isinstance(case.body, dict) and isinstance(case.body.get(name), str):
        # Every fourth keeps its name, and so meets one that is taken.
        number = next(CREATED)
        if number % 4:
            case.body = {**case.body, name: f"{number} {case.body[name]}"}
