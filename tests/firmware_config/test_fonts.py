"""The fonts of screens and slips have every sign that is written with them, and room for it."""

import unicodedata
from functools import cache
from pathlib import Path

import pytest
from PIL import ImageFont

FONTS = Path(__file__).parents[2] / "firmware_config" / "fonts"
EACH = pytest.mark.parametrize("weight", ["Regular", "SemiBold", "ExtraBold"])

VIETNAMESE = sorted({
    form for letter in "aăâeêioôơuưy" for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    for lower in [unicodedata.normalize("NFC", letter + tone)] for form in (lower, lower.upper())} | set("đĐ"))
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?()/-–—…“”‘’\"'•·%&+@#*°×₫★☆→←✓"


@cache
def font(weight: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"BeVietnamPro-{weight}.ttf"), 100, layout_engine=ImageFont.Layout.BASIC)


def drawn(weight: str, sign: str) -> bytes:
    return bytes(font(weight).getmask(sign))


@EACH
def test_every_letter_of_vietnamese_and_every_sign_in_use_is_there(weight: str) -> None:
    box = drawn(weight, "\uffff")  # what stands for a sign that is missing
    assert [sign for sign in [*VIETNAMESE, *SIGNS] if drawn(weight, sign) == box] == []


@EACH
def test_no_mark_is_higher_or_lower_than_the_line(weight: str) -> None:
    """Else SDL would clip it."""
    ascent, descent = font(weight).getmetrics()
    assert ascent + descent >= 135
    for sign in VIETNAMESE:
        _, top, _, bottom = font(weight).getbbox(sign, anchor="ls")
        assert -top <= ascent and bottom <= descent, sign


def test_the_figures_of_ticket_numbers_are_all_as_wide() -> None:
    assert len({font("ExtraBold").getlength(figure) for figure in "0123456789"}) == 1


def test_the_licence_lies_beside_them() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8").upper()
