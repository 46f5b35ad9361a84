"""Previews of files before they are sent as jobs: columns, first values and guessed roles."""

from pathlib import Path
from typing import IO, Any

import polars as pl

from geoservice.batch.folders import JobFolders
from geoservice.batch.job_options import ENCODING, LAYOUT_FIELDS, layout_of
from geoservice.errors import InputError
from geoservice.model.settings import Settings
from geoservice.placing.guessing import guess_columns
from geoservice.placing.joined_columns import names_in
from geoservice.reference.snapshot import Reference
from geoservice.service.job_uploads import named_by_sender, options_of, receive
from geoservice.state.database import connect, database_id
from geoservice.tables.bombs import refuse_bomb
from geoservice.tables.reading import open_table

_SHOWN_ROWS = 5
_READ_ROWS = 500
_LONGEST_VALUE = 80


class TablePreviews:
    """Previews of files. Nothing of a file stays: no entry, no copy."""

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.limits
        self._folders = JobFolders(
            settings.home / "jobs", database_id(connect(settings.database_url))
        )

    def preview(
        self, stream: IO[bytes], name: str, form: dict[str, str], reference: Reference
    ) -> dict[str, Any]:
        """Return the columns of a file with their first values, and the guessed roles.

        Parameters
        ----------
        form
            ``sheet``, ``header_row`` and ``encoding``, as for a job.

        Raises
        ------
        InputError
            If the file cannot be read as a table.
        """
        known = {*LAYOUT_FIELDS, ENCODING}
        options = options_of({key: text for key, text in form.items() if key in known})
        folder = self._folders.receive()
        try:
            upload = receive(stream, name, folder, self._limits)
            rows, notes = self._first_rows(folder / upload.file, options)
        except InputError as fault:
            raise named_by_sender(fault, folder) from fault
        finally:
            self._folders.discard(folder)
        guesses = guess_columns(rows, reference)
        roles = {
            column: role
            for role, guess in guesses.items()
            for column in (guess.column, *names_in(guess.column))
        }
        return {
            "columns": [
                {"name": column, "role": roles.get(column), "values": _values(rows[column])}
                for column in rows.columns
            ],
            "guesses": {role: guess.column for role, guess in guesses.items()},
            "by_values": [role for role, guess in guesses.items() if guess.by_values],
            "notes": notes,
        }

    def _first_rows(self, path: Path, options: dict[str, Any]) -> tuple[pl.DataFrame, list[str]]:
        refuse_bomb(
            path, path.name, self._limits.max_unpacked_bytes, self._limits.max_unpacked_ratio
        )
        layout, encoding = layout_of(options), options.get(ENCODING)
        with open_table(path, encoding=encoding, layout=layout, copies=path.parent) as table:
            rows = table.first_rows(_READ_ROWS)
            notes = [note.replace(f"`{path.name}`", "The file") for note in table.notes]
        return rows.select(pl.all().cast(pl.String, strict=False)), notes


def _values(column: pl.Series) -> list[str]:
    return column.head(_SHOWN_ROWS).fill_null("").str.slice(0, _LONGEST_VALUE).to_list()
