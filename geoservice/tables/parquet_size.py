"""Bytes of the texts of a Parquet file, whose columns may have a text once for all its rows."""

from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.parquet

_BATCH_ROWS = 65_536
_TEXTS = (
    pyarrow.types.is_string,
    pyarrow.types.is_large_string,
    pyarrow.types.is_binary,
    pyarrow.types.is_large_binary,
)


def unpacked_bytes(path: Path, most_bytes: int) -> int:
    """Return the bytes of a Parquet file in memory; stop counting above ``most_bytes``.

    Raises
    ------
    pyarrow.ArrowException, OSError
        If the file is damaged.
    """
    with pyarrow.parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
        total = sum(int(group.total_byte_size) for group in groups)
        names = [field.name for field in file.schema_arrow if _is_text(field.type)]
    if total > most_bytes or not names:
        return total
    total = 0
    with pyarrow.parquet.ParquetFile(path, read_dictionary=names) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=names):
            total += sum(_text_bytes(column) for column in batch.columns)
            if total > most_bytes:
                break
    return total


def _is_text(kind: pyarrow.DataType) -> bool:
    if pyarrow.types.is_dictionary(kind):
        kind = kind.value_type
    return any(is_kind(kind) for is_kind in _TEXTS)


def _text_bytes(column: pyarrow.Array) -> int:
    """Return the bytes of all texts of a column, also of those that it has once."""
    if isinstance(column, pyarrow.DictionaryArray):
        lengths = pyarrow.compute.binary_length(column.dictionary)
        return pyarrow.compute.sum(lengths.take(column.indices)).as_py() or 0
    return int(column.nbytes)
