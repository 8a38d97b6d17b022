"""Printers without paper, with an open cover, slow or off the line: the number stays, and no paper lies."""

from __future__ import annotations

import time

import pytest

from tests.devices.checker import Office, Paper, Seen
from tests.devices.hall import Hall
from tests.e2e.office import soon

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

PRINTER = "kiosk-1-printer"


def take(hall: Hall, service: str) -> Seen:
    """Somebody takes a number at kiosk-1."""
    taken = hall.take("kiosk-1", service)
    return Seen("kiosk-1", taken["number"], taken["ticket"])


def slips_of(office: Office, seen: Seen) -> list[Paper]:
    """What came out for that number."""
    return [paper for paper in office.papers() if paper.number == seen.number]


@pytest.fixture(autouse=True)
def mended(hall: Hall, office: Office):
    """Each test begins after a good slip, and leaves a printer that is well."""
    first = take(hall, "chung-thuc")
    hall.becomes("kiosk-1", paper="done")
    office.check([first])
    yield
    hall.do(PRINTER, "paper", state="ok")
    hall.do(PRINTER, "cover", open=False)
    hall.do(PRINTER, "hang", on=False)
    hall.do(PRINTER, "unplug", on=False)
    assert soon(lambda: not hall.showing("kiosk-1")["paper_out"])


def test_fault_27_without_paper_the_number_is_on_the_glass_and_the_journal_says_that_no_slip_came(
        hall: Hall, office: Office) -> None:
    hall.do(PRINTER, "paper", state="out")
    hall.becomes("kiosk-1", paper_out=True, within_s=5)
    seen = take(hall, "ho-tich")
    assert hall.becomes("kiosk-1", paper="out")["number"] == seen.number
    office.check([seen])
    assert office.visits()[seen.ticket]["print_error"] == "paper-out"
    assert slips_of(office, seen) == []


def test_fault_28_a_slip_that_broke_off_comes_out_once_more_as_a_copy_of_the_same_number(
        hall: Hall, office: Office) -> None:
    hall.do(PRINTER, "cut_line", after_bytes=6000)
    seen = take(hall, "ho-tich")
    hall.becomes("kiosk-1", paper="done", within_s=15)
    office.check([seen])
    whole = [paper for paper in slips_of(office, seen) if paper.whole]
    assert [paper.copy for paper in whole] == [True]
    assert office.visits()[seen.ticket]["print_error"] is None


@pytest.mark.slow
def test_fault_28_paper_that_ends_in_the_middle_and_a_new_roll_give_one_whole_slip(hall: Hall, office: Office) -> None:
    hall.do(PRINTER, "paper", state="out", after_rows=400)
    seen = take(hall, "ho-tich")
    hall.becomes("kiosk-1", paper_out=True)
    time.sleep(1)
    hall.do(PRINTER, "paper", state="ok")
    hall.becomes("kiosk-1", paper_out=False)
    office.check([seen])
    whole = [paper for paper in slips_of(office, seen) if paper.whole]
    assert [paper.copy for paper in whole] == [True]


@pytest.mark.slow
def test_fault_29_a_printer_that_hangs_does_not_hold_up_the_numbers(hall: Hall, office: Office) -> None:
    hall.do(PRINTER, "hang", on=True)
    first = take(hall, "ho-tich")
    time.sleep(2.1)
    second = take(hall, "ho-tich")
    assert (first.number, second.number) != (second.number, first.number)
    hall.do(PRINTER, "hang", on=False)
    office.check([first, second])


@pytest.mark.slow
@pytest.mark.parametrize("verb, out, well", [
    ("cover", {"open": True}, {"open": False}), ("unplug", {"on": True}, {"on": False})])
def test_fault_28_an_open_cover_or_a_pulled_plug_is_told_to_the_journal(
        hall: Hall, office: Office, verb: str, out: dict[str, bool], well: dict[str, bool]) -> None:
    hall.do(PRINTER, verb, **out)
    time.sleep(2.5)          # an idle printer is asked every 2 s
    seen = take(hall, "ho-tich")
    hall.becomes("kiosk-1", paper="failed")
    hall.do(PRINTER, verb, **well)
    office.check([seen])
    assert office.visits()[seen.ticket]["print_error"] in ("cover-open", "offline")
    assert slips_of(office, seen) == []
