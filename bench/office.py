"""An office to be measured: a broker and a hub as processes of their own, in a folder that is taken away."""

from __future__ import annotations

import itertools
import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.figures import NotMeasured
from bench.rawline import RawLine
from firmware_config import brokers, premises
from firmware_config.demo import SITES, environment
from firmware_config.forms import Address
from wire.topics import Topics

SITE = "trung-tu"
SERVICES = ("chung-thuc", "ho-tich", "dat-dai", "kinh-te", "chinh-sach", "nhan-ket-qua")
START_S = 120.0


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, that a process has used.

    The same as `psutil.Process(pid).cpu_times()`, which counts in steps of 10 ms, while the kernel's clock of that
    process (clock_getcpuclockid(3), Linux) counts in ns.
    """
    if sys.platform == "linux":
        return time.clock_gettime((~pid << 3) | 2)
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


class Office:
    """A running broker, and a hub that can be started and ended again on the same journal."""

    def __init__(self, folder: Path, settings: Path) -> None:
        self.folder, self._settings = folder, settings
        self.data = folder / "data"
        free = premises.choose_ports({"--http": Address("127.0.0.1", 0), "--mqtt": Address("127.0.0.1", 0)})
        self.http, self.mqtt = free["--http"], free["--mqtt"]
        self.topics = Topics(SITE)
        self._log = folder / "log"
        self._running: list[subprocess.Popen[str]] = []
        self._hub: subprocess.Popen[str] | None = None
        self.broker_pid = self._start_broker()

    def _start(self, argv: list[str]) -> subprocess.Popen[str]:
        with self._log.open("a") as log:
            process = subprocess.Popen(argv, env={**os.environ, **environment()}, text=True, stderr=log,
                                       stdout=subprocess.PIPE)
        self._running.append(process)
        return process

    def _start_broker(self) -> int:
        if brokers.mosquitto_program() is None:
            raise NotMeasured("mosquitto is not installed; type: sudo apt install mosquitto")
        process = self._start(list(brokers.command("mosquitto", self.mqtt, self.folder / "broker")))
        until = time.monotonic() + START_S
        while not brokers.listens(self.mqtt):
            self._check(process, until, "the broker")
            time.sleep(0.01)
        return process.pid

    def _check(self, process: subprocess.Popen[str], until: float, name: str) -> None:
        if process.poll() is not None or time.monotonic() > until:
            tail = self._log.read_text(errors="replace")[-2000:]
            raise NotMeasured(f"{name} did not start; its own words:\n{tail}")

    def start_hub(self) -> float:
        """Start the hub; returns the seconds from before its process began to its ready line."""
        began = time.perf_counter()
        hub = self._hub = self._start([
            sys.executable, "-P", "-m", "hub", "--settings", str(self._settings), "--data", str(self.data),
            "--http", str(self.http), "--mqtt", str(self.mqtt), "--site", SITE])
        said: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(hub, said), daemon=True).start()
        until = time.monotonic() + START_S
        while True:
            try:
                at_s, line = said.get(timeout=0.2)
            except queue.Empty:
                self._check(hub, until, "the hub")
                continue
            if line.startswith("{") and json.loads(line).get("ready"):
                return at_s - began

    @property
    def hub_pid(self) -> int:
        """The hub's process."""
        assert self._hub is not None, "start_hub comes first"
        return self._hub.pid

    def hub_rss_mb(self) -> float:
        """The memory of the hub's process that is in RAM, in units of 1,000,000 bytes."""
        return float(psutil.Process(self.hub_pid).memory_info().rss) / 1e6

    def stop_hub(self) -> None:
        """End the hub in order, as its service would."""
        if self._hub is not None:
            self._end(self._hub)
            self._hub = None

    def _end(self, process: subprocess.Popen[str]) -> None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._running.remove(process)

    def close(self) -> None:
        """End all that was started."""
        for process in reversed(list(self._running)):
            self._end(process)


def _read(process: subprocess.Popen[str], said: queue.SimpleQueue[tuple[float, str]]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.put((time.perf_counter(), line))


@contextmanager
def office(journal: Path | None = None, *, hub: bool = True, upcoming: int | None = None) -> Iterator[Office]:
    """The demo's office with its hub running (unless `hub` is false), on a copy of `journal` or on a new one.

    `upcoming` replaces that setting: how many numbers the walls show as next in line.
    """
    folder = Path(tempfile.mkdtemp(prefix="motcua-bench-"))
    running: Office | None = None
    try:
        if journal is not None:
            _copy(journal, folder / "data")
        running = Office(folder, _settings(folder / "settings", upcoming))
        if hub:
            running.start_hub()
        yield running
    finally:
        if running is not None:
            running.close()
        shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path, upcoming: int | None) -> Path:
    shutil.copytree(SITES / SITE, folder)
    if upcoming is not None:
        site = folder / "site.toml"
        site.write_text(f"upcoming = {upcoming}\n{site.read_text('utf-8')}", "utf-8")
    return folder


def _copy(journal: Path, data: Path) -> None:
    data.mkdir(parents=True)
    target = data / journal.name
    shutil.copyfile(journal, target)
    with target.open("rb+") as copied:
        os.fsync(copied.fileno())  # else the kernel writes it out later, while something is measured


class Box:
    """A device that presses one button at a time, at QoS 1, and waits for the reply."""

    def __init__(self, office: Office, name: str) -> None:
        self._asks, self._hears = office.topics.command(name), office.topics.reply(name)
        self.line = RawLine(office.mqtt, name)
        self.line.subscribe(self._hears)
        self._run = secrets.token_hex(4)
        self._count = itertools.count(1)

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    def command(self, command: str, **fields: Any) -> bytes:
        """A command with an id of its own, as it travels."""
        return json.dumps({"id": f"{self._run}-{next(self._count):08d}", "command": command, **fields}).encode()

    def take(self) -> bytes:
        """A take-ticket for one service after the other."""
        n = next(self._count)
        return self.command("take-ticket", service=SERVICES[n // 2 % len(SERVICES)])

    def press(self, payload: bytes) -> tuple[float, dict[str, Any]]:
        """Send, wait for the reply; returns the seconds it took, and the reply. `RuntimeError` for a refusal."""
        sent_s = time.perf_counter()
        self.line.publish(self._asks, payload)
        heard = self.line.hear()
        reply = json.loads(heard.payload)
        if not reply["ok"]:
            raise RuntimeError(f"the hub refused {payload!r}: {reply}")
        return heard.at_s - sent_s, reply

    def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its reply."""
        return self.press(self.command(command, **fields))[1]

    def send(self, *payloads: bytes) -> None:
        """Send commands and wait for nothing."""
        self.line.publish(self._asks, *payloads)
