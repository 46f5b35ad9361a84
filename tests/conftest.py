"""Fixtures: a tiny synthetic town, and the real region where it is present."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from town import Town

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def town() -> Town:
    """A town to build up street by street."""
    return Town()


@pytest.fixture
def geocode(town: Town, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Geocode one address in the town as built so far."""

    def run(line: str, **options: Any) -> dict[str, Any]:
        frame = pl.DataFrame({"address": [line], **{k: [v] for k, v in options.items()}})
        return town.place(tmp_path, frame).row(0, named=True)

    return run
