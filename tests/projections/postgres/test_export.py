"""An export of the server home holds what one of the embedded home does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Fact
from tests.domain.given import day, fact
from tests.export.exported import export, rows
from tests.export.test_moments import NOWHERE, hold
from tests.projections.asked import asked_tables
from tests.projections.comparison import plain
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.questions import TIMES
from tests.projections.stores import arrived
from tests.projections.worlds import worlds

#: What CSV, JSON and arrays each have to write in a way of their own.
AWKWARD = ("", " ", ",", '"', "\\", "\n", "\r\n", "{}", "null", "NULL", "[]", "\\N", "é😀", "\x1f")


@pytest.fixture(scope="module")
def asked(tables: PostgresTables) -> Iterator[PostgresTables]:
    with asked_tables(tables) as asked:
        yield asked


@settings(max_examples=max(1, settings().max_examples // 5))
@given(world=worlds(), data=st.data())
def test_an_export_is_what_the_folds_say(
    asked: PostgresTables,
    world: list[Fact],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    asked.empty()
    asked.apply_batch(world)
    asked.stand({0: len(world)})
    as_of = data.draw(TIMES, label="as of")
    position = data.draw(st.integers(0, len(world)) | st.just(len(world)), label="known at")
    hold(world, tmp_path_factory.mktemp("moment") / "export", as_of, position)


def test_every_text_comes_through(asked: PostgresTables, tmp_path: Path) -> None:
    asked.empty()
    world = arrived(
        [
            fact(
                "feedback.given",
                number,
                question="csat",
                score=1,
                scale_min=1,
                scale_max=5,
                comment=text,
                refs=[text, *AWKWARD] if number % 2 else [],
            )
            for number, text in enumerate(AWKWARD)
        ]
    )
    asked.apply_batch(world)
    asked.stand({0: len(world)})
    export(NOWHERE, tmp_path / "out", ["--with-personal", "--as-of", day(99).isoformat()])
    told = rows(tmp_path / "out", "feedback_given")
    assert [(row["comment"], tuple(row["refs"])) for row in told] == [
        (one.body.comment, tuple(one.body.refs))  # type: ignore[attr-defined]
        for one in world
    ]
    assert plain(rows(tmp_path / "out", "commitment")) == []
