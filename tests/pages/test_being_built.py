"""Pages while the views are being built: they say so, and look again by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from starlette.testclient import TestClient

from application import serving_home
from application.home import OnProgress
from application.serving_home import ServingHome
from entrypoints.pages import visit
from tests.entrypoints.small import FACTS
from tests.helpers import PATIENCE, emit, wait_until
from tests.homes import RUNTIME
from tests.http.client import door
from tests.http.doors import problem

HTML = {"Accept": "text/html"}


class Slow(ServingHome):
    """A home that takes facts in only when it may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, RUNTIME, lambda sentence: None)
        self.may = Event()

    def catch_up(self, on_progress: OnProgress, *seen: object) -> int:
        on_progress(4, 9)
        assert self.may.wait(PATIENCE)
        return super().catch_up(on_progress)


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    emit(tmp_path, FACTS[:9])
    monkeypatch.setattr(serving_home, "PATIENCE_S", 0.01)
    monkeypatch.setattr(visit, "SHOWN_AFTER_S", 0.01)
    with closing(Slow(tmp_path)) as home:
        yield home


@pytest.fixture
def client(slow: Slow) -> Iterator[TestClient]:
    with door(slow) as client:
        yield client
        slow.may.set()


def test_a_page_says_how_far_it_is_and_looks_again(slow: Slow, client: TestClient) -> None:
    page = client.get("/today", headers=HTML)
    assert page.status_code == 503
    assert int(page.headers["Retry-After"]) > 0
    assert re.search(r'<meta http-equiv="refresh" content="\d+">', page.text)
    assert "4 of 9 facts" in page.text
    assert '<progress max="9" value="4">' in page.text
    french = client.get("/today?language=fr", headers=HTML)
    assert "4 faits sur 9" in french.text
    slow.may.set()
    wait_until(lambda: slow.building is None)
    assert client.get("/today", headers=HTML).status_code == 200


def test_others_are_told_instead_of_kept_waiting(slow: Slow, client: TestClient) -> None:
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(client.get, "/v1/promises")
        wait_until(lambda: slow.building is not None)
        told = client.get("/v1/due", params={"within": "P7D"})
        assert "4 of 9 facts so far" in problem(told, 503, "unavailable")["seen"]
        assert int(told.headers["Retry-After"]) > 0
        slow.may.set()
        assert first.result(PATIENCE).json()["known_at"] == 9
    assert client.get("/v1/due", params={"within": "P7D"}).status_code == 200
