"""The names of Kivy that the screen uses, behind one door; importing this loads Kivy, so it is imported late."""

from __future__ import annotations

import os
from types import SimpleNamespace

import kivy
from kivy.animation import Animation
from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.config import Config
from kivy.core.text import Label as Text
from kivy.core.text.markup import MarkupLabel
from kivy.graphics import Color, PopMatrix, PushMatrix, Rectangle, RoundedRectangle, Translate
from kivy.uix.widget import Widget
from kivy.utils import escape_markup


def load(width: int, height: int, frames_a_second: int, *, fullscreen: bool) -> SimpleNamespace | None:
    """Open the window, and hand over what is needed to paint in it; ``None`` where no window can be opened."""
    for section, key, value in (
            ("graphics", "width", width), ("graphics", "height", height),
            ("graphics", "fullscreen", "auto" if fullscreen else 0), ("graphics", "borderless", int(fullscreen)),
            ("graphics", "resizable", int(not fullscreen)), ("graphics", "maxfps", frames_a_second),
            ("graphics", "multisamples", 0), ("kivy", "exit_on_escape", 0), ("kivy", "log_level", "warning")):
        Config.set(section, key, str(value))
    for device, _ in Config.items("input"):
        Config.remove_option("input", device)          # a wall is not touched
    from kivy.core.window import Window  # opens it: after all that was set above

    if Window is None:
        return None

    def run() -> None:
        EventLoop.ensure_window()
        runTouchApp()

    return SimpleNamespace(
        Window=Window, Clock=Clock, Widget=Widget, Animation=Animation, Text=Text, MarkedText=MarkupLabel,
        escape=escape_markup, Color=Color, Rectangle=Rectangle, RoundedRectangle=RoundedRectangle,
        PushMatrix=PushMatrix, PopMatrix=PopMatrix, Translate=Translate, run=run, stop=stopTouchApp,
        star_font=os.path.join(kivy.kivy_data_dir, "fonts", "DejaVuSans.ttf"))
