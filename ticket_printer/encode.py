"""A slip becomes bytes: ESC/POS, with python-escpos behind this one door.

Rule 1: what is drawn leaves dot by dot as it was drawn; white costs next to nothing.
Rule 2: no command is longer than a band, so a printer that lost the thread finds it again (``resync``).
Rule 3: of python-escpos only what writes bytes is used. Its profile is made of our model, since its own lack widths
and refuse drawings; its cables and its questions are not used, since they wait too long and take silence for paper.
"""

from __future__ import annotations

import logging
import shutil
import struct
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from PIL import Image, ImageChops

from ticket_printer import drawing
from ticket_printer.model import Encoding, Model
from ticket_printer.slip import GLUE, QR, Cut, Line, Number, Text

FENCE = b"\x1dr\x01"
"""GS r 1: unlike DLE EOT it is answered in its turn, when all before it is done."""
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: forget all that was not printed."""
_INIT = b"\x1b@"
_MIDDLE, _LEFT = b"\x1ba\x01", b"\x1ba\x00"
_LEAST_WHITE = 3
_LETTER = (12, 24)
_GLUE = "\x1f"
"""Stands for a space at which no line is broken, while lines are broken."""
_SCALES = {"small": 1, "body": 1, "large": 2}
_TALLEST_LETTER = 8


@cache
def _library() -> Any:
    """python-escpos, imported when a first slip is made: it takes a third of a second here, seconds on a Pi."""
    roots = logging.getLogger().handlers[:]
    import escpos.capabilities
    import escpos.printer
    # It leaves a pickle in a new temporary folder at each start, and sets up everybody's logging.
    shutil.rmtree(escpos.capabilities.pickle_dir, ignore_errors=True)
    logging.getLogger().handlers[:] = roots
    return escpos


def warm() -> None:
    """Load what the first slip would else wait for."""
    _library()


@cache
def _profile(model: Model) -> Any:
    pages = model.code_pages or {"0": "CP437"}

    class Profile(_library().capabilities.Profile):  # type: ignore[misc]  # the library has no types
        profile_data = {
            "codePages": pages, "fonts": {"0": {"name": "Font A", "columns": model.columns}},
            "features": {"paperFullCut": model.cutter, "paperPartCut": model.cutter},
            "media": {"width": {"pixels": model.width_dots}, "dpi": 203},
        }

    return Profile()


def _writer(model: Model) -> Any:
    return _library().printer.Dummy(profile=_profile(model))


def encode(slip: Sequence[Line], model: Model, encoding: Encoding | None = None) -> bytes:
    """The bytes of a slip for that model; with the model's usual encoding unless told otherwise."""
    chosen = encoding or model.encoding
    return _INIT + b"".join(_line(line, model, chosen) for line in slip) + FENCE


def resync(model: Model) -> bytes:
    """What makes a printer listen again that was cut off in the middle of a slip, and cuts what hangs out of it.

    It may wait for the rest of a band; white dots complete that, and mean nothing to one that waits for none.
    """
    lost = bytes(model.width_dots // 8 * model.band_rows + 8)
    return (CLEAR if model.clears else b"") + lost + _INIT + _end(model)


@lru_cache(maxsize=512)
def _line(line: Line, model: Model, encoding: Encoding) -> bytes:
    """One line's bytes; cached, for most lines of most slips are the same."""
    if isinstance(line, Cut):
        return _end(model)
    if encoding != "raster":
        if isinstance(line, Number) and model.native_number and line.number.isascii() and line.number.isprintable():
            return _native_number(line.number, model)
        if isinstance(line, QR) and model.native_qr:
            return _native_qr(line.content, model)
        if isinstance(line, Text) and (words := _writable(line.words, model, encoding)) is not None:
            return _native_text(words, line, model)
    centred = encoding != "raster" and not (isinstance(line, Text) and line.align == "left")
    return _drawn(drawing.draw(line, model.width_dots), model, centred=centred)


# -- drawn

def _drawn(picture: Image.Image, model: Model, *, centred: bool) -> bytes:
    """A picture as GS v 0 commands, without the white around its lines.

    White rows go as a drawing one byte wide: unlike a feed in motion units it is exact on every printer. Over slow
    lines (``centred``) the white at the left is left out too, and the printer moves the rest to the middle.
    """
    parts = []
    for top, bottom, inked in _runs(picture):
        rows = picture.crop((0, top, picture.width, bottom))
        box = ImageChops.invert(rows).getbbox() if inked else (0, 0, 8, 0)
        assert box is not None                          # a run with ink has a box
        ink = _bands(rows.crop((box[0] if centred and inked else 0, 0, box[2], rows.height)), model)
        parts.append(_MIDDLE + ink + _LEFT if centred and inked else ink)
    return b"".join(parts)


def _runs(picture: Image.Image) -> Iterator[tuple[int, int, bool]]:
    """The picture's rows as runs of white and of ink: (top, bottom, inked). A command's head is not spent on less
    than a few white rows."""
    wide, data = (picture.width + 7) // 8, ImageChops.invert(picture).tobytes()
    inked = [any(data[y * wide:(y + 1) * wide]) for y in range(picture.height)]
    rows = [y for y, ink in enumerate(inked) if ink]
    at = 0
    while rows:
        top, bottom = rows[0], rows[0] + 1
        while rows and rows[0] < bottom + _LEAST_WHITE:
            bottom = rows.pop(0) + 1
        if top > at:
            yield at, top, False
        yield top, bottom, True
        at = bottom
    if at < picture.height:
        yield at, picture.height, False


def _bands(picture: Image.Image, model: Model) -> bytes:
    """A picture as GS v 0 commands of at most ``band_rows`` rows.

    Not by the library, which turns each picture to colour and back (0.5 ms for each band here).
    """
    parts = []
    for top in range(0, picture.height, model.band_rows):
        band = picture.crop((0, top, picture.width, min(top + model.band_rows, picture.height)))
        head = struct.pack("<4sHH", b"\x1dv0\x00", (band.width + 7) // 8, band.height)
        parts += [head, ImageChops.invert(band).tobytes()]
    return b"".join(parts)


# -- in the printer's own letters

def _writable(words: str, model: Model, encoding: str) -> str | None:
    """The words as the printer's letters can write them; None where they can not."""
    plain = words.translate({ord(GLUE): _GLUE, ord("–"): "-", ord("·"): "-", ord("…"): "...", ord("’"): "'"})
    if not plain.replace(_GLUE, "").isprintable():
        return None                              # a control character would be a command
    if plain.isascii():
        return plain if model.native_ascii else None
    if encoding != "native" or not model.code_pages:
        return None
    plain = plain.replace("Đ", "Ð")              # the library's table has the Icelandic letter that looks the same
    pages = _writer(model).magic.encoder
    fits = all(any(pages.can_encode(page, letter) for page in model.code_pages.values()) for letter in plain)
    return plain if fits else None


def _native_text(words: str, line: Text, model: Model) -> bytes:
    scale = _SCALES[line.size]
    writer = _writer(model)
    writer.set(align=line.align, bold=line.weight != "regular", custom_size=True, width=scale, height=scale)
    for part in _columns(words, model.columns // scale):
        writer.text(f"{part}\n")
    writer.set(align="left", bold=False, custom_size=True, width=1, height=1)
    return bytes(writer.output)


def _columns(words: str, columns: int) -> list[str]:
    lines: list[str] = []
    for word in words.split(" "):
        while len(word) > columns:
            lines.append(word[:columns])
            word = word[columns:]
        if lines and len(lines[-1]) + 1 + len(word) <= columns:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line.replace(_GLUE, " ").strip(" -") for line in lines]


def _native_number(number: str, model: Model) -> bytes:
    scale = max(1, min(_TALLEST_LETTER, model.width_dots // (_LETTER[0] * len(number))))
    writer = _writer(model)
    writer.set(align="center", bold=True, custom_size=True, width=scale, height=scale)
    writer.text(f"{number}\n")
    writer.set(align="left", bold=False, custom_size=True, width=1, height=1)
    return bytes(writer.output)


def _native_qr(content: str, model: Model) -> bytes:
    writer = _writer(model)
    writer.set(align="center")
    writer.qr(content, ec=1, size=6, native=True)       # level M
    writer.set(align="left")
    quiet = _bands(Image.new("1", (8, 24), drawing.PAPER), model)
    return quiet + bytes(writer.output) + quiet


def _end(model: Model) -> bytes:
    """Feed as far as the knife, or far enough to tear, and cut."""
    if not model.cutter:
        return _bands(Image.new("1", (8, model.tear_dots), drawing.PAPER), model)
    writer = _writer(model)
    writer.cut(feed=False)                              # GS V 66 0: as far as the knife, then cut
    return bytes(writer.output)
