"""Names that columns of student files and school lists have, and that no cell is made of."""

import re

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


def name_key(text: str) -> str:
    """A column's name as names are compared: without capitals, line breaks and doubled blanks."""
    return " ".join(text.split()).lower()


def is_known_name(text: str) -> bool:
    """True of a text that columns are called by, whatever its capitals and signs."""
    return re.sub(r"[\W_]+", "", text).lower() in _KNOWN
