"""What requests about what was set aside are answered or refused with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from application import quarantine
from application.errors import Problem, Unknown, Wrong
from application.quarantine import Dismissal, Listing, Unparking
from application.server_home import ServerHome
from tests.homes import opened, server_home

Asking = Callable[[ServerHome], object]
PLACE = (0, 7)


@pytest.fixture
def home(broker: str, topic: str, postgres: str, tmp_path: Path) -> ServerHome:
    return opened(server_home(tmp_path, broker, topic, postgres))


@pytest.fixture
def with_views(home: ServerHome) -> ServerHome:
    home.views().prepare()
    return home


UNKNOWN: list[tuple[Asking, str]] = [
    (lambda home: quarantine.message(home, PLACE), "quarantine list"),
    (lambda home: quarantine.retry(home, PLACE), "quarantine list"),
    (
        lambda home: quarantine.dismiss(home, Dismissal(place=PLACE, reason="noise")),
        "quarantine list",
    ),
    (lambda home: quarantine.parked_subject(home, "customer:1"), "parked list"),
    (lambda home: quarantine.unpark(home, Unparking(subject="customer:1")), "parked list"),
]


@pytest.mark.parametrize(("asking", "remedy"), UNKNOWN)
def test_what_is_not_there_is_unknown(with_views: ServerHome, asking: Asking, remedy: str) -> None:
    with pytest.raises(Unknown) as caught:
        asking(with_views)
    assert caught.value.actions == [remedy]
    assert "customer:1" not in str(caught.value)


WRONG: list[tuple[Asking, str]] = [
    (lambda home: quarantine.dismiss(home, Dismissal(place=PLACE, reason="")), "give a reason"),
    (
        lambda home: quarantine.unpark(home, Unparking(subject="customer:1", without=[PLACE])),
        "leave facts out",
    ),
    (
        lambda home: quarantine.unpark(home, Unparking(subject="customer:1", reason="noise")),
        "leave facts out",
    ),
    (quarantine.parked, "worker"),
    (lambda home: quarantine.parked_subject(home, "customer:1"), "worker"),
]


@pytest.mark.parametrize(("asking", "remedy"), WRONG)
def test_what_can_not_be_answered_says_what_to_do(
    home: ServerHome, asking: Asking, remedy: str
) -> None:
    with pytest.raises(Wrong) as caught:
        asking(home)
    assert caught.value.actions == [remedy]


def test_views_of_another_version_are_not_changed(with_views: ServerHome) -> None:
    with_views.views().definition = "that of tomorrow"
    for asking in (
        lambda home: quarantine.retry(home, PLACE),
        lambda home: quarantine.unpark(home, Unparking(subject="customer:1")),
    ):
        with pytest.raises(Problem, match="that of tomorrow") as caught:
            asking(with_views)
        assert isinstance(caught.value, Wrong)
        assert caught.value.actions == ["rebuild"]


def test_where_nothing_is_set_aside(home: ServerHome) -> None:
    assert quarantine.listed(home, Listing()) == {"quarantined": [], "next": None}
    home.views().prepare()
    assert quarantine.listed(home, Listing(state="dismissed")) == {"quarantined": [], "next": None}
    assert quarantine.retry_all(home) == []
    assert quarantine.parked(home) == []
