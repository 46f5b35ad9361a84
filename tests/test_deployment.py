"""The compose file and the units of systemd are read by the programs that run them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


def compose():
    """The command of Docker Compose, as plugin or alone."""
    plugin = ["docker", "compose"]
    if (
        shutil.which("docker")
        and not subprocess.run([*plugin, "version"], capture_output=True).returncode
    ):
        return plugin
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    pytest.skip("Docker Compose is not installed")


def read(environ):
    line = [*compose(), "-f", str(_ROOT / "compose.yaml"), "config"]
    return subprocess.run(line, capture_output=True, text=True, env={**os.environ, **environ})


def test_compose_reads_the_file_and_asks_for_a_password():
    done = read({"DATABASE_PASSWORD": "of-a-test"})
    assert done.returncode == 0, done.stderr
    services = (
        "database",
        "service-a",
        "service-b",
        "worker-a",
        "worker-b",
        "scheduler",
        "dask-worker",
    )
    assert all(f"  {name}:" in done.stdout for name in services)
    assert done.stdout.count("read_only: true") == 6
    refused = read({"DATABASE_PASSWORD": ""})
    assert refused.returncode != 0
    assert "Set a password" in refused.stderr


@pytest.mark.parametrize("name", sorted(path.name for path in (_ROOT / "deploy").iterdir()))
def test_systemd_reads_the_units(name, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    # Programs are looked for; those of the units are not installed where the tests run.
    for path in (_ROOT / "deploy").iterdir():
        text = path.read_text().replace("/opt/geoservice/.venv/bin/geoservice", "/bin/true")
        (tmp_path / path.name).write_text(text)
    unit = name.replace("@.", "@1.")
    if unit != name:
        shutil.copy(tmp_path / name, tmp_path / unit)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit)], capture_output=True, text=True
    )
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line or name in line]
    assert done.returncode == 0, done.stderr
    assert told == []


@pytest.mark.parametrize("name", ["geoservice.service", "geoservice-worker@.service"])
def test_units_write_the_log_to_the_journal_as_json_and_may_not_change_it(name):
    lines = (_ROOT / "deploy" / name).read_text().splitlines()
    assert "StandardError=journal" in lines
    assert any("GEOSERVICE_LOG_FORMAT=json" in line for line in lines)
    assert "User=geoservice" in lines
    assert "ProtectSystem=strict" in lines
    assert not any(line.startswith("SupplementaryGroups") for line in lines)
