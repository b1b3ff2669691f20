"""One connection of a client, before there is a request and where it is none: what uvicorn leaves
open as long as its client likes has an end here, and what it answers as plain text is of the one
shape."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from entrypoints.http.guard import SECURITY, not_sent
from entrypoints.http.limits import Limits
from entrypoints.http.problems import MEDIA_TYPE, Refused, content_of

if TYPE_CHECKING:
    from uvicorn import Config
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

_LOG = logging.getLogger("pledger.http")


class Connection(HttpToolsProtocol):
    """A connection that is held to the limits of the door: the head of a request comes within
    ``head_s`` seconds, and who has asked takes some of the answer in any ``request_s``."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        app: Any = config.app
        self._limits: Limits = app.state.limits
        self._head = _Deadline(self._head_is_late)
        self._reader = _Deadline(self._look_at_reader)
        self._in_head = False
        self._of_head = 0
        self._unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        self._head.begin(self._limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._head.end()
        self._reader.end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        of_head = self._in_head or self._under_way() is None
        super().data_received(data)
        if self.transport.is_closing():
            return
        if of_head and self._in_head:
            self._of_head += len(data)
            most = self._limits.target + self._limits.headers
            if self._of_head > most:
                expected = f"an address and header fields of at most {most:,} bytes in all"
                self._refuse(Refused(431, "too-long", expected, "more", "leave some of them out"))
                return
        if self._under_way() is None:
            # What comes now, and were it a line feed, must lead to a request.
            self._head.begin(self._limits.head_s)

    def on_message_begin(self) -> None:
        """See ``httptools``."""
        super().on_message_begin()
        self._in_head, self._of_head = True, 0

    def on_headers_complete(self) -> None:
        """See ``httptools``."""
        self._in_head = False
        self._head.end()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """See ``asyncio.Protocol``."""
        super().pause_writing()
        self._unread = self.transport.get_write_buffer_size()
        self._reader.begin(self._limits.request_s)

    def resume_writing(self) -> None:
        """See ``asyncio.Protocol``."""
        self._reader.end()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request."""
        del msg  # of uvicorn, in plain text
        expected = "a request as HTTP/1.1 has it"
        self._refuse(Refused(400, "wrong", expected, "bytes that are none", "send it anew"))

    def _under_way(self) -> RequestResponseCycle | None:
        """The request whose answer is not whole yet."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete else cycle

    def _head_is_late(self) -> None:
        if self._in_head:
            self._refuse(not_sent(f"the head of a request within {self._limits.head_s:g} s"))
        else:
            self.transport.close()

    def _look_at_reader(self) -> None:
        """Let a reader go who has taken nothing since the last look."""
        unread = self.transport.get_write_buffer_size()
        if unread >= self._unread:
            self.transport.abort()
            return
        self._unread = unread
        self._reader.begin(self._limits.request_s)

    def _refuse(self, refused: Refused) -> None:
        """Answer what is no request, unless an answer is due to another one, and hang up."""
        cycle = self._under_way()
        if cycle is None or (cycle.more_body and not cycle.response_started):
            id = uuid4().hex
            self.transport.write(self._bytes_of(refused, id))
            _LOG.info("%s - - %s - ms", id, refused.status)
        self.transport.close()

    def _bytes_of(self, refused: Refused, id: str) -> bytes:
        content = json.dumps(content_of(refused, "/")).encode()
        headers = {
            **SECURITY,
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(content)),
            "X-Request-Id": id,
            **refused.headers,
            "Connection": "close",
        }
        named = [*self.server_state.default_headers]
        named += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        lines = [b"%s: %s\r\n" % each for each in named]
        return b"".join([STATUS_LINE[refused.status], *lines, b"\r\n", content])


class _Deadline:
    """What is done after a while, unless that is ended before."""

    def __init__(self, done: Callable[[], None]) -> None:
        self._done = done
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, seconds: float) -> None:
        """Begin, unless it has begun."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._over)

    def end(self) -> None:
        """End, if it has begun."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._timer = None
        self._done()
