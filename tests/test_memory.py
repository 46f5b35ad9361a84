"""Memory of the service: its threads share two heaps, freed memory goes back, connections keep little."""

import os
import re
import subprocess
import sys

import pytest

from geoservice.state.database import connect

_START = """
import ctypes, sys, threading
from pathlib import Path
from geoservice.api.memory import bound_heaps, trim_heaps

if "bounded" in sys.argv:
    bound_heaps()
libc = ctypes.CDLL(None)
malloc, free = libc.malloc, libc.free
malloc.restype, free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

def block(size):
    pointer = malloc(ctypes.c_size_t(size))
    ctypes.memset(ctypes.c_void_p(pointer), 1, size)
    return pointer

class Heaps(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd",
        "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]

def mapped_mb():
    libc.mallinfo2.restype = Heaps
    heaps = libc.mallinfo2()
    return (heaps.arena + heaps.hblkhd) / 1e6

def resident_mb():
    rolled = Path("/proc/self/smaps_rollup").read_text()
    return int(rolled.split("\\nRss:")[1].split()[0]) / 1e3
"""
_THREADS = """
barrier = threading.Barrier(24)

def allocate():
    barrier.wait()
    for _ in range(2000):
        malloc(ctypes.c_size_t(1000))
    barrier.wait()

threads = [threading.Thread(target=allocate) for _ in range(24)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.malloc_stats()
"""
_LARGE_BLOCKS = """
free(block(20_000_000))  # From here on glibc would put blocks of this size into its heaps.
before_mb = mapped_mb()
blocks = [block(500_000) for _ in range(400)]
for pointer in blocks[::2]:
    free(pointer)
print(mapped_mb() - before_mb)
"""
_SMALL_BLOCKS = """
before_mb = resident_mb()
blocks = [block(1_000) for _ in range(200_000)]
for number, pointer in enumerate(blocks):
    if number % 100:
        free(pointer)
if "trimmed" in sys.argv:
    trim_heaps()
print(resident_mb() - before_mb)
"""
_ONLY_LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only glibc has these heaps"
)


def run(program, *how):
    """Run a program without the settings of malloc that a Dask cluster leaves to later tests."""
    return subprocess.run(
        [sys.executable, "-c", _START + program, *how],
        env={name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")},
        capture_output=True,
        text=True,
        check=True,
    )


def arenas(*how):
    return len(re.findall(r"^Arena \d+:", run(_THREADS, *how).stderr, flags=re.MULTILINE))


def kept_mb(program, *how):
    return float(run(program, *how).stdout)


@_ONLY_LINUX
def test_threads_share_two_heaps():
    assert arenas("bounded") <= 2 < arenas()


@_ONLY_LINUX
def test_large_blocks_go_back_even_below_blocks_that_stay():
    """Of 200 MB every second block stays."""
    assert kept_mb(_LARGE_BLOCKS, "bounded") < 130 < kept_mb(_LARGE_BLOCKS)


@_ONLY_LINUX
def test_trimming_gives_empty_pages_between_small_blocks_back():
    """Of 200 MB each hundredth block stays, and with it the page it is on."""
    assert kept_mb(_SMALL_BLOCKS, "bounded", "trimmed") < 60 < kept_mb(_SMALL_BLOCKS, "bounded")


def test_a_connection_keeps_little_of_the_database(tmp_path):
    """A service has up to forty connections for each of its parts."""
    with connect(f"sqlite:///{tmp_path}/state.db").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -256
