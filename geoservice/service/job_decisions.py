"""People's decisions on single addresses of a finished job: checked, stored, and applied."""

from typing import IO

import polars as pl

from geoservice.batch.decisions import remove_decisions, write_decisions
from geoservice.batch.folders import JobFolders
from geoservice.batch.job_files import JobFiles
from geoservice.batch.job_options import DECISIONS, place_options
from geoservice.errors import ConflictError, InputError
from geoservice.model.limits import Limits
from geoservice.placing.checking import refuse_lost_decisions
from geoservice.placing.review import FILLED, Overrides, read_overrides
from geoservice.service.geocoding import whole_table
from geoservice.service.job_uploads import named_by_sender, receive
from geoservice.service.regions import Regions
from geoservice.state.ledger import Ledger, Row
from geoservice.tables.bombs import refuse_bomb


class JobDecisions:
    """Decisions about the jobs of one data folder. The caller's access is checked before."""

    def __init__(self, regions: Regions, ledger: Ledger, folders: JobFolders) -> None:
        self._regions, self._ledger, self._folders = regions, ledger, folders

    def read(self, stream: IO[bytes], name: str, limits: Limits) -> pl.DataFrame:
        """Return the rows of a filled review, from any kind of file that jobs accept."""
        incoming = self._folders.receive()
        try:
            path = incoming / receive(stream, name, incoming, limits).file
            refuse_bomb(path, path.name, limits.max_unpacked_bytes, limits.max_unpacked_ratio)
            return whole_table(path, FILLED)
        except InputError as fault:
            raise named_by_sender(fault, incoming) from fault
        finally:
            self._folders.discard(incoming)

    def put(self, job: Row, review: pl.DataFrame) -> None:
        """Replace the decisions of a job by the decisions of a filled review.

        Raises
        ------
        InputError
            If the table is no review, or a decision leads to no single place; names its row.
        ConflictError
            If the job is not done.
        """
        overrides = read_overrides(review)
        reference = self._regions.at(job["region"], job["snapshot"])
        refuse_lost_decisions(overrides, reference, place_options(job["options"]).allow)
        with self._folders.files(job["id"]) as files:
            self._replace(job, overrides, files)

    def _replace(self, job: Row, overrides: Overrides, files: JobFiles) -> None:
        options = {key: value for key, value in job["options"].items() if key != DECISIONS}
        if len(overrides.table):
            options[DECISIONS] = write_decisions(overrides, files)
        if not self._ledger.place_again(job["id"], options):
            remove_decisions(files, options)
            raise ConflictError("The job has not finished. Wait until its state is `done`.")
        remove_decisions(files, job["options"])
