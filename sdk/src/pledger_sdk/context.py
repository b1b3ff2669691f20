"""What a fact belongs to and what led to it, where the call doesn't say it.

Two sources, in this order: the block of ``caused_by`` around the call, and OpenTelemetry, if it is
installed and a span is active. Both follow the flow of the program (``contextvars``) through
``async`` code and ``asyncio.to_thread``; a thread that is started by hand begins without.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Protocol
from uuid import UUID

from pledger_sdk._contract.ledger.envelope import canonical_id, text_problem
from pledger_sdk._contract.schemas.errors import describe
from pledger_sdk.errors import Refused

try:
    from opentelemetry import baggage, trace
except ImportError:
    _TRACED = False
else:
    _TRACED = True


class Cause(Protocol):
    """A fact, or the delivery of one."""

    @property
    def id(self) -> str:
        """The fact's id."""

    @property
    def correlationid(self) -> str | None:
        """What the fact belongs to."""


class Context(NamedTuple):
    """Attributes for the facts emitted here; None where nobody said."""

    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None


_LOG = logging.getLogger("pledger_sdk")
#: What W3C Baggage has room for altogether.
_LONGEST = 8_192
#: The baggage of which it was said that it is left out.
_TOLD: set[str] = set()
_NOTHING = Context()
_CAUSE: ContextVar[Context] = ContextVar("pledger_sdk_cause", default=_NOTHING)


@contextmanager
def caused_by(cause: Cause | UUID | str) -> Iterator[None]:
    """Within the block, facts say that they were caused by this one: their ``causationid`` is its
    id, and their ``correlationid`` is its own, or its id if it has none. Takes a fact, a delivery
    or an id. What a call says itself goes before."""
    token = _CAUSE.set(_caused(cause))
    try:
        yield
    finally:
        _CAUSE.reset(token)


def declared() -> Context:
    """What the innermost block of ``caused_by`` says."""
    return _CAUSE.get()


def traced() -> Context:
    """What OpenTelemetry says: the active span as ``traceparent`` (W3C Trace Context), its
    trace as the correlation. Baggage named ``pledger.correlationid`` and ``pledger.causationid``,
    which crosses services with the trace, goes before, where a fact can carry it. Nothing without
    an active span."""
    if not _TRACED:
        return _NOTHING
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return _NOTHING
    trace_id = trace.format_trace_id(span.trace_id)
    flags = int(span.trace_flags)
    return Context(
        correlationid=_carried("pledger.correlationid") or trace_id,
        causationid=_carried("pledger.causationid"),
        traceparent=f"00-{trace_id}-{trace.format_span_id(span.span_id)}-{flags:02x}",
    )


def _carried(name: str) -> str | None:
    """An entry of the baggage, if a fact can carry it. Other services put it there, so it never
    makes a fact be refused."""
    value = baggage.get_baggage(name)
    if not isinstance(value, str) or not value:
        return None
    problem = text_problem(name, value)
    if problem is None and len(value) > _LONGEST:
        problem = f"{name}: expected at most {_LONGEST:,} characters, saw {len(value):,}"
    if problem is None:
        return value
    if name not in _TOLD:
        _TOLD.add(name)
        _LOG.warning("the baggage %s is left out, which is said once: %s", name, problem)
    return None


def _caused(cause: Cause | UUID | str) -> Context:
    if isinstance(cause, UUID):
        return Context(str(cause), str(cause))
    if isinstance(cause, str):
        id = canonical_id(cause)
        if id is None:
            raise Refused(
                f"caused_by: expected a fact, a delivery or the id of a fact, saw {describe(cause)}"
            )
        return Context(id, id)
    return Context(cause.correlationid or cause.id, cause.id)
