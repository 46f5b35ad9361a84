"""Look-ups have threads of their own, and uploads take turns."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from starlette.concurrency import run_in_threadpool

from geoservice.api.lanes import Lanes

_MORE_THAN_ALL_THREADS = 60


def test_look_ups_are_answered_while_all_general_threads_are_busy():
    released = threading.Event()

    async def answered():
        lanes = Lanes()
        busy = [
            asyncio.create_task(run_in_threadpool(released.wait, 30))
            for _ in range(_MORE_THAN_ALL_THREADS)
        ]
        await asyncio.sleep(0.2)
        try:
            names = await asyncio.wait_for(
                asyncio.gather(*(lanes.look_up(_thread_name) for _ in range(200))), timeout=10
            )
        finally:
            released.set()
            await asyncio.gather(*busy)
        return set(names)

    names = _run(answered())
    assert 1 <= len(names) <= 4
    assert all(name.startswith("look-up") for name in names)


def test_at_most_two_uploads_are_stored_at_a_time_and_all_are():
    lock, running, most = threading.Lock(), 0, 0

    def store(number):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return number

    async def stored():
        lanes = Lanes()
        return await asyncio.gather(*(lanes.upload(store, number) for number in range(20)))

    assert _run(stored()) == list(range(20))
    assert most == 2


def _run(coroutine):
    """Run in a thread of its own: the browser of other tests has a loop in the main thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()


def _thread_name():
    return threading.current_thread().name
