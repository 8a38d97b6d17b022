"""One contract for all cables."""

from __future__ import annotations

import time

import pytest

from tests.wire.broker import until
from ticket_printer.errors import BadTransport, PrinterOffline, PrinterSilent
from ticket_printer.transports import KINDS, transport
from ticket_printer.virtual.printer import VirtualPrinter

ASK_PAPER = b"\x10\x04\x04"


class Plug:
    """A cable of some kind, with a virtual printer at its other end."""

    def __init__(self, kind, folder):
        self.printer = VirtualPrinter(folder / "slips", cable="network" if kind == "network" else "pty",
                                      tty=folder / "printer.tty")
        self.printer.start()
        self.kind, self.folder = kind, folder
        self.cable = transport(kind, self.printer.address, baud=115200, stall_s=0.4)

    def heard(self, within_s=2.0):
        ends = time.monotonic() + within_s
        heard = b""
        while not heard and time.monotonic() < ends:
            heard = self.cable.read(0.1)
        return heard


@pytest.fixture(params=KINDS)
def plug(request, tmp_path):
    made = Plug(request.param, tmp_path)
    yield made
    made.cable.close()
    made.printer.stop()


def test_what_is_sent_arrives_and_what_the_printer_says_is_read(plug):
    plug.cable.open()
    assert plug.cable.answers
    plug.cable.send(b"\x1b@A027\n\x1dV\x42\x00" + ASK_PAPER)
    assert plug.heard() == b"\x12"
    assert until(lambda: plug.printer.slips()["slips"])
    assert plug.printer.slips()["slips"][0]["texts"] == ["A027"]


def test_bytes_of_every_value_arrive_unchanged(plug):
    plug.cable.open()
    drawing = bytes(range(256)) * 9
    plug.cable.send(b"\x1dv0\x00" + bytes((72, 0, 32, 0)) + drawing + b"\x1dV\x42\x00" + ASK_PAPER)
    plug.heard()
    from PIL import Image, ImageChops
    assert until(lambda: plug.printer.slips()["slips"])
    with Image.open(plug.printer.slips()["slips"][0]["png"]) as paper:
        assert ImageChops.invert(paper.convert("1").crop((0, 0, 576, 32))).tobytes() == drawing


def test_silence_is_an_empty_answer_in_the_time_that_was_given(plug):
    plug.cable.open()
    plug.printer.mute(True)
    plug.cable.send(ASK_PAPER)
    began = time.monotonic()
    assert plug.cable.read(0.2) == b""
    assert time.monotonic() - began < 1.0


def test_a_printer_that_takes_nothing_is_silent_soon(plug):
    plug.cable.open()
    plug.printer.hang(True)
    time.sleep(0.2)
    began = time.monotonic()
    with pytest.raises(PrinterSilent, match="takes nothing"):
        plug.cable.send(bytes(30_000_000))
    assert time.monotonic() - began < 8.0


def test_nobody_there_is_told_at_once_with_the_address(plug):
    plug.printer.unplug(True)
    began = time.monotonic()
    with pytest.raises(PrinterOffline, match=plug.cable.where):
        plug.cable.open()
    assert time.monotonic() - began < 2.0


def test_a_line_that_breaks_is_offline_and_can_be_opened_again(plug):
    plug.cable.open()
    plug.cable.send(ASK_PAPER)
    assert plug.heard() == b"\x12"
    plug.printer.unplug(True)
    with pytest.raises(PrinterOffline):
        for _ in range(50):
            plug.cable.send(ASK_PAPER)
            plug.cable.read(0.05)
    plug.printer.unplug(False)
    plug.cable.close()
    cable = transport(plug.kind, plug.printer.address, baud=115200, stall_s=0.4)
    cable.open()
    cable.send(ASK_PAPER)
    plug.cable = cable
    assert plug.heard() == b"\x12"


def test_closing_twice_or_before_opening_harms_nothing(plug):
    plug.cable.close()
    plug.cable.open()
    plug.cable.close()
    plug.cable.close()
    with pytest.raises(PrinterOffline, match="not open"):
        plug.cable.send(b"x")
    with pytest.raises(PrinterOffline, match="not open"):
        plug.cable.read(0)


def test_a_plain_file_collects_slips_and_never_answers(tmp_path):
    cable = transport("file", str(tmp_path / "slips.bin"))
    for part in (b"A027", b"A028"):
        cable.open()
        assert not cable.answers
        cable.send(part)
        assert cable.read(0.1) == b""
        cable.close()
    assert (tmp_path / "slips.bin").read_bytes() == b"A027A028"


@pytest.mark.parametrize("kind, address", [("telex", "x"), ("network", "printer"), ("network", "1.2.3.4:99999")])
def test_an_address_that_can_not_be_is_refused_before_anything_opens(kind, address):
    with pytest.raises(BadTransport):
        transport(kind, address)


def test_a_slow_line_is_no_silent_one(tmp_path):
    printer = VirtualPrinter(tmp_path / "slips", cable="pty", baud=9600)
    printer.start()
    cable = transport("serial", printer.address, baud=9600, stall_s=0.5)
    cable.open()
    began = time.monotonic()
    cable.send(b"\0" * 2000 + b"\x1dr\x01")
    while not cable.read(0.2):
        assert time.monotonic() - began < 10
    assert time.monotonic() - began > 1.9, "2000 bytes at 9600 baud take two seconds"
    cable.close()
    printer.stop()
