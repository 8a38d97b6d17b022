"""The kiosk or the TV as they are, with a stopwatch at the glass: `python -m bench.watched kiosk|tv …`.

Rule 1: the program is the product's, by its own `main`. What its screen draws is looked at, not changed: after the
frame that shows something else, and the graphics being done with it, one line on stdout says what and when.
Rule 2: of the kiosk's pretend hardware only pins and glass are used. Its printer is the one in its settings, at the end
of the cable that a real one has, where somebody else can note the bytes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def watch(drawn: Callable[[], str]) -> None:
    """Say `{"drawn": {"what", "handed_s", "at_s"}}` after each frame for which `drawn` says something new: when the
    program had handed it over, and when the graphics had all its pixels. Both are `time.monotonic()`, which all
    processes of a machine share. After Kivy's window is there, on its thread."""
    from kivy.core.window import Window  # type: ignore[import-untyped]  # Kivy has no types
    from kivy.graphics.opengl import glFinish  # type: ignore[import-untyped]  # Kivy has no types

    said = ""

    def flip(window: Any) -> bool:
        nonlocal said
        window.flip()
        if (what := drawn()) and what != said:
            said, handed_s = what, time.monotonic()
            glFinish()
            told = {"what": what, "handed_s": handed_s, "at_s": time.monotonic()}
            print(json.dumps({"drawn": told}), flush=True)
        return True                        # the window has been flipped

    Window.bind(on_flip=flip)


def kiosk(argv: list[str]) -> int:
    """A kiosk; its frame is `choices` once there is something to touch."""
    from kiosk import __main__ as program
    from kiosk.screen import Screen
    from ticket_printer import door

    build = door.build

    def at_the_plug(*given: Any, **named: Any) -> door.Press:
        return build(*given, **{**named, "pretend": None})

    class Watched(Screen):
        def run(self) -> None:
            watch(lambda: "choices" if self.touches() else "")
            super().run()

    vars(door)["build"] = at_the_plug
    vars(program)["Screen"] = Watched
    return program.main(argv)


def tv(argv: list[str]) -> int:
    """A TV; its frame is the number that is called."""
    from counter_display import __main__ as program
    from counter_display.screen import Screen

    class Watched(Screen):
        def open(self) -> None:
            super().open()
            watch(self._number)

        def _number(self) -> str:
            called = self._showing.called if self._showing is not None else None
            return called.number if called is not None else ""

    vars(program)["Screen"] = Watched
    return program.main(["tv", *argv])


if __name__ == "__main__":
    sys.exit({"kiosk": kiosk, "tv": tv}[sys.argv[1]](sys.argv[2:]))
