"""The virtual printer's own letters: 12 × 24 dots, and the pages of characters that it has."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import firmware_config

_FACE = Path(firmware_config.__file__).parent / "fonts" / "BeVietnamPro-SemiBold.ttf"
CELL = {0: (12, 24), 1: (9, 17)}
"""Dots of a letter: fonts A and B."""

# TCVN 5712:1993 (VN3) as printers have it, in two halves: small letters on page 30, capitals on page 31; from 0x80.
_TCVN3_SMALL = (" " * 40 + "ăâêôơưđ " + "     àảãáạ ằẳẵắ " + "      ặầẩẫấậè ẻẽ" + "éẹềểễếệìỉ   ĩíịò"
                + " ỏõóọồổỗốộờởỡớợù" + " ủũúụừửữứựỳỷỹýỵ ")
_TCVN3_CAPITAL = (" " * 32 + " ĂÂ    Đ  ÊÔƠƯ  " + "     ÀẢÃÁẠ ẰẲẴẮ " + "      ẶẦẨẪẤẬÈ ẺẼ" + "ÉẸỀỂỄẾỆÌỈ   ĨÍỊÒ"
                  + " ỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙ" + " ỦŨÚỤỪỬỮỨỰỲỶỸÝỴ ")
_PAGES = {30: _TCVN3_SMALL, 31: _TCVN3_CAPITAL}


def read(code: int, page: int) -> str:
    """The character of that code on that page; a square where this printer has none."""
    if code < 0x80:
        return chr(code)
    if page in _PAGES:
        return _PAGES[page][code - 0x80]
    return bytes((code,)).decode("cp437") if page == 0 else "□"


@lru_cache(maxsize=4)
def _face(dots: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FACE), dots, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1024)
def letter(char: str, face: int, *, bold: bool, underlined: bool, wide: int, high: int) -> Image.Image:
    """One letter in dots, each dot grown to ``wide`` × ``high`` as printers do; black is 0."""
    width, height = CELL[face]
    font = _face(height * 3 // 4)
    natural = max(width, round(font.getlength(char)))
    grey = Image.new("L", (natural, height), 255)
    ImageDraw.Draw(grey).text(((natural - font.getlength(char)) / 2, height * 0.8), char, fill=0, font=font,
                              anchor="ls", stroke_width=0.4 if bold else 0)
    cell = grey.resize((width, height), Image.Resampling.BOX).point(lambda shade: 0 if shade < 140 else 255, "1")
    if underlined:
        ImageDraw.Draw(cell).rectangle((0, height - 2, width, height - 1), fill=0)
    return cell.resize((width * wide, height * high), Image.Resampling.NEAREST)
