"""Forms with a file: their description in the OpenAPI document, and their file and fields."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import FormData, UploadFile

from geoservice.errors import InputError


def file_form(file: str, fields: Sequence[str], required: Sequence[str] = ()) -> dict[str, Any]:
    """Return the OpenAPI request body of a form with a file and text fields."""
    texts = {field: {"type": "string"} for field in fields}
    schema = {
        "type": "object",
        "required": [file, *required],
        "properties": {file: {"type": "string", "format": "binary"}, **texts},
    }
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def posted_file(form: FormData) -> tuple[UploadFile, dict[str, str]]:
    """Return the field ``file`` of a form, and its other fields as text.

    Raises
    ------
    InputError
        If the form has no file.
    """
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise InputError("The form has no file. Send it in the field `file`.")
    return file, {key: str(value) for key, value in form.items() if key != "file"}
