"""The record of disclosures: an append-only log whose entries form a hash chain."""

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
from geoservice.model.digests import HASH
from geoservice.state.schema import AUDIT_HEAD, DISCLOSURES, STUDENT_SETS

KEY_BYTES = 16
"""Length in bytes of a student's key in a set of students."""
_START = "0" * 64


@dataclass(frozen=True)
class Disclosure:
    """An entry of the record of disclosures.

    Attributes
    ----------
    number
        Number of the entry, from 1.
    time
        UTC, ISO 8601.
    filters
        The parameters of the request, as a JSON object.
    data_version
        Data sets with the version of their rows, and the snapshot of the region.
    students
        Number of students that the answer was about.
    student_set
        Hash of the set of their keys. The set itself is stored under this hash.
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
    """The result of a verification: ``faults`` name entries by number.

    ``head`` is the hash of the last entry.
    """

    entries: int
    head: str
    faults: tuple[str, ...]


class AuditLog:
    """The hash chain of a database, sealed with a key that is stored outside the database.

    ``witness`` is a file that stores the last entry's number and hash. It reveals the removal of
    the last entries together with the head.
    """

    def __init__(self, engine: sa.Engine, key: bytes, witness: Path) -> None:
        self._engine, self._key, self._witness = engine, key, witness

    def append(self, keys: bytes, **values: Any) -> int:  # noqa: ANN401 - the fields of an entry
        """Add an entry and return its number.

        ``keys`` holds the sorted keys of the students, concatenated.
        """
        try:
            number, chained = self._append(keys, values)
        except sa.exc.IntegrityError:  # Another process wrote the first entry at the same time.
            number, chained = self._append(keys, values)
        self._remember(number, chained)
        return number

    def _append(self, keys: bytes, values: dict[str, Any]) -> tuple[int, str]:
        student_set = hashlib.sha256(keys).hexdigest()
        with self._engine.begin() as connection:
            head = self._locked(connection)
            number = head["count"] + 1
            entry = Disclosure(number=number, student_set=student_set, **values)
            chained = self._chained(head["hash"], entry)
            if (
                connection.execute(
                    sa.select(STUDENT_SETS.c.hash).where(STUDENT_SETS.c.hash == student_set)
                ).first()
                is None
            ):
                connection.execute(STUDENT_SETS.insert().values(hash=student_set, content=keys))
            connection.execute(DISCLOSURES.insert().values(**asdict(entry), hash=chained))
            connection.execute(
                AUDIT_HEAD.update().values(
                    count=number, hash=chained, seal=self._seal(number, chained)
                )
            )
        return number, chained

    def entries(self) -> Iterator[Disclosure]:
        """Yield all entries, oldest first."""
        for row in self._rows():
            yield Disclosure(**{key: value for key, value in row.items() if key != "hash"})

    def touching(self, key: bytes) -> list[Disclosure]:
        """Return the entries about the student of a key."""
        set_names = {name for name, keys in self._sets() if _holds(keys, key)}
        return [entry for entry in self.entries() if entry.student_set in set_names]

    def verify(self) -> Verdict:
        """Verify the chain from its start; each changed, missing or swapped entry is a fault."""
        faults, last_hash, expected = [], _START, 0
        set_names, hashes = self._intact_sets(), {0: _START}
        for row in self._rows():
            expected += 1
            entry = Disclosure(**{key: value for key, value in row.items() if key != "hash"})
            if entry.number != expected:
                faults.append(f"entry {expected} is missing")
                expected = entry.number
            elif not hmac.compare_digest(self._chained(last_hash, entry), row["hash"]):
                faults.append(f"entry {entry.number} does not follow from the one before it")
            if entry.student_set not in set_names:
                faults.append(f"the students of entry {entry.number} are missing or changed")
            hashes[entry.number] = last_hash = row["hash"]
        faults += [*self._head_faults(expected, last_hash), *self._witness_faults(hashes)]
        return Verdict(expected, last_hash, tuple(faults))

    def _head_faults(self, count: int, last_hash: str) -> list[str]:
        with self._engine.connect() as connection:
            head = connection.execute(sa.select(AUDIT_HEAD)).mappings().first()
        if head is None:
            return ["the head is missing"] if count else []
        if not hmac.compare_digest(head["seal"], self._seal(head["count"], head["hash"])):
            return ["the head is changed"]
        if head["count"] != count:
            return [f"the head counts {head['count']} entries, there are {count}"]
        return [] if head["hash"] == last_hash else ["the last entry is not the one of the head"]

    def _witness_faults(self, hashes: Mapping[int, str]) -> list[str]:
        if not self._witness.is_file():
            return ["the file that remembers the last entry is missing"] if len(hashes) > 1 else []
        text = self._witness.read_bytes().decode("ascii", "replace")
        count, _, sealed_hash = text.partition(" ")
        last_hash, _, seal = sealed_hash.partition(" ")
        is_number = count.isdecimal()
        if not is_number or not hmac.compare_digest(
            seal.encode(), self._seal(int(count), last_hash).encode()
        ):
            return ["the file that remembers the last entry is changed"]
        if hashes.get(int(count)) == last_hash:
            return []
        return [f"entry {count}, which was written last on this machine, is gone or another"]

    def _remember(self, number: int, chained: str) -> None:
        """Write the entry to the witness file.

        If two processes write at once, either entry may remain: both are in the chain.
        """
        draft = self._witness.with_name(f".{self._witness.name}.{os.getpid()}.{get_ident()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
                stream.write(f"{number} {chained} {self._seal(number, chained)}")
            draft.replace(self._witness)
        except OSError as fault:
            raise StorageError("The data folder cannot be written.") from fault

    def _rows(self) -> list[Any]:
        with self._engine.connect() as connection:
            query = sa.select(DISCLOSURES).order_by(DISCLOSURES.c.number)
            return list(connection.execute(query).mappings().all())

    def _intact_sets(self) -> set[str]:
        return {name for name, keys in self._sets() if hashlib.sha256(keys).hexdigest() == name}

    def _sets(self) -> Iterator[tuple[str, bytes]]:
        """Yield the hash and the keys of each set of students; a set may be large."""
        with self._engine.connect() as connection:
            for name in connection.execute(sa.select(STUDENT_SETS.c.hash)).scalars().all():
                query = sa.select(STUDENT_SETS.c.content).where(STUDENT_SETS.c.hash == name)
                yield name, bytes(connection.execute(query).scalar_one())

    def _locked(self, connection: sa.Connection) -> Any:  # noqa: ANN401 - a row
        """Return the head and lock it, so that other writers wait."""
        if connection.execute(AUDIT_HEAD.update().values(id=1)).rowcount == 0:
            connection.execute(
                AUDIT_HEAD.insert().values(id=1, count=0, hash=_START, seal=self._seal(0, _START))
            )
        return connection.execute(sa.select(AUDIT_HEAD)).mappings().one()

    def _chained(self, previous_hash: str, entry: Disclosure) -> str:
        text = json.dumps([previous_hash, asdict(entry)], sort_keys=True, separators=(",", ":"))
        return hmac.digest(self._key, text.encode(), HASH).hex()

    def _seal(self, count: int, last_hash: str) -> str:
        return hmac.digest(self._key, f"head {count} {last_hash}".encode(), HASH).hex()


def _holds(keys: bytes, key: bytes) -> bool:
    """Return True if the sorted, concatenated keys contain a key (binary search)."""
    low, high = 0, len(keys) // KEY_BYTES
    while low < high:
        middle = (low + high) // 2
        middle_key = keys[middle * KEY_BYTES : (middle + 1) * KEY_BYTES]
        if middle_key == key:
            return True
        low, high = (middle + 1, high) if middle_key < key else (low, middle)
    return False
