"""Scenarios in the state database: checked, versioned, owned by keys."""

from collections.abc import Mapping
from typing import Any

from geoservice.errors import InputError
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.planning.scenario_file import scenario_of
from geoservice.state.database import connect
from geoservice.state.scenarios import StoredScenario, StoredScenarios

_LONGEST_LABEL = 200


class ScenarioStore:
    """The stored scenarios of a data folder.

    Callers see and change their own; an administrator sees and changes all.
    """

    def __init__(self, settings: Settings) -> None:
        self._stored = StoredScenarios(connect(settings.database_url))

    def save(
        self,
        content: Mapping[str, Any],
        caller: Caller,
        *,
        scenario_id: str = "",
        label: str = "",
    ) -> StoredScenario:
        """Store a scenario, or the next version of the scenario of an id.

        Parameters
        ----------
        content
            The keys of a scenario file (`geoservice.planning.scenario_file.scenario_of`):
            changes name no files.
        label
            How the author calls this version.

        Raises
        ------
        ScenarioError
            With every fault of the content itself.
        NotFoundError
            If the caller has no scenario of the id.
        """
        if len(label) > _LONGEST_LABEL:
            raise InputError(f"A label has at most {_LONGEST_LABEL} characters. Shorten it.")
        scenario = scenario_of(content)
        if not scenario_id:
            return self._stored.add(scenario.region, caller.owner, content, label)
        region = self.get(scenario_id, caller).region
        if scenario.region != region:
            raise InputError(
                f"The stored scenario is of the region `{region}`. Store this one as a new one."
            )
        return self._stored.add_version(scenario_id, _owner(caller), content, label)

    def get(self, scenario_id: str, caller: Caller, version: int | None = None) -> StoredScenario:
        """Return a version of a scenario, by default the latest.

        Raises
        ------
        NotFoundError
            If the caller has no such scenario, or it has no such version.
        """
        return self._stored.get(scenario_id, _owner(caller), version)

    def versions(self, scenario_id: str, caller: Caller) -> list[StoredScenario]:
        """Return all versions of a scenario, oldest at the top.

        Raises
        ------
        NotFoundError
            If the caller has no such scenario.
        """
        return self._stored.versions(scenario_id, _owner(caller))

    def list(self, caller: Caller, region: str = "") -> list[StoredScenario]:
        """Return the latest version of each scenario of the caller, oldest scenario at the top."""
        return self._stored.latest(_owner(caller), region)

    def delete(self, scenario_id: str, caller: Caller) -> None:
        """Delete a scenario with all its versions.

        Raises
        ------
        NotFoundError
            If the caller has no such scenario.
        """
        self._stored.delete(scenario_id, _owner(caller))


def _owner(caller: Caller) -> str | None:
    """Return the owner whose scenarios a caller sees; None for all scenarios."""
    return None if caller.is_admin else caller.owner
