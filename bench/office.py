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


class Program:
    """One program that was started; ``began_s`` is `time.monotonic()` before its process began.

    What it says on stdout is heard as it comes: one JSON object a line.
    """

    def __init__(self, name: str, argv: list[str], log: Path) -> None:
        self.name, self._log = name, log
        self.began_s = time.monotonic()
        with log.open("a") as errors:
            self.process = subprocess.Popen(argv, env={**os.environ, **environment()}, text=True, stderr=errors,
                                            stdout=subprocess.PIPE)
        self._said: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put((time.monotonic(), line))

    def hear(self, word: str, within_s: float = START_S) -> tuple[float, Any]:
        """Wait for a line that has this word; when it was heard (`time.monotonic()`), and what it says.

        `NotMeasured`, with the program's own words, where it ends or says nothing of the kind.
        """
        until = time.monotonic() + within_s
        while True:
            try:
                at_s, line = self._said.get(timeout=0.2)
            except queue.Empty:
                self.check(until, f"said nothing of {word!r}")
                continue
            if line.startswith("{") and word in (said := json.loads(line)):
                return at_s, said[word]

    def check(self, until: float, complaint: str) -> None:
        """`NotMeasured` where it has ended, or that time is past."""
        if self.process.poll() is not None or time.monotonic() > until:
            tail = self._log.read_text(errors="replace")[-2000:]
            raise NotMeasured(f"{self.name} {complaint}; the last words of all programs:\n{tail}")

    def end(self) -> None:
        """End it in order, as its service would."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Office:
    """A running broker, and a hub that can be started and ended again on the same journal.

    `settings` is its settings folder, `mqtt` where its broker listens.
    """

    def __init__(self, folder: Path, settings: Path) -> None:
        self.folder, self.settings = folder, settings
        self.data = folder / "data"
        free = premises.choose_ports({"--http": Address("127.0.0.1", 0), "--mqtt": Address("127.0.0.1", 0)})
        self.http, self.mqtt = free["--http"], free["--mqtt"]
        self.topics = Topics(SITE)
        self._log = folder / "log"
        self._running: list[Program] = []
        self._hub: Program | None = None
        self.broker_pid = self._start_broker()

    def start(self, name: str, argv: list[str]) -> Program:
        """Start a program of this office; it is ended with the office, if not before."""
        program = Program(name, argv, self._log)
        self._running.append(program)
        return program

    def _start_broker(self) -> int:
        if brokers.mosquitto_program() is None:
            raise NotMeasured("mosquitto is not installed; type: sudo apt install mosquitto")
        program = self.start("the broker", list(brokers.command("mosquitto", self.mqtt, self.folder / "broker")))
        until = time.monotonic() + START_S
        while not brokers.listens(self.mqtt):
            program.check(until, "did not start")
            time.sleep(0.01)
        return program.process.pid

    def start_hub(self) -> float:
        """Start the hub; returns the seconds from before its process began to its ready line."""
        hub = self._hub = self.start("the hub", [
            sys.executable, "-P", "-m", "hub", "--settings", str(self.settings), "--data", str(self.data),
            "--http", str(self.http), "--mqtt", str(self.mqtt), "--site", SITE])
        return hub.hear("ready")[0] - hub.began_s

    @property
    def hub_pid(self) -> int:
        """The hub's process."""
        assert self._hub is not None, "start_hub comes first"
        return self._hub.process.pid

    def hub_rss_mb(self) -> float:
        """The memory of the hub's process that is in RAM, in units of 1,000,000 bytes."""
        return float(psutil.Process(self.hub_pid).memory_info().rss) / 1e6

    def stop_hub(self) -> None:
        """End the hub in order, as its service would."""
        if self._hub is not None:
            self.stop(self._hub)
            self._hub = None

    def stop(self, program: Program) -> None:
        """End a program that was started here."""
        program.end()
        self._running.remove(program)

    def close(self) -> None:
        """End all that was started."""
        for program in reversed(list(self._running)):
            self.stop(program)


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
