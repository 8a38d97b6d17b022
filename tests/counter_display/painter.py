"""Paints scenes with the real screen in a process of its own: ``painter.py SIZE DIAGONAL THEME FONTS FOLDER SCENE…``.

Writes FOLDER/<scene>.png, and on stdout one JSON object: what `photograph` tells of each scene.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from counter_display.glass import Glass
from counter_display.screen import Screen
from counter_display.words import Words
from firmware_config import looks
from tests.counter_display.scenes import SCENES


def main(size: str, diagonal: str, theme: str, fonts: str, folder: str, *scenes: str) -> None:
    width, _, height = size.partition("x")
    screen = Screen(Glass(int(width), int(height), float(diagonal)), home=Path(folder) / "kivy", fonts=Path(fonts),
                    colours=looks.load().sets[theme], words=Words("vi"), hidden=True)
    told: dict[str, object] = {}

    def work() -> None:
        try:
            for scene in scenes:
                screen.show(SCENES[scene])
                told[scene] = screen.photograph(f"{folder}/{scene}.png")
        finally:
            screen.stop()

    screen.open()
    screen.run(on_start=threading.Thread(target=work).start)
    sys.stdout.write(json.dumps(told))


main(*sys.argv[1:])
