"""The devices that are measured as programs: a kiosk with a printer at its cable, and a TV."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import NotMeasured
from bench.office import Office, Program
from bench.printer import Printer
from counter_display.screen import CURE, missing_library
from wire.pretend import ask

KIOSK, TV = "kiosk-1", "tv-1"
GUARD_S = 2.1
"""A kiosk takes a press within 2 s after a number for the same impatient finger (`kiosk.flow.GUARD_S`)."""
_PATIENCE_S = 20.0


def check_glass() -> None:
    """`NotMeasured` where this machine can draw nothing."""
    if name := missing_library():
        raise NotMeasured(f"{name} is missing; type: {CURE}")


class Kiosk:
    """kiosk-1 of the demo, at work; its slips go to `printer`."""

    def __init__(self, office: Office, printer: Printer) -> None:
        toml = office.settings / "programs" / f"{KIOSK}.toml"
        here = f'address = "{printer.address}"'
        toml.write_text(re.sub(r"(?m)^address = .*$", here, toml.read_text("utf-8")), "utf-8")
        self._office, self._printer = office, printer
        self._socket = office.folder / "p" / f"{KIOSK}.sock"
        self.program = _start(office, "kiosk", KIOSK)

    @property
    def pid(self) -> int:
        """Its process."""
        return self.program.process.pid

    def first_frame_s(self) -> float:
        """Wait for the first frame with something to touch; the seconds since the process began."""
        return float(self.program.hear("drawn")[1]["at_s"]) - self.program.began_s

    def settle(self) -> None:
        """Once it runs: wait until it has heard the hub, has numbers of every service in reserve, and is at rest."""
        self._until(lambda now: bool(now["hub"]) and not now["unanswered"] and all(now["reserve"].values()))
        self.rest()

    def rest(self) -> None:
        """Wait until it shows what there is to choose from again."""
        self._until(lambda now: now["stage"] == "choosing")

    def _until(self, true: Callable[[dict[str, Any]], bool]) -> None:
        until = time.monotonic() + _PATIENCE_S
        while not true(now := ask(self._socket, "showing")["showing"]):
            self.program.check(until, f"did not come to rest: {now}")
            time.sleep(0.05)

    def press(self, n: int) -> float:
        """Push a service button; the seconds from before the request to the pretend pin to the slip's first byte."""
        pushed_s = time.monotonic()
        ask(self._socket, "press", button=f"service-{n % 6 + 1}")
        return self._printer.next_slip(_PATIENCE_S) - pushed_s

    def stop(self) -> None:
        """End it."""
        self._office.stop(self.program)


@contextmanager
def kiosk(office: Office) -> Iterator[Kiosk]:
    """A kiosk that has settled, with a printer of its own."""
    with Printer() as printer:
        one = Kiosk(office, printer)
        one.program.hear("ready")
        one.settle()
        yield one
        one.stop()


def start_tv(office: Office) -> Program:
    """The TV, once it runs."""
    program = _start(office, "tv", TV)
    program.hear("ready")
    return program


def _start(office: Office, kind: str, device: str) -> Program:
    data: Path = office.folder / device
    return office.start(device, [
        sys.executable, "-P", "-m", "bench.watched", kind, "--device", device, "--settings", str(office.settings),
        "--data", str(data), "--mqtt", str(office.mqtt), "--pretend", str(office.folder / "p")])
