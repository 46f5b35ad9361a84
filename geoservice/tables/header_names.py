"""Common column names of student files and school lists; cells rarely hold them."""

import re
import unicodedata

_KNOWN = frozenset(
    [
        "address",
        "fulladdress",
        "homeaddress",
        "studentaddress",
        "mailingaddress",
        "residentialaddress",
        "onelineaddress",
        "addr",
        "street",
        "streetaddress",
        "address1",
        "addressline1",
        "addr1",
        "address2",
        "addressline2",
        "housenumber",
        "houseno",
        "streetnumber",
        "streetno",
        "stnumber",
        "streetname",
        "stname",
        "streettype",
        "streetsuffix",
        "predir",
        "postdir",
        "apt",
        "unit",
        "city",
        "town",
        "municipality",
        "state",
        "province",
        "zip",
        "zipcode",
        "zip5",
        "postalcode",
        "postcode",
        "homecity",
        "homestate",
        "homezip",
        "lon",
        "lat",
        "longitude",
        "latitude",
        "id",
        "studentid",
        "studentno",
        "studentnumber",
        "stuid",
        "pupilid",
        "localid",
        "stateid",
        "sasid",
        "ssid",
        "name",
        "studentname",
        "firstname",
        "lastname",
        "middlename",
        "fullname",
        "givenname",
        "surname",
        "familyname",
        "dob",
        "birthdate",
        "dateofbirth",
        "gender",
        "sex",
        "race",
        "ethnicity",
        "phone",
        "email",
        "grade",
        "gradelevel",
        "gradecode",
        "school",
        "schoolid",
        "schoolname",
        "schoolcode",
        "schoolnumber",
        "homeschool",
        "year",
        "schoolyear",
        "program",
        "programme",
        "subgroup",
        "optout",
        "protected",
        "zone",
        "addresstype",
        "validfrom",
        "validto",
        "direccion",
        "domicilio",
        "calle",
        "ciudad",
        "estado",
        "codigopostal",
        "grado",
        "escuela",
        "nombre",
        "apellido",
        "apellidos",
        "telefono",
    ]
)


def name_key(text: str) -> str:
    """Return a column name for comparison: lower case, without line breaks and double blanks."""
    return " ".join(text.split()).lower()


def name_words(name: str) -> str:
    """Return a column name as small ASCII words joined by underlines; ``#`` is a number."""
    plain = unicodedata.normalize("NFKD", name.replace("º", "o").replace("#", " no"))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", plain.encode("ascii", "ignore").decode())
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def is_known_name(text: str) -> bool:
    """Return whether a text is a common column name; case and signs do not matter."""
    return re.sub(r"[\W_]+", "", text).lower() in _KNOWN
