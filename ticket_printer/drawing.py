"""How the lines of a slip look in dots: Be Vietnam Pro, black or white, 8 dots a millimetre.

Drawn in grey and then cut at a threshold: FreeType's own black-and-white mode tears thin strokes of small letters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import qrcode
from PIL import Image, ImageChops, ImageDraw, ImageFont

import firmware_config
from ticket_printer.slip import GLUE, QR, Cut, Line, Mark, Number, Picture, Rule, Space, Text

FONTS = Path(firmware_config.__file__).parent / "fonts"
_FILES = {"regular": "Regular", "semibold": "SemiBold", "extrabold": "ExtraBold"}
DOTS_PER_MM = 8
LINE_HEIGHT, ABOVE, BELOW = 1.36, 1.22, 0.34
"""Of the letters' size: from line to line, above the first and below the last. Vietnamese stacks two marks on a
capital: Ằ reaches 1.2 above the line it stands on."""
_INK_BELOW = 150
_NUMBER_TALLEST = 200
"""Dots: a short number would else be a poster."""
_SIZES = {"small": (22, 20), "body": (27, 23), "large": (40, 31)}
"""Dots of a letter's body, on a wide and on a narrow roll."""
_NARROW = 450

INK, PAPER = 0, 255


@lru_cache(maxsize=64)
def font(weight: str, dots: int) -> ImageFont.FreeTypeFont:
    """The letters of that weight and size."""
    # Basic layout: the same dots with and without Raqm. All letters of Vietnamese are precomposed.
    return ImageFont.truetype(str(FONTS / f"BeVietnamPro-{_FILES[weight]}.ttf"), dots,
                              layout_engine=ImageFont.Layout.BASIC)


def margin(width: int) -> int:
    """Dots left white at both sides: rolls are never fed quite straight."""
    return 8 if width > _NARROW else 4


def dots_of(size: str, width: int) -> int:
    """Size of letters in dots, on a roll of that width."""
    return _SIZES[size][0 if width > _NARROW else 1]


@lru_cache(maxsize=256)
def draw(line: Line, width: int) -> Image.Image:
    """One line as black and white dots, as wide as the roll; nothing is ever drawn beyond it."""
    if isinstance(line, Text):
        return _text(line, width)
    if isinstance(line, Number):
        return _number(line.number, width)
    if isinstance(line, Mark):
        return _mark(line.words, width)
    if isinstance(line, QR):
        return _qr(line.content, width)
    if isinstance(line, Picture):
        return _picture(line.path, width)
    if isinstance(line, Rule):
        return _rule(width)
    return _white(width, line.tenths_mm * DOTS_PER_MM // 10 if isinstance(line, Space) else 0)


def picture_of(lines: Iterable[Line], width: int) -> Image.Image:
    """The whole slip, as one picture."""
    parts = [draw(line, width) for line in lines if not isinstance(line, Cut)]
    whole = _white(width, sum(part.height for part in parts))
    y = 0
    for part in parts:
        whole.paste(part, (0, y))
        y += part.height
    return whole


def broken(words: str, letters: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """Words broken into lines that fit in ``room`` dots; a word that is too long is broken inside."""
    lines: list[str] = []
    for word in words.split(" "):
        whole = f"{lines[-1]} {word}" if lines else word
        if letters.getlength(whole) <= room:
            lines[-1:] = [whole]
            continue
        while letters.getlength(word) > room and len(word) > 1:
            fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or letters.getlength(word[:n]) <= room)
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return [kept for line in lines if (kept := line.strip(f" {GLUE}·"))]


def balanced(words: str, letters: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """As few lines, made about equally long: a title of which one word stands alone looks like a mistake."""
    lines = broken(words, letters, room)
    longest = max((letters.getlength(word) for word in words.split(" ")), default=0)
    low, high = math.ceil(max(longest, room / 3)), room
    while len(lines) > 1 and high - low > 4:
        tried = (low + high) // 2
        if len(broken(words, letters, tried)) == len(lines):
            high = tried
        else:
            low = tried
    return broken(words, letters, high)


def _white(width: int, height: int) -> Image.Image:
    return Image.new("1", (width, height), PAPER)


def _black_and_white(grey: Image.Image) -> Image.Image:
    return grey.point(lambda shade: INK if shade < _INK_BELOW else PAPER, "1")


def _text(line: Text, width: int) -> Image.Image:
    dots, edge = dots_of(line.size, width), margin(width)
    letters = font(line.weight, dots)
    room = width - 2 * edge
    parts = (balanced if line.align == "center" else broken)(line.words, letters, room)
    step, above, below = round(dots * LINE_HEIGHT), round(dots * ABOVE), round(dots * BELOW)
    grey = Image.new("L", (width, above + step * (len(parts) - 1) + below), PAPER)
    pen = ImageDraw.Draw(grey)
    for row, part in enumerate(parts):
        across = (width - letters.getlength(part)) / 2 if line.align == "center" else edge
        pen.text((max(round(across), 0), above + row * step), part, fill=INK, font=letters, anchor="ls")
    return _black_and_white(grey)


def _number(number: str, width: int) -> Image.Image:
    room = width - 4 * margin(width)
    tried = _ink(number, 100)
    dots = int(min(100 * room / tried.width, 100 * _NUMBER_TALLEST / tried.height))
    ink = _ink(number, max(8, dots))
    while ink.width > room and dots > 8:
        dots -= 1
        ink = _ink(number, dots)
    above, below = 10, 16
    whole = _white(width, ink.height + above + below)
    whole.paste(ink, ((width - ink.width) // 2, above))
    return whole


def _ink(number: str, dots: int) -> Image.Image:
    """The number alone, without the white that letters keep around them."""
    letters = font("extrabold", dots)
    grey = Image.new("L", (round(letters.getlength(number)) + 2 * dots, 2 * dots), PAPER)
    ImageDraw.Draw(grey).text((dots, round(dots * 1.4)), number, fill=INK, font=letters, anchor="ls")
    drawn = _black_and_white(grey)
    return drawn.crop(ImageChops.invert(drawn).getbbox() or (0, 0, 1, 1))


def _mark(words: str, width: int) -> Image.Image:
    dots = dots_of("large", width)
    letters = font("extrabold", dots)
    above, step, pad = round(dots * ABOVE) + 2, round(dots * (ABOVE + BELOW)), dots // 2
    parts = balanced(words, letters, width - 2 * margin(width) - 2 * pad)
    grey = Image.new("L", (width, (step + 6) * len(parts)), PAPER)
    pen = ImageDraw.Draw(grey)
    for row, part in enumerate(parts):
        long = round(letters.getlength(part)) + 2 * pad
        left, top = (width - long) // 2, row * (step + 6)
        pen.rounded_rectangle((left, top, left + long - 1, top + step - 1), radius=8, fill=INK)
        pen.text((left + pad, top + above), part, fill=PAPER, font=letters, anchor="ls")
    return _black_and_white(grey)


def _qr(content: str, width: int) -> Image.Image:
    # A fixed mask: every mask can be read, and weighing all eight would take longer than all else on the slip.
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M, mask_pattern=3)
    code.add_data(content, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix)
    scale = max(2, min(6, (width - 8 * margin(width)) // (side + 8)))
    small = Image.new("1", (side, side), PAPER)
    small.putdata([INK if dark else PAPER for row in matrix for dark in row])
    quiet = 4 * scale                                   # four modules of white, as the standard asks
    whole = _white(width, side * scale + 2 * quiet)
    whole.paste(small.resize((side * scale, side * scale), Image.Resampling.NEAREST),
                ((width - side * scale) // 2, quiet))
    return whole


def _picture(path: str, width: int) -> Image.Image:
    with Image.open(path) as opened:
        seen = opened.convert("RGBA")
    seen.thumbnail((width * 2 // 3, 20 * DOTS_PER_MM))
    grey = Image.new("L", (width, seen.height), PAPER)
    grey.paste(seen.convert("L"), ((width - seen.width) // 2, 0), seen.getchannel("A"))
    return grey.convert("1")                            # shades become dots


def _rule(width: int) -> Image.Image:
    drawn = _white(width, 17)
    ImageDraw.Draw(drawn).rectangle((margin(width), 8, width - 1 - margin(width), 9), fill=INK)
    return drawn
