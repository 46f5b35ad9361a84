"""Every example runs as its first lines say, with the real program that it is for."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import httpx
import nbformat
import pytest
from docx import Document
from nbclient import NotebookClient
from nbconvert import HTMLExporter

pytestmark = pytest.mark.slow
_ROOT = Path(__file__).parents[1]
_EXAMPLES = _ROOT / "examples"
_SYSTEM_PYTHON = "/usr/bin/python3"


def _has_qgis() -> bool:
    """Whether the system's Python has QGIS; the Python of the tests never does."""
    with contextlib.suppress(OSError):
        looked = subprocess.run([_SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True)
        return looked.returncode == 0
    return False


def _has_sf() -> bool:
    if shutil.which("Rscript") is None:
        return False
    line = ["Rscript", "-e", "stopifnot(requireNamespace('sf', quietly = TRUE))"]
    return subprocess.run(line, capture_output=True).returncode == 0


def _run(line, folder, **environ):
    """Run a program to its end; its last lines stand in the message where it fails."""
    ran = subprocess.run(
        [str(word) for word in line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout[-1_000:] + ran.stderr[-3_000:]
    return ran.stdout


@pytest.fixture
def data(home, riverbend, riverbend_folder, monkeypatch):
    """The environment of an example: the built region and its data folder."""
    monkeypatch.setenv("GEOSERVICE_HOME", str(home))
    monkeypatch.setenv("REGION", str(riverbend_folder))
    return riverbend_folder


def _executed(cells, folder):
    """The HTML of a notebook after a real kernel has run it."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(folder))
    return HTMLExporter().from_notebook_node(notebook)[0]


def _check_page(text):
    assert "<iframe" in text
    assert "quality" in text.lower()
    assert text.count("<tr") > 6


def test_the_notebook_runs_and_keeps_its_map(data, tmp_path):
    notebook = nbformat.read(_EXAMPLES / "notebook.ipynb", as_version=4)
    text = _executed(notebook.cells, tmp_path)
    _check_page(text)
    assert "unmatched" in text


def test_the_quarto_document_renders(data, tmp_path):
    """With Quarto where it is installed, else its cells run and become HTML by nbconvert."""
    document = shutil.copy(_EXAMPLES / "report.qmd", tmp_path)
    if shutil.which("quarto"):
        _run(["quarto", "render", document], tmp_path)
        _check_page((tmp_path / "report.html").read_text("utf-8"))
        return
    text = Path(document).read_text("utf-8").split("---\n", 2)[2]
    parts = re.split(r"^```\{python\}\n(.*?)^```\n", text, flags=re.DOTALL | re.MULTILINE)
    cells = [
        nbformat.v4.new_code_cell(part) if index % 2 else nbformat.v4.new_markdown_cell(part)
        for index, part in enumerate(parts)
    ]
    assert len(parts) == 7
    _check_page(_executed(cells, tmp_path))


@pytest.mark.skipif(not _has_qgis(), reason="QGIS is not installed (Debian: python3-qgis)")
def test_qgis_opens_the_layers(server, tmp_path):
    text = (_EXAMPLES / "geoservice.qlr").read_text("utf-8")
    (tmp_path / "here.qlr").write_text(text.replace("http://127.0.0.1:8000", server.url))
    script = _EXAMPLES / "open_in_qgis.py"
    environ = {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path)}
    said = _run([_SYSTEM_PYTHON, script, tmp_path / "here.qlr"], tmp_path, **environ)
    layers = dict(line.split(" | valid: True | ") for line in said.splitlines()[1:])
    assert int(layers["Riverbend: schools"]) == 60
    assert int(layers["Riverbend: planning areas"]) == 6
    assert layers["Riverbend: streets (tiles)"] == "tiles"


@pytest.mark.skipif(not _has_sf(), reason="R with sf is not installed (Debian: r-cran-sf)")
def test_r_reads_geojson_and_geopackage(server, tmp_path):
    said = _run(["Rscript", _EXAMPLES / "read_maps.R", server.url], tmp_path)
    assert "quality_seats" in said
    assert said.count("\n") > 5


def test_duckdb_reads_rows_and_the_map(data, command, riverbend_folder, tmp_path, monkeypatch):
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()[:300]
    (tmp_path / "students.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    text = (_EXAMPLES / "read_parquet.sql").read_text("utf-8")
    for line in re.findall(r"^--   geoservice (.*)$", text, re.MULTILINE):
        ran = command(*line.split())
        assert ran.returncode == 0, ran.stderr
    statements = [part for part in re.sub(r"--.*", "", text).split(";") if part.strip()]
    rows, areas = (duckdb.sql(statement).fetchall() for statement in statements)
    assert sum(row[2] for row in rows) == len(lines) - 1
    assert areas
    assert all(0 <= share <= 1 for _, share, _ in areas)


def test_an_app_of_your_own_holds_the_service(data, home, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(_EXAMPLES)]
    environ = {**os.environ, "PYTHONPATH": str(_ROOT)}
    running = subprocess.Popen([*line, "--port", str(port)], env=environ, cwd=tmp_path)
    try:
        own = _answer(f"http://127.0.0.1:{port}/portal")
        assert own.json()["ratings"] == "/maps/ratings"
        # The data folder of a test run may have other regions too.
        link = f"http://127.0.0.1:{port}{own.json()['ratings']}"
        shown = httpx.get(link, params={"region": "riverbend"}, timeout=60)
        assert shown.status_code == 200
        assert "script-src" in shown.headers["content-security-policy"]
    finally:
        running.terminate()
        running.wait(timeout=30)


def _answer(url):
    """The first answer of a service that is starting."""
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(url, timeout=60)
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def test_the_html_report_is_one_file_that_describes_its_pictures(data, tmp_path, page):
    _run([sys.executable, _EXAMPLES / "html_report.py", tmp_path / "report.html", data], tmp_path)
    page.goto((tmp_path / "report.html").as_uri())
    pictures = page.locator("img")
    assert pictures.count() == 2
    for index in range(2):
        assert len(pictures.nth(index).get_attribute("alt")) > 50
        assert pictures.nth(index).evaluate("picture => picture.naturalWidth") > 100
    assert page.locator("tbody tr").count() >= 6
    assert all(address.startswith(("file:", "data:")) for address in page.asked)


def test_the_word_document_has_pictures_with_alternative_texts(data, tmp_path):
    _run([sys.executable, _EXAMPLES / "word_report.py", tmp_path / "report.docx", data], tmp_path)
    document = Document(tmp_path / "report.docx")
    assert len(document.inline_shapes) == 2
    for shape in document.inline_shapes:
        assert len(shape._inline.docPr.get("descr")) > 50
        assert shape.width.inches == pytest.approx(6.5)
    assert len(document.tables[0].rows) >= 7


def test_the_list_of_examples_names_every_file():
    listed = set(re.findall(r"\]\(([^)]+)\)", (_EXAMPLES / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in _EXAMPLES.iterdir() if path.is_file()} - {"README.md"}
