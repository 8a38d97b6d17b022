"""What becomes of slips when paper, power, line and printer fail: each has one end, and nobody is stopped by it."""

from __future__ import annotations

import subprocess
import time

import pytest
from PIL import Image, ImageChops

from tests.ticket_printer.office import OFFICE, TRACK, Desk, ticket
from ticket_printer import drawing
from ticket_printer.errors import BadModel, BadTransport
from ticket_printer.slip import slip_of
from wire.codec import Malformed

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path) as made:
        assert made.says(error=None, paper="ok", cover="closed")
        yield made


def shows(slip, copy=False, **changed):
    """Whether the slip in that picture is this ticket's, dot by dot."""
    with Image.open(slip["png"]) as opened:
        paper = opened.convert("1")
    wanted = drawing.picture_of(slip_of(ticket(**changed), OFFICE, copy=copy), paper.width)
    if paper.height < wanted.height:
        return False
    for top in {0, paper.height - wanted.height - 24}:
        if top >= 0 and ImageChops.difference(paper.crop((0, top, paper.width, top + wanted.height)).convert("L"),
                                              wanted.convert("L")).getbbox() is None:
            return True
    return False


def test_a_slip_comes_out_and_its_end_is_told_once(desk):
    desk.put("slip-1")
    assert desk.end_of("slip-1") is None
    assert len(desk.slips()) == 1 and shows(desk.slips()[0])
    time.sleep(0.3)
    assert desk.ends == [("slip-1", None)]


@pytest.mark.needs("zbarimg")
def test_a_phone_reads_the_code_on_the_paper(desk):
    desk.put("slip-1")
    desk.end_of("slip-1")
    read = subprocess.run(["zbarimg", "-q", "--raw", desk.slips()[0]["png"]], capture_output=True, text=True,
                          timeout=30, check=False)
    assert read.stdout.strip() == TRACK


def test_an_id_is_printed_once_however_often_it_is_asked_and_its_end_told_each_time(desk):
    for times in range(1, 4):
        desk.put("slip-1")
        assert desk.until(lambda wanted=times: desk.ends.count(("slip-1", None)) == wanted)
    assert len(desk.slips()) == 1


def test_fifty_slips_at_once_come_out_in_order(desk):
    for n in range(50):
        desk.put(f"slip-{n}", number=f"A{n:03d}")
    assert desk.end_of("slip-49", 60) is None
    assert [slip for slip, error in desk.ends] == [f"slip-{n}" for n in range(50)]
    assert len(desk.slips()) == 50 and shows(desk.slips()[31], number="A031")


def test_putting_never_waits_for_the_printer(desk):
    desk.hand("hang", on=True)
    began = time.monotonic()
    for n in range(20):
        desk.put(f"slip-{n}")
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize("verb, how, back, error", [
    ("paper", {"state": "out"}, {"state": "ok"}, "paper-out"), ("cover", {"open": True}, {"open": False}, "cover-open"),
    ("fault", {"on": True}, {"on": False}, "fault"), ("unplug", {"on": True}, {"on": False}, "offline"),
    ("mute", {"on": True}, {"on": False}, "silent"), ("hang", {"on": True}, {"on": False}, "silent")])
def test_trouble_before_a_slip_fails_it_soon_with_its_own_code_and_heals_by_itself(desk, verb, how, back, error):
    desk.hand(verb, **how)
    began = time.monotonic()
    desk.put("slip-1")
    assert desk.end_of("slip-1") == error
    assert time.monotonic() - began < 3.0
    assert desk.says(error=error)
    desk.hand(verb, **back)
    assert desk.says(error=None, paper="ok", within_s=6.0)
    desk.put("slip-2", number="A028")
    assert desk.end_of("slip-2") is None
    assert [shows(slip, number="A028") for slip in desk.slips()] == [True], "slip-1 was told as failed: it never comes"


def test_trouble_is_told_within_five_seconds_though_nobody_prints(desk):
    desk.hand("paper", state="low")
    assert desk.says(error=None, paper="low", within_s=5.0)
    desk.hand("paper", state="out")
    assert desk.says(error="paper-out", paper="out", within_s=5.0)
    desk.hand("cover", open=True)
    assert desk.says(error="cover-open", cover="open", within_s=5.0)


def test_a_crowd_at_a_dead_printer_is_told_at_once_and_not_one_after_another(desk):
    desk.hand("hang", on=True)
    began = time.monotonic()
    for n in range(30):
        desk.put(f"slip-{n}")
    assert desk.until(lambda: len(desk.ends) == 30, 10)
    assert time.monotonic() - began < 5.0
    assert {error for _, error in desk.ends} == {"silent"}


def test_when_the_paper_ends_in_the_middle_the_same_number_comes_again_as_a_copy(desk):
    desk.hand("paper", state="out", after_rows=300)
    desk.put("slip-1")
    assert desk.says(error="paper-out")
    assert desk.ends == [], "it may still come out: nobody is told yet"
    desk.put("slip-2", number="A028")
    assert desk.end_of("slip-2") == "paper-out"
    desk.hand("paper", state="ok")
    assert desk.end_of("slip-1") is None
    assert shows(desk.slips()[-1], copy=True), "the last one is whole, has the same number and the mark of a copy"
    assert not desk.slips()[0]["complete"]
    time.sleep(0.5)
    assert [error for slip, error in desk.ends if slip == "slip-1"] == [None]


@pytest.mark.parametrize("after_bytes", [3, 700, 9_000, 30_000])
@pytest.mark.parametrize("transport", ["network", "serial"])
def test_when_the_line_breaks_in_the_middle_the_same_number_comes_again_whole(tmp_path, transport, after_bytes):
    with Desk(tmp_path, transport=transport, baud=921_600) as desk:
        assert desk.says(error=None, paper="ok")
        # The questions before a slip are three bytes each.
        desk.hand("cut_line", after_bytes=9 + min(after_bytes, 12_000 if transport == "serial" else 30_000))
        desk.put("slip-1")
        assert desk.end_of("slip-1", 30) is None
        if transport == "network":                # over a serial line the number is in the printer's own letters
            assert shows(desk.slips()[-1], copy=True)
        else:
            assert desk.slips()[-1]["texts"] == ["A027"] and desk.slips()[-1]["complete"]
        assert len([error for _, error in desk.ends]) == 1


def test_a_slip_that_breaks_off_twice_has_failed(desk):
    desk.hand("paper", state="out", after_rows=300)
    desk.put("slip-1")
    assert desk.says(error="paper-out")
    desk.hand("cut_line", after_bytes=8_000)
    desk.hand("paper", state="ok")
    assert desk.end_of("slip-1", 20) == "offline"
    desk.put("slip-2")
    assert desk.end_of("slip-2", 20) is None


def test_a_mute_printer_that_went_mute_in_the_middle_prints_at_most_one_slip_and_one_copy(desk):
    desk.put("slip-0")
    desk.end_of("slip-0")
    desk.hand("paper", state="out", after_rows=300)
    desk.put("slip-1")
    assert desk.says(error="paper-out")
    desk.hand("mute", on=True)
    desk.hand("paper", state="ok")
    assert desk.says(error="silent")
    desk.hand("mute", on=False)
    assert desk.end_of("slip-1") is None
    assert len(desk.slips()) <= 4


def test_a_slip_that_is_too_old_is_not_printed(desk):
    desk.put("slip-1", valid_s=-0.1)
    assert desk.end_of("slip-1") == "too-late"
    assert desk.slips() == []


def test_a_broken_slip_whose_time_is_over_fails_with_what_broke_it(desk):
    desk.hand("paper", state="out", after_rows=300)
    desk.put("slip-1", valid_s=2.0)
    assert desk.end_of("slip-1") == "paper-out"
    desk.hand("paper", state="ok")
    time.sleep(1.5)
    assert not any(shows(slip, copy=True) for slip in desk.slips())


def test_an_end_that_nobody_took_is_told_again(tmp_path):
    with Desk(tmp_path, refuse_ends=1) as desk:
        desk.put("slip-1")
        assert desk.end_of("slip-1") is None
        assert len(desk.slips()) == 1


def test_what_an_earlier_run_left_has_an_end_too(tmp_path):
    with Desk(tmp_path, refuse_ends=1_000) as desk:
        desk.put("slip-1")
        assert desk.until(lambda: desk.refuse_ends < 1_000)
    with Desk(tmp_path) as desk:
        assert desk.end_of("slip-1") is None
        assert len(desk.slips()) == 1


def test_a_slip_that_can_not_be_made_fails_and_the_next_one_comes_out(desk):
    desk.put("slip-1", issued_at="2026-02-30T08:00:00.000+07:00")
    assert desk.end_of("slip-1") == "printer-error"
    desk.put("slip-2")
    assert desk.end_of("slip-2") is None


def test_what_is_no_ticket_is_refused_to_whoever_puts_it(desk):
    with pytest.raises(Malformed):
        desk.put("slip-1", issued_at="never")


def test_two_printers_do_not_know_each_other(tmp_path):
    with Desk(tmp_path, device="printer-1") as one, Desk(tmp_path, device="printer-2", model="xprinter-58") as two:
        one.hand("hang", on=True)
        one.put("slip-1")
        two.put("slip-1")
        assert two.end_of("slip-1") is None and one.end_of("slip-1") == "silent"
        assert len(two.slips()) == 1 and one.slips() == []


@pytest.mark.parametrize("model", ["generic-58", "epson-tm-t20", "epson-tm-t20-tcvn3", "xprinter-58"])
@pytest.mark.parametrize("transport", ["network", "file"])
def test_every_model_prints_over_every_kind_of_cable(tmp_path, model, transport):
    with Desk(tmp_path, model=model, transport=transport) as desk:
        desk.put("slip-1")
        assert desk.end_of("slip-1") is None
        assert len(desk.slips()) == 1


@pytest.mark.slow
def test_a_slow_serial_line_prints_with_the_printers_own_letters_in_a_second(tmp_path):
    with Desk(tmp_path, model="epson-tm-t20-tcvn3", transport="serial", baud=19200) as desk:
        assert desk.says(error=None, paper="ok")
        began = time.monotonic()
        desk.put("slip-1")
        assert desk.end_of("slip-1") is None
        assert time.monotonic() - began < 4.0
        assert "A027" in desk.slips()[0]["texts"]


def test_a_copy_that_the_hub_asks_for_is_marked(desk):
    desk.put("slip-1", copy=True)
    assert desk.end_of("slip-1") is None
    assert not shows(desk.slips()[0])


@pytest.mark.parametrize("model, transport, error", [
    ("generic-81", "network", BadModel), ("generic-80", "pigeon", BadTransport)])
def test_settings_that_can_not_be_are_refused_before_anything_starts(tmp_path, model, transport, error):
    with pytest.raises(error):
        Desk(tmp_path, model=model, transport=transport)
