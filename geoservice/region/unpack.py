"""The district's files made plain on disk: zip and gzip opened safely, junk left out."""

import gzip
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from geoservice.errors import InputError

READABLE = (".shp", ".gpkg", ".geojson", ".json", ".geojsonl", ".fgb", ".kml", ".kmz", ".csv",
            ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".geoparquet")  # fmt: skip
_SIDE_FILES = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".xml", ".cst")
_MOST_BYTES = 8_000_000_000
_MOST_MEMBERS = 10_000


@contextmanager
def plain_file(path: Path, layer: str | None = None) -> Iterator[Path]:
    """The file itself, or what a zip or gzip of it holds, in a private folder for a while.

    Raises
    ------
    InputError
        Where the file is missing, no zip, damaged, too large, or holds several files of which
        ``layer`` names none.
    """
    if not path.exists():
        raise InputError(f"There is no file `{path.name}` in the region's folder.")
    ending = path.suffix.lower()
    if ending not in (".zip", ".gz") or path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="geoservice-") as folder:
        unpack = _unzipped if ending == ".zip" else _gunzipped
        yield unpack(path, Path(folder), layer)


def inner_files(path: Path) -> tuple[str, ...]:
    """The names by which ``layer`` may choose among several files of a zip; empty where it holds one."""
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return ()
    with zipfile.ZipFile(path) as archive:
        names = [PurePosixPath(member.filename) for member in _members(archive, path)]
    stems = tuple(name.stem for name in _readable(names))
    return stems if len(stems) > 1 else ()


def _unzipped(path: Path, folder: Path, layer: str | None) -> Path:
    if not zipfile.is_zipfile(path):
        raise InputError(f"`{path.name}` is no zip file, or it is cut off. Download it again.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path)
            chosen = _chosen([PurePosixPath(one.filename) for one in members], path, layer)
            for one in members:
                name = PurePosixPath(one.filename)
                if name.parent == chosen.parent and _belongs(name, chosen):
                    with archive.open(one) as source, (folder / name.name).open("wb") as target:
                        shutil.copyfileobj(source, target)
                elif name.parent == chosen:  # A file of a geodatabase, which is a folder.
                    (folder / chosen.name).mkdir(exist_ok=True)
                    with (
                        archive.open(one) as source,
                        (folder / chosen.name / name.name).open("wb") as target,
                    ):
                        shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as fault:
        raise InputError(
            f"`{path.name}` cannot be unpacked: it is damaged or has a password."
        ) from fault
    return folder / chosen.name


def _members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    members = [
        one for one in archive.infolist()
        if not one.is_dir() and not any(
            part.startswith((".", "__MACOSX")) for part in PurePosixPath(one.filename).parts
        )
    ]  # fmt: skip
    if len(members) > _MOST_MEMBERS or sum(one.file_size for one in members) > _MOST_BYTES:
        raise InputError(f"`{path.name}` would unpack to more than is sensible. Unpack it by hand.")
    return members


def _belongs(name: PurePosixPath, chosen: PurePosixPath) -> bool:
    if name == chosen:
        return True
    same = name.name.lower().startswith(chosen.stem.lower() + ".")
    return chosen.suffix.lower() == ".shp" and same and name.suffix.lower() in _SIDE_FILES


def _chosen(names: list[PurePosixPath], path: Path, layer: str | None) -> PurePosixPath:
    readable = _readable(names)
    if layer is not None and len(readable) > 1:
        readable = [one for one in readable if layer in (one.stem, one.name)]
    if len(readable) == 1:
        return readable[0]
    if not readable:
        raise InputError(
            f"`{path.name}` holds no file that can be read"
            + (" under the name that `layer` gives." if layer else ", such as a .shp.")
        )
    listed = ", ".join(f"`{one.stem}`" for one in readable[:20])
    raise InputError(f"`{path.name}` holds several files. Say which with `layer`: {listed}.")


def _readable(names: list[PurePosixPath]) -> list[PurePosixPath]:
    """The files that can be read; only shapefiles where there is one, else only GeoPackages."""
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
                    raise InputError(f"`{path.name}` would unpack to more than is sensible.")
                sink.write(block)
    except (OSError, EOFError) as fault:
        raise InputError(f"`{path.name}` cannot be unpacked: it is cut off or damaged.") from fault
    return target
