"""Lists of students over HTTP: owned by their sender; every answer is recorded as a disclosure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from geoservice.batch.decisions import read_decisions
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_options import ENCODING, LAYOUT_FIELDS, layout_of, place_options
from geoservice.errors import ConflictError, InputError, NotFoundError
from geoservice.model.caller import Caller
from geoservice.model.roles import ROLES
from geoservice.model.settings import Settings
from geoservice.model.students import HELD_BY
from geoservice.model.years import read_year
from geoservice.reference.snapshot import Reference
from geoservice.service.audit import Disclosures, Requester, StudentSet, student_set
from geoservice.service.job_uploads import (
    check_upload_table,
    named_by_sender,
    options_of,
    purpose_of,
    receive,
)
from geoservice.service.jobs import Jobs
from geoservice.service.list_choice import (
    given_name,
    held_by,
    holders_of,
    lists_of_name,
    refuse_several,
    stored_name,
)
from geoservice.service.regions import Regions
from geoservice.service.shelf import Shelf, missing_data_set
from geoservice.service.students import Origin, RecordOptions, StudentFile, Students
from geoservice.state.database import connect, database_id
from geoservice.state.ledger import Row

ONLY_LIST = "only_list"
"""Field that is true if no other list may hold the year."""
DEFAULT_PURPOSE = "the list of the same caller"
"""Where a request does not say for what purpose."""
_ABOUT = ("owner", "agreement", "expires")
_HIDDEN_FIELDS = (HELD_BY, "sha256", "metric_crs")
_SINGULARS = {"subgroups": "subgroup", "programmes": "programme"}
"""Fields with several columns, and the options of the command that may be repeated for them."""
_JOB_OPTIONS = (*ROLES, *LAYOUT_FIELDS, ENCODING)
_SEVERAL = {*_SINGULARS, "type_order"}
_RECORDS = tuple(field.name for field in fields(RecordOptions))
FORM_FIELDS = (
    *("region", "name", *_ABOUT, *_JOB_OPTIONS),
    *(_SINGULARS.get(field, field) for field in _RECORDS),
    *("replace", "purpose"),
)
"""Fields of the form of a new list: the names of the command's options."""
Description = dict[str, Any]


class StudentLists:
    """The lists of one data folder. Callers see their own; an administrator sees all."""

    def __init__(self, settings: Settings, regions: Regions, jobs: Jobs) -> None:
        self._settings, self._regions, self._jobs = settings, regions, jobs
        self._students, self._shelf = Students(settings), Shelf(settings)
        self._disclosures = Disclosures(settings)
        self._folders = JobFolders(
            settings.home / "jobs", database_id(connect(settings.database_url))
        )
        self._set_of = lru_cache(maxsize=64)(self._students_of)

    def list(self, caller: Caller, purpose: str = "") -> list[Description]:
        """Return the descriptions of the caller's lists: counts, years, problems."""
        visible = [about for about in self._shelf.descriptions() if _may_see(caller, about)]
        for about in visible:
            self._record(about, caller, purpose, "students list")
        return [_description(about, caller) for about in visible]

    def named(self, region: str, name: str, caller: Caller) -> str:
        """Return the name under which the list is stored that a caller names.

        Raises
        ------
        NotFoundError
            If the caller may not have the list counted, or there is none: the answer is the same.
        """
        visible = held_by(self._shelf.descriptions(region), holders_of(caller))
        lists = lists_of_name(visible, name, caller.owner)
        if not lists:
            raise missing_data_set(visible)
        refuse_several(lists)
        return str(lists[0]["name"])

    def show(self, list_id: str, caller: Caller, purpose: str = "") -> Description:
        """Return the description of a list."""
        about = self._about(list_id, caller)
        self._record(about, caller, purpose, "students show")
        return _description(about, caller)

    def add(
        self, stream: IO[bytes], name: str, form: Mapping[str, Any], caller: Caller
    ) -> Description:
        """Place the students of a file and store them; ``form`` uses the command's option names.

        Columns of roles that the form does not name are guessed; an empty name means no column.
        The description has the guessed columns by role under ``guesses``.

        Raises
        ------
        InputError
            If a field is unknown, a column is missing, or owner, agreement or expiry is invalid.
        ConflictError
            If a list of that name exists.
        """
        request = _request_of(form)
        reference = self._regions.registered(request.region)
        limits = self._settings.limits
        folder = self._folders.receive()
        try:
            upload = receive(stream, name, folder, limits)
            path = folder / upload.file
            options = {**request.options, ENCODING: request.encoding, "replace": True}
            check_upload_table(path, options, limits, is_guessed=True)
            file = replace(_file_of(path, request), is_guessed=True)
            return self._take(file, request, reference, Origin(caller.owner), caller)
        except InputError as fault:
            raise named_by_sender(fault, folder) from fault
        finally:
            self._folders.discard(folder)

    def keep_job(self, job_id: str, form: Mapping[str, Any], caller: Caller) -> Description:
        """Store the rows of a finished job, with its decisions, as a list.

        The columns are those of the job; ``year`` is the school year of all rows.
        """
        with self._jobs.finished(job_id, caller) as (job, folder):
            return self._keep_job(job, folder, form, caller)

    def _keep_job(
        self, job: Row, folder: Path, form: Mapping[str, Any], caller: Caller
    ) -> Description:
        self._refuse_second_list(job["region"], form, caller)
        named = {key: value for key, value in form.items() if key not in ("year", ONLY_LIST)}
        named |= {"school_year": form["year"]} if form.get("year") else {}
        columns = {key: value for key, value in job["options"].items() if key in _JOB_OPTIONS}
        request = _request_of({**named, **columns, "region": job["region"]})
        reference = self._regions.at(job["region"], job["snapshot"])
        origin = Origin(caller.owner, read_decisions(folder, job["options"]))
        try:
            file = _file_of(folder / job["file"], request)
            return self._take(file, request, reference, origin, caller)
        except InputError as fault:
            raise named_by_sender(fault, folder) from fault

    def delete(self, list_id: str, caller: Caller, purpose: str = "") -> dict[str, Any]:
        """Delete a list; return the certificate."""
        about = self._about(list_id, caller)
        self._record(about, caller, purpose, "students delete")
        return self._shelf.delete(about["region"], about["name"])

    def _take(
        self,
        file: StudentFile,
        request: "ListRequest",
        reference: Reference,
        origin: Origin,
        caller: Caller,
    ) -> Description:
        self._refuse_others(request, caller)
        added = self._students.take(
            file, request.name, reference, request.about, replace=request.replace, origin=origin
        )
        about = self._shelf.description(request.region, added.name)
        self._record(about, caller, request.purpose, "students add")
        replaced = added.replaced["certificate"] if added.replaced else None
        return {**_description(about, caller), "replaced": replaced, "guesses": added.guesses}

    def _refuse_others(self, request: "ListRequest", caller: Caller) -> None:
        """Raise if the operator's name is that of a list of the command line."""
        listed = self._shelf.descriptions(request.region)
        name = stored_name(listed, request.name, caller.owner)
        for about in listed:
            if about["name"] == name and not _may_see(caller, about):
                raise ConflictError("A data set of that name exists. Choose another name.")

    def _refuse_second_list(self, region: str, form: Mapping[str, Any], caller: Caller) -> None:
        """Raise if the list must be the only list of its year, and another list holds the year.

        Two lists of one year have no public figures until one of them is named or deleted.
        """
        year, listed = read_year(str(form.get("year", ""))), self._shelf.descriptions(region)
        name = stored_name(listed, str(form.get("name", "")), caller.owner)
        # Lists of other callers are not told of; they change no public figures.
        counted = held_by(listed, holders_of(caller)) if form.get(ONLY_LIST) else ()
        for about in counted:
            if about["name"] != name and year in about["years"]:
                holder = (
                    f"The list `{given_name(about['name'])}`"
                    if _may_see(caller, about)
                    else "Another list"
                )
                raise ConflictError(
                    f"{holder} already holds students of {year}. Replace that list by giving its "
                    "name, or delete it."
                )

    def _about(self, list_id: str, caller: Caller) -> dict[str, Any]:
        region, _, name = list_id.rpartition(".")
        listed = self._shelf.descriptions(region)
        visible = [about for about in listed if _may_see(caller, about)]
        lists = lists_of_name(visible, name, caller.owner)
        if not lists:
            raise NotFoundError("There is no list of students of that id.")
        refuse_several(lists)
        return dict(lists[0])

    def _record(self, about: dict[str, Any], caller: Caller, purpose: str, endpoint: str) -> None:
        students = self._set_of(about["region"], about["name"], about["version"])
        self._disclosures.record(
            students,
            purpose=purpose_of(purpose) or DEFAULT_PURPOSE,
            endpoint=endpoint,
            region=about["region"],
            data_version=f"{about['name']}:{about['version']} {about['snapshot']}",
            filters={"students": about["name"]},
            requester=Requester(caller.name, caller.role),
        )

    def _students_of(self, region: str, name: str, version: str) -> StudentSet:
        rows = self._shelf.read({"region": region, "name": name, "version": version})
        return student_set(rows["student"])


@dataclass(frozen=True)
class ListRequest:
    """A request to store a list.

    Attributes
    ----------
    about
        Owner, agreement and expiry.
    options
        Columns of address, grade, school and id, and where the table lies.
    records
        Columns that say more of a student.
    """

    region: str
    name: str
    about: dict[str, str]
    options: dict[str, Any]
    records: RecordOptions
    purpose: str
    encoding: str | None
    replace: bool


def _request_of(form: Mapping[str, Any]) -> ListRequest:
    """Return the request of a form.

    Raises
    ------
    InputError
        If a field is no option.
    """
    given = {key.replace("-", "_"): value for key, value in form.items()}
    named = {key: value for key, value in given.items() if value not in ("", None)}
    unread = {role: "" for role in ROLES if given.get(role) == ""}
    for field, option in _SINGULARS.items():
        named |= {field: named.pop(option)} if option in named else {}
    records = {key: _listed(key, named.pop(key)) for key in _RECORDS if key in named}
    about = {key: str(named.pop(key, "")) for key in _ABOUT}
    return ListRequest(
        region=str(named.pop("region", "")),
        name=str(named.pop("name", "")),
        about=about,
        records=RecordOptions(**records),
        purpose=purpose_of(str(named.pop("purpose", ""))),
        encoding=named.pop("encoding", None),
        replace=str(named.pop("replace", "")).lower() in ("1", "true", "yes"),
        options={**options_of({key: str(value) for key, value in named.items()}), **unread},
    )


def _file_of(path: Path, request: ListRequest) -> StudentFile:
    return StudentFile(
        path,
        replace(place_options(request.options), replace=True),
        request.records,
        request.encoding,
        layout_of(request.options),
    )


def _listed(key: str, value: object) -> Any:  # noqa: ANN401
    """Return a value of `RecordOptions`; options with several names become a tuple."""
    if key not in _SEVERAL:
        return str(value)
    names = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return tuple(part.strip() for name in names for part in str(name).split(","))


def _may_see(caller: Caller, about: Mapping[str, Any]) -> bool:
    """Return True for lists of the caller; lists of the command line belong to administrators."""
    return caller.may_see(about.get(HELD_BY, ""))


def _description(about: Mapping[str, Any], caller: Caller) -> Description:
    """Return what a caller sees of a list; for an administrator its id has a mark of its holder."""
    # The database names columns by a kind of text of its own, which JSON does not know.
    shown = {str(key): value for key, value in about.items() if key not in _HIDDEN_FIELDS}
    given = given_name(about["name"])
    named = given if about.get(HELD_BY) == caller.owner else about["name"]
    return {"id": f"{about['region']}.{named}", **shown, "name": given}
