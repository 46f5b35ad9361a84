"""Metrics for Prometheus: answers by route and status, look-ups, jobs; no request content."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from geoservice.api.answers import Bodies
from geoservice.service.job_figures import JobFigures

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_OUTCOMES = ("matched", "ambiguous", "unmatched")


class Counters:
    """Counts since the start of the service. Safe to share between threads.

    Labels have few values: known methods, route patterns, statuses, outcomes.
    """

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "geoservice_answers_total",
            "Answers by method, route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "geoservice_answer_seconds",
            "Time from a request's headers to the first byte of its answer, by route.",
            ("route",),
            buckets=_BOUNDS_S,
            registry=self.registry,
        )
        self._addresses = Counter(
            "geoservice_addresses_total",
            "Addresses looked up over HTTP, batch jobs aside, by outcome.",
            ("outcome",),
            registry=self.registry,
        )
        for outcome in _OUTCOMES:
            self._addresses.labels(outcome)

    def add(self, method: str, route: str, status: int, spent_s: float) -> None:
        """Count an answer; ``route`` is the pattern of its path, empty without a route."""
        self._answers.labels(known_method(method), route, str(status)).inc()
        self._seconds.labels(route).observe(spent_s)

    def add_addresses(self, results: Iterable[Mapping[str, object]]) -> None:
        """Count the outcomes of addresses."""
        for result in results:
            if result.get("geo_status") in _OUTCOMES:
                self._addresses.labels(str(result["geo_status"])).inc()


class ServiceCollector(Collector):
    """Metrics that are read at each scrape: jobs of all owners, the queue, the answer cache."""

    def __init__(self, jobs: JobFigures, bodies: Bodies) -> None:
        self._jobs, self._bodies = jobs, bodies

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics; without those of the database while it does not answer."""
        yield _gauge("kept_bytes", "Bytes of answers that are kept in memory.", self._bodies.total)
        yield _gauge("kept_hits", "Answers taken from memory so far.", self._bodies.hits)
        yield _gauge("kept_misses", "Answers made so far.", self._bodies.misses)
        try:
            figures = self._jobs.look()
        except SQLAlchemyError:
            yield _gauge("database_up", "1 where the database answers.", 0)
            return
        yield _gauge("database_up", "1 where the database answers.", 1)
        yield _gauge("workers", "Workers that were heard of within a minute.", figures.workers)
        waits = "Seconds for which the oldest job has waited for a worker."
        yield _gauge("queue_oldest_seconds", waits, figures.oldest_waits_s)
        yield _gauges("jobs", "Jobs by state.", "state", figures.jobs)
        rows = "Rows of the jobs of the last 24 hours by outcome."
        yield _gauges("job_rows", rows, "outcome", figures.rows)


def known_method(method: str) -> str:
    """Return an HTTP method; ``other`` for an unknown method."""
    return method if method in _METHODS else "other"


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"geoservice_{name}", text, value=value)


def _gauges(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"geoservice_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
