"""What the demo prints for people: what was done, what can be seen in it, and what to try next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from application.json_answers import instant_to_text
from entrypoints.cli.demo.addresses import Address
from entrypoints.cli.demo.build import Stage
from entrypoints.cli.demo.folder import Demo
from entrypoints.cli.demo.questions import (
    A_YEAR_BEFORE,
    LOST,
    Answers,
    Asked,
    Numbers,
    typed,
    when,
)
from entrypoints.terminal.commitments import promise_table
from entrypoints.terminal.console import DIM, INDENT, PAGE_WIDTH, console_for, quiet
from entrypoints.terminal.format import apart, duration, instant, noun, percent
from entrypoints.terminal.renderers import show
from simulator import company

if TYPE_CHECKING:
    from application import ask

#: So many lines of a long list are shown.
FIRST = 10
#: The days before an agreed date in which one who plans moves nothing.
LAST_DAYS = (-1, 0)

_STAGE_WIDTH = 9
_PROMPT = "  $ "
_GOES_ON = " \\"
_FURTHER = "      "


class Pages:
    """Prints the demo, part by part."""

    def __init__(self, stream: TextIO, folder: Path) -> None:
        self._stream = stream
        self._console = console_for(stream)
        self._folder = folder
        self._number = 0

    def opening(self, demo: Demo) -> None:
        """What Pledger is for, and what is about to be done."""
        self._console.print(Text("Pledger", "bold"))
        self._say(
            "A ledger of what a company's customers lived and of what they were promised. Each"
            " department writes down what happens (an order, a promise, a parcel, a reminder) as"
            " facts that never change. Whether the company keeps its word is computed from them,"
            " for any day."
        )
        self._console.print()
        self._say(
            f"Here is an invented company: {company.COMPANY}, who grow roses."
            f" {len(company.DEPARTMENTS)} departments, {noun(demo.customers, 'customer')}, three"
            f" years up to the end of {A_YEAR_BEFORE.year}. All of it lies in the folder"
            f" {self._folder}, which you may delete."
        )
        self._console.print()

    def stage(self, stage: Stage) -> None:
        """A line for a part of the work that is done."""
        line = Table.grid(padding=(0, 2), expand=True)
        line.add_column(no_wrap=True, width=_STAGE_WIDTH + 2)
        line.add_column(ratio=1)
        line.add_column(no_wrap=True, width=7, justify="right")
        seconds = f"{stage.seconds:.1f} s" if stage.seconds else ""
        line.add_row(
            Text.assemble(("✓ ", "green"), (stage.name, "bold")),
            Text(stage.said),
            Text(seconds, DIM),
        )
        self._console.print(Padding(line, (0, 0, 0, INDENT)), width=self._width)
        self._stream.flush()

    def answers(self, answers: Answers) -> None:
        """What can be seen in the facts."""
        self._promises(answers.promises)
        self._balance(answers.balance)
        self._due(answers.due)
        self._rosebush(answers)
        self._counter(answers)
        self._suspense(answers.suspense)
        self._good_news(answers.numbers)
        self._habits(answers.numbers.habits)
        self._next()

    def _promises(self, asked: Asked[ask.answers.Promises]) -> None:
        self._heading("Did we keep our word?")
        self._say(
            "A promise is kept when it is honoured by its date. By which date? The first one that"
            " was given, the one that the customer agreed to, or the one given last: whoever moves"
            " dates looks better by the last than by the first, and the slip gap says by how much."
            " How sure a figure is, the shade at the end of its bar and the 95 % interval say: with"
            " few promises, not very. (none) is nobody: a promise handed to a department that has"
            " not accepted it."
        )
        self._page("promises", asked)

    def _balance(self, asked: Asked[ask.answers.Balance]) -> None:
        self._heading("Do the books add up?")
        self._say(
            "Promises are debts, and are counted like money: what was outstanding when the last"
            " year began, plus what was promised in it, less what was settled, is outstanding at"
            " its end. Nothing drops out of the account by being closed, moved or handed on."
        )
        self._page("balance", asked)

    def _due(self, asked: Asked[ask.answers.Due]) -> None:
        self._heading("Who is waiting now?")
        self._say(
            "Every open promise whose date has passed, the oldest first, then those that fall due"
            " within a week. Silence is how long the customer has heard nothing about it from"
            " anybody. A promise does not fade: the first of these were forgotten years ago."
        )
        self._console.print()
        self._line(asked.command)
        rows = asked.answer["due"]
        if rows:
            promise_table(rows[:FIRST], self._console)
        overdue = sum(row["status"] == "overdue" for row in rows)
        shown = (
            f"the first {FIRST} of {len(rows):,}" if len(rows) > FIRST else f"{len(rows)} in all"
        )
        quiet(
            self._console,
            f"{shown}: {overdue:,} overdue, {len(rows) - overdue:,} due within a week",
        )

    def _rosebush(self, answers: Answers) -> None:
        journey, promise = answers.rosebush.answer, answers.promise.answer
        self._heading("A rose dies")
        reminders = "without a reminder" if not promise["chases"] else "when reminded"
        self._say(
            "In April a customer writes that a new rose has died. Care believes the customer"
            " without a question (discretion used), closes the ticket (issue resolved) and promises"
            " another rose for November, when the soil is ready (commitment made). In a ticket"
            " system the story ends here. In the ledger the promise stays open:"
            f" {duration(journey['longest_silence'])} later, {reminders}, the company writes first,"
            " agrees on a day, and keeps it."
        )
        self._page("journey", answers.rosebush)

    def _counter(self, answers: Answers) -> None:
        journey = answers.counter.answer
        paid, checked = when(journey, "payment.captured"), when(journey, "entitlement.checked")
        self._heading("A payment that no system linked")
        self._say(
            "A customer pays for roses by bank transfer, and no system knows what for."
            f" {_apart(paid, checked)} later, at the counter, no payment is found (entitlement"
            " checked); the bank statement is shown (proof presented) and not believed; the"
            " customer pays a second time. Four departments saw a piece of it each. The facts name"
            " the same order and the same payment, so they are one journey: suspicion, complaint,"
            " the payment found, apology, refund."
        )
        self._page("journey", answers.counter)
        items = [item for item in answers.at_the_counter.answer["items"] if item["about"] == LOST]
        for item in items:
            self._console.print()
            self._say(
                "The ledger knew all the time. That morning at the counter it had"
                f" {item['about']} in suspense ({item['reason'].replace('_', ' ')}), since"
                f" {instant(item['since'])}. Ask as of that minute:"
            )
            self._console.print()
            self._line(answers.at_the_counter.command)

    def _suspense(self, asked: Asked[ask.answers.Suspense]) -> None:
        items = asked.answer["items"]
        unlinked = [item for item in items if item["reason"] == "unlinked_payment"]
        self._heading("Which payments are in suspense now?")
        self._say(
            "A fact that speaks of something unknown is neither refused nor lost: it waits here and"
            " settles by itself when its other half comes. Nobody knows what these payments were"
            " for; each may be somebody at a counter tomorrow."
        )
        self._command(asked.command)
        self._show("suspense", {"items": unlinked[-FIRST:]})
        shown = f"the latest {FIRST} of" if len(unlinked) > FIRST else "these are all"
        others = noun(len(items) - len(unlinked), "item")
        quiet(self._console, f"{shown} {noun(len(unlinked), 'payment')}; {others} of other kinds")

    def _good_news(self, numbers: Numbers) -> None:
        gap = numbers.slip_gap.answer["value"]
        rows = numbers.around_due.answer["value"]["rows"]
        late = sum(row["moved"] for row in rows if row["day"] in LAST_DAYS)
        self._heading("Good news that lies")
        self._say(
            f"By the date given last, {percent(gap['a']['rate'])} of all refunds came in time. That"
            " is the number which reports show. By the date that the customer was told first, it"
            f" is {percent(gap['b']['rate'])}. A metric is one number; its question, how it is"
            " gamed and what it must not be used for stand beside it:"
        )
        self._page("metric", numbers.slip_gap)
        self._console.print()
        self._say(
            "How that is done, the days around the date show. Day 0 is the last before it. Of"
            f" {noun(sum(row['moved'] for row in rows), 'date')} that"
            f" payments moved and asked nobody, {late:,} were moved in the last two days: somebody"
            " goes through the list of what falls due, and moves what is not done."
        )
        self._page("metric", numbers.around_due)
        self._console.print()
        self._say("Each number is made of units, and each unit of facts. The first dates moved:")
        self._page("units", numbers.moved)
        self._kept_waiting(numbers.cooperation)

    def _kept_waiting(self, asked: Asked[ask.answers.Metric]) -> None:
        owed = [row for row in asked.answer["value"]["rows"] if row["to"] == "payments"]
        for row in owed:
            self._console.print()
            self._say(
                "And why refunds are late at all, yet another number says: they wait for an"
                f" approval. Of what {row['from']} promised payments, it kept"
                f" {percent(row['rate'])} of {row['due']:,}."
            )
        self._console.print()
        self._line(asked.command)

    def _habits(self, habits: Sequence[Asked[ask.answers.Metric]]) -> None:
        self._heading("The stories, for all customers")
        self._say(
            "Was it care's habit to believe, or luck with one rose? Was the counter an accident?"
            " Each habit that a story tells of is a number for all customers, with the units that"
            " it is made of (--units), and there are many more: './pledger metrics'."
        )
        for asked in habits:
            value = asked.answer["value"]
            self._console.print()
            self._say(
                f"{asked.answer['definition']['question']} {percent(value['rate'])}:"
                f" {value['count']:,} of {value['of']:,}."
            )
            self._line(asked.command)

    def _next(self) -> None:
        self._heading("What to try next")
        self._say(
            "Every question is one command, and takes --json. --as-of asks how things stood at an"
            " instant, --known-at what the ledger knew then. The years told here end with"
            f" {A_YEAR_BEFORE.year}, hence --as-of."
        )
        for purpose, command in suggestions(self._folder):
            self._console.print()
            self._say(purpose)
            self._line(command)

    def in_browser(self, asked: Sequence[Address], origin: str) -> None:
        """Which pages of the door at ``origin`` answer the same."""
        self._heading("Look, rather than type")
        self._say(
            "The same answers are pages, with pictures. This command serves them until Ctrl-C, and"
            " tells the address by which a browser gets in; the demo does so by itself where it"
            " writes to a terminal."
        )
        self._command(("./pledger", "serve", "--home", str(self._folder)))
        for question, path in asked:
            self._say(question)
            self._console.print(Text(f"{'':{len(_PROMPT)}}{origin}{path}", "cyan"), soft_wrap=True)
        self._console.print()

    @property
    def _width(self) -> int:
        """Sentences are not wider than a page, however wide the terminal."""
        return min(self._console.width, PAGE_WIDTH)

    def _heading(self, title: str) -> None:
        self._number += 1
        told = Text.assemble((f"{self._number}  ", "bold cyan"), (title, "bold"), " ")
        told.append("━" * (self._width - told.cell_len), "cyan")
        self._console.print("\n")
        self._console.print(told)

    def _say(self, text: str) -> None:
        self._console.print(Padding(Text(text), (0, 0, 0, INDENT)), width=self._width)

    def _page(self, command: str, asked: Asked[Any]) -> None:
        self._command(asked.command)
        self._show(command, asked.answer)

    def _show(self, command: str, answer: Mapping[str, Any]) -> None:
        show(command, answer, self._stream)

    def _command(self, command: Sequence[str]) -> None:
        self._console.print()
        self._line(command)
        self._console.print()

    def _line(self, command: Sequence[str]) -> None:
        """A command, so that it can be copied: a long one goes on after a backslash."""
        lines = broken(command, self._width - len(_FURTHER) - len(_GOES_ON))
        told = Text.assemble((_PROMPT, DIM))
        told.append(f"{_GOES_ON}\n{_FURTHER}".join(lines), "cyan")
        self._console.print(told, soft_wrap=True)


def broken(words: Sequence[str], width: int) -> list[str]:
    """A command line, quoted for a shell, in lines of at most so many characters where its words
    allow it. A line that goes on begins with an option, and has its values."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word.startswith("--"):
            parts.append([])
        parts[-1].append(word)
    lines = [""]
    for part in map(shlex.join, parts):
        if lines[-1] and len(lines[-1]) + 1 + len(part) > width:
            lines.append(part)
        else:
            lines[-1] = f"{lines[-1]} {part}".strip()
    return lines


def suggestions(folder: Path) -> Iterator[tuple[str, Sequence[str]]]:
    """What to try next, and the command."""
    yield (
        "The rosebush promise, with every word that was said about it:",
        typed(folder, "commitment", "ROSEBUSH"),
    )
    yield (
        "Does care keep its word better than before? Month by month:",
        typed(
            folder,
            *("promises", "--where", "department=care", "--by", "month_due"),
            *("--due-from", instant_to_text(A_YEAR_BEFORE)),
        ),
    )
    yield (
        "The same question of a year earlier, by what was promised:",
        typed(folder, "promises", "--by", "about", as_of=A_YEAR_BEFORE),
    )
    yield (
        "All that one customer lived, by any name that the company knows:",
        typed(folder, "customer", "customer:counter-17"),
    )
    yield (
        "What the company said it would not do after all:",
        typed(folder, "commitments", "--status", "broken", "--limit", "5"),
    )
    yield (
        "The facts themselves, as they were written down:",
        typed(folder, "facts", "--subject", "customer:rosebush", "--limit", "3", as_of=None),
    )
    yield (
        "Your own question, in SQL:",
        typed(
            folder,
            "sql",
            "SELECT about, count(*) FROM commitment GROUP BY about",
            as_of=None,
        ),
    )


def _apart(start: datetime, end: datetime) -> str:
    told = apart(start, end)
    return told[0].upper() + told[1:]
