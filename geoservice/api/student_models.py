"""Models of the JSON answers on lists of students, for the OpenAPI document."""

from pydantic import BaseModel

from geoservice.api.answer_models import ExtensibleAnswer, Next


class StudentProblem(BaseModel):
    """A kind of problem in a list, with up to ten row numbers."""

    code: str
    meaning: str
    count: int
    rows: list[int]


class StudentListAnswer(ExtensibleAnswer):
    """A list of students, described by counts."""

    id: str
    region: str
    name: str
    owner: str
    agreement: str
    expires: str
    added: str
    version: str
    snapshot: str
    rows: int
    matched: int
    opted_out: int
    years: list[str | None]
    by_year: dict[str, int]
    by_match: dict[str, int]
    by_reason: dict[str, int]
    problems: list[StudentProblem]
    replaced: str | None = None
    guesses: dict[str, str] | None = None


class StudentListPage(BaseModel):
    """Lists of the caller."""

    items: list[StudentListAnswer]
    next: Next
