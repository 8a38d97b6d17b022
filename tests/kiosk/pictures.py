"""Every screen of the kiosk in the states that matter, drawn for three panels.

``python -m tests.kiosk.pictures [prefix]`` writes them to docs/screens/kiosk-*.png.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from firmware_config import looks
from firmware_config.settings import Settings, load
from kiosk.draw import Panel, Sizes
from kiosk.face import FILES, FONTS
from kiosk.flow import Flow, Place
from kiosk.screen import Screen, prepare
from kiosk.stages import Choosing, Sorry, Stage, Taken, Waiting
from kiosk.views import Hall, Service, View, view
from kiosk.words import Words
from wire.messages import ServiceState, Ticket, Wait

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "firmware_config" / "sites" / "trung-tu"
PANELS = {"7in": Panel(1024, 600, 7.0), "10in": Panel(1024, 600, 10.1), "10in-1280": Panel(1280, 800, 10.1),
          "24in": Panel(1920, 1080, 23.8)}
LOOKS = looks.load()


def sizes(panel: Panel) -> Sizes:
    """The measures of a panel, from the product's looks."""
    return Sizes.of(panel, x_height_mm=LOOKS.size["x_height_mm"], touch_mm=LOOKS.size["touch_mm"])


def hall_of(settings: Settings) -> Hall:
    """The demo's office."""
    return Hall(
        names=settings.site.names, languages=settings.site.languages, first_lane="normal", slips="self",
        words=Words(settings.site.languages),
        services=tuple(Service(id=s.id, series=s.series, names=s.names, plain=s.plain, examples=s.examples)
                       for s in settings.services))


HALL = hall_of(load(SHIPPED))
WAITING = dict(zip((s.id for s in HALL.services), (12, 4, 0, 2, 7, 1), strict=True))


def states(**closed: str) -> dict[str, ServiceState]:
    """What the hub says of the services."""
    return {s.id: ServiceState(service=s.id, series=s.series, names=dict(s.names), open=s.id not in closed,
                               why=closed.get(s.id), waiting=WAITING.get(s.id, 3), wait=None,
                               lanes=["normal", "priority"]) for s in HALL.services}


def ticket(**changes: object) -> Ticket:
    """Somebody's ticket."""
    fields = {"id": "t-1", "number": "A027", "service": "chung-thuc", "lane": "normal",
              "issued_at": "2026-11-23T08:02:11.000+07:00", "ahead": 6, "wait": Wait(480.0, 900.0, 1380.0),
              "counters": [1, 2, 3], "zone": "tang-1", "track": None, "state": "waiting"}
    return Ticket(**{**fields, **changes})


def seen(stage: Stage, *, hall: Hall = HALL, language: str = "vi", lost: bool = False, spare: bool = True,
         paper_out: bool = False, closed: dict[str, str] | None = None) -> View:
    """What people see in that stage."""
    ids = (f"id-{n}" for n in itertools.count())
    flow = Flow(Place(), lambda: next(ids), stage=stage, language=language, lost=lost, paper_out=paper_out,
                closed=closed or {})
    return view(flow, hall, states(**(closed or {})), spare=spare)


def taken(*, paper: str = "printing", reserved: bool = False, **changes: object) -> Taken:
    """Somebody has a number."""
    return Taken(ticket(**changes), reserved, 0.0, 8.0, paper)


LONG = "Giải quyết thủ tục đăng ký, chuyển đổi quyền sử dụng đất và tài sản gắn liền với đất"
"""About the longest official name of a field that was found."""


def with_long_names(view: View) -> View:
    """The same screen in an office with endless names."""
    tiles = tuple(replace(tile, name=LONG, official=LONG, examples=f"{LONG}, {LONG}") for tile in view.tiles)
    return replace(view, tiles=tiles, office=f"{LONG} – {LONG}")


VIEWS: dict[str, View] = {
    "choose": seen(Choosing(0.0)),
    "choose-en": seen(Choosing(0.0), language="en"),
    "choose-page2": seen(Choosing(0.0, page=1)),
    "choose-priority": seen(Choosing(0.0, priority=True)),
    "choose-closed": seen(Choosing(0.0), closed={"dat-dai": "hours", "kinh-te": "limit"}),
    "choose-offline": seen(Choosing(0.0), lost=True),
    "choose-offline-empty": seen(Choosing(0.0), lost=True, spare=False),
    "choose-long": with_long_names(seen(Choosing(0.0))),
    "guide": seen(Choosing(0.0, guide=True)),
    "waiting": seen(Waiting("chinh-sach", "normal", "id-1", 0.0)),
    "taken": seen(taken()),
    "taken-priority": seen(taken(lane="priority", service="dat-dai", number="C1027", paper="done")),
    "taken-offline": seen(taken(reserved=True, number="A903", paper="done", wait=None, ahead=-1), lost=True),
    "paper-out": seen(taken(paper="out"), paper_out=True),
    "paper-out-en": seen(taken(paper="out"), paper_out=True, language="en"),
    "sorry": seen(Sorry("no-number", "chung-thuc", 0.0, 9.0), lost=True, spare=False),
    "sorry-closed": seen(Sorry("limit", "dat-dai", 0.0, 9.0)),
}


def in_a_program(*words: str) -> str:
    """Run this module as a program of its own, for Kivy can open one window in a process; what it printed."""
    return subprocess.run([sys.executable, "-m", "tests.kiosk.pictures", *words], check=True, cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, timeout=120).stdout


def draw(folder: Path, wanted: str = "", panels: Sequence[str] = tuple(PANELS)) -> list[Path]:
    """Draw with Kivy, offscreen; the files that were made."""
    for name in panels:
        in_a_program("--panel", name, str(folder), wanted)
    return sorted(path for name in panels for path in folder.glob(f"kiosk-*-{name}.png"))


def with_screen(panel: Panel, act: Callable[[Screen], None]) -> None:
    """Open an offscreen window, act, and close it."""
    with tempfile.TemporaryDirectory() as home:
        prepare(Path(home), size=(panel.width, panel.height), fullscreen=False, offscreen=True)
        opened: list[Screen] = []

        def ready() -> None:
            act(opened[0])
            opened[0].stop()

        opened.append(Screen(panel, LOOKS, on_touch=lambda _: None, on_ready=ready))
        opened[0].run()


def draw_all(screen: Screen, name: str, folder: Path, wanted: str) -> None:
    """A file for each view, and a line on stdout for each line of text that Kivy draws wider than its place."""
    from kivy.core.text import Label

    for title, shown in VIEWS.items():
        if not title.startswith(wanted):
            continue
        screen._show(shown)
        screen.photograph(folder / f"kiosk-{title}-{name}.png")
        for text in screen._picture.texts:
            for line in text.lines:
                label = Label(text=line, font_size=text.px, font_name=str(FONTS / FILES[text.weight]))
                label.refresh()
                if label.texture.width > text.area.w + 3:
                    sys.stdout.write(f"{title} on {name}: {line!r} is {label.texture.width} wide, its place has "
                                     f"{text.area.w:.0f}\n")


def press_all_keys(screen: Screen) -> None:
    """Everything on a keyboard, and a wish to close the window; prints what was left standing."""
    from kivy.app import App
    from kivy.core.window import Window

    running = App.get_running_app()
    for key in range(1, 400):
        Window.dispatch("on_key_down", key, 0, "", [])
        Window.dispatch("on_keyboard", key, 0, "", [])
        Window.dispatch("on_key_up", key, 0)
    Window.dispatch("on_keyboard", 115, 0, "s", ["alt"])
    closes = Window.dispatch("on_request_close", source="keyboard")
    sys.stdout.write(f"{len(Window.children)} {bool(closes)} {running is App.get_running_app()}\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--panel"]:
        with_screen(PANELS[sys.argv[2]], lambda screen: draw_all(screen, sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
    elif sys.argv[1:] == ["--keys"]:
        with_screen(PANELS["10in"], press_all_keys)
    else:
        draw(ROOT / "docs" / "screens", *sys.argv[1:2], panels=("10in", "10in-1280", "24in"))
