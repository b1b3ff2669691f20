"""An OpenID Connect issuer on this machine, as real as a door can tell: it publishes its keys,
signs tokens, and lets somebody log in by authorization code with PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.access.given import Clock

CLIENT = "pledger-pages"
AUDIENCE = "pledger"


class LocalIssuer:
    """The issuer at ``address``. ``asked`` are the paths that were asked for."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.address = ""
        self.keys: dict[str, Key] = {"one": RSAKey.generate_key(2048, {"kid": "one"})}
        self.published: list[Any] | None = None
        self.asked: list[str] = []
        self.logins: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {"sub": "ada", "scope": "ask"}
        self.secret: str | None = None
        self.away = False
        self.named: str | None = None

    def add(self, kid: str, key: Key) -> None:
        """Publish another key."""
        self.keys[kid] = key

    def token(self, kid: str = "one", alg: str = "RS256", **claims: Any) -> str:
        """A token, good for here and for a while, but for what is said otherwise (None: left
        out)."""
        now = int(self.clock().timestamp())
        usual = {"iss": self.address, "aud": AUDIENCE, "iat": now, "exp": now + 300}
        said = {k: v for k, v in {**usual, **self.claims, **claims}.items() if v is not None}
        registry = JWSRegistry(algorithms=[alg], strict_check_header=False)
        return jwt.encode({"alg": alg, "kid": kid}, said, self.keys[kid], registry=registry)

    def login(self, address: str) -> dict[str, str]:
        """Log somebody in who was sent here: the parameters with which they are sent back."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = f"code-{len(self.logins)}"
        self.logins[code] = asked
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        """What a request is answered."""
        self.asked.append(path)
        if self.away:
            return 503, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.named or self.address,
                    "jwks_uri": f"{self.address}/keys",
                    "authorization_endpoint": f"{self.address}/authorize",
                    "token_endpoint": f"{self.address}/token",
                }
            case "/keys":
                public = [key.as_dict(private=False) for key in self.keys.values()]
                return 200, {"keys": public if self.published is None else self.published}
            case "/token":
                return self._exchanged(form, authorization)
        return 404, {}

    def _exchanged(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        asked = self.logins.pop(form.get("code", ""), None)
        if self.secret is not None:
            pair = base64.b64encode(f"{CLIENT}:{quote_plus(self.secret)}".encode()).decode()
            if authorization != f"Basic {pair}":
                return 401, {"error": "invalid_client"}
        if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        said = {"aud": CLIENT, "nonce": asked["nonce"], **self.claims}
        return 200, {"id_token": self.token(**said), "token_type": "Bearer"}


def more_keys() -> dict[str, tuple[Key, str]]:
    """A key of each kind that is taken, and its algorithm."""
    return {
        "ec": (ECKey.generate_key("P-256", {"kid": "ec"}), "ES256"),
        "ec384": (ECKey.generate_key("P-384", {"kid": "ec384"}), "ES384"),
        "okp": (OKPKey.generate_key("Ed25519", {"kid": "okp"}), "Ed25519"),
        "pss": (RSAKey.generate_key(2048, {"kid": "pss"}), "PS256"),
    }


@contextmanager
def local_issuer(clock: Clock) -> Iterator[LocalIssuer]:
    """An issuer that answers as long as the block lasts."""
    issuer = LocalIssuer(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({k: v[0] for k, v in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            authorization = self.headers.get("Authorization", "")
            status, found = issuer.answer(urlsplit(self.path).path, form, authorization)
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
