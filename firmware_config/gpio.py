"""Buttons and lamps on a Raspberry Pi's pins, or on pretend ones.

1. A press counts when the switch has stayed closed for `debounce_s` by the clock that was handed in. gpiozero's own
   bounce time is not used: its pretend pins ignore it, so it could not be tested.
2. Lamps blink in step, and none faster than 3 Hz: faster flashing can harm people.
3. One thread owns the panel. Pins and rooms put work into its queue, and it alone touches lamps and calls back.
"""

import contextlib
import getpass
import logging
import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firmware_config.guesses import guess
from firmware_config.presses import PATTERNS, PERIOD_S, Debounce, Finger, lit
from firmware_config.wiring import Board, NoBoard, PanelError, board

__all__ = ["Board", "Debounce", "Finger", "NoBoard", "NoPins", "Panel", "PanelError", "board", "lit"]

_log = logging.getLogger(__name__)

ASK_PINS_EVERY_S = 1.0
"""The kernel may drop an edge out of a burst, so now and then the pins themselves are asked."""


class NoPins(PanelError, OSError):
    """This machine's pins can not be used; the message is one line with the cure."""


class Panel:
    """The buttons and lamps of one board.

    `on_press` and `on_hold` are called with a button's name on the panel's own thread; a room posts them to its own
    (`Device.post`). `hold_s` is how long the buttons that the board names in `holds` have to be held. `now` is a
    monotonic clock in seconds. With `pretend` the pins are gpiozero's pretend ones, moved by `verbs`.
    """

    def __init__(self, board: Board, *, on_press: Callable[[str], None],
                 on_hold: Callable[[str], None] | None = None, hold_s: float = 2.0, now: Callable[[], float],
                 debounce_s: float = 0.03, pretend: bool = False) -> None:
        self._board, self._on_press, self._on_hold = board, on_press, on_hold
        self._hold_s, self._now, self._debounce_s, self._pretend = hold_s, now, debounce_s, pretend
        self._patterns = dict.fromkeys(board.lamps, "off")
        self._shown: dict[str, bool] = {}
        self._fingers: dict[str, Finger] = {}
        self._switches: dict[str, Any] = {}
        self._lamps: dict[str, Any] = {}
        self._factory: Any = None
        self._lg_folder = ""
        self._pulled: set[str] = set()
        self._inbox: queue.SimpleQueue[tuple[str, bool, float] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._asked_at = 0.0
        self._running = False

    def start(self) -> None:
        """Take the pins and begin to listen. Raises NoPins."""
        from gpiozero import DigitalInputDevice, DigitalOutputDevice  # imported late: a screen needs no pins

        self._factory = self._pretend_pins() if self._pretend else self._real_pins()
        try:
            for name, pin in self._board.lamps.items():
                self._lamps[name] = DigitalOutputDevice(pin, pin_factory=self._factory)
            for name, pin in self._board.buttons.items():
                switch = DigitalInputDevice(pin, pull_up=True, pin_factory=self._factory)
                hold_s = self._hold_s if self._on_hold is not None and name in self._board.holds else None
                self._fingers[name] = Finger(self._debounce_s, hold_s, closed=bool(switch.value))
                self._switches[name] = switch
                switch.when_activated = lambda name=name: self._edge(name, True)
                switch.when_deactivated = lambda name=name: self._edge(name, False)
        except Exception as wrong:
            self._let_go()
            raise NoPins(f"the pins can not be taken ({wrong}); end the program that uses them") from wrong
        self._asked_at = self._now()
        self._running = True
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Put the lamps out and give the pins back; harmless when it does not run."""
        self._running = False
        self._inbox.put(None)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2)
        self._thread = None
        self._let_go()

    def lamp(self, name: str, pattern: str) -> None:
        """Show a pattern from now on: off, on, slow (1 Hz) or fast. A lamp that this board lacks is passed over."""
        if pattern not in PATTERNS:
            raise ValueError(f"a lamp can not be {pattern!r}{guess(pattern, PATTERNS)}")
        if name in self._patterns:
            self._patterns[name] = pattern
            self._inbox.put(None)

    def lamps(self) -> dict[str, str]:
        """The pattern of every lamp of the board."""
        return dict(self._patterns)

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any] | None]]:
        """What pretend hardware can do (wire.pretend): press, hold, lamps, unplug, plug."""
        return {"press": self._press, "hold": self._hold, "lamps": self._say_lamps, "unplug": self._unplug,
                "plug": self._plug}

    # -- the panel's own thread

    def turn(self, timeout_s: float = ASK_PINS_EVERY_S) -> None:
        """Wait until something is to be done, at most `timeout_s`, and do it."""
        at = self._now()
        wait_s = min(max(0.0, due - at) for due in (*self._due(at), at + timeout_s))
        with contextlib.suppress(queue.Empty):
            self._heard(self._inbox.get(timeout=wait_s))
            while True:
                self._heard(self._inbox.get_nowait())
        at = self._now()
        for name, finger in self._fingers.items():
            self._tell(name, finger.turn(at))
        if at - self._asked_at >= ASK_PINS_EVERY_S:
            self._asked_at = at
            for name, switch in self._switches.items():
                self._tell(name, self._fingers[name].see(bool(switch.value), at))
        for name, pattern in self._patterns.items():
            if self._shown.get(name) != (light := lit(pattern, at)):
                self._shown[name] = light
                self._lamps[name].value = light

    def _due(self, at: float) -> list[float]:
        due = [when for finger in self._fingers.values() if (when := finger.due_at()) is not None]
        halves = {PERIOD_S[pattern] / 2 for pattern in self._patterns.values() if pattern in PERIOD_S}
        return due + [(at // half + 1) * half for half in halves]

    def _heard(self, edge: tuple[str, bool, float] | None) -> None:
        if edge is not None:
            name, closed, at = edge
            self._tell(name, self._fingers[name].see(closed, at))

    def _tell(self, name: str, done: list[str]) -> None:
        for what in done:
            try:
                if what == "press":
                    self._on_press(name)
                elif self._on_hold is not None:
                    self._on_hold(name)
            except Exception:  # noqa: BLE001 -- the other buttons must go on working
                _log.exception("the %s of %s could not be passed on", what, name)

    def _run(self) -> None:
        while self._running:
            self.turn()

    def _edge(self, name: str, closed: bool) -> None:
        self._inbox.put((name, closed, self._now()))

    # -- the pins

    def _pretend_pins(self) -> Any:
        from gpiozero.pins.mock import MockFactory

        return MockFactory()

    def _real_pins(self) -> Any:
        chips = sorted(Path("/dev").glob("gpiochip*"))
        if not chips:
            raise NoPins("this machine has no GPIO pins (no /dev/gpiochip0); run this on a Raspberry Pi, or try it "
                         "with --pretend DIR")
        # lgpio leaves a pipe in the current folder, which a service may not write, and two programs would share it.
        self._lg_folder = tempfile.mkdtemp(prefix="motcua-pins-")
        os.environ["LG_WD"] = self._lg_folder
        try:
            from gpiozero.pins.lgpio import LGPIOFactory

            return LGPIOFactory()
        except ImportError:
            self._let_go()
            raise NoPins("the package lgpio is missing; type `pip install lgpio`, or from Python 3.13 on `sudo apt "
                         "install python3-lgpio` and make .venv with --system-site-packages") from None
        except Exception as wrong:  # lgpio.error is no class of its own before the import
            self._let_go()
            cure = "end the program that uses it" if os.access(chips[0], os.R_OK | os.W_OK) else \
                f"type `sudo usermod -aG gpio {getpass.getuser()}` and sign in again"
            raise NoPins(f"{chips[0]} can not be opened ({wrong}); {cure}") from wrong

    def _let_go(self) -> None:
        for device in (*self._switches.values(), *self._lamps.values()):
            device.close()
        self._switches, self._lamps, self._shown = {}, {}, {}
        if self._factory is not None:
            self._factory.close()
            self._factory = None
        if self._lg_folder:
            shutil.rmtree(self._lg_folder, ignore_errors=True)
            self._lg_folder = ""

    # -- what pretend hardware can do

    def _pin(self, button: str) -> Any:
        if not self._pretend or button not in self._switches:
            raise PanelError(f"there is no pretend button {button!r}{guess(button, self._switches)}")
        return self._switches[button].pin

    def _press(self, button: str, ms: float = 80, bounces: int = 0) -> dict[str, Any]:
        """Close the contacts for `ms` milliseconds, with as many bounces of 1 ms before they close and open."""
        pin = self._pin(button)
        if button in self._pulled:
            return {"unplugged": True}
        pause = threading.Event()  # never set: a wait that needs no clock
        settled_ms = self._debounce_s * 1000 + 5  # the next press must not melt into this one
        for close, last_ms in ((pin.drive_low, ms), (pin.drive_high, settled_ms)):
            back = pin.drive_high if close == pin.drive_low else pin.drive_low
            for _ in range(bounces):
                close()
                pause.wait(0.001)
                back()
                pause.wait(0.001)
            close()
            pause.wait(last_ms / 1000)
        return {}

    def _hold(self, button: str, ms: float = 2500) -> dict[str, Any]:
        return self._press(button, ms)

    def _say_lamps(self) -> dict[str, Any]:
        return {"lamps": self.lamps(), "lit": {name: bool(lamp.value) for name, lamp in self._lamps.items()}}

    def _unplug(self, button: str = "") -> None:
        """Pull the plug of one button, or of all: the pin goes back to high and stays there."""
        for name in [button] if button else list(self._switches):
            self._pin(name).drive_high()
            self._pulled.add(name)

    def _plug(self, button: str = "") -> None:
        self._pulled -= {button} if button else set(self._switches)
