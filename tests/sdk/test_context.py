"""Correlation and causation: from the call, from the block around it, from OpenTelemetry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import TracerProvider

from pledger_sdk import EventData, Refused, Sealer, caused_by
from pledger_sdk import context as surroundings
from tests.sdk.emitting import NOON, SOURCE, made

CAUSE = "0195b1d8-8c00-7000-8000-000000000001"


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(SOURCE)


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "_TOLD", set())


@pytest.fixture
def span() -> Iterator[trace.Span]:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("tests")
    with tracer.start_as_current_span("a request") as active:
        yield active


def seal(sealer: Sealer) -> EventData:
    return sealer.seal(made(), subject="customer:1")


def test_without_anything_around_nothing_is_said(sealer: Sealer) -> None:
    fact = seal(sealer)
    assert (fact.correlationid, fact.causationid, fact.extensions) == (None, None, None)


@pytest.mark.parametrize("cause", [CAUSE, UUID(CAUSE), "{" + CAUSE.upper() + "}"])
def test_an_id_is_the_cause_and_the_correlation(sealer: Sealer, cause: UUID | str) -> None:
    with caused_by(cause):
        fact = seal(sealer)
    assert (fact.correlationid, fact.causationid) == (CAUSE, CAUSE)
    assert seal(sealer).causationid is None


def test_a_fact_hands_its_correlation_on(sealer: Sealer) -> None:
    first = sealer.seal(made(), subject="customer:1", correlationid="case:9")
    with caused_by(first):
        second = seal(sealer)
        with caused_by(second):
            third = seal(sealer)
    assert (second.correlationid, second.causationid) == ("case:9", first.id)
    assert (third.correlationid, third.causationid) == ("case:9", second.id)


def test_what_the_call_says_goes_before(sealer: Sealer, span: trace.Span) -> None:
    with caused_by(CAUSE):
        fact = sealer.seal(
            made(),
            subject="customer:1",
            correlationid="a",
            causationid="b",
            extensions={"traceparent": "mine"},
        )
    assert (fact.correlationid, fact.causationid) == ("a", "b")
    assert fact.extensions == {"traceparent": "mine"}


def test_a_cause_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="caused_by: expected a fact"), caused_by("nobody knows"):
        pass


def test_the_block_reaches_into_tasks_and_their_threads(sealer: Sealer) -> None:
    async def work() -> tuple[EventData, EventData]:
        with caused_by(CAUSE):
            inside = await asyncio.to_thread(seal, sealer)
        return inside, await asyncio.to_thread(seal, sealer)

    inside, outside = asyncio.run(work())
    assert (inside.causationid, outside.causationid) == (CAUSE, None)


def test_an_active_span_is_the_traceparent_and_the_correlation(
    sealer: Sealer, span: trace.Span
) -> None:
    seen = span.get_span_context()
    fact = seal(sealer)
    assert fact.correlationid == f"{seen.trace_id:032x}"
    assert fact.causationid is None
    assert fact.extensions == {
        "traceparent": f"00-{seen.trace_id:032x}-{seen.span_id:016x}-{seen.trace_flags:02x}"
    }


def test_baggage_that_came_with_the_trace_goes_before_it(sealer: Sealer, span: trace.Span) -> None:
    carried = baggage.set_baggage("pledger.correlationid", "case:9")
    carried = baggage.set_baggage("pledger.causationid", CAUSE, carried)
    token = context.attach(carried)
    try:
        fact = seal(sealer)
    finally:
        context.detach(token)
    assert (fact.correlationid, fact.causationid) == ("case:9", CAUSE)


def test_baggage_that_no_fact_can_carry_is_left_out_and_told_once(
    sealer: Sealer, span: trace.Span, caplog: pytest.LogCaptureFixture
) -> None:
    carried = baggage.set_baggage("pledger.correlationid", "case:9\nMs Personal")
    carried = baggage.set_baggage("pledger.causationid", "x" * 300_000, carried)
    token = context.attach(carried)
    try:
        made_here = [seal(sealer) for _ in range(3)]
    finally:
        context.detach(token)
    trace_id = f"{span.get_span_context().trace_id:032x}"
    assert {(fact.correlationid, fact.causationid) for fact in made_here} == {(trace_id, None)}
    assert [(each.name, each.levelname) for each in caplog.records] == [
        ("pledger_sdk", "WARNING")
    ] * 2
    assert "the baggage pledger.correlationid is left out" in caplog.text
    assert "the baggage pledger.causationid is left out" in caplog.text
    assert "Personal" not in caplog.text


def test_a_fact_that_may_come_again_takes_nothing_from_the_span(
    sealer: Sealer, span: trace.Span
) -> None:
    one, other = (sealer.seal(made(), subject="customer:1", key="k", time=NOON) for _ in range(2))
    assert one == other
    assert (one.correlationid, one.extensions) == (None, None)
