"""What a person sees while the bench runs: a line for each thing done, and on a terminal what is
under way."""

from __future__ import annotations

from typing import TextIO

#: Back to the beginning of the line, and clear it.
_ANEW = "\r\x1b[K"


class Terminal:
    """Standard error, or what stands for it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()

    def say(self, sentence: str) -> None:
        """A line that stays."""
        self._stream.write(f"{_ANEW if self._live else ''}{sentence}\n")
        self._stream.flush()

    def begin(self, sentence: str) -> None:
        """What is under way, until something is said. Nothing where nobody watches."""
        if self._live:
            self._stream.write(f"{_ANEW}{sentence}")
            self._stream.flush()
