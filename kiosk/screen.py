"""The glass: draws pictures with Kivy, and hears fingers. The only file of the room that knows Kivy.

Rule 1: Kivy lives on the main thread; another thread hands a view over with ``show``, and nothing else.
Rule 2: there is no way out of it by touch or keyboard: no key does anything, and nothing but a place to touch does.
Rule 3: without OpenGL there is no screen and the rest of the kiosk goes on.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware_config.looks import Looks
from kiosk.draw import Box, Panel, Picture, Sizes, Text, Touch
from kiosk.face import FILES, FONTS
from kiosk.pages import picture
from kiosk.views import View

_log = logging.getLogger(__name__)


class NoScreen(Exception):
    """This machine can show nothing; the text is one line with the cure."""


def prepare(home: Path, *, size: tuple[int, int], fullscreen: bool, offscreen: bool) -> None:
    """Set Kivy up, before anything imports it. ``NoScreen`` where there is no window to be had."""
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update({"KIVY_NO_ARGS": "1", "KIVY_HOME": str(home), "KIVY_NO_FILELOG": "1",
                       "KIVY_LOG_MODE": "PYTHON", "KIVY_NO_CONSOLELOG": "1", "KIVY_NO_ENV_CONFIG": "1",
                       "KIVY_METRICS_DENSITY": "1"})
    displays = ("DISPLAY", "WAYLAND_DISPLAY")
    if offscreen or not (any(os.environ.get(one) for one in displays) or Path("/dev/dri").is_dir()):
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    elif not any(os.environ.get(one) for one in displays):
        os.environ.setdefault("SDL_VIDEODRIVER", "kmsdrm")
    quiet = _Quiet()
    for handler in logging.getLogger().handlers:
        handler.addFilter(quiet)           # Kivy chooses its own level when it is loaded
    from kivy.config import Config  # imported late: a kiosk of buttons needs no Kivy

    width, height = size
    for section, key, value in (
            ("kivy", "exit_on_escape", "0"), ("kivy", "keyboard_mode", ""), ("kivy", "log_level", "error"),
            ("kivy", "desktop", "0"), ("graphics", "width", width), ("graphics", "height", height),
            ("graphics", "resizable", "0"), ("graphics", "borderless", int(fullscreen)),
            ("graphics", "fullscreen", "auto" if fullscreen else "0"), ("graphics", "maxfps", "30"),
            ("graphics", "multisamples", "0"), ("graphics", "show_cursor", int(not fullscreen)),
            ("input", "mouse", "mouse,disable_multitouch")):
        Config.set(section, key, str(value))
    for name in Config.options("modules"):
        Config.remove_option("modules", name)          # no inspector, no console, no screenshots by key
    try:
        from kivy.core.window import Window
    except Exception as wrong:
        raise NoScreen(f"no screen: Kivy can not start ({wrong}); {_CURE}") from wrong
    if Window is None:
        raise NoScreen(f"no screen: OpenGL is not to be had; {_CURE}")
    quiet.least = logging.ERROR


class _Quiet(logging.Filter):
    """Nothing of Kivy while it looks for a window, which fails in pages of text; then only what went wrong."""

    least = logging.CRITICAL + 1

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.name.startswith("kivy") or record.levelno >= self.least


_CURE = "type: sudo apt-get install libgl1-mesa-dri libegl1 libgles2 libmtdev1"


class Screen:
    """One window. ``on_touch`` hears what was touched (main thread); ``looks`` has the colours."""

    def __init__(self, panel: Panel, looks: Looks, *, on_touch: Callable[[Touch], None],
                 on_ready: Callable[[], None]) -> None:
        self._panel, self._colours = panel, looks.sets["light"]
        self._sizes = Sizes.of(panel, x_height_mm=looks.size["x_height_mm"], touch_mm=looks.size["touch_mm"])
        self._on_touch, self._on_ready = on_touch, on_ready
        self._picture = Picture()
        self._pressed: Touch | None = None
        self._app: Any = None
        self._canvas: Any = None
        self._stopping = False

    # -- any thread

    def show(self, view: View) -> None:
        """Draw this from the next frame on."""
        from kivy.clock import Clock

        Clock.schedule_once(lambda _: self._show(view), -1)

    def stop(self) -> None:
        """End ``run``."""
        from kivy.clock import Clock

        self._stopping = True
        Clock.schedule_once(lambda _: self._app and self._app.stop(), -1)

    def call(self, what: Callable[[], Any], timeout_s: float = 5.0) -> Any:
        """Have something done by the main thread and wait for what it returns; what it raises is raised."""
        from kivy.clock import Clock

        done = threading.Event()
        came: list[Any] = []

        def act(_: float) -> None:
            try:
                came.append((what(), None))
            except Exception as wrong:  # noqa: BLE001 -- raised again where it was asked for
                came.append((None, wrong))
            done.set()

        Clock.schedule_once(act, -1)
        if not done.wait(timeout_s):
            raise TimeoutError(f"the screen did not answer for {timeout_s} s")
        value, wrong = came[0]
        if wrong is not None:
            raise wrong
        return value

    # -- the main thread

    def run(self) -> None:
        """Show until ``stop``."""
        from kivy.app import App
        from kivy.core.window import Window
        from kivy.uix.widget import Widget

        screen = self

        class Glass(Widget):
            def on_touch_down(self, touch: Any) -> bool:
                screen._touched(touch.x, screen._panel.height - touch.y)
                return True

            def on_touch_move(self, touch: Any) -> bool:
                return True

            def on_touch_up(self, touch: Any) -> bool:
                return True

        class Kiosk(App):
            title = "motcua"

            def build(self) -> Widget:
                screen._canvas = Glass(size=(screen._panel.width, screen._panel.height), size_hint=(None, None))
                return screen._canvas

            def on_start(self) -> None:
                screen._draw()
                screen._on_ready()

            def open_settings(self, *_: Any) -> bool:
                return False

        Window.bind(on_keyboard=lambda *_, **__: True, on_key_down=lambda *_, **__: True,
                    on_request_close=lambda *_, **__: not screen._stopping)
        self._app = Kiosk()
        if self._stopping:
            return
        self._app.run()

    def _show(self, view: View) -> None:
        self._picture = picture(view, self._panel, self._sizes)
        self._draw()

    def _touched(self, x: float, y: float) -> None:
        touch = self._picture.at(x, y)
        if touch is not None:
            self._on_touch(touch)

    def touch(self, act: str, what: str = "") -> None:
        """Put a finger on a place of the picture, through the window, as a real touch panel would; main thread."""
        found = next((t for t in self._picture.touches if t.act == act and (not what or t.what == what)), None)
        if found is None:
            there = ", ".join(f"{t.act} {t.what}".strip() for t in self._picture.touches)
            raise ValueError(f"there is nothing to touch for {act} {what}; there is: {there or 'nothing'}")
        from kivy.base import EventLoop
        from kivy.input.motionevent import MotionEvent

        panel, area = self._panel, found.area

        class Finger(MotionEvent):
            def depack(self, args: Any) -> None:
                self.is_touch = True
                self.sx, self.sy = args
                self.profile = ["pos"]
                super().depack(args)

        finger = Finger("pretend", "finger", ((area.x + area.w / 2) / panel.width,
                                              1 - (area.y + area.h / 2) / panel.height),
                        is_touch=True, type_id="touch")
        EventLoop.post_dispatch_input("begin", finger)
        EventLoop.post_dispatch_input("end", finger)

    def photograph(self, path: Path) -> None:
        """What the glass shows, as a PNG file; main thread."""
        self._canvas.export_to_png(str(path), scale=1)

    def touches(self) -> list[dict[str, str]]:
        """What there is to touch now."""
        return [{"act": t.act, "what": t.what} for t in self._picture.touches]

    # -- drawing

    def _draw(self) -> None:
        if self._canvas is None:
            return
        from kivy.graphics import Color, Rectangle

        canvas = self._canvas.canvas
        canvas.clear()
        with canvas:
            Color(*self._colour(self._picture.ground))
            Rectangle(pos=(0, 0), size=(self._panel.width, self._panel.height))
            for box in self._picture.boxes:
                self._draw_box(box)
            for text in self._picture.texts:
                self._draw_text(text)

    def _draw_box(self, box: Box) -> None:
        from kivy.graphics import Color, RoundedRectangle

        def filled(x: float, y: float, w: float, h: float, radius: float, colour: str) -> None:
            Color(*self._colour(colour))
            RoundedRectangle(pos=(x, self._panel.height - y - h), size=(w, h), radius=[max(0.1, radius)] * 4)

        area, edge = box.area, box.edge_px if box.edge else 0.0
        if edge:
            filled(area.x, area.y, area.w, area.h, box.radius, box.edge)
        filled(area.x + edge, area.y + edge, area.w - 2 * edge, area.h - 2 * edge, box.radius - edge, box.fill)

    def _draw_text(self, text: Text) -> None:
        from kivy.core.text import Label
        from kivy.graphics import Color, Rectangle

        for i, line in enumerate(text.lines):
            label = Label(text=line, font_size=text.px, font_name=str(FONTS / FILES[text.weight]))
            label.refresh()
            drawn = label.texture
            shift = {"left": 0.0, "center": 0.5, "right": 1.0}[text.align]
            x = text.area.x + (text.area.w - drawn.width) * shift
            # Letters stand above the middle of what the engine draws, which has room for tails below.
            middle = text.area.y + (i + 0.5) * text.line_px - 0.07 * text.px
            Color(*self._colour(text.colour))
            Rectangle(texture=drawn, size=drawn.size,
                      pos=(round(x), round(self._panel.height - middle - drawn.height / 2)))

    def _colour(self, name: str) -> tuple[float, float, float, float]:
        value = self._colours[name]
        red, green, blue = (int(value[i:i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue, 1.0
