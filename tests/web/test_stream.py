"""Live pages: server-sent events over a real socket, and the same in one piece."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.web.office import Browser, WebOffice, demo_settings

pytestmark = pytest.mark.slow


class Stream:
    """One page that follows live."""

    def __init__(self, office: WebOffice, path: str, **headers: str) -> None:
        assert office.server is not None
        self._connection = http.client.HTTPConnection("127.0.0.1", office.server.port, timeout=10)
        self._connection.request("GET", path, headers=headers)
        self.answer = self._connection.getresponse()

    def line(self) -> str:
        """The next line of the stream."""
        return self.answer.readline().decode().rstrip("\n")

    def message(self, topic: str) -> dict[str, Any]:
        """The next message of that topic; ``id`` is its version."""
        version = ""
        while True:
            line = self.line()
            if line.startswith("id: "):
                version = line[4:]
            if line.startswith("data: "):
                told: dict[str, Any] = json.loads(line[6:])
                if told["topic"] == topic:
                    return {**told, "id": version}

    def close(self) -> None:
        """Leave."""
        self._connection.close()
        self.answer.close()


@pytest.fixture
def served(new_office) -> WebOffice:
    return new_office(serve=True)


def test_a_page_that_comes_gets_what_is_true_now(served: WebOffice) -> None:
    stream = Stream(served, "/live?topics=state/board")
    assert stream.answer.status == 200
    assert stream.answer.getheader("Content-Type", "").startswith("text/event-stream")
    assert stream.line() == "retry: 1000"
    assert stream.message("state/board")["payload"]["calls"] == []
    assert stream.message("hub/status")["payload"]["online"] is True


def test_a_call_is_on_the_page_at_once(served: WebOffice) -> None:
    stream = Stream(served, "/live?topics=state/board")
    stream.message("state/board")
    served.take()
    stream.message("state/board")
    began = time.monotonic()
    served.call(2)
    told = stream.message("state/board")["payload"]
    assert told["calls"][-1]["counter"] == 2
    assert time.monotonic() - began < 0.5


def test_the_payload_is_the_wires_byte_for_byte(served: WebOffice) -> None:
    served.take()
    served.loop.ask(lambda floor: None)
    stream = Stream(served, "/live?topics=state/services")
    told = stream.message("state/services")["payload"]
    assert told == json.loads(served.broker.retained["motcua/v1/trung-tu/state/services"])


def test_a_page_that_comes_back_gets_only_what_it_missed(served: WebOffice) -> None:
    first = Stream(served, "/live?topics=state/board,state/services")
    first.message("state/services")
    versions = [first.message("hub/status")["id"]]
    first.close()
    again = Stream(served, "/live?topics=state/board,state/services", **{"Last-Event-ID": versions[-1]})
    assert again.line() == "retry: 1000"
    assert again.line() == ""
    served.take("dat-dai")
    assert again.message("state/services")["payload"]["services"][2]["waiting"] == 1


def test_the_beat_tells_its_age_so_that_an_old_one_is_not_taken_for_life(served: WebOffice) -> None:
    served.silence()
    time.sleep(0.6)
    told = Stream(served, "/live?topics=state/board").message("hub/status")
    assert told["age_s"] >= 0.6


@pytest.mark.parametrize("topics", ["state/secret", "device/kiosk-1/status", "event/ticket-called", "state/counter/99",
                                    "state/board,../x", "#", "+"])
def test_only_the_known_topics_are_told(stranger: Browser, topics: str) -> None:
    assert stranger.get(f"/live/now?topics={topics.replace('#', '%23').replace('+', '%2B')}").status_code == 400


def test_beyond_the_limit_pages_are_sent_away_and_can_ask_instead(new_office) -> None:
    settings = demo_settings()
    office = new_office(replace(settings, hub=replace(settings.hub, sse_limit=2)), serve=True)
    streams = [Stream(office, "/live?topics=state/board") for _ in range(2)]
    for stream in streams:
        stream.message("hub/status")
    third = Stream(office, "/live?topics=state/board")
    assert third.answer.status == 503
    assert int(third.answer.getheader("Retry-After", "0")) > 0
    now = Stream(office, "/live/now?topics=state/board")
    topics = {m["topic"] for m in json.loads(now.answer.read())["messages"]}
    assert topics == {"state/board", "hub/status"}
    streams[0].close()
    assert _comes_in(office)


def _comes_in(office: WebOffice) -> bool:
    for _ in range(60):
        stream = Stream(office, "/live?topics=state/board")
        if stream.answer.status == 200:
            stream.close()
            return True
        time.sleep(0.1)
    return False


def test_looking_without_reading_takes_no_place(served: WebOffice) -> None:
    for _ in range(60):
        probe = http.client.HTTPConnection("127.0.0.1", served.server.port, timeout=5)  # type: ignore[union-attr]
        probe.request("HEAD", "/live?topics=state/board")
        assert probe.getresponse().status == 200
        probe.close()
    assert Stream(served, "/live?topics=state/board").answer.status == 200


def test_the_tablets_page_makes_the_tablet_online_and_its_end_offline(served: WebOffice) -> None:
    stream = Stream(served, "/rate/2/live")
    stream.message("state/counter/2")
    status = "motcua/v1/trung-tu/device/tablet-2/status"
    assert json.loads(served.broker.retained[status])["online"] is True
    again = Stream(served, "/rate/2/live")
    again.message("state/counter/2")
    stream.close()
    again.close()
    for _ in range(100):
        if json.loads(served.broker.retained[status])["online"] is False:
            break
        time.sleep(0.1)
    assert json.loads(served.broker.retained[status])["online"] is False


def test_the_pages_end_without_waiting_for_those_that_follow(new_office) -> None:
    office = new_office(serve=True)
    streams = [Stream(office, "/live?topics=state/board") for _ in range(4)]
    for stream in streams:
        stream.message("hub/status")
    began = time.monotonic()
    office.server.stop()
    assert time.monotonic() - began < 3
    office.server = None
