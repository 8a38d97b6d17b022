"""The four pictures of a kiosk: what to choose, the wait, the number, and that there is none."""

from __future__ import annotations

from kiosk.choices import choices
from kiosk.draw import (
    LINE_HEIGHT,
    NUMBER_HEIGHT,
    Area,
    Box,
    Panel,
    Picture,
    Sizes,
    button,
    moved,
    must_set,
    row,
    set_text,
)
from kiosk.face import face
from kiosk.views import ChooseView, SorryView, TakenView, View, WaitingView


def picture(view: View, panel: Panel, sizes: Sizes) -> Picture:
    """The picture of a view."""
    match view:
        case ChooseView():
            return choices(view, panel, sizes)
        case WaitingView():
            return _waiting(view, panel, sizes)
        case TakenView():
            return _taken(view, panel, sizes)
    return _sorry(view, panel, sizes)


# -- the wait, the number, no number

def _card(panel: Panel, sizes: Sizes) -> Area:
    return Area(0, 0, panel.width, panel.height).inset(sizes.pad * 2, sizes.pad)


def _waiting(view: WaitingView, panel: Panel, sizes: Sizes) -> Picture:
    drawn = Picture(ground="accent_soft")
    area = _card(panel, sizes)
    half = area.h / 2
    drawn.put(must_set(view.title, Area(area.x, area.y + half * 0.25, area.w, half * 0.7), px=sizes.body * 2.2,
                       weight="extrabold", colour="ink", align="center", lines=2))
    drawn.put(must_set(view.name, Area(area.x, area.y + half, area.w, half * 0.6), px=sizes.body * 1.3,
                       weight="semibold", align="center", lines=3))
    return drawn


def _taken(view: TakenView, panel: Panel, sizes: Sizes) -> Picture:
    drawn = Picture(ground="paper")
    area = _card(panel, sizes)
    foot = Area(area.x, area.y + area.h - sizes.touch, area.w, sizes.touch)
    shares = (0.55, 1.0) if view.language else (1.0,)
    places = row(foot, shares, sizes.gap)
    if view.language:
        button(drawn, places[0], view.language, "speak", sizes, px=sizes.body * 0.8)
    button(drawn, places[-1], view.done, "back", sizes, px=sizes.body, fill="accent", colour="on_accent")
    room = Area(area.x, area.y, area.w, foot.y - sizes.gap - area.y)
    # From the bottom: what has to be read, then what is good to know; the number has the rest, never under a third.
    scale = min(1.4, max(1.0, room.h / (sizes.body * 13)))
    say = set_text(view.say, Area(room.x + sizes.gap, 0, room.w - 2 * sizes.gap, room.h * 0.42),
                   px=sizes.body * scale * (1.15 if view.trouble else 1.0), least=sizes.body * 0.5, weight="semibold",
                   align="center", top=True)
    bottom = room.y + room.h
    if say is not None:
        box = Area(room.x, bottom - say.area.h - sizes.gap, room.w, say.area.h + sizes.gap)
        drawn.boxes.append(Box(box, "trouble_soft" if view.trouble else "accent_soft", radius=sizes.radius))
        drawn.put(moved(say, down=box.y + sizes.gap / 2 - say.area.y))
        bottom = box.y - sizes.gap / 2
    head = sizes.body * scale * LINE_HEIGHT
    drawn.put(must_set(view.title, Area(room.x, room.y, room.w, head), px=sizes.body * scale, colour="quiet",
                       align="center", lines=1))
    top, line_h = room.y + head, sizes.body * 0.85 * scale * LINE_HEIGHT
    least = room.h * (0.45 if view.trouble else 0.3)
    below = _what_fits(view, int((bottom - top - least) / line_h))
    y = bottom - line_h * len(below)
    for i, line in enumerate(below):
        drawn.put(must_set(line, Area(room.x, y + i * line_h, room.w, line_h), px=sizes.body * 0.85 * scale,
                           weight="semibold" if line == view.name else "regular", align="center", lines=1))
    number = Area(room.x, top, room.w, y - top - sizes.gap / 2)
    if view.lane:
        number = _lane(drawn, view.lane, number, sizes)
    drawn.put(must_set(view.number, number, px=number.h / NUMBER_HEIGHT, weight="extrabold", align="center", lines=1,
                       leading=NUMBER_HEIGHT))
    return drawn


def _what_fits(view: TakenView, most: int) -> list[str]:
    """The lines below the number for which there is room, the most useful ones; the slip has them all."""
    lines = [view.name, *view.lines]
    useful = [*reversed(view.lines), view.name] if view.trouble else [*view.lines[-2::-1], view.name, *view.lines[-1:]]
    chosen = useful[:max(0, most)]
    return [line for line in lines if line and line in chosen]


def _lane(drawn: Picture, words: str, number: Area, sizes: Sizes) -> Area:
    """A mark beside the number; returns what is left for the number."""
    w = face("extrabold").width(words) * sizes.body + sizes.gap * 2
    mark = Area(number.x + number.w - w, number.y + (number.h - sizes.body * 1.8) / 2, w, sizes.body * 1.8)
    drawn.boxes.append(Box(mark, "mark", radius=sizes.radius))
    drawn.put(must_set(words, mark.inset(sizes.gap / 2, 0), px=sizes.body, weight="extrabold", colour="on_mark",
                       align="center", lines=1))
    side = w + sizes.gap
    return Area(number.x + side, number.y, number.w - 2 * side, number.h)


def _sorry(view: SorryView, panel: Panel, sizes: Sizes) -> Picture:
    drawn = Picture(ground="paper")
    area = _card(panel, sizes)
    foot = Area(area.x, area.y + area.h - sizes.touch, area.w, sizes.touch)
    places = row(foot, (0.55, 1.0) if view.language else (1.0,), sizes.gap)
    if view.language:
        button(drawn, places[0], view.language, "speak", sizes, px=sizes.body * 0.8)
    button(drawn, places[-1], view.back, "back", sizes, px=sizes.body, fill="accent", colour="on_accent")
    room = Area(area.x, area.y, area.w, foot.y - sizes.gap - area.y)
    bar = Area(room.x, room.y, room.w, room.h * 0.24)
    drawn.boxes.append(Box(bar, "trouble_soft", radius=sizes.radius))
    drawn.put(must_set(view.title, bar.inset(sizes.gap, 0), px=bar.h / 2, weight="extrabold", colour="trouble",
                       align="center", lines=1))
    scale = min(1.7, max(1.0, room.h / (sizes.body * 10)))
    parts = [(view.name, 0.9, "regular", "quiet", 0.18), (view.why, 1.25, "extrabold", "ink", 0.34),
             (view.ask, 1.15, "semibold", "ink", 0.40)]
    shares = [share for text, _, _, _, share in parts if text]
    rest = Area(room.x, bar.y + bar.h + sizes.gap, room.w, room.h - bar.h - sizes.gap)
    y = rest.y
    for text, rank, weight, colour, share in (part for part in parts if part[0]):
        h = rest.h * share / sum(shares)
        drawn.put(must_set(text, Area(rest.x, y, rest.w, h), px=sizes.body * rank * scale, weight=weight, colour=colour,
                           align="center"))
        y += h
    return drawn


def overlaps(drawn: Picture) -> list[str]:
    """Texts that lie on one another, for the tests of every new language and office."""
    wrong = []
    placed = sorted(drawn.texts, key=lambda text: text.area.y)
    for one, other in ((a, b) for i, a in enumerate(placed) for b in placed[i + 1:]):
        a, b = one.area, other.area
        across = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
        down = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
        if across > 1 and down > 1:
            wrong.append(f"{' '.join(one.lines)} / {' '.join(other.lines)}")
    return wrong
