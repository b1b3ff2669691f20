"""A process that starts a server of each kind that is to be had, says the ids of their processes,
in a second line those of the processes that they have started, and keeps them until it is killed:

    python -m tests.servers.keeper
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from tests.servers.broker import Broker, NoBroker
from tests.servers.postgres import NoPostgres, Postgres, account
from tests.servers.process import children_of, server_folder


def main() -> None:
    servers: list[int] = []
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(Broker(stack.enter_context(server_folder())))
            servers.append(broker.process.pid)
        except NoBroker:
            pass
        try:
            folder = stack.enter_context(server_folder(account()))
            postgres = stack.enter_context(Postgres(folder))
            servers.append(postgres.process.pid)
        except NoPostgres:
            pass
        children = [child for server in servers for child in children_of(server)]
        for ids in (servers, children):
            sys.stdout.write(" ".join(map(str, ids)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
