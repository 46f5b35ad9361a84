"""OpenTelemetry spans, sent to the host of a setting alone; by default there are none."""

import importlib.util
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

import requests

from geoservice.errors import InputError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanKind

_PACKAGES = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter")
_HEADER = "traceparent"
REQUEST_TRACE: ContextVar[str] = ContextVar("request_trace", default="")
"""The trace context of the request that is answered, as its W3C header; empty without traces."""


class SpanLike(Protocol):
    """The part of a span's interface that is used here."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Add an attribute."""

    def update_name(self, name: str) -> None:
        """Change the name of the span."""

    def end(self) -> None:
        """End the span and send it."""


class NoSpan:
    """A span if traces are off."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Do nothing."""

    def update_name(self, name: str) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class Tracing:
    """Begins spans and sends them to one host.

    Attributes hold no address, query, header or error text.

    Raises
    ------
    InputError
        If the packages for traces are not installed.
    """

    def __init__(self, url: str) -> None:
        self._provider = _provider(url) if url else None

    def begin_request(self, headers: Mapping[str, str]) -> tuple[SpanLike, str]:
        """Return the span of a request and its trace context.

        The span continues a trace in the header ``traceparent``.
        """
        if self._provider is None:
            return NoSpan(), ""
        from opentelemetry.trace import SpanKind

        span = self._begin("request", headers.get(_HEADER, ""), SpanKind.SERVER)
        return span, _header_of(span)

    def begin_part(self, trace: str) -> SpanLike:
        """Return the span of a part of a job, in the trace of the request that made the job."""
        if self._provider is None:
            return NoSpan()
        from opentelemetry.trace import SpanKind

        return self._begin("job part", trace, SpanKind.CONSUMER)

    def close(self) -> None:
        """Send the remaining spans."""
        if self._provider is not None:
            self._provider.shutdown()

    def _begin(self, name: str, trace: str, kind: "SpanKind") -> "Span":
        assert self._provider is not None
        tracer = self._provider.get_tracer("geoservice")
        return tracer.start_span(name, context=_context_of(trace), kind=kind)


def _context_of(trace: str) -> "Context":
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({_HEADER: trace})


def _header_of(span: "Span") -> str:
    from opentelemetry.trace import set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier, set_span_in_context(span))
    return carrier.get(_HEADER, "")


def _provider(url: str) -> "TracerProvider":
    if any(importlib.util.find_spec(package) is None for package in _PACKAGES):
        raise InputError(
            "GEOSERVICE_TRACES_URL needs packages of its own. Install `geoservice[telemetry]`, or "
            "leave the setting out."
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # `Resource.create` would add attributes of the environment and the process.
    provider = TracerProvider(resource=Resource({"service.name": "geoservice"}))
    exporter = OTLPSpanExporter(endpoint=url, headers={}, session=_session())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _session() -> requests.Session:
    """Return a session that ignores proxies of the environment and follows no redirects."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    return session
