"""The glass itself: paints a picture of the wall with Kivy.

Rule 1: Kivy lives on the main thread; from other threads only ``Clock.schedule_once`` crosses.
Rule 2: nothing is decided here: which words stand where, ``counter_display.picture`` says.
Rule 3: a machine that can not show a picture is told so in one line, and the rest goes on.
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from counter_display.glass import Glass, base_line
from counter_display.picture import STAR, Card, Mark, Picture, Words, complaints
from counter_display.showing import Showing

_log = logging.getLogger(__name__)

FONTS = {400: "BeVietnamPro-Regular.ttf", 600: "BeVietnamPro-SemiBold.ttf", 800: "BeVietnamPro-ExtraBold.ttf"}
TEXTURES_KEPT = 400
FRAMES_A_SECOND = 30
LIBRARIES = ("libEGL.so.1", "libGLESv2.so.2")
CURE = "sudo apt-get install libgl1-mesa-dri libegl1 libgles2 libmtdev1"


class NoScreen(Exception):
    """This machine can not show a picture; one line with the cure."""


def missing_library() -> str:
    """The graphics library that this machine lacks, or nothing."""
    for name in LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            return name
    return ""


class Screen:
    """A window, the whole screen, or (where there is no display) a picture in memory.

    ``home`` is a folder for Kivy's own files, ``fonts`` holds Be Vietnam Pro, ``colours`` are one set of the looks,
    ``words`` the catalogue. ``open`` and ``run`` belong to the main thread, all else to any.
    """

    def __init__(self, glass: Glass, *, home: Path, fonts: Path, colours: Mapping[str, str],
                 words: Callable[..., str], slide_ms: float = 180.0, fullscreen: bool = False,
                 hidden: bool = False) -> None:
        self._glass, self._home, self._fonts = glass, home, fonts
        self._colours = {name: tuple(int(c[i:i + 2], 16) / 255 for i in (1, 3, 5)) for name, c in colours.items()}
        self._words, self._slide_s = words, slide_ms / 1000
        self._fullscreen, self._hidden = fullscreen, hidden
        self._textures: dict[tuple[object, ...], tuple[Any, float]] = {}
        self._marks: list[Mark] = []
        self._showing: Showing | None = None
        self._complained: list[str] = []
        self._kivy: Any = None
        self._root: Any = None
        self._slides: list[Any] = []
        self._picture = self._new_picture(glass)

    def open(self) -> None:
        """Open the window; ``NoScreen`` where that can not be."""
        if name := missing_library():
            raise NoScreen(f"{name} is missing; type: {CURE}")
        self._home.mkdir(parents=True, exist_ok=True)
        os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_FILELOG="1", KIVY_NO_CONSOLELOG="1", KIVY_LOG_MODE="PYTHON",
                          KIVY_HOME=str(self._home.absolute()), KIVY_METRICS_DENSITY="1")
        shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
        if self._hidden or not (shown or list(Path("/dev/dri").glob("card*"))):
            os.environ["SDL_VIDEODRIVER"] = "offscreen"
        logging.getLogger("kivy").addFilter(lambda record: record.levelno >= logging.ERROR)  # it sets its level itself
        from counter_display import kivy_names  # imports Kivy, which reads all of the above when it is loaded

        self._kivy = kivy_names.load(self._glass.width, self._glass.height, FRAMES_A_SECOND,
                                     fullscreen=self._fullscreen)
        if self._kivy is None:
            raise NoScreen(f"no window can be opened; is the user in the groups video and render? else type: {CURE}")
        self._root = self._kivy.Widget()
        window = self._kivy.Window
        window.clearcolor = (*self._colours["ground"], 1)
        window.show_cursor = False
        window.add_widget(self._root)
        window.bind(size=lambda _, size: self._resized(*size))
        if tuple(window.size) != (self._glass.width, self._glass.height):
            self._resized(*window.size)

    def run(self, on_start: Callable[[], None]) -> None:
        """Paint until ``stop``; ``on_start`` is called after the first frame."""
        self._kivy.Clock.schedule_once(lambda _: on_start(), 0.05)
        self._kivy.run()

    def stop(self) -> None:
        """End ``run``."""
        self._on_main(self._kivy.stop)

    def show(self, showing: Showing) -> None:
        """Paint this from now on."""
        self._on_main(lambda: self._paint(showing))

    def photograph(self, path: str, timeout_s: float = 10.0) -> list[dict[str, Any]]:
        """Write what is to be seen as a PNG, when nothing moves any more; returns each line of words with its place,
        where its ink is (both x, y, width, height from the top left), and the height of its capitals in millimetres."""
        done, told, wrong = threading.Event(), list[dict[str, Any]](), list[Exception]()

        def take(_: float) -> None:
            if any(slide.x for slide in self._slides):
                self._kivy.Clock.schedule_once(take, self._slide_s / 2)
                return
            try:
                self._root.export_to_png(path)
                told.extend(self._told(mark) for mark in self._marks if isinstance(mark, Words))
            except Exception as failed:  # noqa: BLE001 -- whoever asked for the picture has to hear of it
                wrong.append(failed)
            done.set()

        self._on_main(lambda: self._kivy.Clock.schedule_once(take, 0.1))
        if not done.wait(timeout_s):
            raise TimeoutError(f"no picture within {timeout_s:g} s")
        if wrong:
            raise wrong[0]
        return told

    # -- on the main thread

    def _on_main(self, act: Callable[[], object]) -> None:
        self._kivy.Clock.schedule_once(lambda _: act(), 0)

    def _new_picture(self, glass: Glass) -> Picture:
        return Picture(glass, self._words, self._width_of)

    def _resized(self, width: float, height: float) -> None:
        self._glass = Glass(max(1, int(width)), max(1, int(height)), self._glass.diagonal_in)
        self._picture = self._new_picture(self._glass)
        if self._showing is not None:
            self._paint(self._showing)

    def _paint(self, showing: Showing) -> None:
        before, self._showing = self._showing, showing
        self._marks = self._picture.draw(showing)
        kivy, canvas = self._kivy, self._root.canvas
        self._root.size = (self._glass.width, self._glass.height)
        canvas.clear()
        self._slides = []
        with canvas:
            for mark in self._marks:
                if mark.moving:
                    kivy.PushMatrix()
                    self._slides.append(kivy.Translate(0, 0))
                self._paint_mark(mark)
                if mark.moving:
                    kivy.PopMatrix()
        if showing.called is not None and (before is None or before.called is None
                                           or before.called.call != showing.called.call):
            self._slide()
        too_small = complaints(self._marks, self._glass)
        if too_small != self._complained:
            self._complained = too_small
            for line in too_small:
                _log.warning("%s", line)

    def _paint_mark(self, mark: Mark) -> None:
        kivy, rect = self._kivy, mark.rect
        bottom = self._glass.height - rect.y - rect.h
        if isinstance(mark, Card):
            kivy.Color(*self._colours[mark.fill])
            if mark.radius:
                kivy.RoundedRectangle(pos=(rect.x, bottom), size=(rect.w, rect.h), radius=[mark.radius])
            else:
                kivy.Rectangle(pos=(rect.x, bottom), size=(rect.w, rect.h))
            return
        texture, _ = self._texture(mark.text, mark.weight, mark.size_px, mark.starred)
        x, top = self._corner(mark)
        kivy.Color(*self._colours[mark.colour])
        kivy.Rectangle(pos=(x, self._glass.height - top - texture.size[1]), size=texture.size, texture=texture)

    def _corner(self, mark: Words) -> tuple[int, int]:
        """The top left corner of what is painted for a line of words, from the top of the glass."""
        texture, ascent = self._texture(mark.text, mark.weight, mark.size_px, mark.starred)
        room = mark.rect.w - texture.size[0]
        x = mark.rect.x + (room if mark.align == "right" else room / 2 if mark.align == "center" else 0)
        return round(x), round(base_line(mark.rect, mark.weight, mark.size_px) - ascent)

    def _slide(self) -> None:
        """The called number comes in from the left, where nothing else stands, within ``slide_ms``."""
        from_x = -self._glass.width * 0.05
        for slide in self._slides:
            slide.x = from_x
            self._kivy.Animation(x=0, d=self._slide_s, t="out_quad").start(slide)

    def _texture(self, text: str, weight: int, size_px: float, starred: bool = False) -> tuple[Any, float]:
        """The painted words, and how far below their upper edge the letters stand."""
        key = (text, weight, size_px, starred)
        if key not in self._textures:
            if len(self._textures) > TEXTURES_KEPT:
                self._textures.clear()
            label = self._label(text, weight, size_px, starred)
            label.refresh()
            self._textures[key] = (label.texture, float(self._label(text, weight, size_px, False).get_ascent()))
        return self._textures[key]

    def _label(self, text: str, weight: int, size_px: float, starred: bool) -> Any:
        font = str(self._fonts / FONTS[weight])
        if not starred:
            return self._kivy.Text(text=text, font_size=size_px, font_name=font)
        # Be Vietnam Pro has no star; the one of DejaVu Sans comes with Kivy.
        rest = text.removeprefix(STAR)
        marked = f"[font={self._kivy.star_font}]{STAR}[/font]{self._kivy.escape(rest)}"
        return self._kivy.MarkedText(text=marked, font_size=size_px, font_name=font)

    def _width_of(self, text: str, weight: int, size_px: float) -> float:
        if text.startswith(STAR):
            return float(self._texture(text, weight, size_px, True)[0].size[0])
        return float(self._label(text, weight, size_px, False).get_extents(text)[0])

    def _told(self, mark: Words) -> dict[str, Any]:
        texture, _ = self._texture(mark.text, mark.weight, mark.size_px, mark.starred)
        (wide, high), pixels = texture.size, texture.pixels
        inked = [y for y in range(high) if pixels[y * wide * 4 + 3:(y + 1) * wide * 4:4].strip(b"\0")]
        x, top = self._corner(mark)
        rect = mark.rect
        return {"key": mark.key, "text": mark.text, "rect": [rect.x, rect.y, rect.w, rect.h],
                "ink": [x, top + min(inked, default=0), wide, len(inked) and max(inked) - min(inked) + 1],
                "cap_mm": round(self._glass.cap_mm(mark.size_px), 1)}
