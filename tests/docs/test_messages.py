"""The page for operators has every message about stored data, servers and disks, and no other."""

from __future__ import annotations

import re
import shlex
import textwrap
from itertools import groupby

from entrypoints.cli import main as cli
from tests.docs.console import _blocks
from tests.docs.messages import Message, events, flat, messages
from tests.helpers import ROOT

NAME = "docs/how-to/when-something-is-wrong.md"
PAGE = (ROOT / NAME).read_text(encoding="utf-8")


ADD = f"""\
Add to {NAME}, under the heading that fits, these quotes as they stand, and below each what it means
and the commands that mend it. (A message that only who asks or emits can mend is not for that page:
add its module to ASIDE in tests/docs/messages.py.)"""


def quoted() -> set[str]:
    """The messages that the page has: its block quotes."""
    lines = groupby(PAGE.splitlines(), lambda line: line.startswith("> "))
    return {
        flat(" ".join(line.removeprefix("> ") for line in quote))
        for is_one, quote in lines
        if is_one
    }


def as_quote(message: Message) -> str:
    """A message as the page would have it."""
    wrapped = textwrap.wrap(message.text, 98, break_long_words=False, break_on_hyphens=False)
    return "\n".join([f"{message.place} raises:", "", *(f"> {line}" for line in wrapped)])


def test_every_message_is_on_the_page() -> None:
    missing = [message for message in messages() if message.text not in quoted()]
    assert not missing, "\n\n".join((ADD, *map(as_quote, missing)))


def test_no_message_on_the_page_is_one_that_nobody_gives() -> None:
    given = {message.text for message in messages()}
    stale = sorted(quoted() - given)
    assert not stale, f"take out of {NAME}, since no code says so any more:\n" + "\n".join(stale)
    assert len(given) > 80


def test_every_alarm_of_a_worker_is_on_the_page() -> None:
    missing = [
        f"`{event}` ({place})" for event, place in events().items() if f"`{event}`" not in PAGE
    ]
    assert not missing, f"add to the table of {NAME}, under Workers: {', '.join(missing)}"
    assert {"facts are lost", "the database is away", "parked"} <= events().keys()


def test_every_command_on_the_page_is_one() -> None:
    parser = cli._parser()
    blocks = [content for _, language, _, content in _blocks(PAGE.splitlines()) if language]
    lines = [line.removeprefix("$ ") for content in blocks for line in content]
    ours = [line for line in lines if line.startswith("./pledger ")]
    for line in ours:
        parser.parse_args(shlex.split(re.sub(r" > \S+$", "", line))[1:])
    assert len(ours) > 10
