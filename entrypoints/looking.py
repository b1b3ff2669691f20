"""The commands that look at what is there: the facts themselves, and SQL."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from entrypoints.asking import asking, taking_in
from entrypoints.calls import (
    CallError,
    Command,
    Context,
    count,
    home_options,
    moment_options,
    position,
)
from entrypoints.jsontext import print_json, to_plain
from entrypoints.opening import home_of, progress_of

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("table", "csv", "json", "parquet")


def _facts_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--type", action="append", default=[], metavar="T", help="of this type; may be repeated"
    )
    parser.add_argument("--subject", metavar="S", help="about this party")
    parser.add_argument("--ref", metavar="R", help="touching this business object")
    parser.add_argument("--from-position", type=position, default=1, metavar="N|P:N")
    parser.add_argument("--limit", type=count, metavar="N", help="at most so many")
    moment_options(parser)


def _facts(args: argparse.Namespace, context: Context) -> int:
    from projections.asks.facts import Wanted, page
    from schemas import catalogue

    for name in args.type:
        if name not in catalogue.TYPES:
            raise CallError(f"expected a type of the catalogue, saw {name!r}")
    with asking(args, context) as (session, moment):
        # What is to come is shown too, unless somebody asks about an instant.
        wanted = Wanted(
            args.type,
            args.subject,
            args.ref,
            args.from_position,
            moment.known_at,
            args.as_of,
            args.limit,
        )
        events, more = page(session, wanted)
    _print_facts(events, context)
    while more is not None:
        # The views are let go of while a page is written: a pager may take it slowly, and nobody
        # could take in new facts meanwhile.
        with taking_in(args, context) as (session, _):
            events, more = page(session, more)
        _print_facts(events, context)
    return 0


def _print_facts(events: Iterable[dict[str, Any]], context: Context) -> None:
    from schemas import jsonform

    for event in events:
        data = jsonform.to_json(event["type"], event["data"])
        print_json(to_plain({**event, "data": data}), context.stdout)


def _sql_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", metavar="QUERY", help="a SELECT over views and fact tables")
    parser.add_argument("--format", choices=FORMATS, help="default: table")
    home_options(parser)


def _sql(args: argparse.Namespace, context: Context) -> int:
    from projections.errors import QueryRefused

    form = args.format or ("json" if args.json else "table")
    if form == "parquet" and context.stdout.isatty():
        raise CallError("expected a file or a pipe for parquet, saw a terminal; add '> FILE'")
    with progress_of(context, "taking in new facts") as on_progress:
        try:
            table = home_of(args, context).select(args.query, on_progress)
        except QueryRefused as error:
            raise CallError(str(error)) from error
    _print(table, form, context)
    return 0


def _print(table: pa.Table, form: str, context: Context) -> None:
    if form != "parquet":
        rows = _rows(table)
    if form == "table":
        from entrypoints.render.paper import console_for
        from entrypoints.render.rows import render_rows

        render_rows(table.column_names, rows, console_for(context.stdout))
    elif form == "json":
        named = [dict(zip(table.column_names, row, strict=True)) for row in rows]
        print_json(named, context.stdout)
    elif form == "csv":
        _print_csv(table.column_names, rows, context)
    else:
        _print_parquet(table, context)


def _rows(table: pa.Table) -> list[list[Any]]:
    """The rows, each value as JSON and CSV can write it."""
    from entrypoints.cells import to_cell

    try:
        columns = [[to_cell(value) for value in column.to_pylist()] for column in table.columns]
    except (ValueError, OverflowError) as error:
        raise CallError(
            "expected instants and dates of the years 1 to 9999, in whole microseconds, saw another"
            f" ({error}); write CAST(… AS VARCHAR), or ask with --format parquet"
        ) from error
    return [list(row) for row in zip(*columns, strict=True)]


def _print_parquet(table: pa.Table, context: Context) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = getattr(context.stdout, "buffer", None)
    if sink is None:
        raise CallError("expected an output that takes bytes for parquet, saw one for text")
    try:
        pq.write_table(table, sink)
    except pa.ArrowNotImplementedError as error:
        raise CallError(
            "expected columns that parquet has a type for, saw one that it has none for, such as"
            f" an interval ({error}); write CAST(… AS VARCHAR), or ask with another --format"
        ) from error
    sink.flush()


def _print_csv(names: list[str], rows: list[list[Any]], context: Context) -> None:
    import csv

    writer = csv.writer(context.stdout, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_in_one(value) for value in row])


def _in_one(value: Any) -> Any:
    """Lists and structures go into one cell as JSON; truth as SQL says it."""
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False)
    return value


COMMANDS = (
    Command(
        "facts",
        "the facts themselves, as JSON lines",
        "./pledger facts --type commitment.made --limit 10",
        _facts_options,
        _facts,
    ),
    Command(
        "sql",
        "read-only SQL over views and fact tables",
        './pledger sql "SELECT owner, count(*) FROM commitment GROUP BY owner" --format csv',
        _sql_options,
        _sql,
    ),
)
