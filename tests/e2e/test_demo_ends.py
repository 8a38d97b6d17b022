"""How the demo begins and ends: in order, killed, twice, or in somebody's way; nothing stays but its data."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.e2e import oracle
from tests.e2e.office import Demo, alive, listens, soon

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

START_S = 5.0


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Makes a demo that is not started; the second one shares the first one's data."""
    begun: list[Demo] = []

    def make() -> Demo:
        demo = Demo(tmp_path)
        demo.log = tmp_path / f"log-{len(begun)}"
        begun.append(demo)
        return demo

    yield make
    for demo in begun:
        demo.end()


def nothing_left(demo: Demo, children: list[psutil.Process]) -> bool:
    """No program of it runs, and its ports are free."""
    return not any(alive(child) for child in children) and not listens(demo.http) and not listens(demo.mqtt)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_leaves_only_its_data_and_goes_on_where_it_was(number: int, begin: Callable[..., Demo]) -> None:
    demo = begin().start()
    children = demo.children()
    assert len(children) == 2
    with demo.device("kiosk-1", topics=("hub/status",)) as kiosk:
        first = kiosk.take("ho-tich")
        begun = time.monotonic()
        assert demo.end(number) == 0
        assert time.monotonic() - begun < 5
        # An end in order is told by the hub itself, not by its last will.
        kiosk.wait(lambda h: h.topic == "hub/status" and h.body.get("online") is False, "the farewell")
    assert nothing_left(demo, children)
    assert "Traceback" not in demo.said() and "killed" not in demo.said(), demo.said()
    assert not (demo.data / "journal.db-wal").exists(), "an end in order leaves one whole file"

    begun = time.monotonic()
    again = begin().start()
    assert time.monotonic() - begun < START_S
    with again.device("kiosk-1", topics=("state/board",)) as kiosk:
        assert kiosk.state("state/board", lambda s: s["waiting"]["ho-tich"] == 1)
        assert (first["number"], kiosk.take("ho-tich")["number"]) == ("B001", "B002")
    oracle.check(again.data)


def test_killed_outright_it_leaves_no_program_and_starts_again_at_once_on_the_same_ports(
        begin: Callable[..., Demo]) -> None:
    demo = begin().start()
    with demo.device("kiosk-1") as kiosk:
        kiosk.take("ho-tich")
    children = demo.children()
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait(5)
    again = begin()
    again.http, again.mqtt = demo.http, demo.mqtt
    begun = time.monotonic()
    again.start()
    assert time.monotonic() - begun < 2 * START_S
    assert not any(alive(child) for child in children)
    with again.device("kiosk-1") as kiosk:
        assert kiosk.take("ho-tich")["number"] == "B002"
    oracle.check(again.data)
    again.end()
    assert nothing_left(again, [])


def test_killed_outright_and_not_started_again_it_leaves_nothing_that_runs(begin: Callable[..., Demo]) -> None:
    demo = begin().start()
    children = demo.children()
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait(5)
    assert soon(lambda: nothing_left(demo, children))


def one_line(demo: Demo) -> str:
    """All that a demo said that refused to start."""
    assert demo.process is not None and demo.process.wait(15) == 2
    (line,) = demo.said().splitlines()
    return line


def test_a_second_demo_on_the_same_data_says_so_in_one_line_and_does_not_disturb_the_first(
        begin: Callable[..., Demo]) -> None:
    first = begin().start()
    second = begin()
    second.begin()
    assert first.process is not None
    assert one_line(second) == (f"motcua demo: a demo is already running on {first.data} (process "
                                f"{first.process.pid}); stop it, or give another folder with --data")
    with first.device("kiosk-1") as kiosk:
        kiosk.take()


@pytest.mark.parametrize("which", ["http", "mqtt"])
def test_a_port_that_is_taken_is_said_in_one_line(which: str, begin: Callable[..., Demo]) -> None:
    demo = begin()
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        port = door.getsockname()[1]
        setattr(demo, which, f"127.0.0.1:{port}")
        demo.begin()
        assert one_line(demo) == (f"motcua demo: port {port} on 127.0.0.1 is taken by another program; stop that, or "
                                  f"choose a free port with --{which} 127.0.0.1:0")
