"""The command that serves a home over HTTP."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from application import parameters
from application.errors import Wrong
from entrypoints.cli.command import Command, Context, folder_of
from entrypoints.cli.jsontext import print_json
from entrypoints.cli.options import count, home_options, option

if TYPE_CHECKING:
    from entrypoints.http.callers import Welcome

LEVELS = ("debug", "info", "warning", "error")


@option
def _port(text: str) -> int:
    port = 0 if text == "0" else parameters.count(text)
    if port > 65_535:
        raise Wrong("a port up to 65535, or 0 for any that is free", f"{text!r}")
    return port


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1")
    parser.add_argument(
        "--port", type=_port, default=8321, metavar="N", help="default: 8321; 0: any that is free"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="a certificate, in PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, in PEM")
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="whoever connects is a proxy that has TLS; what it says of its clients is believed",
    )
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="scripts of pages from there may call, as https://desk.example; may be repeated",
    )
    parser.add_argument(
        "--requests-per-minute",
        type=count,
        metavar="N",
        help="of one key (default: 60000)",
    )
    parser.add_argument("--log-level", choices=LEVELS, default="info", help="default: info")
    home_options(parser)


def _serve(args: argparse.Namespace, context: Context) -> int:
    import secrets

    from application.home_factory import open_serving_home
    from entrypoints.http.callers import access_to, welcome
    from entrypoints.http.door import Door
    from entrypoints.http.limits import USUAL
    from entrypoints.http.serving import Place, listening, logging_to, serve

    place = Place(args.host, args.port, args.tls_cert, args.tls_key, args.behind_proxy)
    runtime = context.runtime
    folder = folder_of(args, context)
    home = open_serving_home(folder, runtime, context.environment, context.note, context.progress)
    with closing(home), listening(place) as opened:
        with context.progress("taking in new facts") as on_progress, home.asking(on_progress):
            pass  # whoever asks first need not wait for what was emitted before
        with (
            logging_to(context.stderr, args.log_level),
            access_to(
                home,
                clock=runtime.clock,
                monotonic=runtime.monotonic,
                chance=secrets.token_bytes,
                environment=context.environment,
            ) as access,
        ):
            limits = replace(USUAL, requests=args.requests_per_minute or USUAL.requests)
            door = Door(home, runtime.clock, access, limits, args.origin, access)
            origin = place.origin(opened.getsockname()[1])
            _show(origin, folder, welcome(access, origin), args, context)
            return 0 if serve(door, place, opened) else 1


def _show(
    origin: str, folder: Path, welcome: Welcome, args: argparse.Namespace, context: Context
) -> None:
    """Tell the address, and how to get in: the key that was made is shown this once."""
    key = welcome.key["key"] if welcome.key else None
    if args.json:
        told = {"address": origin, "key": key, "login": welcome.address}
        print_json(told, context.stdout)
    else:
        context.stdout.write(f"{folder} is served at {origin} until Ctrl-C\n")
        if key:
            context.stdout.write(f"  a key for programs, shown this once: {key}\n")
        context.stdout.write(f"  for a browser, once, within 15 minutes: {welcome.address}\n")
    context.stdout.flush()


COMMANDS = (
    Command(
        "serve",
        "serve a home over HTTP, until told to stop",
        "./pledger serve --port 8321",
        _options,
        _serve,
    ),
)
