"""Every picture, whatever it is given: well-formed, within its bounds, no label on another, and a
sentence where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.statuses import STATUSES
from entrypoints.pages.language import CODES, Language, language
from entrypoints.pages.over_time import newest
from entrypoints.pages.pictures.bars import Bar, bars
from entrypoints.pages.pictures.canvas import Canvas, Picture
from entrypoints.pages.pictures.funnel_plot import Member, funnel_plot
from entrypoints.pages.pictures.graph import Edge, graph
from entrypoints.pages.pictures.lifelines import Lifeline, lifelines
from entrypoints.pages.pictures.matrix import Entry, matrix
from entrypoints.pages.pictures.measures import durations, numbers, rates
from entrypoints.pages.pictures.process import Point, Series, process_chart
from entrypoints.pages.pictures.sparkline import sparkline
from entrypoints.pages.pictures.strips import Strip, strips
from entrypoints.pages.pictures.survival import survival_curve
from entrypoints.pages.pictures.swimlanes import Happening, Silence, swimlanes
from entrypoints.pages.pictures.waterfall import Step, waterfall
from tests.pages.drawn import SVG, expect_picture, expect_sound, labels, tree

LANGUAGES = st.sampled_from([language(code) for code in CODES])
#: Names as facts may bring them: long, empty, with marks of SVG, and what steers a reader's eye.
NAMES = st.one_of(
    st.sampled_from(["care", "logistics", "web-shop", "a" * 90, "<b>&amp;\"'", "\u202eabc", ""]),
    st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=30),
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))
FAR = st.datetimes(timezones=st.just(UTC))
COUNTS = st.integers(0, 10**7)
KINDS = st.sampled_from(["promise", "chase", "other"])
PARTS = st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(
    st.lists(st.floats(-1e9, 1e9), max_size=40),
    st.dictionaries(st.integers(1, 39), NAMES, max_size=2),
    LANGUAGES,
)
def test_process_chart(values: list[float], breaks: dict[int, str], spoken: Language) -> None:
    points = [Point(spoken.month(f"2024-{n % 12 + 1}"), v, "3 of 4") for n, v in enumerate(values)]
    inside = {at: why for at, why in breaks.items() if at < len(values)}
    series = Series("what", points, numbers(spoken), breaks=inside)
    picture = process_chart("xmr", series, spoken)
    expect_picture(picture)
    assert (picture.svg is None) is (len(values) < 2)
    assert len(picture.table.rows) == len(values)


@given(st.sets(st.integers(0, 60), max_size=40), LANGUAGES)
def test_process_chart_with_times_that_have_no_value(at: set[int], spoken: Language) -> None:
    times = [f"time {n}" for n in range(61)]
    points = [Point(times[n], float(n % 7), "of") for n in sorted(at)]
    picture = process_chart("xmr", Series("w", points, numbers(spoken), times=times), spoken)
    expect_picture(picture)
    if picture.svg is not None:
        assert str(spoken.number(61 - len(at))) in picture.notes[-1]
        places = [float(mark.attrib["cx"]) for mark in tree(picture.svg).iter(f"{SVG}circle")]
        apart = [
            (b - a) / (n - m)
            for (a, b), (m, n) in zip(pairwise(places), pairwise(sorted(at)), strict=True)
        ]
        assert apart == pytest.approx([apart[0]] * len(apart), abs=0.05)


@given(st.lists(st.floats(-1e9, 1e9), max_size=40), LANGUAGES)
def test_process_chart_of_durations(values: list[float], spoken: Language) -> None:
    points = [Point(f"{n}", value, "of") for n, value in enumerate(values)]
    expect_picture(process_chart("xmr", Series("what", points, durations(spoken)), spoken))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40), LANGUAGES)
def test_process_chart_of_shares(values: list[float], spoken: Language) -> None:
    points = [Point(f"{n}", value, "of") for n, value in enumerate(values)]
    shown = Series("what", points, rates(spoken), least=0.0, greatest=1.0)
    expect_picture(process_chart("xmr", shown, spoken))


@given(
    st.lists(st.tuples(NAMES, st.integers(-(10**6), 10**6), st.booleans()), max_size=9), LANGUAGES
)
def test_waterfall(steps: list[tuple[str, int, bool]], spoken: Language) -> None:
    made = [Step(label, value, total) for label, value, total in steps]
    expect_picture(waterfall("w", "title", made, ("what", "how many"), spoken))


@given(st.lists(st.tuples(NAMES, st.none() | st.floats(0, 1)), max_size=12), LANGUAGES)
def test_bars(rows: list[tuple[str, float | None]], spoken: Language) -> None:
    made = [
        Bar(name, v, spoken.percent(v), v and v / 2, None if v is None else (v + 1) / 2)
        for name, v in rows
    ]
    picture = bars("b", "title", made, ("a", "b"), rates(spoken), spoken, greatest=1.0)
    expect_picture(picture)
    expect_picture(bars("b", "t", made, ("a", "b"), numbers(spoken, whole=True), spoken))


@given(
    st.lists(st.tuples(NAMES, st.lists(COUNTS, min_size=14, max_size=14)), max_size=5), LANGUAGES
)
def test_strips(kinds: list[tuple[str, list[int]]], spoken: Language) -> None:
    made = [Strip(name, tuple(counts)) for name, counts in kinds]
    bins = [str(n) for n in range(14)]
    expect_picture(strips("s", "title", bins, made, "day", spoken, line_after=6))


@given(st.lists(st.tuples(NAMES, PARTS), max_size=20), LANGUAGES)
def test_funnel_plot(members: list[tuple[str, tuple[int, int]]], spoken: Language) -> None:
    made = [Member(name, *part) for name, part in members]
    picture = funnel_plot("f", "what", made, "department", spoken)
    expect_picture(picture)
    assert len(picture.table.rows) == len(members)
    assert (picture.svg is None) is (sum(1 for member in made if member.of) < 2)


@given(
    st.lists(
        st.tuples(
            NAMES, st.sampled_from(STATUSES), INSTANTS, st.none() | INSTANTS, st.none() | FAR
        ),
        max_size=8,
    ),
    INSTANTS,
    LANGUAGES,
)
def test_lifelines(
    rows: list[tuple[str, str, datetime, datetime | None, datetime | None]],
    as_of: datetime,
    spoken: Language,
) -> None:
    made = [Lifeline(*row, chased_at=(as_of,)) for row in rows]
    expect_picture(lifelines("l", "title", made, as_of, spoken))


@given(
    st.lists(
        st.tuples(NAMES, INSTANTS, st.sampled_from(["promise", "chase", "other"])), max_size=20
    ),
    st.lists(st.tuples(INSTANTS, st.timedeltas(timedelta(0), timedelta(900))), max_size=4),
    LANGUAGES,
)
def test_swimlanes(
    found: list[tuple[str, datetime, str]],
    silent: list[tuple[datetime, timedelta]],
    spoken: Language,
) -> None:
    made = [Happening(lane, at, kind, "text") for lane, at, kind in found]  # type: ignore[arg-type]
    quiet = [Silence(start, start + time, "a silence") for start, time in silent]
    picture = swimlanes("l", "title", made, quiet, spoken)
    expect_picture(picture)
    assert len(picture.table.rows) == len(found)


@given(st.lists(st.tuples(st.none() | NAMES, st.none() | NAMES, COUNTS), max_size=20), LANGUAGES)
def test_matrix(found: list[tuple[str | None, str | None, int]], spoken: Language) -> None:
    made = [Entry(a, b, count, spoken.number(count)) for a, b, count in found]
    expect_picture(matrix("m", "title", made, ("from", "to", "count"), spoken))


@given(
    st.lists(st.tuples(NAMES, NAMES, st.integers(1, 10**6), st.none() | COUNTS), max_size=20),
    LANGUAGES,
)
def test_graph(found: list[tuple[str, str, int, int | None]], spoken: Language) -> None:
    expect_picture(graph("g", "title", [Edge(*one) for one in found], spoken))


@given(st.lists(st.floats(0, 1e9), max_size=20), LANGUAGES)
@example([5e-324], language("en"))
def test_survival_curve(durations: list[float], spoken: Language) -> None:
    ordered = sorted(durations)
    steps = [(at, 1 - (n + 1) / len(ordered)) for n, at in enumerate(ordered)]
    expect_picture(survival_curve("k", "title", steps, spoken))


@given(st.lists(st.floats(-1e9, 1e9), max_size=20))
def test_sparkline(values: list[float]) -> None:
    found = sparkline("s", "title", values)
    assert (found is None) is (len(values) < 2)
    if found is not None:
        expect_sound(found)


def test_no_place_is_no_number() -> None:
    with pytest.raises(ValueError, match="a place in a picture"):
        Canvas(100).circle(float("nan"), 1, 1, "dot")


def test_a_label_that_would_lie_on_another_is_left_out() -> None:
    canvas = Canvas(100)
    assert canvas.text(10, 50, "first")
    assert not canvas.text(12, 52, "second")
    assert canvas.text(10, 80, "third")
    drawn = [text for text, _ in labels(tree(canvas.svg("n", "title", "desc")))]
    assert drawn == ["first", "third"]


def test_limits_are_broken_where_something_else_is_measured() -> None:
    spoken = language("en")
    points = [Point(str(n), value, "of") for n, value in enumerate([1.0, 2.0, 1.0, 9.0, 8.0, 9.0])]
    broken = Series("what", points, numbers(spoken), breaks={3: "counted anew"})
    picture = process_chart("xmr", broken, spoken)
    assert picture.svg is not None
    assert "counted anew" in picture.svg
    assert {row[4].text for row in picture.table.rows} == {"1.33", "8.67"}


#: Shares that differ by chance; more, with limits that take it in; and from nothing to everything.
ALIKE = [(5, 10), (6, 10), (4, 10), (5, 10), (5, 10), (6, 10)]
APART = [(300, 1000), (340, 1000), (380, 1000), (420, 1000), (460, 1000), (400, 1000)]
OPPOSITE = [(0, 500), (500, 500), (0, 500), (500, 500), (0, 500), (500, 500)]


@pytest.mark.parametrize(
    ("parts", "spread"),
    [(ALIKE, "no more than chance"), (APART, "limits in colour"), (OPPOSITE, "none to draw")],
)
def test_a_funnel_says_by_which_limits_nobody_is_unusual(
    parts: list[tuple[int, int]], spread: str
) -> None:
    members = [Member(f"m{n}", *part) for n, part in enumerate(parts)]
    picture = funnel_plot("f", "what", members, "department", language("en"))
    assert picture.says.endswith("None lies outside of the limits.")
    assert spread in picture.notes[0]
    assert picture.svg is not None
    assert ("widened" in picture.svg) is ("limits in colour" in picture.notes[0])
    assert "dashed" in picture.notes[1]
    assert len(picture.notes) == (3 if "widened" in picture.svg else 2)


def test_the_months_along_an_axis_go_on_to_the_last_that_has_ended() -> None:
    spoken = language("en")
    points = {month: Point(spoken.month(month), 1.0, "of") for month in ("2024-11", "2025-02")}
    shown = newest(points, datetime(2025, 5, 9, tzinfo=UTC), spoken)
    assert [point.label for point in shown.points] == ["Nov 2024", "Feb 2025"]
    assert shown.times == ["Nov 2024", "Dec 2024", "Jan 2025", "Feb 2025", "Mar 2025", "Apr 2025"]
    assert newest(points, datetime(2024, 11, 30, tzinfo=UTC), spoken).times == []


def test_signals_that_follow_on_each_other_are_one() -> None:
    values = [0.0, 9.0, 0.0, 9.0, *[0.0] * 30, 9.0]
    points = [Point(f"t{n}", value, "of") for n, value in enumerate(values)]
    picture = process_chart("xmr", Series("what", points, numbers(language("en"))), language("en"))
    (eight,) = [note for note in picture.notes if note.startswith("Eight")]
    assert eight == "Eight or more in a row on one side of the mean: t4 to t33."
    for note in picture.notes:
        assert note.count(" to ") + note.count(",") <= 5


@pytest.mark.parametrize(
    ("values", "says"),
    [([1.0] * 9, "It has not moved."), ([1.0, 2.0] * 5, "Nothing says that it has changed.")],
)
def test_a_chart_without_signals_says_so(values: list[float], says: str) -> None:
    points = [Point(f"t{n}", value, "of") for n, value in enumerate(values)]
    picture = process_chart("xmr", Series("what", points, numbers(language("en"))), language("en"))
    assert picture.says.endswith(says)
    assert ("the mean of these values" in picture.says) is (len(set(values)) > 1)
    assert not picture.notes


def test_whoever_is_outside_of_the_limits_is_named_in_the_picture() -> None:
    crowd = [Member(f"within-{n}", 495 + n % 11, 1000) for n in range(60)]
    odd = [Member(f"unusual-{n}", 570, 1000 + n) for n in range(6)]
    picture = funnel_plot("f", "what", [*crowd, *odd], "department", language("en"))
    expect_picture(picture)
    assert picture.svg is not None
    outside = {row[0].text for row in picture.table.rows if row[-1].text != "within"}
    assert outside == {member.label for member in odd}
    assert outside <= {text for text, _ in labels(tree(picture.svg))}


def test_a_promise_is_named_whole_beside_its_bar() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    name = "catalogue CATALOGUE-101658"
    life = Lifeline(name, "late", made, made + timedelta(9), made + timedelta(3))
    svg = lifelines("l", "title", [life], made + timedelta(20), language("en")).svg
    assert svg is not None
    assert name in {text for text, _ in labels(tree(svg))}


def _leads(picture: Picture) -> list[str]:
    """Where the marks of a picture lead, in the order in which they are drawn."""
    assert picture.svg is not None
    return [link.attrib["href"] for link in tree(picture.svg).iter(f"{SVG}a")]


def _pictures_that_lead() -> Iterator[Picture]:
    english, made = language("en"), datetime(2026, 1, 1, tzinfo=UTC)
    points = [Point(f"m{n}", float(n % 3), "of", f"/month?{n}&x") for n in range(9)]
    yield process_chart("xmr", Series("what", points, numbers(english)), english)
    members = [Member(f"d{n}", 5 + n, 10 + n, f"/department/{n}") for n in range(5)]
    yield funnel_plot("f", "shares", members, "department", english)
    rows = [Bar(f"b{n}", 1.0 + n, str(n), href=f"/bar/{n}") for n in range(3)]
    yield bars("b", "as bars", rows, ("name", "promises"), numbers(english), english)
    ended = made + timedelta(9)
    lives = [Lifeline(f"l{n}", "kept", made, ended, None, href=f"/life/{n}") for n in range(3)]
    yield lifelines("l", "as lives", lives, ended, english)
    steps = [Happening("care", made + timedelta(n), "promise", "it", f"/at/{n}") for n in range(3)]
    yield swimlanes("s", "in lanes", steps, [], english)


@pytest.mark.parametrize(
    "picture", list(_pictures_that_lead()), ids=lambda picture: picture.says[:8]
)
def test_a_mark_leads_to_where_its_line_of_the_table_leads(picture: Picture) -> None:
    expect_picture(picture)
    assert _leads(picture) == [cell.href for row in picture.table.rows for cell in row if cell.href]


def test_a_matrix_says_what_its_sides_are() -> None:
    made = [Entry("accounting", "payments", 0.5, "50 %"), Entry("logistics", "care", 0.7, "70 %")]
    picture = matrix("m", "title", made, ("Who promised", "To whom", "Kept"), language("en"))
    assert picture.svg is not None
    said = {text for text, _ in labels(tree(picture.svg))}
    assert {"Who promised ↓", "To whom →"} <= said


def test_an_axis_says_what_lies_along_it() -> None:
    spoken = language("en")
    points = [Point(f"m{n}", float(n), "of") for n in range(3)]
    steps = [Step("before", 3, total=True), Step("made", 2), Step("now", 5, total=True)]
    kinds = [Strip("kept", (1, 2)), Strip("moved", (3, 4))]
    members = [Member(f"d{n}", 5 + n, 10 + n) for n in range(5)]
    whole = numbers(spoken, whole=True)
    curve = {spoken.say("survival.waiting"), spoken.say("survival.after")}
    drawn = [
        (process_chart("x", Series("Kept", points, whole), spoken), {"Kept"}),
        (waterfall("w", "title", steps, ("flow", "Promises"), spoken), {"Promises"}),
        (bars("b", "t", [Bar("a", 1, "1")], ("age", "Promises"), whole, spoken), {"Promises"}),
        (strips("s", "t", ["0", "1"], kinds, "Day", spoken, axis="days"), {"days"}),
        (funnel_plot("f", "Kept", members, "x", spoken), {"Kept", spoken.say("funnel.size")}),
        (survival_curve("k", "title", [(60.0, 0.5), (120.0, 0.0)], spoken), curve),
    ]
    for picture, names in drawn:
        assert picture.svg is not None
        texts = tree(picture.svg).iter(f"{SVG}text")
        assert {text.text for text in texts if text.get("class") == "axis-name"} == names


def test_a_label_of_the_graph_points_as_its_line_does_and_lies_beside_it() -> None:
    edges = [Edge("care", "payments", 900, 60.0), Edge("payments", "care", 700, 3600.0)]
    picture = graph("g", "title", edges, language("en"))
    expect_picture(picture)
    assert picture.svg is not None
    root = tree(picture.svg)
    across = [float(line.attrib["x1"]) for line in root.iter(f"{SVG}line")]
    assert len(across) == len(edges)
    beside = {text: box for text, box in labels(root) if "×" in text}
    assert beside.keys() == {"↓ 900×, 1 minute", "↑ 700×, 1 hour"}
    for box in beside.values():
        assert not any(box.left < x < box.right for x in across)
