"""The kiosk as a program: a real broker, the real hub, pretend fingers, paper and pins."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.office import SHIPPED, Hub, environment, soon
from tests.kiosk.program import BUTTONS, PRINTER, KioskProgram

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto"), pytest.mark.slow]


@pytest.fixture
def hub(tmp_path):
    running = Hub(tmp_path).start()
    yield running
    running.end()


@pytest.fixture
def kiosk(tmp_path, hub):
    running = KioskProgram(tmp_path / "k", hub.mqtt).start()
    assert soon(lambda: all(n == 20 for n in running.showing.get("reserve", {"": 0}).values()), 20), running.said()
    yield running
    assert running.end() == 0, running.said()


def test_a_touch_brings_a_number_on_glass_and_paper(kiosk, tmp_path):
    kiosk.do("touch", service="chung-thuc")
    seen = kiosk.becomes(stage="taken", paper="done")
    assert (seen["number"], seen["reserved"]) == ("A001", False)
    assert soon(lambda: kiosk.showing["unanswered"] == 0)
    picture = tmp_path / "taken.png"
    kiosk.photograph(picture)
    assert picture.stat().st_size > 5000


def test_a_button_does_what_a_touch_does_and_bounces_are_one_press(kiosk):
    kiosk.do("press", button="service-2", bounces=5)
    kiosk.becomes(stage="taken", number="B001")
    assert kiosk.do("lamps")["lamps"]["service-2"] == "on"
    time.sleep(2.5)
    kiosk.do("press", button="service-2", bounces=5)
    kiosk.becomes(number="B002")


def test_without_the_hub_numbers_go_on_and_are_reported_afterwards(kiosk, hub):
    hub.kill()
    kiosk.do("touch", service="chung-thuc")
    first = kiosk.becomes(stage="taken", number="A900", within_s=4)
    assert first["reserved"]
    kiosk.becomes(lost=True)
    kiosk.do("press", button="service-1")
    kiosk.becomes(number="A901", within_s=1)
    assert kiosk.showing["unreported"] == 2
    hub.start()
    kiosk.becomes(unreported=0, unanswered=0, lost=False, within_s=20)
    assert soon(lambda: set(kiosk.showing["reserve"].values()) == {20}, 15)


def test_a_cut_line_is_told_quietly_and_mends_by_itself(kiosk):
    kiosk.do("cut_line", on=True)
    kiosk.becomes(lost=True)
    kiosk.do("touch", service="ho-tich")
    kiosk.becomes(number="B900", paper="done")
    kiosk.do("cut_line", on=False)
    kiosk.becomes(lost=False, unreported=0)


def test_without_paper_the_number_stays_and_the_hub_hears_of_it(kiosk):
    kiosk.printer("paper", state="out")
    kiosk.becomes(paper_out=True)
    kiosk.do("touch", service="chung-thuc")
    kiosk.becomes(stage="taken", paper="out")
    time.sleep(10)
    assert kiosk.showing["stage"] == "taken"
    assert kiosk.showing["unanswered"] == 0


def test_kills_at_random_moments_neither_lose_nor_repeat_a_number(kiosk, hub):
    kiosk.do("cut_line", on=True)
    kiosk.becomes(lost=True)
    seen: dict[str, str] = {}
    chance = random.Random(7)
    for _ in range(3):
        for _ in range(2):
            before = kiosk.showing.get("number")
            kiosk.do("press", button="service-1")
            soon(lambda before=before: kiosk.showing.get("number") not in (None, before), 8)
            shown = kiosk.showing
            assert shown["reserved"], shown
            assert seen.setdefault(shown["number"], shown["ticket"]) == shown["ticket"]
            time.sleep(2.1)
        kiosk.do("press", button="service-3")
        time.sleep(chance.uniform(0, 0.2))
        kiosk.kill()
        kiosk.start()
        kiosk.do("cut_line", on=True)
        kiosk.becomes(lost=True)
        shown = kiosk.showing
        if shown["stage"] == "taken":
            assert seen.setdefault(shown["number"], shown["ticket"]) == shown["ticket"]
            kiosk.becomes(stage="choosing", within_s=20)
    kiosk.do("cut_line", on=False)
    kiosk.becomes(unreported=0, lost=False, within_s=20)
    with sqlite3.connect(hub.data / "journal.db") as journal:
        issued = dict(journal.execute("SELECT number, ticket FROM visits WHERE ticket LIKE 'kiosk-1-%'"))
    assert seen.items() <= issued.items()


def test_a_number_that_came_while_the_kiosk_was_dead_becomes_void(kiosk, hub):
    def states() -> list[tuple[str, str]]:
        with sqlite3.connect(f"file:{hub.data / 'journal.db'}?mode=ro", uri=True) as journal:
            return journal.execute("SELECT number, state FROM visits ORDER BY seq").fetchall()

    os.kill(hub.process.pid, signal.SIGSTOP)
    try:
        kiosk.do("press", button="service-1")
        kiosk.becomes(stage="waiting", within_s=1.5)
        kiosk.kill()
    finally:
        os.kill(hub.process.pid, signal.SIGCONT)
    assert soon(lambda: states() == [("A001", "waiting")]), states()
    kiosk.start()
    assert soon(lambda: states() == [("A001", "cancelled")], 20), f"{states()}\n{kiosk.said()}"
    assert kiosk.showing["stage"] == "choosing"
    assert kiosk.printer("slips")["slips"] == []
    kiosk.do("press", button="service-1")
    kiosk.becomes(stage="taken", number="A002")


def test_a_kiosk_without_a_screen_works_by_buttons_lamps_and_paper(tmp_path, hub):
    kiosk = KioskProgram(tmp_path / "k", hub.mqtt, program=f'board = "kiosk-6"\nscreen = false\n{BUTTONS}{PRINTER}')
    kiosk.start()
    try:
        kiosk.becomes(hub=True)
        assert "kivy" not in Path(f"/proc/{kiosk.process.pid}/maps").read_text("utf-8")
        kiosk.do("press", button="service-6")
        kiosk.becomes(stage="taken", number="H001", paper="done")
        assert kiosk.do("lamps")["lamps"]["service-6"] == "on"
    finally:
        assert kiosk.end() == 0, kiosk.said()


def test_a_kiosk_that_starts_without_broker_and_numbers_says_whom_to_ask(tmp_path):
    kiosk = KioskProgram(tmp_path / "k", "127.0.0.1:1").start()
    try:
        kiosk.becomes(lost=True)
        kiosk.do("touch", service="kinh-te")
        kiosk.becomes(stage="sorry", why="no-number", within_s=5)
    finally:
        assert kiosk.end() == 0, kiosk.said()


def test_two_programs_do_not_share_one_disk(tmp_path):
    kiosk = KioskProgram(tmp_path / "k", "127.0.0.1:1").start()
    try:
        other = subprocess.run(
            [sys.executable, "-P", "-m", "kiosk", "--device", "kiosk-1", "--settings", str(SHIPPED), "--data",
             str(kiosk.data), "--mqtt", "127.0.0.1:1", "--pretend", str(tmp_path / "q")],
            env=environment(), capture_output=True, text=True, timeout=30, check=False)
        assert other.returncode == 2
        assert other.stderr.count("\n") == 1
        assert "another kiosk works on" in other.stderr
    finally:
        assert kiosk.end() == 0


def test_wrong_settings_are_told_in_words_and_end_with_two(tmp_path):
    kiosk = KioskProgram(tmp_path / "k", "127.0.0.1:1", program='board = "kiosk-6"\npatience_s = 9\n')
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kiosk", "--device", "kiosk-1", "--settings", str(kiosk.settings), "--data",
         str(kiosk.data), "--mqtt", kiosk.mqtt], env=environment(), capture_output=True, text=True, timeout=30,
        check=False)
    assert done.returncode == 2
    assert "patience_s" in done.stderr


def test_where_there_is_no_opengl_the_kiosk_goes_on_and_says_so_in_one_line(tmp_path):
    # A provider of windows that Kivy does not have is what a machine without OpenGL comes to.
    kiosk = KioskProgram(tmp_path / "k", "127.0.0.1:1").start(KIVY_WINDOW="none")
    try:
        kiosk.do("press", button="service-1")
        assert [line for line in kiosk.said().splitlines() if "screen" in line or "kivy" in line.lower()] == [
            line for line in kiosk.said().splitlines() if "no screen: OpenGL" in line]
        assert kiosk.said().count("no screen: OpenGL") == 1
    finally:
        assert kiosk.end() == 0
