"""The glass: how many pixels a millimetre has, rectangles, and words that fit into them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot

CAP_HEIGHT = 0.74
"""Height of a capital of Be Vietnam Pro ExtraBold, in parts of the type size (measured on its H)."""
LINE_ASCENT, LINE_DESCENT = 1.03, 0.27
"""What a line of words takes above and below its base, in parts of the type size: all lower-case letters and single
capitals with their marks. Two marks on a capital (Ẫ) reach 0.12 further, into the gap between the lines."""
NUMBER_HEIGHT = 1.0
"""What a number takes, which has no marks: its capitals and some air."""

Measure = Callable[[str, int, float], float]
"""Width in pixels of a text in a weight (400, 600, 800) and a type size in pixels."""


NUMBER_WEIGHT = 800
"""The weight in which numbers, and nothing else, are set; its figures are all equally wide."""


def line_height(weight: int) -> float:
    """The height of a line in a weight, in parts of the type size."""
    return NUMBER_HEIGHT if weight == NUMBER_WEIGHT else LINE_ASCENT + LINE_DESCENT


@dataclass(frozen=True, slots=True)
class Glass:
    """A panel: pixels across and down, and its diagonal in inches."""

    width: int
    height: int
    diagonal_in: float

    @property
    def px_per_mm(self) -> float:
        """Pixels in a millimetre; panels have square pixels."""
        return hypot(self.width, self.height) / (self.diagonal_in * 25.4)

    def size_for_cap(self, cap_mm: float) -> float:
        """The type size in pixels whose capitals are ``cap_mm`` high.

        >>> round(Glass(1920, 1080, 43).size_for_cap(50))
        136
        """
        return cap_mm * self.px_per_mm / CAP_HEIGHT

    def cap_mm(self, size_px: float) -> float:
        """How high the capitals of a type size are, in millimetres."""
        return size_px * CAP_HEIGHT / self.px_per_mm


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels from the top left corner."""

    x: float
    y: float
    w: float
    h: float

    def inside(self, dx: float, dy: float) -> Rect:
        """The same with so much taken off at each side."""
        return Rect(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def top(self, h: float) -> Rect:
        """Its upper part, ``h`` high."""
        return Rect(self.x, self.y, self.w, h)

    def bottom(self, h: float) -> Rect:
        """Its lower part, ``h`` high."""
        return Rect(self.x, self.y + self.h - h, self.w, h)

    def left(self, w: float) -> Rect:
        """Its left part, ``w`` wide."""
        return Rect(self.x, self.y, w, self.h)

    def right(self, w: float) -> Rect:
        """Its right part, ``w`` wide."""
        return Rect(self.x + self.w - w, self.y, w, self.h)

    def columns(self, n: int, gap: float) -> list[Rect]:
        """``n`` equal parts side by side."""
        w = (self.w - (n - 1) * gap) / n
        return [Rect(self.x + i * (w + gap), self.y, w, self.h) for i in range(n)]

    def rows(self, n: int, gap: float) -> list[Rect]:
        """``n`` equal parts one below the other."""
        h = (self.h - (n - 1) * gap) / n
        return [Rect(self.x, self.y + i * (h + gap), self.w, h) for i in range(n)]

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share more than an edge."""
        return (self.x + self.w > other.x + 0.5 and other.x + other.w > self.x + 0.5
                and self.y + self.h > other.y + 0.5 and other.y + other.h > self.y + 0.5)


def fitted(measure: Measure, text: str, weight: int, size_px: float, least_px: float,
           within: Rect) -> tuple[str, int]:
    """``text`` and the largest type size (whole pixels) up to ``size_px`` at which it stands on one line in ``within``.

    Where even ``least_px`` is too wide the text is cut between two words and ends in "…"; a text for which that must
    not happen is given a ``least_px`` of 1.
    """
    size = max(1, int(min(size_px, within.h / line_height(weight))))
    least = min(size, max(1, int(least_px)))
    wide = measure(text, weight, size)
    if wide > within.w:
        size = min(size, max(least, int(size * within.w / wide) + 1))
        while size > least and measure(text, weight, size) > within.w:
            size -= 1
    short = text
    while short and measure(short if short == text else f"{short}…", weight, size) > within.w:
        words = short.rpartition(" ")[0]
        short = (words if len(words) * 2 > len(short) else short[:-1]).rstrip(" –-,·")
    return (text if short == text else f"{short}…"), size


def base_line(within: Rect, weight: int, size_px: float) -> float:
    """Where the letters stand in ``within``, from the top of the glass: capitals in the middle, if all marks fit so."""
    middle = within.y + within.h / 2 + size_px * CAP_HEIGHT / 2
    if weight == NUMBER_WEIGHT:
        return middle
    lowest = within.y + within.h - size_px * LINE_DESCENT
    return min(max(middle, within.y + size_px * LINE_ASCENT), lowest)
