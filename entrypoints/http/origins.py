"""Scripts of pages from elsewhere, which may call where their origin is named."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from entrypoints.http.problems import Refused


class Origins(CORSMiddleware):
    """Starlette's, whose answers to browsers that ask beforehand are as others of this door."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser learns that asks whether a script may send a request. Raises ``Refused``:
        403 where it may not."""
        told = super().preflight_response(request_headers)
        if told.status_code != 200:
            raise Refused(
                403,
                "origin",
                "an origin, a method and header fields that scripts may use here",
                "others",
                "whoever runs this door names an origin with --origin",
                headers={"Vary": told.headers["vary"]},
            )
        headers = {name: value for name, value in told.headers.items() if name in _OF_CORS}
        return Response(status_code=204, headers=headers)


_OF_CORS = frozenset(
    {
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-max-age",
        "vary",
    }
)
