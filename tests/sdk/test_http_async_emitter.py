"""The emitter over HTTP, for asyncio: the same promises, and a loop that goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pledger_sdk import Delivery, NotDelivered, OutboxFull, Refused
from pledger_sdk.facts import CommitmentMade
from pledger_sdk.http import AsyncEmitter
from tests.helpers import ask_lines
from tests.http.doors import ANY
from tests.sdk.doors import ADDRESS
from tests.sdk.emitting import made
from tests.sdk.test_http_emitter import SAID, SOURCE, away, behind, door, kept

__all__ = ["door"]


def emitter(http: Any, **more: Any) -> AsyncEmitter:
    return AsyncEmitter(ADDRESS, source=SOURCE, key=ANY, http=http, **more)


def test_facts_arrive_and_deliveries_are_awaited(door: TestClient, tmp_path: Path) -> None:
    async def story() -> None:
        async with emitter(door, outbox=tmp_path / "outbox") as to:
            assert to.source == SOURCE
            first, second = await asyncio.gather(to.emit(made(1), **SAID), to.emit(made(2), **SAID))
            reports = await asyncio.gather(first, second)
            assert {each.position for each in reports} == {1, 2}
            with to.caused_by(first):
                third = await to.emit(made(3), **SAID)
            four, five = await to.emit_all([to.seal(made(n), **SAID) for n in (4, 5)])
            assert await to.flush() == 0
            assert (await third).id == third.id
            assert (four.done, five.done, to.status().waiting) == (True, True, 0)

    asyncio.run(story())
    assert sorted(kept(tmp_path / "home")) == [f"INV-{n}" for n in range(1, 6)]
    facts = ask_lines(tmp_path / "home", ["facts"])
    assert {each.get("causationid") for each in facts[:3]} >= {None}
    assert facts[2]["causationid"] in {each["id"] for each in facts[:2]}


def test_what_a_door_that_was_away_left_goes_with_the_next(
    door: TestClient, tmp_path: Path
) -> None:
    async def before() -> None:
        to = emitter(behind(away), outbox=tmp_path / "outbox")
        delivery = await to.emit(made(1), **SAID)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await delivery
        assert not delivery.done
        assert await to.flush(0.2) == 1
        assert "DoorAway" in str(to.status().trouble)
        assert await to.close(0.0) == 1
        with pytest.raises(NotDelivered):
            await delivery

    async def after() -> None:
        async with emitter(door, outbox=tmp_path / "outbox") as to:
            await (await to.emit(made(2), **SAID))

    asyncio.run(before())
    asyncio.run(after())
    assert kept(tmp_path / "home") == ["INV-1", "INV-2"]


def test_the_loop_goes_on_while_an_emit_waits_for_room() -> None:
    async def story() -> None:
        to = emitter(behind(away), max_facts=1, patience=60.0)
        await to.emit(made(1), **SAID)
        waits = asyncio.create_task(to.emit(made(2), **SAID))
        done, _ = await asyncio.wait({waits}, timeout=0.05)
        assert not done
        waits.cancel()
        with pytest.raises(NotDelivered):
            await to.close(0.0)

    asyncio.run(story())


def test_what_is_lost_is_said_and_what_is_wrong_refused() -> None:
    async def story() -> None:
        async with emitter(behind(away), max_facts=1, patience=0.0) as to:
            assert isinstance(await to.emit(made(1), **SAID), Delivery)
            with pytest.raises(OutboxFull):
                await to.emit(made(2), **SAID)
            with pytest.raises(Refused):
                await to.emit(CommitmentMade(commitment_id="C", about="x"), subject="nobody")
            assert repr(to) == f"<AsyncEmitter to <Client of {ADDRESS}>>"
            await to.close(0.0)

    with pytest.raises(NotDelivered):
        asyncio.run(story())
    with pytest.raises(Refused, match="source"):
        AsyncEmitter(ADDRESS, source="care")
