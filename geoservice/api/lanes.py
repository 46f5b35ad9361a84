"""Threads for look-ups and turns for uploads, so that many uploads at once delay no look-up."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

P = ParamSpec("P")
T = TypeVar("T")
_LOOKUP_THREADS, _UPLOAD_TURNS = 4, 2


class Lanes:
    """The threads of look-ups, and the turns of uploads.

    The general threads come and go with the load. A new thread's first look-up takes ten times as
    long, because PROJ sets up its transformation for each thread. The threads of look-ups stay.
    """

    def __init__(self) -> None:
        self._lookups = ThreadPoolExecutor(_LOOKUP_THREADS, thread_name_prefix="look-up")
        self._turns = asyncio.Semaphore(_UPLOAD_TURNS)

    async def look_up(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Call a function in a thread of look-ups and return its result."""
        context = copy_context()  # It holds the trace of the request.
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._lookups, lambda: context.run(function, *args, **options)
        )

    async def upload(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Call a function that stores or reads an upload; further uploads wait for their turn."""
        async with self._turns:
            return await run_in_threadpool(function, *args, **options)
