"""What schemathesis is told about the admin API: a check of its own, and where there is something to find."""

import itertools
import json
import os

import schemathesis

# An id of something that is there for each word of a path.
KNOWN = json.loads(os.environ["ACCESSIQ_KNOWN"])
# Headers that refuse most of what is otherwise right.
GUARDS = ("If-Match", "Idempotency-Key")
CALLS = itertools.count()


@schemathesis.check
def errors_are_problems(ctx, response, case):
    """Every error is a problem (RFC 9457) of a known form, and names its request."""
    # An answer to HEAD has no body.
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    assert response.headers["content-type"] == ["application/problem+json"], response.headers["content-type"]
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance"}, problem
    assert problem["type"].startswith("urn:accessiq:problem:"), problem
    assert problem["status"] == response.status_code, problem
    assert problem["title"].strip() and problem["detail"].strip(), problem
    assert problem["instance"] == "urn:uuid:" + response.headers["x-request-id"][0], problem


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """An operator's key names its tenant, and most requests are about something that is there."""
    number = next(CALLS)
    if number % 5 and not case.operation.path.startswith(("/tenants", "/doctor")):
        case.query = {**(case.query or {}), "tenant": "interop"}
    parameters = case.path_parameters or {}
    for name, value in KNOWN.items():
        if name in parameters and number % 4:
            parameters[name] = value
    if number % 3:
        for name in [name for name in (case.headers or {}) if name in GUARDS]:
            del case.headers[name]
