"""The street directory over HTTP."""

import io

import httpx
import polars as pl
import pytest
from conftest import Server


@pytest.fixture(scope="module")
def service(home, riverbend_folder):
    """The service of the fictional district, without students."""
    running = Server(home, "serve", "--region", riverbend_folder, "--no-token")
    yield running
    running.stop()


@pytest.mark.slow
def test_the_directory_is_served_once_and_not_again(service):
    url = f"{service.url}/v1/regions/riverbend/directory.csv"
    answer = httpx.get(url, timeout=120).raise_for_status()
    assert answer.headers["content-type"].startswith("text/csv")
    table = pl.read_csv(io.BytesIO(answer.content), infer_schema=False)
    assert {"street", "low", "high", "school_elementary", "doubt"} <= set(table.columns)
    assert len(table) > 10_000
    again = httpx.get(url, headers={"If-None-Match": answer.headers["etag"]}, timeout=60)
    assert again.status_code == 304


@pytest.mark.slow
def test_parameters_and_unknown_regions_are_refused(service):
    assert httpx.get(f"{service.url}/v1/regions/riverbend/directory.csv?x=1").status_code in (
        400,
        422,
    )
    assert httpx.get(f"{service.url}/v1/regions/nope/directory.csv").status_code == 404
