"""Stored scenarios with all their saved versions."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from geoservice.errors import NotFoundError
from geoservice.state.erased_pages import erasing
from geoservice.state.schema import SCENARIO_VERSIONS, SCENARIOS

_ID_BYTES = 6


@dataclass(frozen=True)
class StoredScenario:
    """A version of a stored scenario.

    Attributes
    ----------
    id
        Id of the scenario, the same for all its versions.
    version
        Number of the version, from 1.
    label
        The author's name for this version; may be empty.
    content
        The keys of a scenario file.
    created, saved
        When the scenario and this version were stored, in seconds since 1970.
    """

    id: str
    region: str
    owner: str
    version: int
    label: str
    content: Mapping[str, Any]
    created: float
    saved: float


class StoredScenarios:
    """All stored scenarios of a database.

    ``owner`` limits a method to the scenarios of an owner; None stands for all owners.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(
        self, region: str, owner: str, content: Mapping[str, Any], label: str = ""
    ) -> StoredScenario:
        """Store a new scenario as version 1."""
        scenario_id, now = secrets.token_hex(_ID_BYTES), time.time()
        with self._engine.begin() as connection:
            connection.execute(
                SCENARIOS.insert().values(id=scenario_id, region=region, owner=owner, created=now)
            )
            _insert_version(connection, scenario_id, 1, content, label)
        return self.get(scenario_id, owner)

    def add_version(
        self, scenario_id: str, owner: str | None, content: Mapping[str, Any], label: str = ""
    ) -> StoredScenario:
        """Store the next version of a scenario.

        Raises
        ------
        NotFoundError
            If the owner has no such scenario.
        """
        with self._engine.begin() as connection:
            # The update locks the row, so that two simultaneous versions get different numbers.
            touched = connection.execute(
                SCENARIOS.update().where(_of(scenario_id, owner)).values(id=scenario_id)
            )
            if touched.rowcount == 0:
                raise _no_scenario()
            number = connection.execute(
                sa.select(sa.func.max(SCENARIO_VERSIONS.c.version)).where(
                    SCENARIO_VERSIONS.c.scenario == scenario_id
                )
            ).scalar_one()
            _insert_version(connection, scenario_id, number + 1, content, label)
        return self.get(scenario_id, owner)

    def get(
        self, scenario_id: str, owner: str | None, version: int | None = None
    ) -> StoredScenario:
        """Return a version of a scenario; the latest version without a number.

        Raises
        ------
        NotFoundError
            If the owner has no such scenario, or the scenario has no such version.
        """
        query = _versions().where(_of(scenario_id, owner))
        if version is not None:
            query = query.where(SCENARIO_VERSIONS.c.version == version)
        query = query.order_by(SCENARIO_VERSIONS.c.version.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise _no_scenario()
        return StoredScenario(**row)

    def versions(self, scenario_id: str, owner: str | None) -> list[StoredScenario]:
        """Return all versions of a scenario, oldest first.

        Raises
        ------
        NotFoundError
            If the owner has no such scenario.
        """
        query = _versions().where(_of(scenario_id, owner)).order_by(SCENARIO_VERSIONS.c.version)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        if not rows:
            raise _no_scenario()
        return [StoredScenario(**row) for row in rows]

    def latest(self, owner: str | None, region: str = "") -> list[StoredScenario]:
        """Return the latest version of every scenario, oldest scenario first."""
        newer = SCENARIO_VERSIONS.alias()
        latest_version = (
            sa.select(sa.func.max(newer.c.version))
            .where(newer.c.scenario == SCENARIOS.c.id)
            .scalar_subquery()
        )
        query = _versions().where(SCENARIO_VERSIONS.c.version == latest_version)
        if owner is not None:
            query = query.where(SCENARIOS.c.owner == owner)
        if region:
            query = query.where(SCENARIOS.c.region == region)
        with self._engine.connect() as connection:
            rows = connection.execute(
                query.order_by(SCENARIOS.c.created, SCENARIOS.c.id)
            ).mappings()
            return [StoredScenario(**row) for row in rows]

    def delete(self, scenario_id: str, owner: str | None) -> None:
        """Delete a scenario with all its versions.

        Raises
        ------
        NotFoundError
            If the owner has no such scenario.
        """
        self.get(scenario_id, owner)
        with erasing(self._engine, SCENARIO_VERSIONS, SCENARIOS) as connection:
            connection.execute(
                SCENARIO_VERSIONS.delete().where(SCENARIO_VERSIONS.c.scenario == scenario_id)
            )
            connection.execute(SCENARIOS.delete().where(_of(scenario_id, owner)))


def _insert_version(
    connection: sa.Connection,
    scenario_id: str,
    version: int,
    content: Mapping[str, Any],
    label: str,
) -> None:
    connection.execute(
        SCENARIO_VERSIONS.insert().values(
            scenario=scenario_id,
            version=version,
            label=label,
            content=dict(content),
            saved=time.time(),
        )
    )


def _versions() -> sa.Select[Any]:
    parts = SCENARIO_VERSIONS.c
    return sa.select(SCENARIOS, parts.version, parts.label, parts.content, parts.saved).join(
        SCENARIO_VERSIONS, parts.scenario == SCENARIOS.c.id
    )


def _of(scenario_id: str, owner: str | None) -> sa.ColumnElement[bool]:
    condition = SCENARIOS.c.id == scenario_id
    return condition if owner is None else condition & (SCENARIOS.c.owner == owner)


def _no_scenario() -> NotFoundError:
    return NotFoundError("There is no scenario of that id. List yours with `GET /v1/scenarios`.")
