"""``catalogue.html``: for people, every table, column and metric on one page that asks nothing of
any other host. Whoever looks for a column searches, opens what is found, and follows where it
comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from application.export.contents import Contents
from application.json_answers import instant_to_text
from projections.export.metric_units import tables_of
from projections.metrics.registry import Metric, metrics

if TYPE_CHECKING:
    from projections.dictionary.tables import Column, Table

NAME = "catalogue.html"
SAYS = "Every table, column and metric with its meaning and its lineage, for people."

_TEMPLATE = Path(__file__).with_suffix(".html")
#: What is told of a metric, under which heading.
_TEXTS = {
    "unit": "unit",
    "counted": "counted",
    "of": "of",
    "left_out": "left out",
    "anchor": "placed in time by",
    "practice": "practice",
    "gamed_by": "gamed by",
    "harmful_use": "never to be used as",
    "source": "source",
    "measured_in": "measured in",
}


@dataclass(frozen=True)
class Lineage:
    """What is made of what: the table of each type, the tables that read a table, and the metrics
    that are computed from one."""

    of_type: Mapping[str, str]
    read_by: Mapping[str, Sequence[str]]
    metrics: Mapping[str, Sequence[str]]


def catalogue(contents: Contents) -> str:
    """The text of the page."""
    tables = {table.name: table for table in contents.tables}
    reads = {one.name: tables_of(one, tables) for one in metrics().values()}
    lineage = Lineage(
        of_type={table.facts[0]: table.name for table in contents.tables if _of_one_type(table)},
        read_by={
            name: [
                other.name
                for other in contents.tables
                if name in other.reads or (other.kind == "view" and _made_of(other, table))
            ]
            for name, table in tables.items()
        },
        metrics={
            name: [metric for metric, read in reads.items() if name in read] for name in tables
        },
    )
    personal = "With free text about people." if contents.with_personal else ""
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        as_of=escape(instant_to_text(contents.as_of)),
        known_at=escape(str(contents.known_at)),
        personal=personal or "Free text about people was left out.",
        views=_cards(contents, "view", lineage),
        facts=_cards(contents, "facts", lineage),
        metrics="\n".join(_metric(one, reads[one.name], lineage) for one in metrics().values()),
    )


def _of_one_type(table: Table) -> bool:
    return table.kind == "facts" and len(table.facts) == 1


def _made_of(view: Table, table: Table) -> bool:
    return _of_one_type(table) and table.facts[0] in view.facts


def _cards(contents: Contents, kind: str, lineage: Lineage) -> str:
    return "\n".join(
        _table(table, contents, lineage) for table in contents.tables if table.kind == kind
    )


def _table(table: Table, contents: Contents, lineage: Lineage) -> str:
    facts = [] if _of_one_type(table) else [lineage.of_type[name] for name in table.facts]
    file = f"<code>{escape(contents.path_of(table))}</code>"
    told = {
        "file": f"{file}, {contents.rows[table.name]:,} rows",
        "made of facts": _links(facts, "t") if len(facts) < len(lineage.of_type) else "all facts",
        "made of views": _links(table.reads, "t"),
        "views made of it": _links(lineage.read_by[table.name], "t"),
        "metrics of it": _links(lineage.metrics[table.name], "m"),
    }
    rows = "\n".join(_column(column, table, lineage) for column in table.columns)
    return _card(
        table.kind,
        f"t-{table.name}",
        table.name,
        table.rows,
        f"""<table>
<thead><tr><th>column<th>type<th>unit<th>meaning<th>comes from</tr></thead>
<tbody>
{rows}
</tbody></table>
{_told(told)}""",
    )


def _column(column: Column, table: Table, lineage: Lineage) -> str:
    source = "the fact itself" if table.kind == "facts" else "computed, of what is below"
    if column.source is not None and not _of_one_type(table):
        type, _, field = column.source.rpartition(".")
        source = f'<a href="#c-{lineage.of_type[type]}.{field}"><code>{column.source}</code></a>'
    values = f" One of: {', '.join(column.symbols)}." if column.symbols else ""
    unit = "instant, UTC" if column.type == "TIMESTAMPTZ" else column.unit or "–"
    text = f"{table.name} {column.name} {column.name.replace('_', ' ')} {column.meaning} {unit}"
    cells = (
        f'<td class="name"><code>{column.name}</code>',
        f'<td class="type"><code>{column.type.replace("UUID", "VARCHAR")}</code>',
        f'<td class="unit" data-of="unit:">{escape(unit)}',
        f"<td>{escape(column.meaning + values)}",
        f'<td class="from" data-of="from:">{source}',
    )
    return (
        f'<tr id="c-{table.name}.{column.name}" data-text="{escape(text.lower())}">'
        f"{'</td>'.join(cells)}</td></tr>"
    )


def _metric(metric: Metric, reads: Sequence[str], lineage: Lineage) -> str:
    evidence = [lineage.of_type[name] for name in metric.evidence if name in lineage.of_type]
    told = {
        "kind": f"{metric.kind}, of the family {metric.family}",
        "computed from": _links(reads, "t"),
        "rests on facts": _links(evidence, "t"),
        "in groups by": ", ".join(f"<code>{escape(key)}</code>" for key in metric.by),
        "within": metric.within or "",
    }
    for key, heading in _TEXTS.items():
        told[heading] = escape(metric.texts[key] or "")
    question = metric.texts["question"] or ""
    return _card("metric", f"m-{metric.name}", metric.name, question, _told(told))


def _card(kind: str, id: str, name: str, what: str, body: str) -> str:
    text = escape(f"{name} {name.replace('_', ' ')} {what}".lower())
    return f"""<details class="{kind}" id="{id}" data-text="{text}">
<summary><code class="name">{name}</code><span class="what">{escape(what)}</span></summary>
<div class="body">{body}</div></details>"""


def _told(told: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in told.items() if text)
    return f'<dl class="lineage">{rows}</dl>'


def _links(names: Iterable[str], kind: str) -> str:
    return " ".join(
        f'<a class="chip" href="#{kind}-{name}"><code>{name}</code></a>' for name in names
    )
