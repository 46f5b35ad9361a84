"""The end of a table writer: one class for each file format."""

import polars as pl


class Sink:
    """Writes the chunks of a table into a file of one format."""

    def write(self, frame: pl.DataFrame) -> None:
        """Add rows; all chunks have the same columns."""
        raise NotImplementedError

    def close(self) -> None:
        """Complete the file."""
        raise NotImplementedError

    def discard(self) -> None:
        """Remove temporary files of the unfinished file."""
