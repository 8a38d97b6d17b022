"""The line that the virtual printer is writing: its own letters side by side, until a feed brings them to paper."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from ticket_printer.virtual.letters import letter, read
from ticket_printer.virtual.paper import WHITE

LINE = 30
"""Dots from line to line, unless told otherwise."""


@dataclass
class Style:
    """How letters are written now. ``align``: 0 left, 1 middle, 2 right; ``page`` of characters above 0x7F."""

    align: int = 0
    bold: bool = False
    underlined: bool = False
    face: int = 0
    wide: int = 1
    high: int = 1
    page: int = 0
    spacing: int = LINE


class Writing:
    """One line in the making, on a roll of ``width`` dots."""

    def __init__(self, width: int) -> None:
        self.style = Style()
        self._width = width
        self._line: list[Image.Image] = []
        self._words = ""

    def letter(self, code: int) -> bool:
        """Write one more letter; False where the line has no room for it, and then nothing is written."""
        style = self.style
        char = read(code, style.page)
        cell = letter(char, style.face, bold=style.bold, underlined=style.underlined, wide=style.wide, high=style.high)
        if self._line and sum(one.width for one in self._line) + cell.width > self._width:
            return False
        self._line.append(cell)
        self._words += char
        return True

    def add(self, drawn: Image.Image) -> None:
        """A drawing as part of the line."""
        self._line.append(drawn)

    def forget(self) -> None:
        """Nothing was written."""
        self._line, self._words = [], ""

    def taken(self, lines: int, dots: int) -> tuple[Image.Image | None, str]:
        """The line as dots and as words, and a new one begins. White follows: so many ``dots``, else ``lines``."""
        tallest = max((one.height for one in self._line), default=0)
        height = tallest + dots if dots else max(tallest, self.style.spacing * lines)
        strip = Image.new("1", (max(sum(one.width for one in self._line), 1), height), WHITE)
        x = 0
        for one in self._line:
            strip.paste(one, (x, tallest - one.height))
            x += one.width
        words = self._words
        self.forget()
        return (strip if height else None), words
