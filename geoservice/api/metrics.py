"""Counts and times of answers for Prometheus: by route and status, never by what was asked."""

import threading
from collections import Counter

from fastapi import APIRouter, Request, Response

from geoservice.api.data import services

ROUTER = APIRouter()
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BOUNDS_S = (0.005, 0.025, 0.1, 0.25, 1.0, 5.0)


class Counters:
    """Counts since the service began. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._within: Counter[float] = Counter()
        self._count, self._spent_s = 0, 0.0

    def add(self, method: str, route: str, status: int, spent_s: float) -> None:
        """Count an answer; ``route`` is the pattern of its path, empty where none fits."""
        method = method if method in _METHODS else "other"
        with self._lock:
            self._answers[method, route, status] += 1
            self._count += 1
            self._spent_s += spent_s
            for bound in _BOUNDS_S:
                self._within[bound] += spent_s <= bound

    def text(self) -> str:
        """All counts in Prometheus's text format."""
        with self._lock:
            answers, within = sorted(self._answers.items()), dict(self._within)
            count, spent_s = self._count, self._spent_s
        name, time = "geoservice_answers_total", "geoservice_answer_seconds"
        lines = [f"# TYPE {name} counter"]
        lines += [f'{name}{{method="{method}",route="{route}",status="{status}"}} {number}'
                  for (method, route, status), number in answers]  # fmt: skip
        lines += [f"# TYPE {time} histogram"]
        lines += [f'{time}_bucket{{le="{bound}"}} {within.get(bound, 0)}' for bound in _BOUNDS_S]
        lines += [
            f'{time}_bucket{{le="+Inf"}} {count}',
            f"{time}_sum {spent_s:.6f}",
            f"{time}_count {count}",
        ]
        return "\n".join(lines) + "\n"


@ROUTER.get("/metrics", tags=["service"])
def metrics(request: Request) -> Response:
    """Counts and times of answers, and the bytes that are kept in memory."""
    mine = services(request)
    kept = "geoservice_kept_bytes"
    text = f"{mine.counters.text()}# TYPE {kept} gauge\n{kept} {mine.bodies.total}\n"
    return Response(text, media_type="text/plain; version=0.0.4")
