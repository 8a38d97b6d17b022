"""One kiosk with all its parts, and what moves it from outside: fingers, pins, and the sockets of pretend hardware."""

from __future__ import annotations

import argparse
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_config.gpio import Panel
from firmware_config.programs import Kiosk as Program
from firmware_config.settings import Settings
from kiosk.cutting import CuttableLink
from kiosk.draw import Touch
from kiosk.room import Kiosk
from kiosk.screen import NoScreen, Screen
from ticket_printer import door
from wire.device import Device
from wire.messages import Ticket
from wire.pretend import Pretend

log = logging.getLogger("kiosk")


class OwnPrinter:
    """The printer in this process, through its room's front door."""

    def __init__(self, press: door.Press, on_failed: Callable[[str, Ticket, str], None]) -> None:
        self._press, self._on_failed = press, on_failed

    def put(self, job: str, ticket: Ticket, *, copy: bool, valid_until: float) -> None:
        """Hand a slip over; a press that can not even keep it fails it at once."""
        try:
            self._press.put(door.Job(job, ticket, copy, valid_until))
        except OSError as wrong:
            log.error("%s", wrong)
            self._on_failed(job, ticket, "disk")


@dataclass(slots=True)
class Machine:
    """All parts of one kiosk, put together."""

    options: argparse.Namespace
    settings: Settings
    program: Program
    device: Device
    link: CuttableLink
    kiosk: Kiosk
    press: door.Press | None = None
    panel: Panel | None = None
    screen: Screen | None = None

    def post(self, act: Callable[[], None]) -> None:
        """Have something done on the device's thread."""
        self.device.post(act)

    def touched(self, touch: Touch) -> None:
        """A place of the glass was touched (any thread)."""
        flow, kiosk = self.kiosk.flow, self.kiosk
        acts: Mapping[str, Callable[[], None]] = {
            "choose": lambda: kiosk.choose(touch.what),
            "speak": lambda: kiosk.act(flow.speak), "priority": lambda: kiosk.act(flow.ask_priority),
            "guide": lambda: kiosk.act(flow.ask_guide), "back": lambda: kiosk.act(flow.back),
            "page": lambda: kiosk.act(lambda now: flow.turn_page(int(touch.what or 0), now)),
        }
        self.post(acts[touch.act])


def verbs_of(machine: Machine) -> dict[str, Callable[..., Any]]:
    """What pretend hardware can do here: fingers, eyes, a camera, and a hand at the plug."""
    def on_glass() -> Screen:
        if machine.screen is None:
            raise NoScreen("this kiosk runs without a screen; press its buttons instead")
        return machine.screen

    def touch(service: str = "", act: str = "", what: str = "") -> None:
        screen = on_glass()
        screen.call(lambda: screen.touch("choose" if service else act, service or what))

    def photograph(path: str) -> None:
        screen = on_glass()
        screen.call(lambda: screen.photograph(Path(path)))

    def showing() -> dict[str, Any]:
        done, told = threading.Event(), {}

        def tell() -> None:
            try:
                told["showing"] = machine.kiosk.showing()
            finally:
                done.set()

        machine.post(tell)
        if not done.wait(5):
            raise TimeoutError("the kiosk's own loop did not answer for 5 s")
        if machine.screen is not None:
            told["showing"]["touches"] = machine.screen.touches()
        return told

    return {
        "touch": touch, "photograph": photograph, "showing": showing,
        "cut_line": lambda on=True: machine.link.cut(bool(on)),
        **(machine.panel.verbs() if machine.panel else {}),
    }


def listen(machine: Machine) -> list[Pretend]:
    """Open the sockets of the pretend hardware: the kiosk's, and its printer's beside it."""
    options = machine.options
    if options.pretend is None:
        return []
    sockets = [Pretend(options.pretend / f"{options.device}.sock", verbs_of(machine))]
    if machine.press is not None:
        sockets.append(Pretend(options.pretend / f"{options.device}-printer.sock", machine.press.verbs))
    for one in sockets:
        one.start()
    return sockets
