"""The forecast over HTTP: of protected counts, and described by its response model."""

import httpx
import pytest
from conftest import Server
from jsonschema import Draft202012Validator
from planned_district import planned_district
from test_openapi import schema_of


@pytest.fixture(scope="module")
def service():
    district = planned_district()
    running = Server(district.settings.home, "serve", "--region", district.folder, "--no-token")
    yield running
    running.stop()


@pytest.mark.slow
def test_a_forecast_has_band_back_test_and_suppressed_cells(service):
    url = f"{service.url}/v1/regions/riverbend/forecast?by=zone_elementary&years=3"
    content = httpx.get(url, timeout=120).raise_for_status().json()
    years = {line["year"] for line in content["items"] if line["kind"] == "forecast"}
    assert years == {"2024-25", "2025-26", "2026-27"}
    shown = [line for line in content["items"] if line["status"] == "shown"]
    assert all(line["students"] + line.get("homes", 0) >= 10 for line in shown)
    assert all("low" in line for line in shown if line["kind"] == "forecast")
    assert not any("students" in line for line in content["items"] if line["status"] != "shown")
    assert content["back_test"][0]["comparisons"] > 0


@pytest.mark.slow
def test_unknown_units_and_parameters_are_refused(service):
    url = f"{service.url}/v1/regions/riverbend/forecast"
    assert httpx.get(f"{url}?by=nothing", timeout=60).status_code in (400, 422)
    assert httpx.get(f"{url}?years=99", timeout=60).status_code in (400, 422)
    assert httpx.get(f"{url}?grade=05", timeout=60).status_code in (400, 422)


@pytest.mark.slow
def test_the_documentation_describes_a_line_of_the_forecast(service):
    schemas = httpx.get(f"{service.url}/openapi.json", timeout=60).json()["components"]["schemas"]
    assert {"students", "low", "high", "status"} <= set(schemas["ForecastLine"]["properties"])


@pytest.mark.slow
def test_a_real_forecast_is_as_the_document_says(service):
    document = httpx.get(f"{service.url}/openapi.json", timeout=60).json()
    answer = httpx.get(f"{service.url}/v1/regions/riverbend/forecast?by=school", timeout=120)
    key = "GET /v1/regions/{region}/forecast"
    schema = schema_of(document, key, answer.status_code, "application/json")
    Draft202012Validator(schema).validate(answer.json())
