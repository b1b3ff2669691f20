"""The commands of those who run a home: its topic, its status, and moving to another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import worded
from entrypoints.cli.command import Command, Context, answer, home_in, home_of, server_home_of
from entrypoints.cli.options import count, home_options, position, writing_options
from entrypoints.cli.remedies import message_of, words_of

if TYPE_CHECKING:
    from application.copy_home import Difference


def _topic_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["create", "check"])
    group = parser.add_argument_group("options of create")
    group.add_argument(
        "--partitions",
        type=count,
        default=12,
        metavar="N",
        help="how many workers can share the work; fixed for life (default: 12)",
    )
    group.add_argument(
        "--replication-factor",
        type=count,
        default=1,
        metavar="N",
        help="brokers that keep each fact (default: 1; 3 where there are as many brokers)",
    )
    group.add_argument(
        "--min-insync-replicas",
        type=count,
        metavar="N",
        help="of them, how many must have a fact before it is acknowledged (default: 2, or 1 of 1)",
    )
    home_options(parser)


def _topic(args: argparse.Namespace, context: Context) -> int:
    from application import topic

    home = server_home_of(args, context)
    if args.action == "create":
        wanted = topic.NewTopic(
            partitions=args.partitions,
            replication_factor=args.replication_factor,
            min_insync_replicas=args.min_insync_replicas,
        )
        found = topic.create(home, wanted)
    else:
        found = topic.check(home)
    if found.unchecked is not None:
        context.note(
            "whether it is the topic of the views, and the number of partitions, was not checked:"
            f" {message_of(found.unchecked)}"
        )
    faults = [
        {**fault._asdict(), "remedy": worded(fault.remedy, words_of)} for fault in found.faults
    ]
    shown = {"topic": found.topic, "created": found.created, "faults": faults}
    answer("topic", shown, args, context)
    return 1 if faults else 0


def _status(args: argparse.Namespace, context: Context) -> int:
    from application.status import in_sentences, status

    found = status(home_of(args, context))
    answer("status", in_sentences(found, words_of), args, context)
    return 0


def _verify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="first",
        type=position,
        default=1,
        metavar="N|P:N",
        help="look at the facts from this position on (default: at all)",
    )
    home_options(parser)


def _verify(args: argparse.Namespace, context: Context) -> int:
    from application.verify import Verification, verify

    with context.progress("verifying") as on_progress:
        found = verify(home_of(args, context), Verification(args.first), on_progress)
    shown: dict[str, Any] = {**found}
    unchecked = shown.pop("unchecked", None)
    if unchecked is not None:
        context.note(f"whether the views are of these facts is unknown: {message_of(unchecked)}")
    shown["faults"] = [
        {**fault, "remedy": worded(fault["remedy"], words_of)} for fault in found["faults"]
    ]
    answer("verify", shown, args, context)
    return 1 if found["faults"] else 0


def _copy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="DIR", help="the home to read"
    )
    parser.add_argument(
        "--to", dest="target", type=Path, required=True, metavar="DIR", help="the home to write to"
    )
    parser.add_argument(
        "--no-check", action="store_true", help="do not compare what the two homes answer"
    )
    writing_options(parser)
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def _copy(args: argparse.Namespace, context: Context) -> int:
    from application.copy_home import compare, copy

    source, target = home_in(args.source, context), home_in(args.target, context)
    with context.progress("copying") as report:
        copied = copy(
            source,
            target,
            report,
            compared=not args.no_check,
            trust_clock=args.trust_clock,
            new_topic=args.new_topic,
        )
    shown: dict[str, Any] = {
        "facts": copied.facts,
        "written": copied.written,
        "there": copied.there,
    }
    if copied.without:
        shown["without"] = [*copied.without]
    difference = None
    if not args.no_check:
        with context.progress("taking in what was copied") as on_progress:
            difference = compare(source, target, context.now, on_progress)
        shown["difference"] = _shown(difference)
    answer("copy", shown, args, context)
    return 0 if difference is None else 1


def _shown(found: Difference | None) -> dict[str, Any] | None:
    """A difference, with its question as one asks it here."""
    if found is None:
        return None
    question = found.question if found.by is None else f"{found.question} --by {found.by}"
    return {"question": question, "about": found.about, "one": found.one, "other": found.other}


COMMANDS = (
    Command(
        "topic",
        "make the topic of facts, or check that it can lose none",
        "./pledger topic create --partitions 12 --home server",
        _topic_options,
        _topic,
    ),
    Command(
        "status",
        "how far the ledger and the views have come, and what waits",
        "./pledger status --json",
        home_options,
        _status,
    ),
    Command(
        "verify",
        "whether the ledger holds what was stored, and the views are of it",
        "./pledger verify --json",
        _verify_options,
        _verify,
    ),
    Command(
        "copy",
        "copy every fact to another home, and compare what both answer",
        "./pledger copy --from pledger-home --to server",
        _copy_options,
        _copy,
    ),
)
