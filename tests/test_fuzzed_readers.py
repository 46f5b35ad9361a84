"""Readers under fire: damaged files of each kind and any text as an address get an answer or a sentence, never a crash.

The same inputs are tried in each run. `FUZZ_INPUTS=100000 make fuzz` tries other ones, and more.
"""

import os
import tempfile
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from damaged_files import ATTACKS, BINARIES, DAMAGES, SEEDS, TEXTS, damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_reading import TOWNS

from geoservice.address.reading import read_address
from geoservice.errors import GeoserviceError
from geoservice.model.grades import read_grade
from geoservice.region.drafting import draft_region
from geoservice.region.manifest import Dataset
from geoservice.region.reading import read_raw
from geoservice.tables.reading import read_table

_INPUTS = int(os.environ.get("FUZZ_INPUTS", "60"))
_IS_SAME_EACH_RUN = "FUZZ_INPUTS" not in os.environ
_MOST_BYTES = 300_000_000
_FIRE = settings(
    max_examples=_INPUTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=_IS_SAME_EACH_RUN,
)


def _read_layer(path):
    return read_raw(Dataset("zones", "zones", path, {}))


def read_as(ending, content):
    """Read a file as a table, a layer of a region and a file to draft a region from.

    Faults that are told are fine.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"fuzzed{ending}")
        path.write_bytes(content)
        for read in (read_table, _read_layer, lambda path: draft_region(path.parent)):
            with suppress(GeoserviceError):
                read(path)
        assert {entry.name for entry in Path(folder).iterdir()} == {path.name}


@pytest.mark.slow
@pytest.mark.parametrize("ending", [*TEXTS, *BINARIES])
def test_a_damaged_file_is_read_or_told(ending):
    @_FIRE
    @given(DAMAGES)
    def fire(damages):
        read_as(ending, damaged(SEEDS[ending], damages))

    fire()


@pytest.mark.slow
@pytest.mark.parametrize("ending", [*TEXTS, ".xlsx", ".zip", ".gpkg"])
def test_any_bytes_under_any_ending_are_read_or_told(ending):
    @_FIRE
    @given(st.one_of(st.binary(max_size=400), st.sampled_from(list(SEEDS.values()))))
    def fire(content):
        read_as(ending, content)

    fire()


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_files_of_an_attacker_are_told_and_cost_little(number):
    ending, content = ATTACKS[number]
    tracemalloc.start()
    try:
        read_as(ending, content)
        assert tracemalloc.get_traced_memory()[1] < _MOST_BYTES
    finally:
        tracemalloc.stop()
    assert not Path("/tmp/escaped.dbf").exists()


@settings(max_examples=20 * _INPUTS, deadline=None, database=None, derandomize=_IS_SAME_EACH_RUN)
@given(st.text(max_size=120), st.text(max_size=30), st.text(max_size=12), st.text(max_size=12))
def test_any_text_is_read_as_an_address(line, town, state, zip_):
    read_address(line, town, state, zip_, TOWNS)


@pytest.mark.parametrize("text", ["0" * 3_000_000, "1" * 5_000, "1 " * 100_000, "-" * 1_000_000])
def test_a_text_of_megabytes_is_no_grade_at_once(text):
    begun = time.process_time()
    assert read_grade(text) is None
    assert time.process_time() - begun < 1
