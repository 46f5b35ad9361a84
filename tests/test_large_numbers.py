"""No number of a request is too large for the database: a limit refuses it with a sentence."""

import httpx
import pytest

pytestmark = pytest.mark.slow


def integers(schema):
    return [part for part in [schema, *schema.get("anyOf", [])] if part.get("type") == "integer"]


def test_each_number_of_a_request_has_a_limit(server):
    document = httpx.get(f"{server.url}/openapi.json").json()
    unlimited = [
        f"{path} {parameter['name']}"
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        for part in integers(parameter["schema"])
        if parameter["in"] == "query" and "maximum" not in part
    ]
    assert not unlimited


def test_a_version_that_no_database_can_hold_is_refused(server):
    version = {"version": str(10**24)}
    answer = httpx.get(f"{server.url}/v1/scenarios/0", params=version)
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"
