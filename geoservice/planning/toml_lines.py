"""Lines of keys in a TOML file, so that a fault can name its line."""

import re
from dataclasses import dataclass

_TABLE = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"]+)\s*\]\]?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=")


@dataclass(frozen=True)
class TomlLines:
    """Lines of the tables and keys of a TOML text, from 1.

    ``tables`` holds the line of each table by name and number (0 for the first ``[[changes]]``);
    ``keys`` that of each key by table, number and key. The top of the file is the table ``""``.
    """

    tables: dict[tuple[str, int], int]
    keys: dict[tuple[str, int, str], int]

    def of(self, key: str, table: str = "", number: int = 0) -> int:
        """The line of a key; of its table where the key is not written, else the first line."""
        if not table and (key, 0) in self.tables:
            return self.tables[key, 0]
        return self.keys.get((table, number, key), self.tables.get((table, number), 1))


def toml_lines(text: str) -> TomlLines:
    """Find the lines of tables and keys; text that is no TOML gives what can be found."""
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
