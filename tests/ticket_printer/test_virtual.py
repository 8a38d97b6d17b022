"""The virtual printer understands what a printer understands, and is as difficult as one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ticket_printer.virtual.interpreter import Interpreter
from ticket_printer.virtual.paper import Roll
from ticket_printer.virtual.state import State

CUT = b"\x1dV\x42\x00"


class Bench:
    def __init__(self, folder, width=576):
        self.said = bytearray()
        self.state = State()
        self.roll = Roll(folder, width)
        self.roll.on_end = self._ended
        self.reader = Interpreter(self.roll, self.state, self.said.extend)

    def _ended(self):
        self.state.paper = "out"

    def feed(self, data):
        self.reader.feed(data)
        return self

    @property
    def last(self):
        slip = self.roll.slips()[-1]
        with Image.open(slip["png"]) as opened:
            return slip, opened.copy()


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def raster(rows, across=2):
    return b"\x1dv0\x00" + bytes((across, 0, len(rows) // across, 0)) + bytes(rows)


def test_a_drawing_comes_out_dot_by_dot(bench):
    _, paper = bench.feed(raster(b"\x80\x01\x00\xff") + CUT).last
    black = {(x, y) for y in range(2) for x in range(16) if paper.getpixel((x, y)) == 0}
    assert black == {(0, 0), (15, 0), *((x, 1) for x in range(8, 16))}


def test_a_drawing_may_be_doubled_and_stand_in_the_middle(bench):
    doubled = b"\x1ba\x01\x1dv0\x03" + bytes((1, 0, 1, 0)) + b"\xff"
    _, paper = bench.feed(doubled + CUT).last
    assert [x for x in range(576) if paper.getpixel((x, 1)) == 0] == list(range(280, 296))


def test_columns_of_dots_come_out_too(bench):
    _, paper = bench.feed(b"\x1b*\x21\x02\x00" + b"\x80\x00\x00" + b"\x00\x00\x01" + b"\n" + CUT).last
    assert paper.getpixel((0, 0)) == 0 and paper.getpixel((1, 23)) == 0 and paper.getpixel((1, 0)) != 0


def test_a_drawing_may_be_kept_and_printed_later(bench):
    kept = b"0p01\x01\x01"[0:2] + b"\x30\x01\x01\x31" + bytes((8, 0, 1, 0)) + b"\xff"
    kept = b"\x1d(L" + bytes((len(kept), 0)) + kept
    _, paper = bench.feed(kept + b"\x1d(L\x02\x0002" + CUT).last
    assert [x for x in range(10) if paper.getpixel((x, 0)) == 0] == list(range(8))


def test_its_own_letters_are_written_larger_and_told(bench):
    slip, paper = bench.feed(b"\x1d!\x77A1\n\x1d!\x00ho tich\n" + CUT).last
    assert slip["texts"] == ["A1", "ho tich"]
    assert paper.height >= 8 * 24 + 24


def test_letters_that_do_not_fit_go_on_the_next_line(bench):
    slip, _ = bench.feed(b"x" * 60 + b"\n" + CUT).last
    assert slip["texts"] == ["x" * 48, "x" * 12]


def test_vietnamese_letters_come_from_their_pages(bench):
    slip, _ = bench.feed(b"\x1bt\x1e\xb8\xcc\x1bt\x1f\xa7\n" + CUT).last
    assert slip["texts"] == ["áèĐ"] or slip["texts"][0][0] == "á"


@pytest.mark.needs("zbarimg")
def test_its_own_code_can_be_read_by_a_phone(bench):
    import subprocess
    content = "https://mot-cua.vn/t/ABCD"
    store = b"1P0" + content.encode()
    slip, _ = bench.feed(b"\x1ba\x01\x1d(k\x03\x001C\x06\x1d(k\x03\x001E\x31\x1d(k" + bytes((len(store), 0)) + store
                         + b"\x1d(k\x03\x001Q0" + CUT).last
    assert slip["qr"] == [content]
    read = subprocess.run(["zbarimg", "-q", "--raw", slip["png"]], capture_output=True, text=True, timeout=30,
                          check=False)
    assert read.stdout.strip() == content


@pytest.mark.parametrize("paper, cover_open, fault, answers", [
    ("ok", False, False, (0x12, 0x12, 0x12, 0x12)),
    ("low", False, False, (0x12, 0x12, 0x12, 0x1E)),
    ("out", False, False, (0x1A, 0x32, 0x12, 0x7E)),
    ("ok", True, False, (0x1A, 0x16, 0x12, 0x12)),
    ("ok", False, True, (0x1A, 0x52, 0x1A, 0x12)),
])
def test_it_answers_as_epson_writes(bench, paper, cover_open, fault, answers):
    bench.state.paper, bench.state.cover_open, bench.state.fault = paper, cover_open, fault
    bench.feed(b"".join(bytes((0x10, 4, n)) for n in (1, 2, 3, 4)))
    assert tuple(bench.said) == answers


def test_it_answers_at_once_even_in_the_middle_of_a_drawing_and_a_fence_only_in_its_turn(bench):
    whole = raster(bytes(400), across=4) + b"\x1dr\x01"
    bench.feed(whole[:100] + b"\x10\x04\x01"[:2])
    assert bench.said == b""
    bench.feed(b"\x10\x04\x04")
    assert bytes(bench.said) == b"\x12"


def test_without_paper_it_keeps_what_it_was_told_and_goes_on_with_the_next_roll(bench):
    bench.roll.rows_left = 3
    bench.feed(raster(b"\xff\xff" * 10) + CUT + b"\x1dr\x01")
    assert bench.state.paper == "out" and bench.said == b"" and bench.roll.slips() == []
    bench.roll.cut(complete=False)
    bench.state.paper, bench.roll.rows_left = "ok", None
    bench.reader.go_on()
    assert bytes(bench.said) == b"\x00"
    torn, whole = bench.roll.slips()
    assert torn["rows"] == 3 and not torn["complete"] and whole["rows"] == 7 + 24


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(
    (b"\x1b@", b"\x1ba\x01", b"\x1dV\x42\x00", b"\x1d(k\x03\x001Q0", b"\x1dv0\x00\x01\x00\x02\x00ab", b"\x10\x04\x01",
     b"\x1d(L\x02\x0002", b"\x1b*\x21\x02\x00abcdef", b"Ho tich\n", b"\x1dr\x01"))), max_size=12))
def test_no_bytes_whatsoever_break_it(tmp_path_factory, parts):
    bench = Bench(tmp_path_factory.mktemp("roll"))
    for part in parts:
        bench.feed(part)


@given(st.binary(min_size=0, max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_it_does_the_same_however_the_bytes_are_parted(tmp_path_factory, data, cuts):
    data = b"\x1b@A1\n" + raster(data[:len(data) // 2 * 2][:100]) + data + b"\x1b@" + CUT if data else CUT
    whole, parted = (Bench(tmp_path_factory.mktemp("roll")) for _ in range(2))
    whole.feed(data)
    edges = sorted({0, *(min(cut, len(data)) for cut in cuts), len(data)})
    for start, end in itertools.pairwise(edges):
        parted.feed(data[start:end])
    assert [{**slip, "png": ""} for slip in whole.roll.slips()] == [{**slip, "png": ""} for slip in parted.roll.slips()]


def test_old_slips_are_forgotten_so_that_a_demo_never_fills_the_disk(tmp_path):
    from ticket_printer.virtual import paper
    bench = Bench(tmp_path, width=16)
    for _ in range(paper.KEPT + 5):
        bench.feed(raster(b"\xff\xff") + CUT)
    assert len(bench.roll.slips()) == paper.KEPT
    assert bench.roll.slips()[-1]["png"].endswith("000205.png")
