"""The commands for who may do what at the HTTP door, and for who read personal fields there."""

from __future__ import annotations

import argparse
import secrets

from application.access.principals import SCOPES
from entrypoints.cli.command import Command, Context, answer, home_of
from entrypoints.cli.options import count, home_options


def _key_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True, title="actions")
    create = actions.add_parser(
        "create", help="make a key", description="Make a key. It is shown this once."
    )
    create.add_argument("--name", required=True, metavar="NAME", help="who uses it, as in web-shop")
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        dest="scopes",
        metavar="SCOPE",
        help=f"what it may do: {', '.join(SCOPES)}; may be repeated",
    )
    create.add_argument(
        "--department",
        action="append",
        default=[],
        dest="departments",
        metavar="NAME",
        help="in whose name it may emit or decide, or '*' for every one; may be repeated",
    )
    create.add_argument(
        "--expires",
        metavar="DURATION",
        help="how long it is good, as in P90D (default: until it is revoked)",
    )
    listing = actions.add_parser("list", help="show all keys", description="Show all keys.")
    revoke = actions.add_parser(
        "revoke",
        help="revoke a key",
        description="Revoke a key at once, and end the sessions of its name.",
    )
    revoke.add_argument("name", metavar="NAME", help="the key's name")
    for one in (create, listing, revoke):
        home_options(one)
        one.set_defaults(parser=one)


def _key(args: argparse.Namespace, context: Context) -> int:
    from application.access import keys

    home = home_of(args, context)
    if args.action == "create":
        asked = keys.NewKey(
            name=args.name, scopes=args.scopes, departments=args.departments, expires=args.expires
        )
        with home.access(begin=True) as store:
            answer(
                "key", keys.create(store, asked, context.now, secrets.token_bytes), args, context
            )
        return 0
    with home.access(begin=False) as store:
        if args.action == "list":
            answer("key", keys.listed(store), args, context)
        else:
            answer("key", keys.revoke(store, args.name, context.now), args, context)
    return 0


def _records_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--who", metavar="NAME", help="of this reader alone")
    parser.add_argument(
        "--limit", type=count, default=100, metavar="N", help="at the most (default: 100)"
    )
    parser.add_argument("--after", metavar="CURSOR", help="go on behind a page, by its 'next'")
    home_options(parser)


def _records(args: argparse.Namespace, context: Context) -> int:
    from application.access import personal

    asked = personal.Asked(limit=args.limit, after=args.after, who=args.who)
    with home_of(args, context).access(begin=False) as store:
        answer("access-records", personal.records(store, asked), args, context)
    return 0


COMMANDS = (
    Command(
        "key",
        "make, list or revoke a key for the HTTP door",
        "./pledger key create --name web-shop --scope emit --department shop --expires P90D",
        _key_options,
        _key,
    ),
    Command(
        "access-records",
        "who read personal fields over HTTP",
        "./pledger access-records --who reporting",
        _records_options,
        _records,
    ),
)
