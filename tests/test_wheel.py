"""The built wheel works outside the checkout: the demo, its maps, and a user's own map."""

import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
from pathlib import Path

import pytest

from geoservice.model.shipped import shipped_folder

CHECKOUT = Path(__file__).resolve().parents[1]
OWN_MAP = (CHECKOUT / "maps" / "ratings.toml").read_text("utf-8")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from the files of the checkout that version control does not ignore."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0")[:-1]:
        if not (CHECKOUT / name).is_file():
            continue  # a deleted file, or a link to an environment
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((CHECKOUT / name).read_bytes())
    options = ["--no-deps", "--no-build-isolation", "-q", "-w", folder]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, source], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the folder of an environment with the wheel; it borrows the locked dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    target = ["--target", packages, "--no-deps", "-q"]
    subprocess.run([sys.executable, "-m", "pip", "install", *target, wheel], check=True)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture
def run(installed, tmp_path):
    """Run a command of the installed package, away from the checkout."""

    def call(*words):
        environ = _environ(installed)
        program = [installed / "venv" / "bin" / "python", "-m", "geoservice.cli.main"]
        return subprocess.run(
            [*program, *words], cwd=tmp_path, env=environ, capture_output=True, text=True
        )

    return call


def _environ(installed):
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(installed), "GEOSERVICE_HOME": str(installed / "home")}


def test_the_wheel_carries_every_map_and_lists_them(run):
    listed = run("maps", "list")
    assert listed.returncode == 0, listed.stderr
    assert {line.split()[0] for line in listed.stdout.splitlines()} == {
        path.stem for path in shipped_folder("maps").rglob("*.toml")
    }


def test_without_arguments_the_command_says_how_to_begin(run):
    said = run()
    assert said.returncode == 0
    assert "geoservice demo" in said.stdout
    assert "geoservice region init FOLDER" in said.stdout


def test_a_folder_of_own_maps_joins_the_shipped_maps(run, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "our-ratings.toml").write_text(OWN_MAP, "utf-8")
    listed = run("maps", "list", "--maps", "own")
    assert "our-ratings" in listed.stdout
    assert "participation" in listed.stdout


def test_an_own_map_replaces_the_shipped_map_of_its_id_and_its_faults_are_named(run, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "ratings.toml").write_text("why = 1\n" + OWN_MAP, "utf-8")
    checked = run("maps", "check", "--maps", "own")
    assert checked.returncode == 2
    assert "`ratings.toml`, line" in checked.stderr
    assert "`why` is not known" in checked.stderr


def test_a_folder_of_maps_that_is_missing_is_named(run):
    checked = run("maps", "check", "--maps", "nowhere")
    assert checked.returncode == 2
    assert "`nowhere` does not exist" in checked.stderr


def test_the_installed_demo_serves_its_maps(installed, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [installed / "venv" / "bin" / "python", "-m", "geoservice.cli.main"]
    log = (tmp_path / "log").open("w")
    demo = subprocess.Popen(
        [*program, "demo", "--no-browser", "--port", str(port)],
        cwd=tmp_path,
        env=_environ(installed),
        stdout=log,
        stderr=log,
    )
    try:
        base = f"http://127.0.0.1:{port}"
        _wait(f"{base}/readyz", demo)
        for name in ("ratings", "participation"):
            with urllib.request.urlopen(f"{base}/maps/{name}.png", timeout=120) as answer:
                assert answer.read(8) == b"\x89PNG\r\n\x1a\n"
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(timeout=30)


def _wait(url, process):
    for _ in range(600):
        assert process.poll() is None, "the demo ended"
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the demo did not start")
