"""The command that answers machines that reason."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, closing
from importlib.util import find_spec
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from entrypoints.cli.command import Command, Context, folder_of
from entrypoints.cli.options import home_option

if TYPE_CHECKING:
    from application.access.store import AccessStore
    from application.home import Home
    from entrypoints.mcp.readers import Reader

#: Where the key of who asks is: a secret has no place among a call's words.
KEY = "PLEDGER_KEY"


def _options(parser: argparse.ArgumentParser) -> None:
    home_option(parser)


def _mcp(args: argparse.Namespace, context: Context) -> int:
    if find_spec("mcp") is None:
        raise Unavailable(
            "the package mcp, which this command alone needs",
            "none",
            "install it with '.venv/bin/python -m pip install -r requirements-mcp.txt'",
        )
    from application.home_factory import open_serving_home
    from entrypoints.mcp.server import server
    from entrypoints.mcp.tools import Tools

    folder, environment = folder_of(args, context), context.environment
    home = open_serving_home(folder, context.runtime, environment, context.note, context.progress)
    with ExitStack() as opened:
        opened.enter_context(closing(home))
        reader, store = _reader(home, context, opened)
        server(Tools(home, reader, context.runtime.clock, store)).run()
    return 0


def _reader(home: Home, context: Context, opened: ExitStack) -> tuple[Reader, AccessStore | None]:
    """Who asks: whose key it is; or, without one, who runs the command."""
    from application.access.keys import KeyHolders
    from entrypoints.mcp.readers import holder_of, local

    token = context.environment.get(KEY)
    if token is None:
        return local, None
    store = opened.enter_context(home.access(begin=False))
    holders = KeyHolders(store, context.runtime.clock)
    opened.callback(holders.close)
    reader = holder_of(holders, token, KEY)
    reader()  # one that opens nothing is said at once
    return reader, store


COMMANDS = (
    Command(
        "mcp",
        "answer an assistant's questions, by the Model Context Protocol",
        "./pledger mcp --home pledger-home",
        _options,
        _mcp,
    ),
)
