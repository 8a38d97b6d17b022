"""How wide letters are, read from a TrueType file: so that a screen can be laid out, and judged, without a screen.

Reads the tables head, hhea, hmtx, cmap (format 4) and OS/2 as the OpenType specification has them; kerning is left
out, which makes lines a little wider than they are drawn.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).resolve().parent.parent / "firmware_config" / "fonts"
FILES = {"regular": "BeVietnamPro-Regular.ttf", "semibold": "BeVietnamPro-SemiBold.ttf",
         "extrabold": "BeVietnamPro-ExtraBold.ttf"}


class BadFace(ValueError):
    """The file is no TrueType font that can be read."""


class Face:
    """One font file. All measures are parts of the font size (em)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        whole = path.read_bytes()
        try:
            tables = {}
            for i in range(struct.unpack_from(">H", whole, 4)[0]):
                tag, _, offset, _ = struct.unpack_from(">4sIII", whole, 12 + 16 * i)
                tables[tag.decode("latin-1")] = offset
            em = struct.unpack_from(">H", whole, tables["head"] + 18)[0]
            ascent, descent = struct.unpack_from(">hh", whole, tables["hhea"] + 4)
            self.ascent, self.descent = ascent / em, -descent / em
            x_height, cap_height = struct.unpack_from(">hh", whole, tables["OS/2"] + 86)
            self.x_height, self.cap_height = x_height / em, cap_height / em
            count = struct.unpack_from(">H", whole, tables["hhea"] + 34)[0]
            self._widths = [struct.unpack_from(">H", whole, tables["hmtx"] + 4 * i)[0] / em for i in range(count)]
            self._glyphs = _cmap(whole, tables["cmap"])
        except (struct.error, KeyError, IndexError) as wrong:
            raise BadFace(f"{path} can not be read as a TrueType font ({wrong}); put the file back") from wrong

    def has(self, letter: str) -> bool:
        """Whether the font can draw it."""
        return ord(letter) in self._glyphs

    def width(self, text: str) -> float:
        """How wide a line of text is."""
        widths, last = self._widths, self._widths[-1]
        total = 0.0
        for letter in text:
            glyph = self._glyphs.get(ord(letter), 0)
            total += widths[glyph] if glyph < len(widths) else last
        return total

    @property
    def height(self) -> float:
        """From the top of the tallest letter to the bottom of the deepest, as a text engine counts it."""
        return self.ascent + self.descent


def _cmap(whole: bytes, start: int) -> dict[int, int]:
    for i in range(struct.unpack_from(">H", whole, start + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHI", whole, start + 4 + 8 * i)
        at = start + offset
        if platform in (0, 3) and struct.unpack_from(">H", whole, at)[0] == 4:
            return _format_4(whole, at)
    raise KeyError("a table of letters (cmap, format 4)")


def _format_4(whole: bytes, at: int) -> dict[int, int]:
    segments = struct.unpack_from(">H", whole, at + 6)[0] // 2
    ends, starts = at + 14, at + 16 + 2 * segments
    deltas, ranges = starts + 2 * segments, starts + 4 * segments
    glyphs = {}
    for i in range(segments):
        end, first = (struct.unpack_from(">H", whole, table + 2 * i)[0] for table in (ends, starts))
        delta, far = (struct.unpack_from(">H", whole, table + 2 * i)[0] for table in (deltas, ranges))
        for code in range(first, min(end, 0xFFFE) + 1):
            if far == 0:
                glyph = (code + delta) & 0xFFFF
            else:
                glyph = struct.unpack_from(">H", whole, ranges + 2 * i + far + 2 * (code - first))[0]
                glyph = (glyph + delta) & 0xFFFF if glyph else 0
            if glyph:
                glyphs[code] = glyph
    return glyphs


@lru_cache
def face(weight: str) -> Face:
    """The product's font in that weight: ``regular``, ``semibold`` or ``extrabold``."""
    return Face(FONTS / FILES[weight])
