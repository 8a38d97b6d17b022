"""An office for the programs of this room: a real broker, the real hub of the demo's settings, boxes and screens."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.wire.broker import Mosquitto, free_port
from wire.link import Callbacks, Incoming
from wire.paho import PahoLink
from wire.topics import Topics

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "firmware_config" / "sites" / "trung-tu"
READY_S = 40.0


def soon(true: Callable[[], object], within_s: float = 8.0) -> bool:
    """Wait until ``true()``; whether it became so in time."""
    until = time.monotonic() + within_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.03)
    return True


class Program:
    """One program: started, driven through its pretend hardware, told to end."""

    def __init__(self, module: str, *words: str, log: Path, **environment: str) -> None:
        self.log = log
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=log.open("a"),
            text=True, env={"PATH": os.environ["PATH"], "HOME": str(log.parent), "PYTHONPATH": str(ROOT)} | environment)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self) -> dict[str, Any]:
        """Its ready line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.log.read_text("utf-8")
        return dict(json.loads(line))

    def end(self, within_s: float = 15.0) -> int:
        """Tell it to end; its exit code."""
        self._process.terminate()
        return self._process.wait(within_s)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self, within_s: float) -> int:
        return self._process.wait(within_s)

    @property
    def runs(self) -> bool:
        return self._process.poll() is None


class Hall:
    """The whole of it. ``heard`` holds each command of each box as it went over the wire, resends included."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Mosquitto(folder, "allow_anonymous true")
        self.topics = Topics("trung-tu")
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.statuses: dict[str, bool] = {}
        self._programs: list[Program] = []
        self._http = free_port()
        self._link = PahoLink("127.0.0.1", self.broker.port, client_id="ear")
        self._replies: dict[str, dict[str, Any]] = {}
        self.hub: Program

    def start(self) -> Hall:
        self.broker.start()
        self._link.start(Callbacks(self._arrived), subscribe=[
            (self.topics.every_command, 1), (self.topics.every_device_status, 1), (self.topics.reply("lookup-1"), 1)])
        assert soon(lambda: self._link.connected)
        self.start_hub()
        return self

    def start_hub(self) -> None:
        self.hub = self._start("hub", "--data", str(self.folder / "hub"), "--http", f"127.0.0.1:{self._http}")
        assert self.hub.ready()["ready"]

    def stop(self) -> None:
        for program in self._programs:
            if program.runs:
                program.kill()
        self._link.stop()
        self.broker.kill()

    def program(self, kind: str, device: str, *, settings: Path = SETTINGS, pretend: bool = True,
                ready: bool = True, **environment: str) -> Program:
        """A box or a screen, running."""
        made = self._start("counter_display", kind, "--device", device, "--data", str(self.folder / "data"),
                           *(("--pretend", str(self.folder / "p")) if pretend else ()), settings=settings,
                           **environment)
        if ready:
            assert made.ready()["device"] == device
        return made

    def _start(self, module: str, *words: str, settings: Path = SETTINGS, **environment: str) -> Program:
        made = Program(module, *words, "--settings", str(settings), "--mqtt", f"127.0.0.1:{self.broker.port}",
                       log=self.folder / f"{module}-{len(self._programs)}.log", **environment)
        self._programs.append(made)
        return made

    def _arrived(self, message: Incoming) -> None:
        heard = self.topics.read(message.topic)
        if heard is None or not message.payload:
            return
        body = json.loads(message.payload)
        if heard.kind == "hub/command/<device>":
            self.heard.append((heard.name, body))
        elif heard.kind == "device/<device>/status":
            self.statuses[heard.name] = body["online"]
        else:
            self._replies[body["id"]] = body

    def commands(self, device: str) -> list[tuple[str, str]]:
        """What a device asked, each wish once: name and id."""
        return list(dict.fromkeys((body["command"], body["id"]) for name, body in list(self.heard) if name == device))

    def ask(self, device: str, verb: str, **fields: Any) -> dict[str, Any]:
        """Do something to a program's pretend hardware."""
        with socket.socket(socket.AF_UNIX) as line, line.makefile("rwb") as lines:
            line.settimeout(20)
            line.connect(str(self.folder / "p" / f"{device}.sock"))
            lines.write(json.dumps({"verb": verb, **fields}).encode() + b"\n")
            lines.flush()
            answer = dict(json.loads(lines.readline()))
        assert answer.pop("ok"), answer
        return answer

    def lamps(self, device: str = "counter-1") -> dict[str, str]:
        """The lamps that are not off."""
        return {name: how for name, how in self.ask(device, "lamps")["lamps"].items() if how != "off"}

    def showing(self, device: str = "tv-1") -> dict[str, Any]:
        return dict(self.ask(device, "showing")["showing"])

    def sounds(self, device: str = "tv-1") -> list[str]:
        """The numbers whose chime sounded, in order."""
        return [sound["number"] for sound in self.ask(device, "sounds")["sounds"]]

    def take(self, service: str = "chung-thuc", lane: str = "normal") -> str:
        """Somebody takes a number at the look-up machine."""
        wish = f"take-{uuid.uuid4().hex[:16]}"
        self._link.publish(self.topics.command("lookup-1"), json.dumps(
            {"id": wish, "command": "take-ticket", "service": service, "lane": lane}).encode(), qos=1)
        assert soon(lambda: wish in self._replies), "the hub did not answer"
        return str(self._replies[wish]["ticket"]["number"])
