"""The commands that look at what is there: the facts themselves, and SQL."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from domain.errors import Wrong
from entrypoints.cli.command import Command, Context, folder_of, home_of
from entrypoints.cli.jsontext import print_json
from entrypoints.cli.notes import note_left_out, note_unfinished_demo
from entrypoints.cli.options import count, home_options, moment_options, position

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
    from application import ask
    from application.json_answers import fact_to_plain

    home = home_of(args, context)
    note_unfinished_demo(home, folder_of(args, context), context)
    asked: ask.Facts | None = ask.Facts(
        as_of=args.as_of or context.now,
        known_at=args.known_at,
        types=args.type,
        subject=args.subject,
        ref=args.ref,
        from_position=args.from_position,
        # What is to come is shown too, unless somebody asks about an instant.
        until=args.as_of,
        limit=args.limit,
    )
    while asked is not None:
        with context.progress("taking in new facts") as on_progress:
            page = ask.facts(home, asked, on_progress)
        # Nothing is held while a page is written: a pager may take it slowly.
        for event in page.events:
            print_json(fact_to_plain(event), context.stdout)
        asked = page.more
    note_left_out(home, context)
    return 0


def _sql_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", metavar="QUERY", help="a SELECT over views and fact tables")
    parser.add_argument("--format", choices=FORMATS, help="default: table")
    parser.add_argument(
        "--raw",
        action="store_true",
        help="CSV cells as they are, for programs: a spreadsheet takes some for formulas",
    )
    parser.add_argument(
        "--timeout",
        type=count,
        metavar="SECONDS",
        help="how long the query may take (default: 300)",
    )
    home_options(parser)


def _sql(args: argparse.Namespace, context: Context) -> int:
    from application import ask

    form = args.format or ("json" if args.json else "table")
    if form == "parquet" and context.stdout.isatty():
        raise Wrong("a file or a pipe for parquet", "a terminal", "add '> FILE'")
    if args.raw and form != "csv":
        raise Wrong("--raw with --format csv", f"it with --format {form}", "leave it out")
    home = home_of(args, context)
    with context.progress("taking in new facts") as on_progress:
        asked = ask.Sql(args.query, timeout_s=args.timeout) if args.timeout else ask.Sql(args.query)
        table = ask.sql(home, asked, on_progress)
    note_unfinished_demo(home, folder_of(args, context), context)
    note_left_out(home, context)
    _print(table, form, context, raw=args.raw)
    return 0


def _print(table: pa.Table, form: str, context: Context, *, raw: bool) -> None:
    if form != "parquet":
        rows = _rows(table)
    if form == "table":
        from entrypoints.terminal.console import console_for
        from entrypoints.terminal.rows import render_rows

        render_rows(table.column_names, rows, console_for(context.stdout))
    elif form == "json":
        named = [dict(zip(table.column_names, row, strict=True)) for row in rows]
        print_json(named, context.stdout)
    elif form == "csv":
        _print_csv(table, rows, context, raw=raw)
    else:
        _print_parquet(table, context)


def _rows(table: pa.Table) -> list[list[Any]]:
    """The rows, each value as JSON and CSV can write it."""
    from entrypoints.cli.sql_values import to_cell

    try:
        columns = [[to_cell(value) for value in column.to_pylist()] for column in table.columns]
    except (ValueError, OverflowError) as error:
        raise Wrong(
            "instants and dates of the years 1 to 9999, in whole microseconds",
            f"another ({error})",
            "write CAST(… AS VARCHAR), or ask with --format parquet",
        ) from error
    return [list(row) for row in zip(*columns, strict=True)]


def _print_parquet(table: pa.Table, context: Context) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = getattr(context.stdout, "buffer", None)
    if sink is None:
        raise Wrong("an output that takes bytes for parquet", "one for text")
    try:
        pq.write_table(table, sink)
    except pa.ArrowNotImplementedError as error:
        raise Wrong(
            "columns that parquet has a type for",
            f"one that it has none for, such as an interval ({error})",
            "write CAST(… AS VARCHAR), or ask with another --format",
        ) from error
    sink.flush()


def _print_csv(table: pa.Table, rows: list[list[Any]], context: Context, *, raw: bool) -> None:
    import csv

    import pyarrow.types as kinds

    from entrypoints.cli.csv_cells import harmless
    from entrypoints.terminal.format import visible_lines

    of_text: Callable[[str], str] = harmless
    if raw:
        of_text = visible_lines if context.stdout.isatty() else str
    # Of a number a spreadsheet makes no formula, and what reads it would mind an apostrophe.
    figures = [
        kinds.is_integer(each.type) or kinds.is_floating(each.type) or kinds.is_decimal(each.type)
        for each in table.schema
    ]
    writer = csv.writer(context.stdout, lineterminator="\n")
    writer.writerow(map(of_text, table.column_names))
    for row in rows:
        cells = zip(map(_in_one, row), figures, strict=True)
        writer.writerow(
            of_text(cell) if isinstance(cell, str) and not figure else cell
            for cell, figure in cells
        )


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
