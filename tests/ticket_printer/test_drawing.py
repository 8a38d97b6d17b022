"""How a slip looks: nothing clipped, nothing beyond the paper, the number as wide as it can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops

from tests.ticket_printer.office import OFFICE, ticket
from ticket_printer.drawing import balanced, broken, dots_of, draw, font, picture_of
from ticket_printer.slip import QR, Mark, Number, Picture, Text, slip_of

WIDTHS = (576, 384)
VIETNAMESE = ("aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợ"
              "ùủũúụừửữứựỳỷỹýỵÀẢÃÁẠẰẲẴẮẶẦẨẪẤẬÈẺẼÉẸỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙỦŨÚỤỪỬỮỨỰỲỶỸÝỴ")
words = st.lists(st.text(VIETNAMESE + "0123456789,.–()/", min_size=1, max_size=24), min_size=1,
                 max_size=16).map(" ".join)
texts = st.builds(Text, words, st.sampled_from(("small", "body", "large")),
                  st.sampled_from(("regular", "semibold", "extrabold")), st.sampled_from(("left", "center")))


def ink(picture):
    return ImageChops.invert(picture).getbbox()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", ["small", "body", "large"])
@pytest.mark.parametrize("weight", ["regular", "semibold", "extrabold"])
def test_no_mark_above_or_below_a_letter_is_clipped(width, size, weight):
    letters = font(weight, dots_of(size, width))
    for letter in VIETNAMESE:
        _, top, _, bottom = letters.getbbox(letter, anchor="ls")
        box = ink(draw(Text(letter, size, weight), width))
        assert box[3] - box[1] >= bottom - top - 2, f"{letter} lost {bottom - top - (box[3] - box[1])} rows"


@given(texts, st.sampled_from(WIDTHS))
def test_no_text_however_long_reaches_the_edge_of_the_paper(text, width):
    box = ink(draw(text, width))
    assert box[0] >= 1 and box[2] <= width - 1


@given(words, st.sampled_from(WIDTHS))
def test_breaking_lines_loses_no_letter_and_keeps_their_order(text, width):
    letters = font("regular", 27)
    lines = broken(text, letters, width - 16)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(letters.getlength(line) <= width - 16 for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", ["A027", "H001", "A1000", "C11000", "1899", "K111"])
def test_the_number_is_as_wide_as_the_roll_allows_and_readable_across_a_room(width, number):
    box = ink(draw(Number(number), width))
    assert box[0] >= 4 and box[2] <= width - 4
    assert box[2] - box[0] >= 0.93 * width or box[3] - box[1] >= 180
    assert box[3] - box[1] >= 7 * 8, "a digit is at least 7 mm high, on the narrow roll and with six signs too"


@pytest.mark.parametrize("number", ["", "A" * 80, "Đ"])
def test_a_strange_number_is_drawn_all_the_same(number):
    assert draw(Number(number or "–"), 576).height > 0


@pytest.mark.parametrize("width", WIDTHS)
def test_a_mark_is_white_on_black_and_stays_on_the_paper(width):
    drawn = draw(Mark("NGƯỜI CÓ CÔNG VỚI CÁCH MẠNG"), width)
    box = ink(drawn)
    assert box[0] > 0 and box[2] < width
    black = drawn.histogram()[0] / ((box[2] - box[0]) * (box[3] - box[1]))
    assert black > 0.5


@pytest.mark.parametrize("width", WIDTHS)
def test_a_code_has_white_around_it(width):
    drawn = draw(QR("https://mot-cua.trungtu.hanoi.gov.vn/t/" + "K7Q2" * 4), width)
    left, top, right, bottom = ink(drawn)
    module = (right - left) // 33
    assert min(left, top, width - right, drawn.height - bottom) >= 4 * module and module >= 4


def test_a_sign_of_the_office_is_drawn_small_and_in_the_middle(tmp_path):
    from PIL import Image
    Image.new("RGBA", (900, 900), (180, 20, 20, 255)).save(tmp_path / "logo.png")
    drawn = draw(Picture(str(tmp_path / "logo.png")), 576)
    left, _, right, _ = ink(drawn)
    assert drawn.height <= 160 and abs((left + right) / 2 - 288) <= 2


@pytest.mark.parametrize("width", WIDTHS)
def test_a_slip_is_no_longer_than_a_hand(width):
    assert picture_of(slip_of(ticket(), OFFICE), width).height <= 150 * 8
    assert picture_of(slip_of(ticket(track=None), OFFICE), width).height <= 122 * 8


def test_no_word_of_a_title_stands_alone_on_the_last_line():
    letters = font("semibold", 27)
    lines = balanced("Đăng ký quyền sử dụng đất, quyền sở hữu nhà ở và tài sản khác gắn liền với đất lần đầu",
                     letters, 560)
    assert len(lines) == 3 and len(lines[-1].split()) >= 3
