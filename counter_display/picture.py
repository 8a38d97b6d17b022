"""The picture of the wall: which words stand where, how large and in which colour. Pure; nothing here paints.

Rule 1: sizes that people read from afar are computed in millimetres from the declared panel.
Rule 2: the number and the counter of a call are never cut; only names of services and counters may be.
Rule 3: priority is a star and a word; a fresh call is a mark and its place; nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from counter_display.glass import Glass, Measure, Rect, fitted
from counter_display.showing import Called, Coming, CounterSign, Showing

STAR = "★"
NEVER_CUT = 1.0
CALLED_CAP_MM, LAST_CAP_MM = 50.0, 25.0
"""Least height of capitals of the called number, and of the calls before it."""


@dataclass(frozen=True, slots=True)
class Card:
    """A rounded area; colours are names of the looks (``paper``, ``mark`` …). ``moving``: it slides in with a call."""

    key: str
    rect: Rect
    fill: str
    radius: float = 0.0
    moving: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """One line of words; ``size_px`` is the type size at which it fits, ``starred`` puts the star before it."""

    key: str
    rect: Rect
    text: str
    weight: int
    size_px: float
    colour: str
    align: str = "left"
    starred: bool = False
    moving: bool = False


Mark = Card | Words


class Picture:
    """Lays a showing out on a glass. ``measure`` tells how wide words are, ``words`` is the catalogue."""

    def __init__(self, glass: Glass, words: Callable[..., str], measure: Measure, *,
                 called_cap_mm: float = CALLED_CAP_MM, last_cap_mm: float = LAST_CAP_MM) -> None:
        self.glass, self._words, self._measure = glass, words, measure
        self._called_cap_mm, self._last_cap_mm = called_cap_mm, last_cap_mm
        self._u = glass.height / 1080

    def draw(self, showing: Showing) -> list[Mark]:
        """Everything from back to front."""
        u, w, h = self._u, self.glass.width, self.glass.height
        marks: list[Mark] = [Card("ground", Rect(0, 0, w, h), "ground")]
        top = 92 * u
        marks += self._top(Rect(0, 0, w, top), showing)
        if showing.band:
            marks += self._band(Rect(0, top, w, 84 * u), showing)
            top += 84 * u
        bottom = 66 * u if showing.notice else 0.0
        if showing.notice:
            marks += self._notice(Rect(0, h - bottom, w, bottom), showing.notice)
        hall = Rect(0, top, w, h - top - bottom).inside(32 * u, 20 * u)
        strip = 186 * u if showing.upcoming else 0.0
        upper = hall.top(hall.h - strip - (18 * u if strip else 0))
        left = upper.left(upper.w * (0.58 if showing.counters else 1.0))
        marks += self._calls(left, showing)
        if showing.counters:
            marks += self._counters(upper.right(upper.w * 0.42 - 28 * u), showing)
        if showing.upcoming:
            marks += self._strip(hall.bottom(strip), showing)
        return marks

    # -- the parts

    def _line(self, key: str, rect: Rect, text: str, weight: int, size: float, colour: str, *, least: float = NEVER_CUT,
              align: str = "left", starred: bool = False, moving: bool = False) -> Words:
        """Words of at most ``size`` 1080ths of the glass's height, in one line in ``rect``."""
        whole = f"{STAR} {text}" if starred else text
        shown, size_px = fitted(self._measure, whole, weight, size * self._u,
                                least * self._u if least > NEVER_CUT else least, rect)
        return Words(key, rect, shown, weight, size_px, colour, align, starred, moving)

    def _top(self, rect: Rect, showing: Showing) -> Iterator[Mark]:
        u = self._u
        yield Card("top", rect, "paper")
        inner = rect.inside(32 * u, 10 * u)
        clock = inner.right(200 * u)
        yield self._line("office", inner.left(inner.w - clock.w - 30 * u), showing.office, 600, 44, "ink", least=24)
        if showing.clock:
            yield self._line("clock", clock, showing.clock, 600, 56, "ink", align="right")

    def _band(self, rect: Rect, showing: Showing) -> Iterator[Mark]:
        u = self._u
        yield Card("band", rect, "trouble_soft" if showing.stale else "accent_soft")
        yield Card("band-bar", rect.left(14 * u), "trouble" if showing.stale else "accent")
        yield self._line("band-words", rect.inside(40 * u, 8 * u), showing.band, 600, 46, "ink", align="center")

    def _notice(self, rect: Rect, text: str) -> Iterator[Mark]:
        u = self._u
        yield Card("notice", rect, "accent_soft")
        yield self._line("notice-words", rect.inside(40 * u, 6 * u), text, 400, 38, "ink", least=24, align="center")

    def _calls(self, rect: Rect, showing: Showing) -> Iterator[Mark]:
        u = self._u
        last_h = 0.0
        if showing.last:
            size = max(84.0, self.glass.size_for_cap(self._last_cap_mm) * 1.02 / u)
            last_h = (size + 40 * 1.3 + 26) * u
            title = 46 * u
            row = rect.bottom(last_h)
            yield self._line("last-title", Rect(rect.x, row.y - title, rect.w, title - 4 * u), self._words("last"),
                             600, 32, "quiet")
            for i, (cell, call) in enumerate(zip(row.columns(3, 20 * u), showing.last, strict=False)):
                yield from self._last(f"last-{i}", cell, call, size, "quiet" if showing.stale else "ink")
            last_h += title + 14 * u
        yield from self._called(rect.top(rect.h - last_h), showing)

    def _called(self, rect: Rect, showing: Showing) -> Iterator[Mark]:
        u, call = self._u, showing.called
        marked = call is not None and call.marked
        yield Card("called", rect, "mark" if marked else "paper", 26 * u, moving=True)
        ink = "on_mark" if marked else "quiet" if showing.stale else "ink"
        inner = rect.inside(36 * u, 22 * u)
        if call is None:
            title, says = showing.empty or ("", "")
            half = inner.rows(2, 10 * u)
            yield self._line("empty", half[0].bottom(140 * u), title, 600, 92, "ink", align="center")
            yield self._line("empty-says", half[1].top(80 * u), says, 400, 48, "quiet", align="center")
            return
        head = 66 * u if call.priority or call.again else 0.0
        if head:
            words = " · ".join(filter(None, (self._words("priority") if call.priority else "", call.again)))
            yield self._line("called-head", inner.top(head), words, 600, 48, ink, align="center",
                             starred=call.priority, moving=True)
        where_h = min(130 * u, inner.h * 0.28)
        number = Rect(inner.x, inner.y + head, inner.w, inner.h - head - where_h)
        yield self._line("called-number", number, call.number, 800, 1000, ink, align="center", moving=True)
        yield self._line("called-where", inner.bottom(where_h), call.where, 600, 96, ink, align="center", moving=True)

    def _last(self, key: str, rect: Rect, call: Called, size: float, ink: str) -> Iterator[Mark]:
        u = self._u
        ink = "on_mark" if call.marked else ink
        yield Card(key, rect, "mark" if call.marked else "paper", 18 * u)
        inner = rect.inside(14 * u, 10 * u)
        below = 40 * 1.3 * u
        yield self._line(f"{key}-number", inner.top(inner.h - below), call.number, 800, size, ink, align="center")
        line = inner.bottom(below)
        if call.priority:
            where, star = line.columns(2, 8 * u)
            yield self._line(f"{key}-where", where, call.where, 600, 38, ink, align="right")
            yield self._line(f"{key}-star", star, self._words("priority"), 600, 38, ink, starred=True)
        else:
            yield self._line(f"{key}-where", line, call.where, 600, 38, ink, align="center")

    def _counters(self, rect: Rect, showing: Showing) -> Iterator[Mark]:
        u = self._u
        title = rect.top(46 * u)
        yield self._line("counters-title", title.left(title.w * 0.6), self._words("counters"), 600, 32, "quiet")
        if showing.counters_pages > 1:
            page = self._words("more", page=showing.counters_page, pages=showing.counters_pages)
            yield self._line("counters-page", title.right(title.w * 0.38), page, 400, 32, "quiet", align="right")
        columns = 1 if len(showing.counters) <= 6 else 2
        rows = -(-len(showing.counters) // columns)
        body = rect.bottom(rect.h - title.h)
        gap = 12 * u
        each = min((body.h - (rows - 1) * gap) / rows, 190 * u)
        columns_of = body.top(each * rows + gap * (rows - 1)).columns(columns, 14 * u)
        for i, sign in enumerate(showing.counters):
            place = columns_of[i // rows].rows(rows, gap)[i % rows]
            yield from self._counter(f"counter-{i}", place, sign, "quiet" if showing.stale else "ink")

    def _counter(self, key: str, rect: Rect, sign: CounterSign, ink: str) -> Iterator[Mark]:
        u = self._u
        ink, quiet = ("on_mark", "on_mark") if sign.marked else ("quiet", "quiet") if sign.closed else (ink, "quiet")
        yield Card(key, rect, "mark" if sign.marked else "ground" if sign.closed else "paper", 16 * u)
        if sign.closed:
            yield Card(f"{key}-line", rect.bottom(2 * u), "line")
        inner = rect.inside(16 * u, 3 * u)
        part = min(1.3, inner.h / (114 * u))          # of the height that three lines need
        said = inner.left(inner.w * (0.54 if sign.number else 1.0) - 4 * u)
        lines = [("name", sign.name, 600, 33.0, ink, 24.0), ("word", sign.word, 400, 26.0, quiet, NEVER_CUT)]
        if sign.priority and sign.number:
            lines.append(("star", self._words("priority"), 600, 26.0, ink, NEVER_CUT))
        top = inner.y + (inner.h - sum(size for _, _, _, size, _, _ in lines) * part * 1.3 * u) / 2
        for name, text, weight, size, colour, least in lines:
            line = Rect(said.x, top, said.w, size * part * 1.3 * u)
            top += line.h
            yield self._line(f"{key}-{name}", line, text, weight, size * part, colour, least=min(least, size * part),
                             starred=name == "star")
        if sign.number:
            yield self._line(f"{key}-number", inner.right(inner.w * 0.46), sign.number, 800, 88, ink, align="right")

    def _strip(self, rect: Rect, showing: Showing) -> Iterator[Mark]:
        u = self._u
        title = rect.top(44 * u)
        parts = self._words("upcoming")
        if showing.upcoming_pages > 1:
            page = self._words("more", page=showing.upcoming_page, pages=showing.upcoming_pages)
            parts = f"{parts} · {page}"
        yield self._line("upcoming-title", title.left(title.w * 0.6), parts, 600, 32, "quiet")
        said = self._words("waiting", n=showing.waiting) if showing.waiting else self._words("nobody_waiting")
        yield self._line("waiting", title.right(title.w * 0.38), said, 600, 32, "quiet", align="right")
        body = rect.bottom(rect.h - title.h)
        for i, (cell, coming) in enumerate(zip(body.columns(max(3, len(showing.upcoming)), 24 * u), showing.upcoming,
                                               strict=False)):
            yield from self._coming(f"upcoming-{i}", cell, coming, "quiet" if showing.stale else "ink")

    def _coming(self, key: str, rect: Rect, coming: Coming, ink: str) -> Iterator[Mark]:
        """No card, no mark, smaller: nobody may take these for calls. As many numbers as can be read from afar."""
        u = self._u
        yield Card(f"{key}-line", rect.top(3 * u), "line")
        lines = rect.bottom(rect.h - 8 * u)
        yield self._line(f"{key}-name", lines.top(36 * u), coming.name, 400, 27, "quiet", least=25)
        numbers, place = list(coming.numbers), Rect(lines.x, lines.y + 36 * u, lines.w, 54 * u)
        while len(numbers) > 1 and self._measure("  ".join(numbers), 600, int(36 * u)) > place.w:
            numbers.pop()
        if numbers:
            yield self._line(f"{key}-numbers", place, "  ".join(numbers), 600, 36, ink)
        below = lines.bottom(lines.h - 92 * u) if numbers else place
        yield self._line(f"{key}-people", below, coming.people, 400, 27, "quiet")


def complaints(marks: list[Mark], glass: Glass, called_cap_mm: float = CALLED_CAP_MM,
               last_cap_mm: float = LAST_CAP_MM) -> list[str]:
    """What of a picture is too small to be read from afar, one sentence each with the cure."""
    wanted = {"called-number": called_cap_mm, "last-0-number": last_cap_mm, "last-1-number": last_cap_mm,
              "last-2-number": last_cap_mm}
    return [f"{mark.key}: capitals are {cap_mm:.0f} mm high, {wanted[mark.key]:.0f} mm are needed; hang up a larger "
            f"screen than {glass.diagonal_in:g} inches, or show fewer counters on it (zone)"
            for mark in marks if isinstance(mark, Words) and mark.key in wanted
            and (cap_mm := glass.cap_mm(mark.size_px)) < wanted[mark.key] - 0.05]
