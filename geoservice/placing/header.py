"""What messages may say of a file's header line: it may be no header, but a student."""

import re
from collections.abc import Sequence

_DATUM = re.compile(r"^\d+\s+\S|^[\d\s./:-]{2,}$|@|^[^,]+,.*\d")
"""What a column is hardly ever called: an address, a number, a day, a mail address."""
_KNOWN = frozenset("""
    address fulladdress homeaddress studentaddress mailingaddress residentialaddress onelineaddress addr
    street streetaddress address1 addressline1 addr1 address2 addressline2 apt unit city town municipality
    state province zip zipcode zip5 postalcode postcode homecity homestate homezip lon lat longitude latitude
    id studentid studentno studentnumber stuid pupilid localid stateid sasid ssid name studentname firstname
    lastname middlename fullname givenname surname familyname dob birthdate dateofbirth gender sex race ethnicity
    phone email grade gradelevel gradecode school schoolid schoolname schoolcode schoolnumber homeschool year
    schoolyear program programme subgroup optout protected zone addresstype validfrom validto
    direccion domicilio calle ciudad estado codigopostal grado escuela nombre apellido apellidos telefono
    """.split())  # fmt: skip  # noqa: SIM905 - words read as words
"""Names that columns of student files have, and that no cell is made of."""
_ENOUGH = 2
_MOST = 30


def columns_told(columns: Sequence[str]) -> str:
    """A sentence that names a file's columns, where its first line surely holds names."""
    if not _is_header(columns):
        return (
            "Its first line is not shown here, because it may hold a student: too few of its cells are known as names of "
            "columns. See that the file has a header line, with names such as `student_id`, `address`, `city` and `grade`."
        )
    shown = ", ".join(f"`{column}`" for column in columns[:_MOST])
    more = f" and {len(columns) - _MOST} more" if len(columns) > _MOST else ""
    return f"Its columns are: {shown}{more}."


def _is_header(columns: Sequence[str]) -> bool:
    if any(_DATUM.search(column.strip()) for column in columns):
        return False
    known = sum(re.sub(r"[\W_]+", "", column).lower() in _KNOWN for column in columns)
    return known >= min(_ENOUGH, len(columns))
