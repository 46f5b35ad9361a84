"""Writes the bill of materials of the locked packages (CycloneDX 1.6) and their licences.

``python -m tools.sbom [FOLDER]`` reads requirements/run.lock and what the packages that are
installed say of themselves; ``python -m tools.sbom --audit`` asks pip-audit for known faults.
"""

import json
import re
import subprocess
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

_LOCK, _PROJECT = Path("requirements/run.lock"), Path("pyproject.toml")
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_AUDIT = (sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format", "json")
_SPACE = uuid.UUID("6f3d6c0e-9a0c-5d0e-8a53-1c1f0a1f3b52")
_CLASSIFIER = "License :: OSI Approved :: "


def bill(lock: str, project: dict[str, Any]) -> dict[str, Any]:
    """The CycloneDX document of a lock: the same for the same lock and the same packages."""
    name, version = project["name"], project["version"]
    components = [_component(*pin) for pin in _PIN.findall(lock)]
    own = {"type": "application", "bom-ref": name, "name": name, "version": version}
    licence = [{"license": {"id": project["license"]}}]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, f'{name} {version} {lock}')}",
        "version": 1,
        "metadata": {"component": {**own, "licenses": licence}},
        "components": components,
        "dependencies": [
            {"ref": name, "dependsOn": [component["bom-ref"] for component in components]}
        ],
    }


def licence_of(name: str) -> str:
    """What an installed package says of its licence; empty where it says nothing, or is absent."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classifiers = [text for text in about.get_all("Classifier") or [] if "License ::" in text]
    named = [text.removeprefix(_CLASSIFIER).removeprefix("License :: ") for text in classifiers]
    texts = about.get_all("License-Expression") or named or (about.get_all("License") or [""])
    return " AND ".join(text.strip().splitlines()[0] for text in texts if text.strip())


def _component(name: str, version: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    licence = licence_of(name)
    return {**component, "licenses": [{"license": {"name": licence}}]} if licence else component


def main(folder: Path) -> int:
    """Write sbom.json and licences.csv into a folder; 1 where a package tells no licence."""
    project = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]
    document = bill(_LOCK.read_text("utf-8"), project)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sbom.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    told = {
        (part["name"], part["version"]): part["licenses"][0]["license"]["name"]
        for part in document["components"]
        if "licenses" in part
    }
    rows = [f'{name},{version},"{licence}"' for (name, version), licence in told.items()]
    (folder / "licences.csv").write_text("\n".join(["package,version,licence", *rows]) + "\n")
    silent = [part["name"] for part in document["components"] if "licenses" not in part]
    print(
        f"{len(document['components'])} packages; without a licence: {', '.join(silent) or 'none'}"
    )
    return int(bool(silent))


def audit() -> int:
    """Ask for known faults of the locked packages; 1 where there are any, 0 also without an answer."""
    done = subprocess.run([*_AUDIT, "-r", str(_LOCK)], capture_output=True, text=True)
    if not done.stdout.startswith("{"):
        print("pip-audit did not run: pip install pip-audit", file=sys.stderr)
        return 2
    packages = json.loads(done.stdout)["dependencies"]
    judged = [package for package in packages if "skip_reason" not in package]
    faulty = [package["name"] for package in judged if package["vulns"]]
    print(f"{len(judged)} of {len(packages)} packages judged; with known faults: {len(faulty)}")
    if not judged:
        print("The data of pip-audit cannot be reached from here: nothing was judged.")
    return int(bool(faulty))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(audit() if arguments == ["--audit"] else main(Path(*arguments or ["build"])))
