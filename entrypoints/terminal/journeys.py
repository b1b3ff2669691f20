"""Journeys: one as a timeline, lists of journeys, a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from domain.statuses import STATUSES
from entrypoints.terminal.commitments import more
from entrypoints.terminal.console import (
    CELL_WIDTH,
    DIM,
    STATUS_STYLES,
    cell,
    fits,
    flow,
    heading,
    lay,
    paragraph,
    quiet,
)
from entrypoints.terminal.details import in_short
from entrypoints.terminal.format import (
    apart,
    duration,
    instant,
    noun,
    number,
    of_type,
    plain,
    short,
)
from entrypoints.terminal.renderers import SHOWN
from entrypoints.terminal.scoreboard import count_lines
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers
    from domain.scoreboard import Counts

#: Departments take these in turn, so that a change of hands shows as a change of colour.
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
#: From here on, a pause between two facts gets a line of its own.
_PAUSE = 86_400.0
#: Of a long journey so many steps are shown at either end.
_ENDS = 100
_REFS = 200
_WHOLE = {True: ("kept whole", "green"), False: ("not kept whole", "red"), None: ("", "")}


def render_journey(answer: answers.Journey, console: Console) -> None:
    """One journey: its figures, then its facts one below the other along a line, with the pauses
    between them."""
    heading(console, "Journey", plain(answer["journey_id"]))
    paragraph(console, _summary(answer))
    flow(console, _figures(answer))
    if answer["promises"]["made"]:
        console.print()
        count_lines(answer["promises"], console)
    _timeline(answer["steps"], answer["departments"], console)
    if answer["feedback"]:
        console.print()
    for said in answer["feedback"]:
        paragraph(console, _feedback(said))


def _summary(answer: answers.Journey) -> Text:
    first, last = answer["first_at"], answer["last_at"]
    lasted = "" if first == last else f"  {apart(first, last)}"
    return Text.assemble(
        (short(answer["customer"], CELL_WIDTH), "bold"),
        f"  {instant(first)} to {instant(last)} UTC",
        (lasted, DIM),
    )


def _figures(answer: answers.Journey) -> list[Text]:
    departments = noun(len(answer["departments"]), "department")
    parts = [
        Text(f"{noun(answer['facts'], 'fact')} of {departments}"),
        Text(noun(answer["handovers"], "handover")),
    ]
    for count, one, many in (
        (answer["chases"], "chase", "chases"),
        (answer["reasked"], "question asked again", "questions asked again"),
        (answer["channels_forced"], "channel forced", "channels forced"),
    ):
        if count:
            parts.append(Text(noun(count, one, many), "yellow"))
    if answer["touchpoints"]:
        seen = answer["touchpoints"].items()
        parts.append(Text("touchpoints " + ", ".join(f"{plain(k)} {n:,}" for k, n in seen)))
    if answer["longest_silence"] is not None:
        parts.append(Text(f"longest silence {duration(answer['longest_silence'])}"))
    whole, style = _WHOLE[answer["kept_whole"]]
    if whole:
        parts.append(Text(whole, style))
    return parts


def _feedback(said: answers.Feedback) -> Text:
    bounds = f"{said['scale_min']} to {said['scale_max']}"
    return Text.assemble(
        (f"{instant(said['time'])}  ", DIM),
        "feedback ",
        (f"{said['score']}", "bold"),
        (f" on {bounds}, {short(said['question'], CELL_WIDTH)}", DIM),
    )


def _timeline(steps: Sequence[answers.Step], departments: Sequence[str], console: Console) -> None:
    colours = {name: _COLOURS[at % len(_COLOURS)] for at, name in enumerate(departments)}
    fixed = ("when", "department", "point")
    line = TextTable(*fixed, "text", right=["department"], keep=fixed, gap=1, head=False)
    before = None
    for at, step in enumerate(steps):
        if len(steps) > 2 * _ENDS and _ENDS <= at < len(steps) - _ENDS:
            if at == _ENDS:
                left = f"… {len(steps) - 2 * _ENDS:,} more: --json has all …"
                line.add_row("", "", Text("│", DIM), Text(left, DIM))
            before = None
            continue
        colour = colours.get(step["department"], "")
        now = step["time"]
        if before is not None and (now - before).total_seconds() >= _PAUSE:
            line.add_row("", "", Text("│", DIM), Text(apart(before, now), f"italic {DIM}"))
        line.add_row(instant(now), cell(step["department"], colour), Text("●", colour), _step(step))
        before = now
    lay(console, line)


def _step(step: answers.Step) -> Text:
    """What happened: of a touchpoint its kind and channel, of others what they say."""
    text = Text(of_type(step["type"]))
    said = in_short(step["type"], step["data"])
    if said:
        text.append("  ").append_text(said)
    if step["refs"]:
        text.append("  " + short(" ".join(step["refs"]), _REFS), DIM)
    return text


def render_journeys(answer: answers.JourneysPage, console: Console) -> None:
    """A page of journeys, by first fact."""
    if not answer["journeys"]:
        paragraph(console, "There is no journey: facts without refs are in none.")
        return
    heading(console, "Journeys", "by first fact")
    _journey_table(answer["journeys"], console)
    more(answer, console, noun(len(answer["journeys"]), "journey"))


def _journey_table(journeys: Sequence[answers.Journey], console: Console) -> None:
    """A line a journey; several where the page is too narrow for that."""
    wide = _one_line_each(journeys)
    lay(console, wide if fits(console, wide) else _lines_each(journeys))


def _one_line_each(journeys: Sequence[answers.Journey]) -> TextTable:
    names = ("first (UTC)", "lasted", "facts", "customer", "departments", "promises", "journey")
    table = TextTable(*names, right=("facts",))
    for each in journeys:
        table.add_row(
            instant(each["first_at"]),
            _lasted(each),
            number(each["facts"]),
            cell(each["customer"]),
            _departments(each),
            _promises(each["promises"]),
            cell(each["journey_id"], DIM),
        )
    return table


def _lines_each(journeys: Sequence[answers.Journey]) -> TextTable:
    first = ("first (UTC)", "lasted")
    table = TextTable(*first, "facts", "journey", right=("facts",), keep=first)
    for each in journeys:
        text = cell(each["journey_id"], DIM)
        text.append("\n").append_text(cell(each["customer"]))
        text.append("\n").append_text(_departments(each))
        if each["promises"]["made"]:
            text.append("\n").append_text(_promises(each["promises"]))
        table.add_row(instant(each["first_at"]), _lasted(each), number(each["facts"]), text)
    return table


def _lasted(journey: answers.Journey) -> str:
    lasted = journey["last_at"] - journey["first_at"]
    return duration(lasted.total_seconds(), short=True)


def _departments(journey: answers.Journey) -> Text:
    return Text(short(" → ".join(journey["departments"]), 2 * CELL_WIDTH))


def _promises(counts: Counts) -> Text:
    parts = [
        Text(f"{counts[name]:,} {name}", STATUS_STYLES[name]) for name in STATUSES if counts[name]
    ]
    return Text(", ").join(parts) if parts else cell(None)


def render_customer(answer: answers.Customer, console: Console) -> None:
    """A customer under all the linked names, the canonical one first: promises, journeys, and
    facts in no journey."""
    heading(console, short(answer["canonical"], CELL_WIDTH))
    others = sorted({answer["customer"], *answer["aliases"]} - {answer["canonical"]})
    if others:
        paragraph(console, Text.assemble(("also ", DIM), short(", ".join(others), 5 * CELL_WIDTH)))
    if answer["promises"]["made"]:
        count_lines(answer["promises"], console)
    if not answer["journeys"] and not answer["loose"]:
        paragraph(console, "No fact is about this customer.")
        return
    if answer["journeys"]:
        console.print()
        heading(console, noun(len(answer["journeys"]), "journey"))
        _journey_table(answer["journeys"][:SHOWN], console)
        _rest(answer["journeys"], "'./pledger journeys --customer' has them by pages", console)
    if answer["loose"]:
        console.print()
        heading(console, noun(len(answer["loose"]), "fact"), "in no journey, for want of refs")
        table = TextTable("when (UTC)", "what happened", "id", keep=("when (UTC)", "id"))
        for fact in answer["loose"][:SHOWN]:
            table.add_row(instant(fact["time"]), of_type(fact["type"]), cell(fact["id"], DIM))
        lay(console, table)
        _rest(answer["loose"], "--json has all", console)


def _rest(listed: Sequence[object], where: str, console: Console) -> None:
    if len(listed) > SHOWN:
        quiet(console, f"{len(listed) - SHOWN:,} more: {where}")
