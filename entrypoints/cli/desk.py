"""The desk on the command line: ``promise VERB``, ``issue VERB`` and ``relay``.

The options of a verb are the fields of the body of its fact, as the catalogue has them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from domain.errors import worded
from entrypoints.cli.command import Command, Context, answer, for_people, home_of
from entrypoints.cli.jsontext import print_json
from entrypoints.cli.options import home_options, instant
from entrypoints.cli.parser import length_of
from entrypoints.cli.remedies import message_of, words_of
from entrypoints.desk_words import VERBS, purpose_of

if TYPE_CHECKING:
    from application.desk import Decision
    from application.desk_verbs import Field, Thing
    from domain.desk.decider import Refused

DONE, REFUSED = 0, 2

_EXAMPLES: Mapping[Thing, str] = {
    "promise": "./pledger promise make --department care --customer customer:8412 --about callback",
    "issue": "./pledger issue resolve --department care --id I-17",
}


def _options(thing: Thing) -> Callable[[argparse.ArgumentParser], None]:
    def options(parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(metavar="VERB", dest="verb", required=True, title="verbs")
        for verb, purpose in VERBS[thing].items():
            one = verbs.add_parser(
                verb,
                help=purpose,
                description=f"{purpose[0].upper()}{purpose[1:]}. Refused, with the reason, where"
                " that would change nothing.",
            )
            _verb_options(thing, verb, one)
            one.set_defaults(parser=one, quotes=False)

    return options


def _verb_options(thing: Thing, verb: str, parser: argparse.ArgumentParser) -> None:
    from application.desk_verbs import BEGINNING, DECLINED, fields_of, type_of

    type = type_of(thing, verb)
    begins = type in BEGINNING
    if type != DECLINED:
        made_up = " (default: one is made up)" if begins else ""
        parser.add_argument("--id", required=not begins, metavar="ID", help=f"the {thing}{made_up}")
    if begins:
        parser.add_argument(
            "--customer", required=True, metavar="PARTY", help="whom, as in customer:8412"
        )
    fields = parser.add_argument_group("what is said")
    for each in fields_of(thing, verb):
        _field_option(fields, type, each)
    speaking = parser.add_argument_group("who says it, and when")
    speaking.add_argument(
        "--department", required=True, metavar="NAME", help="the department that speaks"
    )
    speaking.add_argument(
        "--system", default="desk", metavar="NAME", help="its system (default: desk)"
    )
    speaking.add_argument(
        "--time", type=instant, metavar="TIME", help="when it happened (default: now; not after)"
    )
    speaking.add_argument(
        "--key", metavar="KEY", help="saying the same again with this key adds nothing"
    )
    speaking.add_argument(
        "--expect",
        type=_version,
        metavar="VERSION",
        help="refuse if the desk has decided more, or less often about it",
    )
    home_options(parser)


def _field_option(group: argparse._ArgumentGroup, type: str, field: Field) -> None:
    """The option for a field: text, an instant, one of a list, a flag, or a list."""
    how: dict[str, Any] = {"required": field.required, "metavar": "TEXT"}
    match field.kind:
        case "boolean":
            how = {"action": argparse.BooleanOptionalAction}
        case "strings":
            how = {"action": "append", "metavar": "TEXT"}
        case "timestamp":
            how |= {"type": instant, "metavar": "TIME"}
        case "enum":
            how |= {"choices": field.symbols, "metavar": None}
    group.add_argument(
        f"--{field.name.replace('_', '-')}",
        dest=f"field_{field.name}",
        default=False if field.kind == "boolean" and field.required else None,
        help=purpose_of(field.name, type),
        **how,
    )


def _version(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, saw {length_of(text)}")
    return int(text)


def _decide(thing: Thing) -> Callable[[argparse.Namespace, Context], int]:
    def run(args: argparse.Namespace, context: Context) -> int:
        from application.desk import Deciding, decide
        from application.json_answers import to_plain

        said = {
            name.removeprefix("field_"): to_plain(value)
            for name, value in vars(args).items()
            if name.startswith("field_") and value is not None
        }
        asked = Deciding(
            thing=thing,
            verb=args.verb,
            department=args.department,
            system=args.system,
            id=getattr(args, "id", None),
            new_id=str(uuid4()),
            customer=getattr(args, "customer", None),
            time=args.time,
            data=said,
            key=args.key,
            expect=args.expect,
        )
        with context.progress("taking in new facts") as on_progress:
            outcome = decide(home_of(args, context), asked, on_progress)
        if outcome.refused is not None:
            return _refused(outcome.refused, args, context)
        if outcome.unpublished is not None:
            context.note(
                "it was decided, and is not in the ledger yet:"
                f" {message_of(outcome.unpublished)}; './pledger relay' publishes it"
            )
        found: Decision | dict[str, Any] = outcome.decision or {}
        answer("decision", found, args, context)
        return DONE

    return run


def _refused(refused: Refused, args: argparse.Namespace, context: Context) -> int:
    """Say why a command would change nothing."""
    remedy = worded(refused.remedy, words_of)
    if for_people(args):
        from entrypoints.terminal.errors import explain

        explain(f"refused: {refused.why}; {remedy}", (), context.stderr)
        return REFUSED
    told = {"why": refused.why, "state": refused.state, "since": refused.since, "remedy": remedy}
    print_json({"refused": told}, context.stdout)
    return REFUSED


def _relay(args: argparse.Namespace, context: Context) -> int:
    from application.desk import relay

    with context.progress("taking in new facts") as on_progress:
        relayed = relay(home_of(args, context), on_progress)
    answer("relay", {"relayed": relayed}, args, context)
    return DONE


COMMANDS = (
    Command(
        "promise",
        "decide about a promise: make it, move it, keep it and so on",
        _EXAMPLES["promise"],
        _options("promise"),
        _decide("promise"),
    ),
    Command(
        "issue",
        "decide about an issue: open it, answer it, resolve it and so on",
        _EXAMPLES["issue"],
        _options("issue"),
        _decide("issue"),
    ),
    Command(
        "relay",
        "publish what was decided and is not in the ledger yet",
        "./pledger relay",
        home_options,
        _relay,
    ),
)
