"""Safe extraction of zip and gzip files."""

import gzip
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from geoservice.errors import InputError
from geoservice.tables.bombs import ARCHIVE_FAULTS

READABLE = (
    ".shp",
    ".gpkg",
    ".geojson",
    ".json",
    ".geojsonl",
    ".fgb",
    ".kml",
    ".kmz",
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".ods",
    ".parquet",
    ".geoparquet",
)
_SIDE_FILES = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".xml", ".cst")
_MOST_BYTES = 8_000_000_000
_MOST_MEMBERS = 10_000


@contextmanager
def plain_file(path: Path, layer: str | None = None) -> Iterator[Path]:
    """Yield the path of a file, extracted to a private temporary folder if it is zip or gzip.

    Raises
    ------
    InputError
        If the file is missing, not a zip, damaged or too large, or has several files and
        ``layer`` names none of them.
    """
    if not path.exists():
        raise InputError(
            f"There is no file `{path.name}` in the region's folder. Copy it into the folder, or "
            "remove its section from `region.toml`."
        )
    ending = path.suffix.lower()
    if ending not in (".zip", ".gz") or path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="geoservice-") as folder:
        unpack = _unzipped if ending == ".zip" else _gunzipped
        yield unpack(path, Path(folder), layer)


def inner_files(path: Path) -> tuple[str, ...]:
    """Return the names of several readable files in a zip, which ``layer`` selects.

    Empty for a zip with a single readable file.
    """
    if path.suffix.lower() != ".zip":
        return ()
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(member.filename) for member in _members(archive, path)]
    except ARCHIVE_FAULTS:
        return ()  # The fault is told where the file is read.
    stems = tuple(name.stem for name in _readable(names))
    return stems if len(stems) > 1 else ()


def _unzipped(path: Path, folder: Path, layer: str | None) -> Path:
    if not zipfile.is_zipfile(path):
        raise InputError(f"`{path.name}` is not a zip file, or it is cut off. Download it again.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path)
            chosen = _chosen([PurePosixPath(member.filename) for member in members], path, layer)
            for member in members:
                name = PurePosixPath(member.filename)
                if name.parent == chosen.parent and _belongs(name, chosen):
                    with archive.open(member) as source, (folder / name.name).open("wb") as target:
                        shutil.copyfileobj(source, target)
                elif name.parent == chosen:  # A geodatabase is a folder.
                    (folder / chosen.name).mkdir(exist_ok=True)
                    with (
                        archive.open(member) as source,
                        (folder / chosen.name / name.name).open("wb") as target,
                    ):
                        shutil.copyfileobj(source, target)
    except ARCHIVE_FAULTS as fault:
        raise InputError(
            f"`{path.name}` cannot be unpacked: it is damaged or has a password."
        ) from fault
    return folder / chosen.name


def _members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not any(
            part.startswith((".", "__MACOSX")) for part in PurePosixPath(member.filename).parts
        )
    ]
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _MOST_BYTES:
        raise InputError(f"`{path.name}` is too large when unpacked. Unpack it by hand.")
    return members


def _belongs(name: PurePosixPath, chosen: PurePosixPath) -> bool:
    if name == chosen:
        return True
    same = name.name.lower().startswith(chosen.stem.lower() + ".")
    return chosen.suffix.lower() == ".shp" and same and name.suffix.lower() in _SIDE_FILES


def _chosen(names: list[PurePosixPath], path: Path, layer: str | None) -> PurePosixPath:
    readable = _readable(names)
    if layer is not None and len(readable) > 1:
        readable = [name for name in readable if layer in (name.stem, name.name)]
    if len(readable) == 1:
        return readable[0]
    if not readable:
        raise InputError(
            f"`{path.name}` contains no readable file"
            + (" with the name in `layer`." if layer else ", such as a .shp.")
        )
    listed = ", ".join(f"`{name.stem}`" for name in readable[:20])
    raise InputError(f"`{path.name}` contains several files. Choose with `layer`: {listed}.")


def _readable(names: list[PurePosixPath]) -> list[PurePosixPath]:
    """Return the readable files; shapefiles precede GeoPackages, which precede GeoJSON."""
    readable = [name for name in names if name.suffix.lower() in READABLE]
    folders = dict.fromkeys(name.parent for name in names)
    readable += [folder for folder in folders if folder.suffix.lower() == ".gdb"]
    for ending in (".shp", ".gpkg", ".geojson"):
        preferred = [name for name in readable if name.suffix.lower() == ending]
        if preferred:
            return preferred
    return readable


def _gunzipped(path: Path, folder: Path, _: str | None) -> Path:
    target = folder / path.stem
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as sink:
            written = 0
            while block := source.read(1 << 20):
                written += len(block)
                if written > _MOST_BYTES:
                    raise InputError(f"`{path.name}` is too large when unpacked.")
                sink.write(block)
    except ARCHIVE_FAULTS as fault:
        raise InputError(f"`{path.name}` cannot be unpacked: it is cut off or damaged.") from fault
    return target
