"""Buttons and lamps on gpiozero's pretend pins, and on a machine that has none."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_config.gpio import NoPins, Panel, PanelError, board


class Bench:
    """A box with pretend pins on a bench: fingers are verbs, what it said is in `heard`."""

    def __init__(self, name: str = "box-5", *, hold_s: float = 0.3) -> None:
        self.heard: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.threads: set[str] = set()
        self.panel = Panel(board(name), on_press=lambda button: self.hear("press", button),
                           on_hold=lambda button: self.hear("hold", button), hold_s=hold_s, now=time.monotonic,
                           pretend=True)
        self.verbs = self.panel.verbs()

    def hear(self, what: str, button: str) -> None:
        self.threads.add(threading.current_thread().name)
        self.heard.put((what, button))
        if button == "recall":
            raise RuntimeError("the room stumbled")

    def all_heard(self, within_s: float = 0.2) -> list[tuple[str, str]]:
        found = []
        try:
            while True:
                found.append(self.heard.get(timeout=within_s))
        except queue.Empty:
            return found

    def lit(self) -> dict[str, bool]:
        told = self.verbs["lamps"]()
        assert told is not None
        lamps: dict[str, bool] = told["lit"]
        return lamps


@pytest.fixture
def box() -> Iterator[Bench]:
    bench = Bench()
    bench.panel.start()
    yield bench
    bench.panel.stop()


def soon(what: Callable[[], object], within_s: float = 2.0) -> bool:
    limit = time.monotonic() + within_s
    while not what():
        if time.monotonic() > limit:
            return False
        time.sleep(0.005)
    return True


def test_each_press_is_heard_once_however_the_contacts_bounce(box: Bench) -> None:
    for button in ("next", "finish", "next"):
        box.verbs["press"](button, bounces=8)
    assert box.all_heard() == [("press", "next"), ("press", "finish"), ("press", "next")]
    assert box.threads == {"panel"}


def test_what_is_shorter_than_a_finger_is_no_press(box: Bench) -> None:
    box.verbs["press"]("next", ms=2)
    assert box.all_heard() == []


def test_the_pause_button_held_is_a_hold_and_let_go_early_a_press(box: Bench) -> None:
    box.verbs["press"]("pause", ms=100)
    box.verbs["hold"]("pause", ms=500)
    assert box.all_heard() == [("press", "pause"), ("hold", "pause")]


def test_a_button_without_a_hold_counts_at_once_though_somebody_leans_on_it(box: Bench) -> None:
    box.verbs["hold"]("next", ms=500)
    assert box.all_heard() == [("press", "next")]


def test_a_room_that_stumbles_over_one_press_hears_the_next(box: Bench) -> None:
    box.verbs["press"]("recall")
    box.verbs["press"]("next")
    assert box.all_heard() == [("press", "recall"), ("press", "next")]


def test_lamps_show_their_patterns_and_go_out_at_the_end() -> None:
    bench = Bench()
    bench.panel.start()
    bench.panel.lamp("serving", "on")
    bench.panel.lamp("lost", "fast")
    bench.panel.lamp("a-lamp-of-another-board", "on")
    assert soon(lambda: bench.lit()["serving"])
    assert soon(lambda: bench.lit()["lost"]) and soon(lambda: not bench.lit()["lost"])
    assert bench.panel.lamps() == {"waiting": "off", "calling": "off", "serving": "on", "lost": "fast",
                                   "refused": "off"}
    bench.panel.lamp("serving", "off")
    assert soon(lambda: not bench.lit()["serving"])
    bench.panel.stop()
    bench.panel.stop()


def test_a_pattern_that_is_not_known_is_answered_with_a_guess(box: Bench) -> None:
    with pytest.raises(ValueError, match="a lamp can not be 'slwo'; did you mean 'slow'"):
        box.panel.lamp("lost", "slwo")


def test_a_button_whose_plug_was_pulled_is_silent_until_it_is_plugged_in(box: Bench) -> None:
    box.verbs["unplug"]("next")
    assert box.verbs["press"]("next") == {"unplugged": True}
    box.verbs["press"]("finish")
    assert box.all_heard() == [("press", "finish")]
    box.verbs["plug"]()
    box.verbs["press"]("next")
    assert box.all_heard() == [("press", "next")]


def test_a_pretend_button_that_is_not_there_is_refused(box: Bench) -> None:
    with pytest.raises(PanelError, match="no pretend button 'nexx'; did you mean 'next'"):
        box.verbs["press"]("nexx")


def test_two_boards_in_one_program_do_not_share_pins(box: Bench) -> None:
    other = Bench("kiosk-6")
    other.panel.start()
    other.verbs["press"]("service-1")
    assert other.all_heard() == [("press", "service-1")] and box.all_heard() == []
    other.panel.stop()


@pytest.mark.skipif(any(Path("/dev").glob("gpiochip*")), reason="this machine has pins")
def test_a_machine_without_pins_says_so_in_one_line_with_the_cure() -> None:
    panel = Panel(board("box-5"), on_press=print, now=time.monotonic)
    cure = "run this on a Raspberry Pi, or try it with --pretend DIR"
    with pytest.raises(NoPins, match=rf"^this machine has no GPIO pins .*; {cure}$"):
        panel.start()
    panel.stop()
    assert issubclass(NoPins, OSError)
