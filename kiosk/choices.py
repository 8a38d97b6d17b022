"""The picture of what there is to choose from: title, tiles on as few pages as can be, and the buttons below."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.draw import (
    LINE_HEIGHT,
    Area,
    Box,
    Panel,
    Picture,
    Sizes,
    Text,
    Touch,
    button,
    moved,
    must_set,
    row,
    set_text,
)
from kiosk.face import face
from kiosk.views import ChooseView, Tile

SMALL = 0.62
"""Size of what is read second (official names, how many wait), as part of the text that is read first."""
EXAMPLES = 0.72
SCALES = (1.7, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0)


NAME, WAITING, OFFICIAL, ALL = range(4)
"""How much a tile tells: the plain name; how many wait; the official name; what people come for."""


@dataclass(frozen=True, slots=True)
class _Grid:
    columns: int
    rows: int
    scale: float
    detail: int


def choices(view: ChooseView, panel: Panel, sizes: Sizes) -> Picture:
    """The picture; ``view.page`` counts round when it is past the last one."""
    drawn = Picture()
    top = _head(view, panel, sizes, drawn)
    bottom = panel.height - sizes.pad - sizes.second
    area = Area(sizes.pad, top, panel.width - 2 * sizes.pad, bottom - sizes.gap - top)
    grid = _fit(view, area, sizes)
    per_page = grid.columns * grid.rows
    drawn.pages = max(1, -(-len(view.tiles) // per_page))
    drawn.page = view.page % drawn.pages
    shown = view.tiles[drawn.page * per_page:(drawn.page + 1) * per_page]
    w = (area.w - sizes.gap * (grid.columns - 1)) / grid.columns
    h = (area.h - sizes.gap * (grid.rows - 1)) / grid.rows
    for i, tile in enumerate(shown):
        down, across = divmod(i, grid.columns)
        place = Area(area.x + across * (w + sizes.gap), area.y + down * (h + sizes.gap), w, h)
        _tile(drawn, tile, place, sizes, grid)
    _foot(view, Area(sizes.pad, bottom, panel.width - 2 * sizes.pad, sizes.second), sizes, drawn)
    return drawn


def _head(view: ChooseView, panel: Panel, sizes: Sizes, drawn: Picture) -> float:
    """Title, name of the office, and what has to be said; returns where they end."""
    line = sizes.title * LINE_HEIGHT
    area = Area(sizes.pad, sizes.gap / 2, panel.width - 2 * sizes.pad, line)
    title, office = row(area, (1.25, 1.0), sizes.gap * 2)
    drawn.put(must_set(view.title, title, px=sizes.title, weight="extrabold", lines=1))
    drawn.put(must_set(view.office, office, px=min(sizes.body * SMALL, sizes.title), colour="quiet", align="right",
                       lines=2))
    y = area.y + area.h + sizes.gap / 2
    if view.notice:
        bar = Area(sizes.pad, y, area.w, sizes.body * 0.8 * LINE_HEIGHT + sizes.gap)
        trouble = view.notice_is_trouble
        drawn.boxes.append(Box(bar, "trouble_soft" if trouble else "late_soft", radius=sizes.radius))
        drawn.put(must_set(view.notice, bar.inset(sizes.gap, sizes.gap / 2), px=sizes.body * 0.8, weight="semibold",
                           colour="ink" if trouble else "late", align="center", lines=1))
        y += bar.h + sizes.gap
    return y


def _foot(view: ChooseView, area: Area, sizes: Sizes, drawn: Picture) -> None:
    buttons = [("speak", view.language), ("priority", view.priority), ("guide", view.unsure), ("back", view.back),
               ("page", view.more if drawn.pages > 1 else "")]
    shown = [(act, words) for act, words in buttons if words]
    if not shown:
        return
    px = sizes.body * 0.8
    # A button needs the room of its words on two lines, and never less than its longest word.
    needs = []
    for act, words in shown:
        measure = face("semibold")
        longest = max(measure.width(word) for word in words.split())
        need = max(longest, measure.width(words) * 0.58) * px + 2.5 * sizes.gap
        needs.append(max(need, sizes.touch * 1.5) if act == "page" else need)
    for (act, words), place in zip(shown, row(area, needs, sizes.gap), strict=True):
        if act == "page":
            number = view.pages.format(page=drawn.page + 1, pages=drawn.pages)
            button(drawn, place, words, act, sizes, px=px, fill="accent", colour="on_accent", lines=2,
                   what=str((drawn.page + 1) % drawn.pages))
            drawn.texts[-1:] = [t for t in (_with_number(words, number, place, sizes, px)) if t is not None]
        elif act == "priority" and view.priority_on:
            button(drawn, place, words, act, sizes, px=px, fill="mark", colour="on_mark", edge="on_mark")
        else:
            button(drawn, place, words, act, sizes, px=px)


def _with_number(words: str, number: str, place: Area, sizes: Sizes, px: float) -> tuple[Text | None, Text | None]:
    inner = place.inset(sizes.gap / 2, sizes.gap / 3)
    upper, lower = Area(inner.x, inner.y, inner.w, inner.h * 0.55), \
        Area(inner.x, inner.y + inner.h * 0.55, inner.w, inner.h * 0.45)
    return (must_set(words, upper, px=px, weight="semibold", colour="on_accent", align="center", lines=1),
            must_set(number, lower, px=px * 0.75, colour="on_accent", align="center", lines=1))


def _fit(view: ChooseView, area: Area, sizes: Sizes) -> _Grid:
    """The largest way to show everything: on one page if it can be, with examples if they find room."""
    count = len(view.tiles)
    for pages in range(1, count + 1):
        per_page = -(-count // pages)
        for detail in ((ALL,) if view.guide else (ALL, OFFICIAL, WAITING, NAME)):
            for scale in SCALES:
                for columns in (2, 1, 3, 4):
                    grid = _Grid(columns, -(-per_page // columns), scale, detail)
                    if columns <= per_page and _all_fit(view, area, sizes, grid):
                        return grid
    return _Grid(1, 1, 1.0, NAME)


def _all_fit(view: ChooseView, area: Area, sizes: Sizes, grid: _Grid) -> bool:
    w = (area.w - sizes.gap * (grid.columns - 1)) / grid.columns
    h = (area.h - sizes.gap * (grid.rows - 1)) / grid.rows
    if h < sizes.touch or w < sizes.touch * 1.5:
        return False
    return all(_tile(Picture(), tile, Area(0, 0, w, h), sizes, grid) for tile in view.tiles)


def _tile(drawn: Picture, tile: Tile, area: Area, sizes: Sizes, grid: _Grid) -> bool:
    """Draw one tile; whether all of it found room at its size."""
    px = sizes.body * grid.scale
    closed = bool(tile.closed)
    drawn.boxes.append(Box(area, "ground" if closed else "paper", "line" if closed else "accent", sizes.radius,
                           sizes.edge))
    drawn.touches.append(Touch(area, "choose", tile.service))
    inner = area.inset(sizes.gap, sizes.gap * 0.5)
    letter = Area(inner.x, inner.y + (inner.h - min(inner.h, px * 2)) / 2, px * 1.5, min(inner.h, px * 2))
    drawn.boxes.append(Box(letter, "quiet" if closed else "accent", radius=sizes.radius))
    drawn.put(must_set(tile.letter, letter, px=px * 1.15, weight="extrabold", colour="on_accent", align="center",
                       lines=1))
    words = Area(letter.x + letter.w + sizes.gap, inner.y, inner.w - letter.w - sizes.gap, inner.h)
    last_resort = grid.columns == grid.rows == 1 and grid.detail == NAME
    for shrink in (1.0, 0.9, 0.8) if closed else (1.0, 0.5, 0.25) if last_resort else (1.0,):
        texts = _set_rows(_rows(tile, px * shrink, grid), words)
        if texts is not None:
            break
    else:
        return False
    for text in texts:
        drawn.put(text)
    return True


def _rows(tile: Tile, px: float, grid: _Grid) -> list[tuple[str, float, str, str, int]]:
    """What a tile tells, as (text, size, weight, colour, most lines)."""
    detail, most = grid.detail, 2 if grid.columns > 2 else 4      # narrow columns of words are hard to read
    second = px * (EXAMPLES if detail >= OFFICIAL else SMALL)
    if tile.closed:        # the reason is the first thing to know; a name is no less readable for being closed
        return [(tile.name, px, "semibold", "quiet", most), (tile.closed, second, "semibold", "trouble", 3)]
    rows = [(tile.name, px, "semibold", "ink", most)]
    if detail >= ALL:
        rows.append((tile.examples, second, "regular", "ink", 4))
    last = [tile.official if detail >= OFFICIAL else "", tile.waiting if detail >= WAITING else ""]
    rows.append((" · ".join(part for part in last if part), px * SMALL, "regular", "quiet", 2))
    return [one for one in rows if one[0]]


def _set_rows(rows: list[tuple[str, float, str, str, int]], words: Area) -> list[Text] | None:
    """The texts below one another in the middle of ``words``; ``None`` where they do not fit."""
    texts, y = [], words.y
    for text, size, weight, colour, lines in rows:
        room = Area(words.x, y, words.w, words.y + words.h - y)
        found = set_text(text, room, px=size, least=size, weight=weight, colour=colour, lines=lines, top=True)
        if found is None:
            return None
        texts.append(found)
        y = found.area.y + found.area.h
    return [moved(text, down=(words.y + words.h - y) / 2) for text in texts]
