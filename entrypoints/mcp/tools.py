"""The tools: each asks one question of ``application/`` and answers its JSON, with what its words
mean beside it. None writes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from application import ask, parameters
from application.access import personal
from application.json_answers import to_plain
from application.metrics import Metric, condition, metric, metrics
from application.promise_keys import condition as promise_condition
from application.promise_keys import group_key
from domain.errors import Problem, place_of
from entrypoints.mcp.meanings import definitions, words_of
from entrypoints.mcp.readers import Reader

if TYPE_CHECKING:
    from application.access.store import AccessStore
    from application.home import Home

#: How many elements a list has at the most: what reads it has little room.
MOST, USUAL = 200, 50

AsOf = Annotated[
    str | None, Field(description="what was so at this instant (RFC 3339); now, where not given")
]
KnownAt = Annotated[
    str | None,
    Field(description="what the ledger knew at this instant, or up to a position such as @12"),
]
By = Annotated[
    list[str] | None, Field(description="group by these keys, such as department or label:NAME")
]
Where = Annotated[
    list[str] | None, Field(description="only those with KEY=VALUE; an empty value means none")
]
Limit = Annotated[int, Field(ge=1, le=MOST, description="at most so many")]
Instant = Annotated[str | None, Field(description="RFC 3339 with an offset")]

Answer = dict[str, Any]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tools:
    """Questions to one home, by somebody. ``store`` keeps a record where personal fields are read;
    where there is none, they are withheld."""

    home: Home
    reader: Reader
    clock: Callable[[], datetime]
    store: AccessStore | None = None

    def all(self) -> tuple[Callable[..., Answer], ...]:
        """Every tool. Their names and docstrings are what a caller reads of them."""
        return (
            self.promises,
            self.metrics,
            self.metric,
            self.commitment,
            self.chain,
            self.due,
            self.search,
        )

    def promises(
        self,
        by: By = None,
        where: Where = None,
        due_from: Instant = None,
        due_to: Instant = None,
        timezone: str = "UTC",
        as_of: AsOf = None,
        known_at: KnownAt = None,
    ) -> Answer:
        """How well the company kept its promises: counts by status, the kept rate on three bases
        (first, agreed, latest date) with intervals, what was kept without a reminder; in groups by
        department, about, channel, month_due, month_made, supports or label:NAME. With the
        definition of each number."""

        def found(times: Mapping[str, Any]) -> Mapping[str, Any]:
            asked = ask.Promises(
                by=[group_key(key) for key in by or ()],
                where=[promise_condition(each) for each in where or ()],
                due_from=_instant(due_from),
                due_to=_instant(due_to),
                zone=parameters.zone(timezone),
                **times,
            )
            return {**ask.promises(self.home, asked), "definitions": definitions()}

        return self._answer("promises", found, as_of, known_at)

    def metrics(
        self,
        family: Annotated[
            str | None, Field(description="only those of one family, such as word or trust")
        ] = None,
    ) -> Answer:
        """Which numbers there are: the question that each answers, its keys and its definition.
        All of them are long to read; those of a family are not."""
        return self._answer("metrics", lambda times: metrics(family))

    def metric(
        self,
        name: Annotated[str, Field(description="as 'metrics' lists it, such as kept_agreed")],
        by: By = None,
        where: Where = None,
        start: Annotated[Instant, Field(description="units after this instant")] = None,
        end: Annotated[Instant, Field(description="units of up to this instant")] = None,
        within: Annotated[
            str | None, Field(description="another time to do it in, such as P14D")
        ] = None,
        timezone: str = "UTC",
        as_of: AsOf = None,
        known_at: KnownAt = None,
    ) -> Answer:
        """One number of the registry, with its groups and its definition: what is counted, what is
        left out, how it is gamed, and what it must not be used for. Say these with the number."""

        def found(times: Mapping[str, Any]) -> Mapping[str, Any]:
            asked = Metric(
                name=name,
                by=list(by or ()),
                where=[condition(each) for each in where or ()],
                start=_instant(start),
                end=_instant(end),
                within=within,
                zone=parameters.zone(timezone),
                **times,
            )
            return metric(self.home, asked)

        return self._answer("metric", found, as_of, known_at)

    def commitment(
        self,
        id: Annotated[str, Field(description="the commitment's id")],
        limit: Limit = USUAL,
        as_of: AsOf = None,
        known_at: KnownAt = None,
    ) -> Answer:
        """One promise: its dates, its status, who has it, and its history, of which a long one is
        given from both its ends."""

        def found(times: Mapping[str, Any]) -> Mapping[str, Any]:
            return ask.commitment(self.home, ask.Commitment(id=id, limit=limit, **times))

        return self._answer("commitment", found, as_of, known_at)

    def chain(
        self,
        id: Annotated[str, Field(description="the commitment's id")],
        as_of: AsOf = None,
        known_at: KnownAt = None,
    ) -> Answer:
        """One promise and all that support it, directly or through others, and where that chain
        broke first."""

        def found(times: Mapping[str, Any]) -> Mapping[str, Any]:
            return ask.chain(self.home, ask.Named(id=id, **times))

        return self._answer("chain", found, as_of, known_at)

    def due(
        self,
        within: Annotated[str, Field(description="how far ahead, such as P7D or PT12H")],
        limit: Limit = USUAL,
        as_of: AsOf = None,
        known_at: KnownAt = None,
    ) -> Answer:
        """Who waits: promises that are overdue first, then those that fall due, by date. 'more' is
        how many are behind the limit."""

        def found(times: Mapping[str, Any]) -> Mapping[str, Any]:
            answer = ask.due(self.home, ask.Due(within=within, **times))
            rows = answer["due"]
            return {**answer, "due": rows[:limit], "more": max(0, len(rows) - limit)}

        return self._answer("due", found, as_of, known_at)

    def search(
        self,
        text: Annotated[str, Field(min_length=1, description="an id or the beginning of one")],
        limit: Limit = USUAL,
        as_of: AsOf = None,
        known_at: KnownAt = None,
    ) -> Answer:
        """Customers, promises, journeys, issues and payments by an id, or by a business object that
        they touch, such as order:17."""

        def found(times: Mapping[str, Any]) -> Mapping[str, Any]:
            return ask.search(self.home, ask.Search(text=text, limit=limit, **times))

        return self._answer("search", found, as_of, known_at)

    def _answer(
        self,
        tool: str,
        question: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        as_of: str | None = None,
        known_at: str | None = None,
    ) -> Answer:
        """What a question answers, as the reader may read it. Raises ``ToolError``."""
        now = self.clock()
        try:
            who = self.reader()
            times = {
                "as_of": _instant(as_of) or now,
                "known_at": None if known_at is None else parameters.known(known_at),
            }
            found = {**question(times)}
            if without := self.home.left_out():
                found["without"] = [*without]
            told = personal.shown(found, personal.Reader(who, f"mcp {tool}", now), self.store)
        except Problem as problem:
            raise ToolError(problem.worded(_words_of)) from None
        except Exception as error:  # noqa: BLE001 - whose words may quote a person's data
            _LOG.error("a fault: %s", place_of(error))
            raise ToolError("expected all to go well, saw a fault of this program") from None
        plain: Answer = to_plain(told)
        if words := words_of(tool):
            plain["meaning"] = words
        return plain


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parameters.instant(text)


#: The tool that does what a problem's remedy names. No tool lists every promise.
_TOOLS = {"commitments": "search", "metrics": "metrics"}


def _words_of(action: str) -> str:
    tool = _TOOLS.get(action)
    return f"the tool {tool!r}" if tool else f"whoever runs it: './pledger {action}'"
