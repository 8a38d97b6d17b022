"""The kiosk as a program of its own, moved by the sockets of its pretend hardware."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from tests.e2e.office import SHIPPED, Running, environment, soon
from wire.pretend import NobodyThere, ask

BUTTONS = """
[buttons]
service-1 = "chung-thuc"
service-2 = "ho-tich"
service-3 = "dat-dai"
service-4 = "kinh-te"
service-5 = "chinh-sach"
service-6 = "nhan-ket-qua"
"""
PRINTER = """
[printer]
model = "generic-80"
transport = "network"
address = "127.0.0.1:9100"
"""


def settings(folder: Path, *, program: str) -> Path:
    """The demo's settings with another kiosk-1."""
    shutil.copytree(SHIPPED, folder)
    (folder / "programs" / "kiosk-1.toml").write_text(program, encoding="utf-8")
    if "[printer]" not in program:
        devices = folder / "devices.toml"
        devices.write_text(devices.read_text("utf-8").replace('printer = "self"', 'printer = "printer-1"'), "utf-8")
    return folder


class KioskProgram(Running):
    """`motcua kiosk`, with pretend hardware. ``mqtt``: where the broker is, or will be."""

    def __init__(self, folder: Path, mqtt: str, *, program: str = "", device: str = "kiosk-1") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self.mqtt, self.name = mqtt, device
        self.pretend = folder / "p"
        self.settings = settings(folder / "settings", program=program) if program else SHIPPED

    def start(self, **env: str) -> KioskProgram:
        """Start it, and return when it says that it is ready."""
        self.lines = []
        self.launch([sys.executable, "-P", "-m", "kiosk", "--device", self.name, "--settings", str(self.settings),
                     "--data", str(self.data), "--mqtt", self.mqtt, "--pretend", str(self.pretend)], environment(**env))
        assert self.await_ready()["device"] == self.name
        return self

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def do(self, verb: str, **fields: Any) -> dict[str, Any]:
        """A verb of the kiosk's pretend hardware."""
        return ask(self.pretend / f"{self.name}.sock", verb, **fields)

    def photograph(self, path: Path) -> None:
        """A picture of its glass (by hand: a field called ``path`` is none that ``ask`` could take)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(str(self.pretend / f"{self.name}.sock"))
            with line.makefile("rwb") as lines:
                lines.write(json.dumps({"verb": "photograph", "path": str(path)}).encode() + b"\n")
                lines.flush()
                answer = json.loads(lines.readline())
        assert answer["ok"], answer

    def printer(self, verb: str, **fields: Any) -> dict[str, Any]:
        """A verb of its printer."""
        return ask(self.pretend / f"{self.name}-printer.sock", verb, **fields)

    @property
    def showing(self) -> dict[str, Any]:
        """What it does now; empty while it is down."""
        try:
            return dict(self.do("showing")["showing"])
        except NobodyThere:
            return {}

    def becomes(self, within_s: float = 10.0, **wanted: Any) -> dict[str, Any]:
        """Wait until it shows all of these; what it shows then."""
        assert soon(lambda: wanted.items() <= self.showing.items(), within_s), \
            f"wanted {wanted}, got {self.showing}\n{self.said()}"
        return self.showing
