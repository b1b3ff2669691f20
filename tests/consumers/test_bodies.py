"""Stored facts whose bodies can't be read: named by their positions, and left out by word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from application.embedded_home import EmbeddedHome
from application.home import Rebuilding
from consumers.embedded_projector import FEW
from ledger.errors import Damaged
from ledger.port import EventData
from tests.consumers.processes import fill, promises_kept
from tests.homes import embedded_home
from tests.ledger.making import BODY, a_body, a_fact

FACTS = 20
NOTHING = b""
NO_SCHEMA = b"\0\xff\xff\xff\xff" + BODY[5:]
NO_START = b"\1" + BODY[1:]
OTHER = a_body("c-1", "customer.chased")
LONGER = BODY + b"\0"
CUT = [BODY[:size] for size in range(len(BODY))]


def asked(home: EmbeddedHome) -> int:
    with home.asking(lambda done, total: None) as (session, _):
        ((count,),) = session.rows("SELECT count(*) FROM fact")
    return int(count)


def append(home: EmbeddedHome, facts: Sequence[EventData]) -> None:
    """As a program may that looks at no body."""
    with home.writing(trust_clock=True) as ledger:
        ledger.append(facts)


def expect_named(home: EmbeddedHome, positions: Sequence[int]) -> None:
    with pytest.raises(Damaged, match=f"at position {positions[0]} one that is not") as damaged:
        asked(home)
    assert damaged.value.positions == tuple(positions)
    assert damaged.value.actions == ["leave positions out"]


@pytest.mark.parametrize(
    "bodies",
    [[NOTHING], [NO_SCHEMA], [NO_START], [OTHER], [LONGER], CUT],
    ids=["nothing", "no schema", "no start", "another type", "longer", "cut"],
)
@pytest.mark.parametrize(
    ("built", "more"),
    [(True, 0), (True, FEW + 1), (False, 0)],
    ids=["kept up by row", "kept up in columns", "built"],
)
def test_bodies_that_cannot_be_read(
    tmp_path: Path, bodies: Sequence[bytes], *, built: bool, more: int
) -> None:
    fill(tmp_path / "home", promises_kept(FACTS // 2))
    home = embedded_home(tmp_path / "home")
    if built:
        assert asked(home) == FACTS
    append(home, [a_fact(number, body) for number, body in enumerate(bodies)])
    append(home, [a_fact(1_000 + number) for number in range(more)])
    bad = range(FACTS + 1, FACTS + 1 + len(bodies))
    expect_named(home, bad)
    home.rebuild(lambda done, total: None, Rebuilding(without=tuple(bad)))
    assert asked(home) == FACTS + more


@pytest.mark.parametrize("built", [True, False], ids=["rows", "columns"])
def test_a_type_that_nobody_knows(tmp_path: Path, *, built: bool) -> None:
    fill(tmp_path / "home", promises_kept(FACTS // 2))
    home = embedded_home(tmp_path / "home")
    if built:
        assert asked(home) == FACTS
    append(home, [a_fact(1), a_fact(2)._replace(type="rose.died"), a_fact(3)])
    expect_named(home, [FACTS + 2])
    assert "rose.died" not in str(damaged_of(home)), "what stands there may be anything"


def damaged_of(home: EmbeddedHome) -> Damaged:
    with pytest.raises(Damaged) as damaged:
        asked(home)
    return damaged.value
