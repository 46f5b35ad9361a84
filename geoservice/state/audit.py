"""The record of disclosures: append-only, each entry chained to the one before it."""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import get_ident
from typing import Any

import sqlalchemy as sa

from geoservice.errors import StorageError
from geoservice.state.database import AUDIT_HEAD, DISCLOSURES, STUDENT_SETS

KEY_BYTES = 16
"""Length of a student's key in a set of students."""
_START = "0" * 64


@dataclass(frozen=True)
class Disclosure:
    """One entry.

    Attributes
    ----------
    number
        1 for the first.
    time
        UTC, ISO 8601.
    filters
        What was asked for, as a JSON object.
    data_version
        Data sets with the version of their rows, and the snapshot of the region.
    students
        How many students the answer was about.
    student_set
        Names the set of their keys; with it they are listed.
    """

    number: int
    time: str
    who: str
    role: str
    purpose: str
    endpoint: str
    region: str
    filters: str
    data_version: str
    students: int
    student_set: str


@dataclass(frozen=True)
class Verdict:
    """What verifying the chain found: ``faults`` name entries by number; ``head`` is the last hash."""

    entries: int
    head: str
    faults: tuple[str, ...]


class AuditLog:
    """The chain of one database, sealed with a key that is not in it.

    ``witness`` is a file beside the data that remembers the last entry: where the end of the chain, or all of it, is taken
    away with its head, the file still knows.
    """

    def __init__(self, engine: sa.Engine, key: bytes, witness: Path) -> None:
        self._engine, self._key, self._witness = engine, key, witness

    def append(self, keys: bytes, **values: Any) -> int:  # noqa: ANN401 - the fields of an entry
        """Add an entry over the students of these keys (sorted, end to end); the answer is its number."""
        try:
            number, chained = self._append(keys, values)
        except sa.exc.IntegrityError:  # Another process wrote the first entry at the same time.
            number, chained = self._append(keys, values)
        self._remember(number, chained)
        return number

    def _append(self, keys: bytes, values: dict[str, Any]) -> tuple[int, str]:
        student_set = hashlib.sha256(keys).hexdigest()
        with self._engine.begin() as connection:
            before = self._locked(connection)
            number = before["count"] + 1
            entry = Disclosure(number=number, student_set=student_set, **values)
            chained = self._chained(before["hash"], entry)
            if connection.execute(sa.select(STUDENT_SETS.c.hash).where(STUDENT_SETS.c.hash == student_set)).first() is None:  # fmt: skip
                connection.execute(STUDENT_SETS.insert().values(hash=student_set, content=keys))
            connection.execute(DISCLOSURES.insert().values(**asdict(entry), hash=chained))
            connection.execute(AUDIT_HEAD.update().values(
                count=number, hash=chained, seal=self._seal(number, chained)
            ))  # fmt: skip
        return number, chained

    def entries(self) -> Iterator[Disclosure]:
        """All entries, oldest first."""
        for row in self._rows():
            yield Disclosure(**{key: value for key, value in row.items() if key != "hash"})

    def touching(self, key: bytes) -> list[Disclosure]:
        """The entries whose students include the one of a key."""
        found = {name for name, keys in self._sets() if _holds(keys, key)}
        return [one for one in self.entries() if one.student_set in found]

    def verify(self) -> Verdict:
        """Follow the chain from its start; every change, loss and exchange is a fault."""
        faults, last, expected = [], _START, 0
        known, hashes = self._intact_sets(), {0: _START}
        for row in self._rows():
            expected += 1
            entry = Disclosure(**{key: value for key, value in row.items() if key != "hash"})
            if entry.number != expected:
                faults.append(f"entry {expected} is missing")
                expected = entry.number
            elif not hmac.compare_digest(self._chained(last, entry), row["hash"]):
                faults.append(f"entry {entry.number} does not follow from the one before it")
            if entry.student_set not in known:
                faults.append(f"the students of entry {entry.number} are missing or changed")
            hashes[entry.number] = last = row["hash"]
        faults += [*self._head_faults(expected, last), *self._witness_faults(hashes)]
        return Verdict(expected, last, tuple(faults))

    def _head_faults(self, count: int, last: str) -> list[str]:
        with self._engine.connect() as connection:
            head = connection.execute(sa.select(AUDIT_HEAD)).mappings().first()
        if head is None:
            return ["the head is missing"] if count else []
        if not hmac.compare_digest(head["seal"], self._seal(head["count"], head["hash"])):
            return ["the head is changed"]
        if head["count"] != count:
            return [f"the head counts {head['count']} entries, there are {count}"]
        return [] if head["hash"] == last else ["the last entry is not the one of the head"]

    def _witness_faults(self, hashes: Mapping[int, str]) -> list[str]:
        if not self._witness.is_file():
            return ["the file that remembers the last entry is missing"] if len(hashes) > 1 else []
        text = self._witness.read_bytes().decode("ascii", "replace")
        count, _, rest = text.partition(" ")
        last, _, seal = rest.partition(" ")
        is_number = count.isdecimal()
        if not is_number or not hmac.compare_digest(seal.encode(), self._seal(int(count), last).encode()):  # fmt: skip
            return ["the file that remembers the last entry is changed"]
        if hashes.get(int(count)) == last:
            return []
        return [f"entry {count}, which was written last on this machine, is gone or another"]

    def _remember(self, number: int, chained: str) -> None:
        """Write the entry to the file; of two at once either may stay, both are in the chain."""
        beside = self._witness.with_name(f".{self._witness.name}.{os.getpid()}.{get_ident()}")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
                stream.write(f"{number} {chained} {self._seal(number, chained)}")
            beside.replace(self._witness)
        except OSError as fault:
            raise StorageError("The data folder cannot be written.") from fault

    def _rows(self) -> list[Any]:
        with self._engine.connect() as connection:
            query = sa.select(DISCLOSURES).order_by(DISCLOSURES.c.number)
            return list(connection.execute(query).mappings().all())

    def _intact_sets(self) -> set[str]:
        return {name for name, keys in self._sets() if hashlib.sha256(keys).hexdigest() == name}

    def _sets(self) -> Iterator[tuple[str, bytes]]:
        """Each set of students and its name, one at a time: a set of all students is large."""
        with self._engine.connect() as connection:
            for name in connection.execute(sa.select(STUDENT_SETS.c.hash)).scalars().all():
                query = sa.select(STUDENT_SETS.c.content).where(STUDENT_SETS.c.hash == name)
                yield name, bytes(connection.execute(query).scalar_one())

    def _locked(self, connection: sa.Connection) -> Any:  # noqa: ANN401 - a row
        """The head, with the lock that makes writers wait for one another."""
        if connection.execute(AUDIT_HEAD.update().values(id=1)).rowcount == 0:
            connection.execute(AUDIT_HEAD.insert().values(
                id=1, count=0, hash=_START, seal=self._seal(0, _START)
            ))  # fmt: skip
        return connection.execute(sa.select(AUDIT_HEAD)).mappings().one()

    def _chained(self, before: str, entry: Disclosure) -> str:
        text = json.dumps([before, asdict(entry)], sort_keys=True, separators=(",", ":"))
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def _seal(self, count: int, last: str) -> str:
        return hmac.digest(self._key, f"head {count} {last}".encode(), "sha256").hex()


def _holds(keys: bytes, key: bytes) -> bool:
    """True where a sorted run of keys holds one: a binary search."""
    low, high = 0, len(keys) // KEY_BYTES
    while low < high:
        middle = (low + high) // 2
        found = keys[middle * KEY_BYTES : (middle + 1) * KEY_BYTES]
        if found == key:
            return True
        low, high = (middle + 1, high) if found < key else (low, middle)
    return False
