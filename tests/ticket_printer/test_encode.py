"""A slip as bytes: what is drawn is what comes out, for every model; and a printer that lost the thread finds it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from tests.ticket_printer.office import OFFICE, TRACK, ticket
from ticket_printer import drawing, model
from ticket_printer.encode import FENCE, encode, resync
from ticket_printer.errors import BadModel
from ticket_printer.preview import printed
from ticket_printer.slip import Office, slip_of
from ticket_printer.virtual.interpreter import Interpreter
from ticket_printer.virtual.paper import Roll
from ticket_printer.virtual.state import State

GOLDEN = Path(__file__).parents[1] / "golden" / "slips"
ALL = model.names()
DRAWN = [name for name in ALL if model.model(name).encoding == "raster"]
SLIPS = {
    "plain": {"changed": {}, "copy": False, "language": None},
    "priority-copy": {"changed": {"number": "A1000", "lane": "priority", "counters": [1, 2, 3, 5]}, "copy": True,
                      "language": None},
    "long-name": {"changed": {"service": "dat-dai", "number": "C027", "track": None}, "copy": False, "language": None},
    "english": {"changed": {"service": "chinh-sach", "ahead": 1}, "copy": False, "language": "en"},
}


def lines(name, **changed):
    kind = SLIPS[name]
    return slip_of(ticket(**{**kind["changed"], **changed}), OFFICE, copy=kind["copy"], language=kind["language"])


def roll_of(tmp_path, kind):
    roll = Roll(tmp_path, kind.width_dots)
    said = bytearray()
    return roll, Interpreter(roll, State(), said.extend, kind.cutter), said


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("slip", SLIPS)
def test_its_bytes_and_its_picture_are_the_ones_that_somebody_looked_at(name, slip):
    """MOTCUA_GOLDEN=write makes them anew; then look at every picture."""
    kind = model.model(name)
    made = encode(lines(slip), kind)
    picture = printed(made, kind)
    at, digests = GOLDEN / f"{name}-{slip}.png", GOLDEN / "bytes.json"
    told = {"bytes": len(made), "sha256": hashlib.sha256(made).hexdigest()}
    if os.environ.get("MOTCUA_GOLDEN") == "write":
        at.parent.mkdir(exist_ok=True)
        picture.save(at, optimize=True)
        known = json.loads(digests.read_text()) if digests.exists() else {}
        digests.write_text(json.dumps({**known, at.stem: told}, indent=1, sort_keys=True) + "\n")
    assert told == json.loads(digests.read_text())[at.stem]
    with Image.open(at) as looked_at:
        assert ImageChops.difference(looked_at.convert("L"), picture.convert("L")).getbbox() is None


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("slip", SLIPS)
def test_every_dot_that_was_drawn_is_on_the_paper_and_no_other(name, slip):
    kind = model.model(name)
    wanted = drawing.picture_of(lines(slip), kind.width_dots)
    paper = printed(encode(lines(slip), kind, "raster"), kind)
    assert paper.crop((0, 0, *wanted.size)).tobytes() == wanted.tobytes()
    assert ImageChops.invert(paper.crop((0, wanted.height, *paper.size))).getbbox() is None


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("encoding", ["raster", "mixed", "native"])
def test_every_way_of_sending_has_the_number_on_paper_and_ends_with_the_question(name, encoding, tmp_path):
    kind = model.model(name)
    if encoding == "native" and not kind.code_pages:
        pytest.skip("this model has no Vietnamese letters of its own")
    roll, reader, said = roll_of(tmp_path, kind)
    reader.feed(encode(lines("plain"), kind, encoding))
    slip = roll.slips()[-1]
    assert said == b"\x00" and reader.strange == [] and reader.waiting == 0
    assert ("A027" in slip["texts"]) == (encoding != "raster" and kind.native_number)
    assert slip["qr"] == ([TRACK] if encoding != "raster" and kind.native_qr else [])


def test_the_printers_own_vietnamese_letters_say_the_same_words(tmp_path):
    roll, reader, _ = roll_of(tmp_path, model.model("epson-tm-t20-tcvn3"))
    reader.feed(encode(lines("plain"), model.model("epson-tm-t20-tcvn3")))
    text = " ".join(roll.slips()[-1]["texts"])
    assert "SỐ THỨ TỰ CỦA QUÝ ÔNG/BÀ" in text
    assert "Gọi 3 lần không có mặt, số sẽ tạm bỏ qua. Lỡ lượt, xin báo cán bộ hướng dẫn." in text
    assert "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG" in text


def test_letters_that_a_printer_lacks_are_drawn_not_guessed(tmp_path):
    kind = model.model("epson-tm-t20-tcvn3")
    roll, reader, _ = roll_of(tmp_path, kind)
    office = Office(names={"vi": "Đại lý 東京"}, services={"chung-thuc": {"vi": "Đất ở Đắk Glong"}})
    reader.feed(encode(slip_of(ticket(), office), kind))
    texts = roll.slips()[-1]["texts"]
    assert "Đất ở Đắk Glong" in texts and not any("?" in one or "lý" in one for one in texts)


def test_white_costs_nearly_nothing_and_each_way_is_shorter_than_the_last():
    kind = model.model("epson-tm-t20-tcvn3")
    raster, mixed, native = (len(encode(lines("plain"), kind, way)) for way in ("raster", "mixed", "native"))
    whole = drawing.picture_of(lines("plain"), kind.width_dots)
    assert raster < whole.height * kind.width_dots // 8 * 0.65
    assert mixed < raster * 0.6 and native < 2000


@pytest.mark.parametrize("name", ALL)
def test_no_drawing_is_taller_than_the_model_allows(name):
    kind = model.model(name)
    made = encode(lines("plain"), kind, "raster")
    at = made.find(b"\x1dv0\x00")
    while at >= 0:
        across, down = made[at + 4] | made[at + 5] << 8, made[at + 6] | made[at + 7] << 8
        assert 0 < down <= kind.band_rows and across * 8 <= kind.width_dots
        at += 8 + across * down
        assert made[at:at + 1] in (b"\x1d", b"\x1b")
        at = made.find(b"\x1dv0\x00", at)


@settings(max_examples=40)
@given(st.sampled_from(ALL), st.sampled_from(("raster", "mixed")), st.data())
def test_after_a_slip_that_broke_off_anywhere_the_next_one_comes_out_whole(tmp_path_factory, name, encoding, data):
    kind = model.model(name)
    first, second = (encode(lines("plain", number=number), kind, encoding) for number in ("A027", "A028"))
    roll, reader, said = roll_of(tmp_path_factory.mktemp("roll"), kind)
    reader.feed(first[:data.draw(st.integers(1, len(first) - len(FENCE)))])
    said.clear()
    reader.feed(resync(kind) + second)
    assert said == b"\x00"
    with Image.open(roll.slips()[-1]["png"]) as came_out:
        whole = printed(second, kind)
        end = came_out.crop((0, came_out.height - whole.height, *came_out.size))
        assert end.tobytes() == whole.tobytes(), "the second slip is whole, whatever hangs before it"


def test_an_unknown_model_is_refused_with_a_guess():
    with pytest.raises(BadModel, match="did you mean 'generic-80'"):
        model.model("generic80")


@pytest.mark.parametrize("text, complaint", [
    ('about = "x"\nsource = "x"\nwidth_dots = 576\ncolumns = 48\nwidht = 1', "widht means nothing"),
    ('about = "x"\nsource = "x"\nwidth_dots = 576\ncolumns = 48\nencoding = "native"', "native needs code_pages"),
    ('about = "x"\nsource = "x"\ncolumns = 48', "width_dots"),
])
def test_a_model_that_can_not_be_used_says_why(tmp_path, text, complaint):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(BadModel, match=complaint):
        model.model("mine", tmp_path)


@pytest.mark.parametrize("name", ALL)
def test_every_model_says_where_it_is_written(name):
    kind = model.model(name)
    assert kind.about and kind.source and kind.width_dots % 8 == 0
    assert kind.cutter or kind.tear_dots >= 64
