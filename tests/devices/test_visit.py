"""One visit from the button at the door to the end at the counter, with every device on pretend hardware."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from contextlib import closing, suppress

import pytest

from tests.devices.checker import Office, Seen
from tests.devices.hall import Hall, open_hall
from tests.e2e.office import soon
from wire.pretend import PretendError

SETTLES_S = 0.7
"""A little more than the time for which a kiosk ignores the second tap of the finger that closed a screen."""

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]


def test_a_press_at_the_door_brings_a_number_a_slip_a_call_and_an_end(hall: Hall, office: Office) -> None:
    with hall.device("watcher", topics=("state/#",)) as watcher:
        taken = hall.take("kiosk-1", "ho-tich")
        number = taken["number"]
        assert (number, taken["reserved"]) == ("B001", False)
        assert hall.lamps("kiosk-1")["service-2"] == "on"
        hall.becomes("kiosk-1", paper="done")
        (slip,) = hall.slips("kiosk-1-printer")
        assert number in slip["texts"] and slip["complete"]

        hall.lamp_becomes("counter-1", "waiting", "on")
        hall.do("counter-1", "press", button="next")
        hall.lamp_becomes("counter-1", "calling", "on")
        assert hall.lamps("counter-1")["waiting"] == "off"
        assert soon(lambda: (hall.showing("tv-1")["called"] or {}).get("number") == number, 2)
        called = hall.showing("tv-1")["called"]
        assert called["counter"] == 1 and called["marked"]
        assert [sound["number"] for sound in hall.do("tv-1", "sounds")["sounds"]] == [number]

        hall.do("counter-1", "press", button="finish")
        ended = watcher.state("state/counter/1", lambda state: state["last"] is not None)
        assert (ended["last"]["number"], ended["stage"], ended["ticket"]) == (number, "idle", None)
        hall.lamp_becomes("counter-1", "calling", "off")
    office.check([Seen("kiosk-1", number, taken["ticket"])])


def test_a_screen_without_a_printer_sends_its_slip_to_the_printer_of_the_hall(hall: Hall, office: Office) -> None:
    hall.do("lookup-1", "touch", service="dat-dai")
    seen = hall.becomes("lookup-1", stage="taken", number="C001")
    assert soon(lambda: len(hall.slips("printer-1")) == 1)
    assert hall.slips("printer-1")[0]["texts"] == [seen["number"]]
    assert soon(lambda: office.visits()[seen["ticket"]]["printed_ms"] is not None, 5)


@pytest.mark.slow
def test_fault_30_two_kiosks_at_the_same_instant_give_two_numbers(hall: Hall, office: Office) -> None:
    assert soon(lambda: rested(hall, "kiosk-1") and rested(hall, "lookup-1"))
    time.sleep(SETTLES_S)
    for name in ("lookup-1", "kiosk-1"):
        hall.do(name, "touch", service="kinh-te")
    seen = [hall.becomes(name, stage="taken", service="kinh-te") for name in ("kiosk-1", "lookup-1")]
    assert {one["number"] for one in seen} == {"K001", "K002"}
    office.check([Seen(name, one["number"], one["ticket"])
                  for name, one in zip(("kiosk-1", "lookup-1"), seen, strict=True)])


def rested(hall: Hall, kiosk: str) -> bool:
    """Close what is shown; whether the kiosk is ready for the next person."""
    with suppress(PretendError):        # there is nothing to close, or not yet
        hall.do(kiosk, "touch", act="back")
    return bool(hall.showing(kiosk)["stage"] == "choosing")


@pytest.mark.slow
@pytest.mark.needs("zbarimg")
def test_the_code_on_a_slip_of_the_shipped_demo_leads_to_its_ticket() -> None:
    with open_hall(shipped=True) as hall:
        taken = hall.take("kiosk-1", "kinh-te")
        hall.becomes("kiosk-1", paper="done")
        (slip,) = hall.slips("kiosk-1-printer")
        program = shutil.which("zbarimg") or "zbarimg"
        read = subprocess.run([program, "--quiet", "--raw", slip["png"]], capture_output=True, text=True, check=True)
        code = read.stdout.strip().rsplit("/", 1)[-1]
        with closing(sqlite3.connect(f"file:{hall.data / 'journal.db'}?mode=ro", uri=True)) as journal:
            tickets = dict(journal.execute("SELECT lower(code), ticket FROM codes"))
        assert tickets[code.lower()] == taken["ticket"]
