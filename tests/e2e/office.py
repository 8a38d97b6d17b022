"""Whole offices of real programs: the demo, or a hub and its broker one by one; nothing is pretended here."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest

from tests.e2e.device import Device

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "firmware_config" / "sites" / "trung-tu"
COUNTERS = (1, 2, 3)
STATES = ("state/services", "state/board", *(f"state/counter/{n}" for n in COUNTERS))
READY_S = 30.0


def leave_out(reason: str) -> NoReturn:
    """This machine lacks something: leave the test out, or fail it where everything is promised to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def listens(address: str) -> bool:
    """Whether something accepts connections there."""
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=0.3):
        return True
    return False


def soon(true: Callable[[], object], within_s: float = 10.0) -> bool:
    """Wait until ``true()``; whether it became so in time."""
    until = time.monotonic() + within_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def motcua(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run one command of `motcua` to its end."""
    return subprocess.run([sys.executable, "-P", "-m", "firmware_config.launcher", *words], env=environment(),
                          capture_output=True, text=True, timeout=60, check=False, **more)


def environment(**more: str) -> dict[str, str]:
    """What a program is started with; the settings of a developer's shell stay out."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8", "CI": "",
            "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


class Running:
    """A program that says a ready line on stdout and logs on stderr."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.site = "trung-tu"
        self.log = folder / "log"
        self.http, self.mqtt = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        self.process: subprocess.Popen[str] | None = None
        self.lines: list[str] = []

    def launch(self, argv: list[str], env: Mapping[str, str]) -> None:
        """Start it, and read its stdout as it comes."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, text=True, env=dict(env),
                                            start_new_session=True, cwd=self.folder)
        stdout, lines = self.process.stdout, self.lines
        assert stdout is not None

        def read() -> None:
            with stdout:
                lines.extend(iter(stdout.readline, ""))

        threading.Thread(target=read, daemon=True).start()

    def await_ready(self) -> dict[str, Any]:
        """The ready line; where the program ended or says nothing, ends it and fails with its log."""
        process = self.process
        assert process is not None
        soon(lambda: self.lines or process.poll() is not None, READY_S)
        if not soon(lambda: self.lines, 1):
            raise AssertionError(f"no ready line; it ended with {self.end()}:\n{self.said()}")
        return dict(json.loads(self.lines[0]))

    def said(self) -> str:
        """What it logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def device(self, name: str, **more: Any) -> Device:
        """A device of this office, on the line."""
        return Device(self.mqtt, self.site, name, **more).start()

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it, and everything it started; returns its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(20)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Demo(Running):
    """`motcua demo`."""

    def start(self, *options: str, **env: str) -> Demo:
        """Start it and return when it is ready."""
        self.begin(*options, **env)
        self.ready = self.await_ready()
        self.site = self.ready["site"]
        return self

    def begin(self, *options: str, **env: str) -> None:
        """Start it and wait for nothing."""
        self.lines = []
        self.launch([sys.executable, "-P", "-m", "firmware_config.launcher", "demo", "--data", str(self.data),
                     "--http", self.http, "--mqtt", self.mqtt, "--broker", "mosquitto", "--no-citizens", "--no-devices",
                     "--no-browser", *options], environment(**env))

    def children(self) -> list[psutil.Process]:
        """What the demo runs now."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def pid(self, program: str) -> int | None:
        """The process id of the ``hub`` or the ``broker`` now; ``None`` while it is down."""
        for child in self.children():
            with contextlib.suppress(psutil.Error):
                words = child.cmdline()
                if (program == "hub" and "hub" in words) or (program == "broker" and words and "mosquitto" in words[0]):
                    return child.pid
        return None

    def kill(self, program: str) -> float:
        """SIGKILL to one of its programs; returns when that was (monotonic)."""
        pid = self.pid(program)
        assert pid is not None, f"no {program} to kill:\n{self.said()}"
        os.kill(pid, signal.SIGKILL)
        return time.monotonic()


    def hub_dies(self, watch: Device) -> float:
        """Kill the hub and wait for the beat of the next one; returns when it was killed (monotonic).

        ``watch`` hears hub/status.
        """
        since = watch.mark()
        killed = self.kill("hub")
        # The last will comes after everything that the old hub said.
        will = watch.wait(lambda h: h.topic == "hub/status" and h.body.get("online") is False, "the last will",
                          since=since)
        watch.beat(since=watch.heard.index(will))
        return killed


class Broker:
    """A mosquitto of our own."""

    def __init__(self, folder: Path, address: str, *, lines: str = "") -> None:
        host, _, port = address.rpartition(":")
        self.address = address
        self._file = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        whole = lines or (f"listener {port} {host}\nallow_anonymous true\npersistence false\n"
                          "max_queued_messages 20000\nmax_inflight_messages 1000\nset_tcp_nodelay true\n")
        # As root mosquitto would become another user, who may not enter the folders of a test.
        self._file.write_text(whole + ("user root\n" if os.geteuid() == 0 else ""))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Broker:
        """Start it and return when it listens."""
        program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin") or "mosquitto"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(self._file)], stdout=log, stderr=log)
        assert soon(lambda: listens(self.address)), self._log.read_text()
        return self

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


class Hub(Running):
    """A broker and `motcua hub`, each started by hand, so that the hub can be given a strange world to live in."""

    def __init__(self, folder: Path, *, data: Path | None = None, settings: Path = SHIPPED, broker: str = "") -> None:
        super().__init__(folder)
        self.data = data or folder / "data"
        self.settings = settings
        self.broker = Broker(folder, self.mqtt, lines=broker)

    def start(self, **env: str) -> Hub:
        """Start the hub, and the broker if it does not run, and return when the hub is ready."""
        if not listens(self.mqtt):
            self.broker.start()
        self.begin(**env)
        self.await_ready()
        return self

    def begin(self, **env: str) -> None:
        """Start the hub and wait for nothing."""
        self.lines = []
        self.launch([sys.executable, "-P", "-m", "firmware_config.launcher", "hub", "--settings", str(self.settings),
                     "--data", str(self.data), "--http", self.http, "--mqtt", self.mqtt], environment(**env))

    def kill(self) -> None:
        """SIGKILL to the hub."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def end(self, number: int = signal.SIGTERM) -> int:
        try:
            return super().end(number)
        finally:
            self.broker.stop()


def own_settings(folder: Path, **changed: str) -> Path:
    """A copy of the demo's settings, the files named in ``changed`` (`hub`, `site`) with these lines at their end."""
    shutil.copytree(SHIPPED, folder)
    for name, lines in changed.items():
        with (folder / f"{name}.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{lines}\n")
    return folder
