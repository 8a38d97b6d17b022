"""The talk with a printer, against one that says exactly what the test wants."""

from __future__ import annotations

import pytest

from ticket_printer.cable import Cable
from ticket_printer.encode import CLEAR, FENCE
from ticket_printer.errors import CoverOpen, PaperOut, PrinterFault, PrinterOffline, PrinterSilent
from ticket_printer.model import model
from ticket_printer.status import condition, is_answer, is_fence


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Script:
    """A cable whose printer answers by a table; time passes only while somebody waits."""

    where, answers = "the test", True

    def __init__(self, clock):
        self.clock, self.sent, self.opened = clock, bytearray(), 0
        self.said = {1: b"\x12", 2: b"\x12", 4: b"\x12"}
        self.fence = b"\x00"
        self.fence_after = 0
        self.waiting = bytearray()
        self.breaks_at = None

    def open(self):
        self.opened += 1
        self.waiting.clear()

    def close(self):
        pass

    def send(self, data):
        self.sent += data
        if self.breaks_at is not None and len(self.sent) >= self.breaks_at:
            self.breaks_at = None
            raise PrinterOffline("pulled")
        if data[:2] == b"\x10\x04":
            self.waiting += self.said[data[2]]
        elif data.endswith(FENCE) and not self.fence_after:
            self.waiting += self.fence

    def read(self, timeout_s):
        if not self.waiting:
            self.clock.now += timeout_s
            if self.fence_after and self.clock.now >= self.fence_after and timeout_s:
                self.fence_after = 0
                return self.fence
            return b""
        heard = bytes(self.waiting)
        self.waiting.clear()
        return heard


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def script(clock):
    return Script(clock)


def cable(script, clock, name="epson-tm-t20", byte_s=0.0):
    return Cable(script, model(name), now=clock, byte_s=byte_s)


SLIP = b"\x1b@A027" + FENCE


@pytest.mark.parametrize("answers, paper, cover, trouble", [
    ({1: 0x12, 2: 0x12, 4: 0x12}, "ok", "closed", None),
    ({1: 0x12, 2: 0x12, 4: 0x1E}, "low", "closed", None),
    ({1: 0x1A, 2: 0x32, 4: 0x7E}, "out", "closed", PaperOut),
    ({1: 0x1A, 2: 0x12, 4: 0x72}, "out", "closed", PaperOut),
    ({1: 0x1A, 2: 0x16, 4: 0x12}, "ok", "open", CoverOpen),
    ({1: 0x1A, 2: 0x52, 4: 0x12}, "ok", "closed", PrinterFault),
    ({1: 0x1A, 2: 0x12, 4: 0x12}, "ok", "closed", PrinterOffline),
])
def test_the_answers_are_read_as_epson_writes(answers, paper, cover, trouble):
    read = condition(answers, where="here")
    assert (read.paper, read.cover) == (paper, cover)
    assert (type(read.trouble) if read.trouble else None) is trouble


def test_an_answer_and_a_fence_are_never_taken_for_each_other():
    assert not any(is_answer(byte) and is_fence(byte) for byte in range(256))
    assert not any(is_answer(byte) and byte in (0x11, 0x13) for byte in range(256)), "nor for XON and XOFF"


def test_a_printer_that_says_nothing_is_silent_after_a_third_of_a_second(script, clock):
    script.said[1] = b""
    with pytest.raises(PrinterSilent, match="does not answer"):
        cable(script, clock).check()
    assert clock.now == pytest.approx(0.3)


def test_a_line_that_died_while_nobody_looked_is_opened_once_more(script, clock):
    line = cable(script, clock)
    line.check()
    script.breaks_at = len(script.sent) + 1
    assert line.check().trouble is None
    assert script.opened == 2


def test_late_answers_to_earlier_questions_are_not_taken_for_this_one(script, clock):
    line = cable(script, clock)
    line.check()
    script.waiting += b"\x7e\x1a"            # dots that looked like questions were answered too
    assert line.check().trouble is None


def test_noise_on_the_line_is_no_answer(script, clock):
    script.said[4] = b"\xff\x80\x91\x12"
    assert cable(script, clock).check().paper == "ok"


def test_sent_is_not_printed_until_the_fence_is_answered(script, clock):
    script.fence_after = 2.0
    cable(script, clock).put(SLIP)
    assert clock.now >= 2.0


def test_paper_that_ends_in_the_middle_is_believed_when_it_is_told_twice(script, clock):
    script.fence_after = 1e9
    script.said[4] = b"\x7e"
    with pytest.raises(PaperOut):
        cable(script, clock).put(SLIP)
    assert clock.now < 1.0


def test_a_printer_that_must_answer_the_fence_and_does_not_is_silent(script, clock):
    script.fence_after = 1e9
    with pytest.raises(PrinterSilent, match="did not say that the slip came out"):
        cable(script, clock).put(SLIP)


def test_one_that_may_not_know_the_fence_is_believed_when_it_is_well_all_the_time(script, clock):
    script.fence_after = 1e9
    cable(script, clock, "generic-80").put(SLIP)
    assert 5 < clock.now < 10


def test_nothing_is_asked_while_the_question_would_stand_behind_bytes_under_way(script, clock):
    script.fence_after = 1.4
    cable(script, clock, byte_s=1.5 / len(SLIP)).put(SLIP)
    assert bytes(script.sent) == SLIP


def test_after_a_slip_that_broke_off_the_next_begins_by_finding_the_thread(script, clock):
    line = cable(script, clock)
    script.breaks_at = 3
    with pytest.raises(PrinterOffline):
        line.put(SLIP)
    before = len(script.sent)
    line.put(SLIP)
    again = bytes(script.sent[before:])
    assert again.startswith(CLEAR) and again.endswith(SLIP) and len(again) > 9000
    before = len(script.sent)
    line.put(SLIP)
    assert bytes(script.sent[before:]) == SLIP
