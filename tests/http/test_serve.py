"""``serve`` as a process: its address, its key, its end, and what it refuses."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.entrypoints.children import finish, start
from tests.entrypoints.small import AS_OF, FACTS
from tests.helpers import PATIENCE, ask, emit, run
from tests.http import certificates
from tests.http.certificates import DAY, Files
from tests.http.doors import problem
from tests.http.serving import events, served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    emit(tmp_path / "home", FACTS)
    return tmp_path / "home"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_a_signal_comes(folder: Path, number: signal.Signals) -> None:
    with served(folder) as (told, child):
        headers = {"Authorization": f"Bearer {told['key']}"}
        address = told["address"]
        with httpx2.Client(base_url=address, headers=headers, timeout=PATIENCE) as client:
            found = client.get("/v1/promises", params={"as_of": AS_OF}).json()
            assert found == ask(folder, ["promises", "--as-of", AS_OF])
            emit(folder, [{**FACTS[3], "id": FACTS[3]["id"].replace("c0de", "c0da")}])
            assert client.get("/v1/promises").json()["known_at"] == len(FACTS) + 1
            page = httpx2.get(told["login"], timeout=PATIENCE, follow_redirects=False)
            assert page.status_code < 400
            child.send_signal(number)
        assert child.wait(PATIENCE) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_soon_as_its_address_is_told(
    folder: Path, number: signal.Signals
) -> None:
    with served(folder) as (_, child):
        child.send_signal(number)
        assert child.wait(PATIENCE) == 0


def test_a_connection_goes_on_after_a_head(folder: Path) -> None:
    with served(folder) as (told, _):
        headers = {"Authorization": f"Bearer {told['key']}"}
        with httpx2.Client(base_url=told["address"], headers=headers, timeout=PATIENCE) as client:
            for path in ("/healthz", "/v1/promises", "/v1/nothing", "/openapi.json", "/"):
                head = client.head(path, params={"as_of": AS_OF})
                get = client.get(path, params={"as_of": AS_OF})
                assert (head.status_code, head.content) == (get.status_code, b"")


def test_a_key_is_shown_once(folder: Path) -> None:
    with served(folder) as (told, _):
        assert told["key"].startswith("pk_")
    with served(folder) as (told, _):
        assert told["key"] is None


def test_unattended_it_shows_nothing_secret(folder: Path) -> None:
    with served(folder, "--unattended") as (told, _):
        assert (told["key"], told["login"]) == (None, None)
        assert ask(folder, ["key", "list"])["keys"] == []
        assert httpx2.get(f"{told['address']}/healthz", timeout=PATIENCE).json() == {"alive": True}


def test_with_tls(folder: Path, tmp_path: Path) -> None:
    files = certificates.made(tmp_path)
    with served(folder, *files.options) as (told, _):
        assert told["address"].startswith("https://127.0.0.1:")
        with httpx2.Client(verify=files.trusting(), timeout=PATIENCE) as client:
            entered = client.get(told["login"], follow_redirects=False)
            assert entered.headers["location"] == "/"
            session = entered.headers.get_list("set-cookie")[0]
            assert session.startswith("pledger_session=ps_")
            assert {"Secure", "HttpOnly", "SameSite=lax"} <= set(session.split("; "))
            assert client.get(told["address"], params={"as_of": AS_OF}).status_code == 200
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{told['address']}/healthz", timeout=PATIENCE)  # who does not trust it


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto"])
def test_a_proxy_of_which_it_was_not_told_is_refused(folder: Path, name: str) -> None:
    with served(folder) as (told, _):
        address, headers = f"{told['address']}/healthz", {name: "https"}
        found = problem(httpx2.get(address, headers=headers, timeout=PATIENCE), 403, "proxied")
        assert found["remedy"] == "whoever runs this door starts it with --behind-proxy"


def test_the_worklist_as_it_changes(folder: Path) -> None:
    with served(folder) as (told, _):
        headers = {"Authorization": f"Bearer {told['key']}"}
        address = f"{told['address']}/v1/due/stream?within=P7D"
        with httpx2.stream("GET", address, headers=headers, timeout=PATIENCE) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            rows = events(stream)
            first = [next(rows) for _ in range(2)]
            assert [row["commitment_id"] for _, row in first] == ["LILY", "INNER"]
            honoured = {**FACTS[2], "id": FACTS[2]["id"].replace("c0de", "c0db")}
            emit(folder, [{**honoured, "data": {"commitment_id": "LILY"}}])
            position, row = next(rows)
            assert (row["commitment_id"], row["left"], position) == ("LILY", True, "26")
        again = {**headers, "Last-Event-ID": "25"}
        with httpx2.stream("GET", address, headers=again, timeout=PATIENCE) as stream:
            _, row = next(events(stream))
            assert (row["commitment_id"], row["left"]) == ("LILY", True)


def test_a_port_that_is_taken(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run(folder, ["serve", "--port", str(port)])
    assert outcome.code == 2
    assert f"expected a free port {port} on 127.0.0.1" in outcome.err
    assert "name another with --host or --port" in outcome.err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--host", "0.0.0.0"], "where keys would go over the network in the clear"),
        (["--host", "desk.example"], "give --tls-cert and --tls-key, or say --behind-proxy"),
        (["--tls-cert", "here.pem"], "expected a certificate and its key, saw one of them"),
        (["--tls-key", "here.pem"], "saw one of them; name both with --tls-cert and --tls-key"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "in PEM, saw No such file"),
        (["--port", "65536"], "expected a port up to 65535, or 0 for any that is free"),
        (["--host", "192.0.2.1", "--behind-proxy"], "expected a free port 8321 on 192.0.2.1"),
        (["--behind-proxy", "proxy"], "addresses or networks of proxies, as in 10.0.0.7"),
        (["--behind-proxy", "10.0.0.1/24"], "10.1.0.0/24, saw '10.0.0.1/24'"),
        (["--behind-proxy", "*"], "saw '*'"),
    ],
)
def test_what_is_refused(folder: Path, options: list[str], why: str) -> None:
    outcome = run(folder, ["serve", *options])
    assert outcome.code == 2
    assert why in outcome.err


def text_in(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def folder_at_the_key(files: Files) -> None:
    files.key.unlink()
    files.key.mkdir()


#: What is done to the two files, and what is said of them then.
USELESS: dict[str, tuple[Callable[[Files], object], str]] = {
    "a certificate that is none": (
        lambda files: text_in(files.certificate, "no certificate"),
        "door.pem' with a certificate in PEM, saw something else; name both with --tls-cert",
    ),
    "a key that is none": (
        lambda files: text_in(files.key, "no key"),
        "door.key' with a private key in PEM, saw something else; name both with --tls-cert",
    ),
    "a key that is not there": (lambda files: files.key.unlink(), "in PEM, saw No such file"),
    "a key in a folder": (
        folder_at_the_key,
        "door.key' with a private key in PEM, saw Is a directory",
    ),
    "another one's key": (
        lambda files: certificates.made(files.key.parent, "other").key.replace(files.key),
        "expected the key of the first certificate in ",
    ),
    "a key with a passphrase": (
        lambda files: certificates.made(files.key.parent, passphrase=b"of somebody"),
        "in PEM and no passphrase, saw one with a passphrase; take it off",
    ),
    "a certificate whose time is over": (
        lambda files: certificates.made(files.key.parent, begin=-2 * DAY, end=-DAY),
        "that is good now, saw one that was good until 20",
    ),
    "a certificate whose time has not come": (
        lambda files: certificates.made(files.key.parent, begin=DAY, end=2 * DAY),
        "that is good now, saw one that is good from 20",
    ),
    "one that vouches for it, whose time is over": (
        lambda files: text_in(
            files.certificate,
            files.certificate.read_text()
            + certificates.made(
                files.key.parent, "old", begin=-2 * DAY, end=-DAY
            ).certificate.read_text(),
        ),
        "that is good now, saw one that was good until 20",
    ),
}


@pytest.mark.parametrize(("done", "why"), USELESS.values(), ids=USELESS)
def test_a_certificate_and_a_key_that_are_of_no_use(
    folder: Path, tmp_path: Path, done: Callable[[Files], object], why: str
) -> None:
    files = certificates.made(tmp_path)
    done(files)
    outcome = run(folder, ["serve", "--port", "0", *files.options])
    assert outcome.code == 2
    assert why in outcome.err
    assert "of somebody" not in outcome.err


def test_a_home_that_is_not_there(tmp_path: Path) -> None:
    code, _, err = finish(start(["serve", "--home", tmp_path / "none", "--port", "0"]))
    assert code == 2
    assert "expected a home with a ledger" in err
    assert not (tmp_path / "none").exists()
