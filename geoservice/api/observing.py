"""Observe each request: count it, log it if the settings say so, and trace it."""

import logging
import time

from fastapi import Request

from geoservice.api.metrics import Counters, known_method
from geoservice.api.sign_in_log import owner_kind
from geoservice.batch.telemetry import REQUEST_TRACE, SpanLike, Tracing
from geoservice.model.caller import Caller
from geoservice.model.operations import Operations

_LOG = logging.getLogger("geoservice")


class Observer:
    """Counts, logs and traces requests, without any personal data."""

    def __init__(self, counters: Counters, settings: Operations) -> None:
        self._counters, self._is_logging = counters, settings.log_requests
        self.traces = Tracing(settings.traces_url)

    def begin(self, request: Request) -> "Observation":
        """Return the observation of a new request."""
        span, trace = self.traces.begin_request(request.headers)
        REQUEST_TRACE.set(trace)
        return Observation(request, span, self)

    def count(self, request: Request, status: int, spent_s: float) -> None:
        """Count an answer, and log it."""
        route = route_of(request)
        self._counters.add(request.method, route, status, spent_s)
        if self._is_logging:
            fields = {
                "request_id": request.state.request_id,
                "method": known_method(request.method),
                "route": route,
                "status": status,
                "ms": round(spent_s * 1000, 1),
                "caller": _kind_of(getattr(request.state, "caller", None)),
            }
            _LOG.info("answer", extra=fields)


class Observation:
    """The observation of a request, from its headers to the end of its answer."""

    def __init__(self, request: Request, span: SpanLike, observer: Observer) -> None:
        self._request, self._span, self._observer = request, span, observer
        self._begun_s = time.perf_counter()

    def answered(self, status: int) -> None:
        """Record the start of the answer."""
        spent_s = time.perf_counter() - self._begun_s
        self._observer.count(self._request, status, spent_s)
        route, method = route_of(self._request), known_method(self._request.method)
        self._span.update_name(f"{method} {route}".strip())
        self._span.set_attribute("http.request.method", method)
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)
        self._span.set_attribute("request_id", self._request.state.request_id)

    def end(self) -> None:
        """Record the end of the answer, complete or not."""
        self._span.end()


def route_of(request: Request) -> str:
    """Return the pattern of a request's path; empty without a route."""
    return str(getattr(request.scope.get("route"), "path", ""))


def _kind_of(caller: Caller | None) -> str:
    return "nobody" if caller is None else owner_kind(caller.owner)
