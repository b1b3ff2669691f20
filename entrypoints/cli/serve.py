"""The command that serves a home over HTTP."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from application import parameters
from application.errors import Wrong
from entrypoints.cli.command import Command, Context, folder_of
from entrypoints.cli.jsontext import print_json
from entrypoints.cli.options import count, home_options, option

if TYPE_CHECKING:
    from entrypoints.http.callers import Access, Welcome
    from entrypoints.http.limits import Limits
    from entrypoints.http.serving import Place

#: Where a home is served, unless it is said.
HOST, PORT = "127.0.0.1", 8321
#: From where a proxy comes that stands on the same machine.
NEAR = "127.0.0.1,::1"
LEVELS = ("debug", "info", "warning", "error")


@option
def _port(text: str) -> int:
    port = 0 if text == "0" else parameters.count(text)
    if port > 65_535:
        raise Wrong("a port up to 65535, or 0 for any that is free", f"{text!r}")
    return port


@option
def _proxies(text: str) -> tuple[str, ...]:
    """Addresses and networks, as uvicorn takes them."""
    found = tuple(each.strip() for each in text.split(","))
    for each in found:
        try:
            ip_network(each)
        except ValueError:
            expected = "addresses or networks of proxies, as in 10.0.0.7,10.1.0.0/24"
            raise Wrong(expected, f"{each!r}") from None
    return found


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=HOST, metavar="ADDRESS", help=f"default: {HOST}")
    parser.add_argument(
        "--port", type=_port, default=PORT, metavar="N", help=f"default: {PORT}; 0: any free one"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="a certificate, in PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, in PEM")
    parser.add_argument(
        "--behind-proxy",
        type=_proxies,
        nargs="?",
        const=NEAR,
        metavar="ADDRESSES",
        help="a proxy in front has TLS; what it says of its clients is believed if it comes from"
        f" there (default: {NEAR})",
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
    parser.add_argument(
        "--unattended",
        action="store_true",
        help="nobody watches the output: make no key, and show no address for a browser",
    )
    parser.add_argument("--log-level", choices=LEVELS, default="info", help="default: info")
    home_options(parser)


def _serve(args: argparse.Namespace, context: Context) -> int:
    from entrypoints.http.callers import welcome
    from entrypoints.http.limits import USUAL
    from entrypoints.http.serving import Place

    folder = folder_of(args, context)
    place = Place(args.host, args.port, args.tls_cert, args.tls_key, args.behind_proxy or ())
    limits = replace(USUAL, requests=args.requests_per_minute or USUAL.requests)

    def show(origin: str, access: Access) -> None:
        told = None if args.unattended else welcome(access, origin)
        if args.json:
            print_json(_as_json(origin, told), context.stdout)
        else:
            tell(folder, origin, told, context)
        context.stdout.flush()

    serving = Serving(folder, place, limits, args.origin, args.log_level)
    return serve_home(serving, context, show)


@dataclass(frozen=True)
class Serving:
    """Which home is served, where, and how."""

    folder: Path
    place: Place
    limits: Limits
    origins: Sequence[str] = ()
    log_level: str = "info"


def serve_home(serving: Serving, context: Context, show: Callable[[str, Access], None]) -> int:
    """Serve a home until a signal comes; the exit status. ``show`` is called once one can connect,
    with the address of the door and who may come."""
    import secrets

    from application.home_factory import open_serving_home
    from entrypoints.http.callers import access_to
    from entrypoints.http.door import Door
    from entrypoints.http.serving import listening, logging_to, serve

    runtime, place = context.runtime, serving.place
    home = open_serving_home(
        serving.folder, runtime, context.environment, context.note, context.progress
    )
    with closing(home), listening(place, context.now) as opened:
        with context.progress("taking in new facts") as on_progress, home.asking(on_progress):
            pass  # whoever asks first need not wait for what was emitted before
        with (
            logging_to(context.stderr, serving.log_level),
            access_to(
                home,
                clock=runtime.clock,
                monotonic=runtime.monotonic,
                chance=secrets.token_bytes,
                environment=context.environment,
            ) as access,
        ):
            door = Door(
                home,
                runtime.clock,
                access,
                serving.limits,
                serving.origins,
                access,
                unproxied=not place.proxies,
            )
            origin = place.origin(opened.getsockname()[1])
            return 0 if serve(door, place, opened, lambda: show(origin, access)) else 1


def _as_json(origin: str, told: Welcome | None) -> dict[str, str | None]:
    key = told.key["key"] if told and told.key else None
    return {"address": origin, "key": key, "login": told.address if told else None}


def tell(folder: Path, origin: str, told: Welcome | None, context: Context) -> None:
    """Tell people the address of a home that is served, and how to get in: the key that was made is
    shown this once."""
    context.stdout.write(f"{folder} is served at {origin} until Ctrl-C\n")
    if told and told.key:
        context.stdout.write(f"  a key for programs, shown this once: {told.key['key']}\n")
    if told:
        context.stdout.write(f"  for a browser, once, within 15 minutes: {told.address}\n")


COMMANDS = (
    Command(
        "serve",
        "serve a home over HTTP, until told to stop",
        "./pledger serve --port 8321",
        _options,
        _serve,
    ),
)
