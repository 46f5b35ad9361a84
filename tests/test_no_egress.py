"""Nothing leaves the machine: the main job, maps, a report and the service run where there is no way out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_EGRESS = Path(__file__).parent / "egress"
_IN_NAMESPACE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
_CONNECTS = """
import socket, sys
kind = socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM
try:
    if sys.argv[1] == "name":
        socket.getaddrinfo("www.example.org", 443)
    else:
        socket.socket(socket.AF_INET, kind).connect(("192.0.2.1", 53))
except OSError:
    pass
sys.path.insert(0, sys.argv[2])
from walk import no_routes
print(no_routes())
"""


@pytest.fixture(scope="module")
def namespaces():
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("no unshare or no ip on this machine: apt-get install util-linux iproute2")
    if subprocess.run([*_IN_NAMESPACE, "true"], capture_output=True).returncode:
        pytest.skip("this user may make no network namespace")


def environ(log: Path, guarded: bool = True, **more: str) -> dict[str, str]:
    root = str(_EGRESS.parents[1])
    paths = [str(_EGRESS), root] if guarded else [root]
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "EGRESS_LOG": str(log), **more}


@pytest.mark.slow
@pytest.mark.usefixtures("namespaces")
def test_the_main_job_a_map_a_report_and_the_service_ask_nobody(
    listed_district, riverbend_folder, tmp_path
):
    log = tmp_path / "egress.log"
    students = tmp_path / "students.csv"
    lines = (riverbend_folder / "students.csv").read_text("utf-8").splitlines()[:1_001]
    students.write_text("\n".join(lines) + "\n", encoding="utf-8")
    line = [sys.executable, _EGRESS / "walk.py", tmp_path / "out", riverbend_folder, students]
    done = subprocess.run(
        [*_IN_NAMESPACE, *map(str, line)],
        capture_output=True,
        text=True,
        timeout=580,
        env=environ(log, GEOSERVICE_HOME=str(listed_district.home)),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    came = json.loads(done.stdout.splitlines()[-1])
    assert not log.exists(), log.read_text()
    assert came["no_routes"] == 0
    assert came["guard"]
    assert [came[name] for name in ("geocode", "map", "picture", "report", "check")] == [0] * 5
    assert set(came["pages"].values()) == {200}, came["pages"]
    assert came["job"] == "done"
    assert "geo_status" in (tmp_path / "out" / "placed.csv").read_text("utf-8").splitlines()[0]
    assert any((tmp_path / "out" / "report").glob("*.pdf"))


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("kind", ["tcp", "udp", "name"])
def test_the_guard_and_the_kernel_see_each_attempt(tmp_path, kind):
    """What proves that nothing leaves must itself see what does."""
    line = [sys.executable, "-c", _CONNECTS, kind, str(_EGRESS)]
    log = tmp_path / "egress.log"
    seen = subprocess.run([*_IN_NAMESPACE, *line], env=environ(log), capture_output=True)
    assert seen.returncode == 99
    assert log.read_text().startswith("socket.")
    unseen = subprocess.run(
        [*_IN_NAMESPACE, *line], env=environ(log, guarded=False), capture_output=True, text=True
    )
    assert unseen.returncode == 0, unseen.stderr
    if kind != "name":  # A machine without a name server sends nothing to ask for a name.
        assert int(unseen.stdout) > 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.1"])
def test_the_guard_lets_this_machine_through(host, tmp_path):
    log = tmp_path / "egress.log"
    program = f"import socket\ntry: socket.create_connection(({host!r}, 9))\nexcept OSError: pass"
    done = subprocess.run([sys.executable, "-c", program], env=environ(log))
    assert done.returncode == 0
    assert not log.exists()
