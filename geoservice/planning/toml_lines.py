"""Line numbers of the keys of a TOML file, so that an error can name the line."""

import re
from dataclasses import dataclass

_TABLE = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"]+)\s*\]\]?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=")


@dataclass(frozen=True)
class TomlLines:
    """Lines of the tables and keys of a TOML text, from 1.

    ``tables`` has the line of each table by name and number (0 for the first ``[[changes]]``).
    ``keys`` has the line of each key by table, number and key. The top of the file is the table
    ``""``. ``otherwise`` is the line for everything else, 0 if the text is not TOML.
    """

    tables: dict[tuple[str, int], int]
    keys: dict[tuple[str, int, str], int]
    otherwise: int = 1

    def of(self, key: str, table: str = "", number: int = 0) -> int:
        """The line of a key; of its table where the key is not written, else the first line."""
        if not table and (key, 0) in self.tables:
            return self.tables[key, 0]
        return self.keys.get((table, number, key), self.tables.get((table, number), self.otherwise))


def toml_lines(text: str) -> TomlLines:
    """Find the lines of tables and keys; invalid TOML gives the lines that can be read."""
    tables: dict[tuple[str, int], int] = {("", 0): 1}
    keys: dict[tuple[str, int, str], int] = {}
    table, number = "", 0
    for line, content in enumerate(text.splitlines(), 1):
        if heading := _TABLE.match(content):
            table = heading[2].strip('"')
            number = sum(name == table for name, _ in tables) if heading[1] == "[[" else 0
            tables[table, number] = line
        elif key := _KEY.match(content):
            keys.setdefault((table, number, key[1].strip('"')), line)
    return TomlLines(tables, keys)
