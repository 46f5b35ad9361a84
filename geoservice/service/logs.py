"""The log of a process on standard error: sentences or JSON lines, without personal data."""

import json
import logging
import sys
import time

from geoservice.model.settings import Settings

LOGGER = "geoservice"
_BY_LIBRARY = "A library reported an error"
"""Said instead of the text of a library, which may hold parts of a body or of a file."""
_FIELDS = ("request_id", "method", "route", "status", "ms", "caller", "fault", "place")


def set_up_log(settings: Settings) -> None:
    """Write the program's log in the format that the settings name.

    Of other libraries only errors are told: warnings of a parser come with every bad request, and
    warnings of Python may quote a cell.
    """
    logging.captureWarnings(True)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.operations.log_format == "json" else Sentences())
    logger = logging.getLogger(LOGGER)
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)
    if others := logging.lastResort:
        others.setFormatter(handler.formatter)
        others.setLevel(logging.ERROR)


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, message, and the known fields of the record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, without its traceback, which may contain cells."""
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        content = {
            "time": f"{when}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "message": _message(record),
            **_fields(record),
        }
        return json.dumps(content, ensure_ascii=True)


class Sentences(logging.Formatter):
    """A sentence, followed by the known fields of the record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        return f"geoservice: {_message(record)} {fields}".rstrip()


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == LOGGER


def _message(record: logging.LogRecord) -> str:
    return record.getMessage() if _is_ours(record) else _BY_LIBRARY


def _fields(record: logging.LogRecord) -> dict[str, object]:
    values = {name: getattr(record, name, None) for name in _FIELDS}
    if not _is_ours(record):
        kind = record.exc_info[0] if record.exc_info else None
        values |= {"library": record.name, "fault": kind.__name__ if kind else None}
    return {name: value for name, value in values.items() if value is not None}
