"""Threads of the service share two heaps of malloc."""

import re
import subprocess
import sys

import pytest

_PROGRAM = """
import ctypes, sys, threading
from geoservice.api.memory import share_heaps

if sys.argv[1] == "shared":
    share_heaps()
malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
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
ctypes.CDLL(None).malloc_stats()
"""


def arenas(how):
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, how], capture_output=True, text=True, check=True
    )
    return len(re.findall(r"^Arena \d+:", done.stderr, flags=re.MULTILINE))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc has these heaps")
def test_threads_share_two_heaps():
    assert arenas("shared") <= 2 < arenas("own")
