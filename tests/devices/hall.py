"""A whole demo office with all its devices on pretend hardware, moved by fingers, eyes and hands alone."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.office import SHIPPED, Demo, environment, soon
from wire.pretend import NobodyThere, ask

SERVICES = ("chung-thuc", "ho-tich", "dat-dai", "kinh-te", "chinh-sach", "nhan-ket-qua")
KIOSKS = ("kiosk-1", "kiosk-2", "kiosk-3")
"""Of the hall with more kiosks: the first has a screen, the others are buttons and lamps alone."""
LOST_S = 5.0
"""A device that heard no beat for so long takes the hub for lost."""


def settings_of(folder: Path, *, kiosks: int, screens: bool) -> Path:
    """The demo's settings with more kiosks, whose printers write numbers in their own letters: a test can read them."""
    shutil.copytree(SHIPPED, folder)
    programs = folder / "programs"
    kiosk = on_a_serial_line(programs / "kiosk-1.toml")
    on_a_serial_line(programs / "printer-1.toml")
    for n in range(1, kiosks + 1):
        screen = "" if screens and n == 1 else "screen = false\n"
        (programs / f"kiosk-{n}.toml").write_text(screen + kiosk, encoding="utf-8")
    with (folder / "devices.toml").open("a", encoding="utf-8") as devices:
        for n in range(2, kiosks + 1):
            devices.write(f'\n[[device]]\nid = "kiosk-{n}"\nrole = "kiosk"\nprinter = "self"\n')
    return folder


def on_a_serial_line(program: Path) -> str:
    """Put a program's printer on a fast serial line; returns the changed settings."""
    lines = program.read_text("utf-8").replace('"network"', '"serial"')
    lines, times = re.subn(r'"127\.0\.0\.1:\d+"', '"/dev/ttyUSB0"\nbaud = 921600', lines)
    assert times == 1 and '"serial"' in lines, lines
    program.write_text(lines, encoding="utf-8")
    return lines


class Hall(Demo):
    """`motcua demo` with its devices; ``folder`` has to be short, for sockets have short names."""

    def __init__(self, folder: Path, *, kiosks: int = 1, shipped: bool = False, screens: bool = True) -> None:
        super().__init__(folder)
        self.kiosks = KIOSKS[:kiosks]
        self.settings = SHIPPED if shipped else settings_of(folder / "settings", kiosks=kiosks, screens=screens)

    def begin(self, *options: str, **env: str) -> None:
        self.lines = []
        self.launch([sys.executable, "-P", "-m", "firmware_config.launcher", "demo", "--data", str(self.data),
                     "--settings", str(self.settings), "--http", self.http, "--mqtt", self.mqtt, "--broker",
                     "mosquitto", "--no-citizens", "--no-browser", *options], environment(**env))

    def open(self) -> Hall:
        """Start it, and return when every kiosk has its numbers in reserve, the TV a picture, each box its hub."""
        self.start()
        assert soon(lambda: all(self.full(kiosk) for kiosk in self.kiosks), 25), self.said()
        assert soon(lambda: self.showing("tv-1")["clock"] != "", 15), self.said()
        return self

    def full(self, kiosk: str) -> bool:
        """Whether a kiosk hears the hub and has all its numbers in reserve."""
        now = self.showing(kiosk)
        return bool(now.get("hub")) and set(now["reserve"].values()) == {20}

    # -- hands and eyes

    def do(self, name: str, verb: str, **fields: Any) -> dict[str, Any]:
        """A verb of one device's pretend hardware."""
        return ask(self.data / "pretend" / f"{name}.sock", verb, **fields)

    def showing(self, name: str) -> dict[str, Any]:
        """What a kiosk or the TV shows; ``{}`` while its program is down."""
        with contextlib.suppress(NobodyThere):
            found: dict[str, Any] = self.do(name, "showing")["showing"]
            return found
        return {}

    def becomes(self, name: str, within_s: float = 10.0, **wanted: Any) -> dict[str, Any]:
        """What a device shows, as soon as these fields are so."""
        last: dict[str, Any] = {}

        def so() -> bool:
            nonlocal last
            last = self.showing(name)
            return bool(last) and all(last.get(field) == value for field, value in wanted.items())

        assert soon(so, within_s), f"{name} does not show {wanted} but {last}\n{self.said()[-2000:]}"
        return last

    def lamps(self, name: str) -> dict[str, str]:
        """The patterns of a board's lamps."""
        found: dict[str, str] = self.do(name, "lamps")["lamps"]
        return found

    def lamp_becomes(self, name: str, lamp: str, *patterns: str, within_s: float = 5.0) -> None:
        """Wait until a lamp shows one of these patterns."""
        assert soon(lambda: self.lamps(name)[lamp] in patterns, within_s), f"{name}: {self.lamps(name)}"

    def take(self, kiosk: str, service: str, within_s: float = 8.0) -> dict[str, Any]:
        """Somebody presses a service's button and reads the number; they press on until the kiosk takes notice."""
        button = f"service-{SERVICES.index(service) + 1}"
        before = self.showing(kiosk).get("ticket")
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            self.do(kiosk, "press", button=button)
            if soon(lambda: self.showing(kiosk).get("ticket") not in (None, before), 0.8):
                return self.showing(kiosk)
            if self.showing(kiosk).get("stage") == "waiting":
                soon(lambda: self.showing(kiosk).get("stage") != "waiting", 4)
                if self.showing(kiosk).get("ticket") not in (None, before):
                    return self.showing(kiosk)
        raise AssertionError(f"{kiosk} gave no number for {service}: {self.showing(kiosk)}\n{self.said()[-2000:]}")

    def slips(self, printer: str) -> list[dict[str, Any]]:
        """What came out of a printer, oldest first."""
        found: list[dict[str, Any]] = self.do(printer, "slips")["slips"]
        return found

    # -- faults

    def pid(self, program: str) -> int | None:
        """The process id of the ``hub``, the ``broker`` or a device now; ``None`` while it is down."""
        if program == "broker":
            return super().pid(program)
        for child in self.children():
            with contextlib.suppress(psutil.Error):
                if program in child.cmdline():
                    return child.pid
        return None

    def keep_dead(self, program: str, for_s: float, enough: threading.Event | None = None) -> None:
        """SIGKILL to a program now, and to whatever is started in its place, for so long or until it is enough."""
        until = time.monotonic() + for_s
        while time.monotonic() < until and not (enough and enough.is_set()):
            pid = self.pid(program)
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def stop_still(self, program: str) -> Callable[[], None]:
        """Have a program stand still, as behind a dead line; returns what lets it go on."""
        pid = self.pid(program)
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)

        def go_on() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        return go_on


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder with a short name, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mc", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def open_hall(**options: Any) -> Iterator[Hall]:
    """A hall that is open, and closed in good order afterwards."""
    with short_folder() as folder:
        hall = Hall(folder, **options)
        try:
            yield hall.open()
        finally:
            code = hall.end()
        assert code == 0, hall.said()
