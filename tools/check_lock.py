"""Refuses a lock that names a host or holds an entry without a hash."""

import re
import sys
from pathlib import Path


def faults(text: str) -> list[str]:
    """What is wrong with a lock's text, one sentence each."""
    found = []
    if re.search(r"https?://|--(?:extra-)?index-url|--find-links", text):
        found.append("names a host")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    bare = [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry]
    return found + [f"has no hash for {name}" for name in bare]


def main() -> int:
    """Check all locks; the number of faults decides the exit status."""
    count = 0
    for path in sorted(Path("requirements").glob("*.lock")):
        for fault in faults(path.read_text("utf-8")):
            print(f"{path}: {fault}")
            count += 1
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main())
