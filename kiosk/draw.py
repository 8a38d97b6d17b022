"""A view as a picture: boxes, lines of text and places to touch, in pixels from the top left corner.

Rule 1: pure: the same view on the same panel is the same picture, and needs no screen to be made or judged.
Rule 2: sizes are millimetres of glass, from the panel's diagonal; what is touched is at least 20 mm high.
Rule 3: words are never cut: a text that does not fit gets smaller, a page that does not fit becomes two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kiosk.face import face

LINE_HEIGHT = 1.38
"""Lines of Vietnamese need room for two marks on a capital."""
NUMBER_HEIGHT = 0.95
"""A number has no marks and no tails, so it may fill its line."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The glass: its pixels and its diagonal in inches."""

    width: int
    height: int
    diagonal_in: float

    def mm(self, millimetres: float) -> float:
        """So many millimetres in pixels."""
        return millimetres * math.hypot(self.width, self.height) / (self.diagonal_in * 25.4)


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    def inset(self, dx: float, dy: float) -> Area:
        """Smaller by so much on each side."""
        return Area(self.x + dx, self.y + dy, max(0.0, self.w - 2 * dx), max(0.0, self.h - 2 * dy))

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is in it."""
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


@dataclass(frozen=True, slots=True)
class Box:
    """A filled shape; colours are names of the looks. ``edge`` is the colour of its border, empty for none."""

    area: Area
    fill: str
    edge: str = ""
    radius: float = 0.0
    edge_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text, broken already, of one size: ``area`` is what they take, line by line from the top."""

    area: Area
    lines: tuple[str, ...]
    px: float
    weight: str
    colour: str
    align: str = "left"
    leading: float = LINE_HEIGHT

    @property
    def line_px(self) -> float:
        """Height of one line."""
        return self.px * self.leading


@dataclass(frozen=True, slots=True)
class Touch:
    """A place to touch, and what it does: ``choose`` with a service, or the name of a button."""

    area: Area
    act: str
    what: str = ""


@dataclass(slots=True)
class Picture:
    """What is drawn, from the back to the front, and what can be touched; ``pages`` there are, ``page`` is shown."""

    boxes: list[Box] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    page: int = 0
    pages: int = 1
    ground: str = "ground"

    def at(self, x: float, y: float) -> Touch | None:
        """What is touched at a point."""
        return next((touch for touch in self.touches if touch.area.holds(x, y)), None)

    def put(self, text: Text | None) -> None:
        """Add a text, if there is one."""
        if text is not None and any(text.lines):
            self.texts.append(text)


def wrap(text: str, px: float, weight: str, width: float) -> tuple[str, ...] | None:
    """Break a text into lines of at most ``width`` pixels at its spaces; ``None`` where one word is wider.

    A dash stays at the end of its line, as it is read.
    """
    measure = face(weight)
    limit = width / px
    lines: list[str] = []
    for word in text.replace(" – ", "\u00a0– ").split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and measure.width(joined) <= limit:
            lines[-1] = joined
        elif measure.width(word) <= limit:
            lines.append(word)
        else:
            return None
    return tuple(lines)


def _even(text: str, broken: tuple[str, ...], px: float, weight: str) -> tuple[str, ...]:
    """As many lines, but of about the same length: a lone last word looks lost in the middle."""
    width = max(face(weight).width(line) for line in broken) * px
    while (narrower := wrap(text, px, weight, width - px / 2)) is not None and len(narrower) == len(broken):
        broken, width = narrower, width - px / 2
    return broken


def set_text(text: str, area: Area, *, px: float, least: float, weight: str = "regular", colour: str = "ink",
             align: str = "left", lines: int = 9, top: bool = False,
             leading: float = LINE_HEIGHT) -> Text | None:
    """The text as large as it fits into ``area``, between ``least`` and ``px``; ``None`` where it does not fit.

    It stands in the middle of the height, or with ``top`` at the top.
    """
    size = px
    while size >= least - 0.01:
        broken = wrap(text, size, weight, area.w)
        if broken is not None and len(broken) <= lines and len(broken) * size * leading <= area.h + 0.5:
            if align == "center":
                broken = _even(text, broken, size, weight)
            height = len(broken) * size * leading
            y = area.y if top else area.y + (area.h - height) / 2
            return Text(Area(area.x, y, area.w, height), broken, size, weight, colour, align, leading)
        size -= max(0.5, px * 0.02)
    return None


def moved(text: Text, *, down: float) -> Text:
    """The same text, so many pixels lower."""
    return replace(text, area=replace(text.area, y=text.area.y + down))


def must_set(text: str, area: Area, *, px: float, weight: str = "regular", colour: str = "ink", align: str = "left",
             lines: int = 9, top: bool = False, leading: float = LINE_HEIGHT) -> Text | None:
    """The text as large as it fits; an office's endless names get smaller and smaller rather than cut."""
    return set_text(text, area, px=px, least=px * 0.25, weight=weight, colour=colour, align=align, lines=lines,
                    top=top, leading=leading) if text else None


@dataclass(frozen=True, slots=True)
class Sizes:
    """The measures of one panel in pixels: text that is read standing, the title, distances, what is touched first
    and what second, corners and edges."""

    body: float
    title: float
    gap: float
    pad: float
    touch: float
    second: float
    radius: float
    edge: float

    @classmethod
    def of(cls, panel: Panel, *, x_height_mm: float, touch_mm: float) -> Sizes:
        """From millimetres; on a large panel all grows with it, on a small one the second rank gives way."""
        short = min(panel.width, panel.height)
        body = max(panel.mm(x_height_mm) / face("semibold").x_height, short / 26)
        touch = max(panel.mm(touch_mm), short / 9)
        gap = max(panel.mm(1.8), short / 80)
        small, tiny = panel.height < panel.mm(140), panel.height < panel.mm(105)
        return cls(body=body, title=body * (0.62 if tiny else 0.95 if small else 1.15), gap=gap,
                   pad=gap if small else gap * 1.5, touch=touch, second=touch * 0.7 if tiny else touch,
                   radius=panel.mm(2.0), edge=max(2.0, panel.mm(0.4)))


def button(picture: Picture, area: Area, words: str, act: str, sizes: Sizes, *, px: float, fill: str = "paper",
           colour: str = "accent", edge: str = "accent", what: str = "", lines: int = 2) -> None:
    """A button with its words in the middle."""
    picture.boxes.append(Box(area, fill, edge, sizes.radius, sizes.edge))
    picture.put(must_set(words, area.inset(sizes.gap, sizes.gap / 3), px=px, weight="semibold", colour=colour,
                         align="center", lines=lines))
    picture.touches.append(Touch(area, act, what))


def row(area: Area, shares: Sequence[float], gap: float) -> list[Area]:
    """A row of areas side by side, as wide as their shares say."""
    room = area.w - gap * (len(shares) - 1)
    found, x = [], area.x
    for share in shares:
        w = room * share / sum(shares)
        found.append(Area(x, area.y, w, area.h))
        x += w + gap
    return found
