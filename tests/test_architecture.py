"""The page on the architecture names the packages as they are, in the order of their layers."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def listed_packages(header):
    """The names in the first column of the table below a header, row by row."""
    table = PAGE.partition(header)[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    return [re.findall("`([a-z]+)`", cell) for cell in rows]


def layers(name):
    """The sets of packages of each layer of a contract, the lowest first."""
    (contract,) = (contract for contract in CONTRACTS["contracts"] if contract["name"] == name)
    split = ([part.strip() for part in layer.split("|")] for layer in contract["layers"])
    return [{part.rpartition(".")[2] for part in layer} for layer in split][::-1]


def packages(folder):
    """The packages and modules of a folder."""
    return {
        path.stem
        for path in folder.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }


def check_order(listed, contract_layers):
    """Compare the rows of a table with layers: same names, and the order of the layers."""
    names = [name for row in listed for name in row]
    assert len(names) == len(set(names))
    assert set(names) == set().union(*contract_layers)
    level = {name: number for number, layer in enumerate(contract_layers) for name in layer}
    assert [level[name] for name in names] == sorted(level.values())


def test_each_package_has_a_row_in_the_order_of_the_layers():
    listed = listed_packages("| package |")
    check_order(listed, layers("Imports point downwards only"))
    assert {name for row in listed for name in row} == packages(ROOT / "geoservice")


def test_each_part_of_cartography_has_a_row_in_the_order_of_the_flow():
    listed = listed_packages("| sub-package |")
    flow = layers("A drawing flows from its definition to the forms it is written in")
    check_order(listed, flow)
    assert {name for row in listed for name in row} == packages(ROOT / "geoservice/cartography")


def test_the_page_says_every_rule_that_is_proved():
    rules = PAGE.partition("## Rules that `make check` proves")[2].partition("\n## ")[0]
    said = [line for line in rules.splitlines() if line.startswith("- ")]
    assert len(said) >= len(CONTRACTS["contracts"])
