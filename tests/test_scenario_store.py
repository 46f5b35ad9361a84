"""Stored scenarios: versions with labels, owners, and what may not be stored."""

import pytest

from geoservice.errors import InputError, NotFoundError
from geoservice.model.caller import Caller
from geoservice.model.settings import Settings
from geoservice.planning.scenario import ScenarioError
from geoservice.planning.scenario_file import scenario_of
from geoservice.service.scenario_store import ScenarioStore

CONTENT = {
    "id": "try",
    "name": {"en": "Try"},
    "region": "grid",
    "zones": "elementary",
    "first_year": "2027-28",
    "changes": [{"assign": {"00": "B"}}],
}
PLANNER = Caller("key:1", "key 1", ("maps:read",))
OTHER = Caller("key:2", "key 2", ("maps:read",))
ADMIN = Caller("key:3", "key 3", ("admin",))


@pytest.fixture
def store(tmp_path):
    return ScenarioStore(Settings.read({"GEOSERVICE_HOME": str(tmp_path)}))


def test_versions_are_numbered_and_keep_their_labels(store):
    stored = store.save(CONTENT, PLANNER, label="draft")
    changed = {**CONTENT, "changes": []}
    again = store.save(changed, PLANNER, scenario_id=stored.id, label="after the meeting")
    assert (stored.version, again.version, again.id) == (1, 2, stored.id)
    versions = store.versions(stored.id, PLANNER)
    assert [version.label for version in versions] == ["draft", "after the meeting"]
    assert store.get(stored.id, PLANNER).content == changed
    assert store.get(stored.id, PLANNER, 1).content == CONTENT
    assert [listed.version for listed in store.list(PLANNER, "grid")] == [2]
    assert store.list(PLANNER, "elsewhere") == []


def test_a_scenario_is_its_owners_and_the_administrators(store):
    stored = store.save(CONTENT, PLANNER)
    assert store.list(OTHER) == []
    for refused in (store.get, store.versions, store.delete):
        with pytest.raises(NotFoundError):
            refused(stored.id, OTHER)
    with pytest.raises(NotFoundError):
        store.save(CONTENT, OTHER, scenario_id=stored.id)
    assert store.get(stored.id, ADMIN).owner == PLANNER.owner
    store.delete(stored.id, PLANNER)
    with pytest.raises(NotFoundError):
        store.get(stored.id, PLANNER)


def test_what_is_faulty_is_not_stored(store):
    with pytest.raises(ScenarioError, match="`first_year` must be a school year"):
        store.save({**CONTENT, "first_year": "soon"}, PLANNER)
    stored = store.save(CONTENT, PLANNER)
    with pytest.raises(InputError, match="of the region `grid`"):
        store.save({**CONTENT, "region": "other"}, PLANNER, scenario_id=stored.id)
    with pytest.raises(InputError, match="200 characters"):
        store.save(CONTENT, PLANNER, label="x" * 201)
    assert len(store.versions(stored.id, PLANNER)) == 1


@pytest.mark.parametrize("change", [{"assign": "/etc/hosts"}, {"zones": "../zones.geojson"}])
def test_stored_scenarios_name_no_files(change):
    with pytest.raises(ScenarioError, match="name no files"):
        scenario_of({**CONTENT, "changes": [change]})
    with pytest.raises(ScenarioError, match="give each block a school"):
        scenario_of({**CONTENT, "changes": [{"assign": {"00": 3}}]})
