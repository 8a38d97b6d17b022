"""One office for the tests: `motcua demo` as a subprocess, a Line that hears all, and desks.

Nothing of the project is imported here: whatever answers this contract passes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from tests.contract import laws
from tests.contract.desk import Answer, Desk
from tests.contract.line import PATIENCE_S, Line, send_many

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60.0
ANYONE = "contract-box"
"""A device the demo does not know: there it may do everything."""
COUNTERS = (1, 2, 3)
STATES = ("state/services", "state/board", *(f"state/counter/{n}" for n in COUNTERS))
AT_DOOR = frozenset({"open-counter", "pause-counter", "close-counter"})
PASSWORD = "demo"


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command_line() -> list[str]:
    """The installed `motcua`, else the launcher as a module."""
    beside = Path(sys.executable).parent / "motcua"
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "firmware_config.launcher"]


def _children(pid: int) -> list[int]:
    """The processes that `pid` started, where /proc tells (Linux)."""
    with contextlib.suppress(OSError):
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in found.split()]
    return []


class Office:
    """A running demo. `site=None` leaves the demo its own site id."""

    def __init__(self, broker: str, site: str | None = "") -> None:
        self.broker = broker
        self.site = f"ct-{uuid.uuid4().hex[:8]}" if site == "" else site
        self.folder = Path(tempfile.mkdtemp(prefix="motcua-contract-"))
        self.stderr_path = self.folder / "stderr.log"
        self.ready: dict[str, Any] = {}
        self.http = f"127.0.0.1:{free_port()}"
        self.mqtt = f"127.0.0.1:{free_port()}"
        self.issued: set[str] = set()
        self.doors: set[int] = set()
        self.secrets: set[str] = set()
        self.scanned = 0
        self.counted = 0
        self.seqs: set[int] = set()
        self._desks: dict[str, Desk] = {}
        self._said: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self.line: Line

    # -- the process -----------------------------------------------------------------------------

    def start(self) -> Office:
        """Start the demo and return when its ready line came and its hub/status was heard."""
        order = [
            *command_line(), "demo", "--data", str(self.folder / "data"),
            "--http", self.http, "--mqtt", self.mqtt, "--broker", self.broker,
            "--no-citizens", "--no-devices", "--no-browser",
        ]  # fmt: skip
        if self.site is not None:
            order += ["--site", self.site]
        with self.stderr_path.open("w") as stderr:
            self._process = subprocess.Popen(
                order, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT, start_new_session=True
            )
        try:
            self._await_ready()
            # amqtt forwards at the subscriber's QoS whatever the publisher chose; asking it for 1 keeps
            # it to the table, asking mosquitto for 2 shows the QoS that the hub really chose.
            self.line = self.new_line(qos=2 if self.broker == "mosquitto" else 1).start()
            self.line.wait(lambda h: h.topic == "hub/status", "hub/status")
        except BaseException:
            self.stop()
            raise
        return self

    def _await_ready(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        stdout = self._process.stdout
        came = threading.Event()

        def read() -> None:
            for line in stdout:
                self._said.append(line)
                with contextlib.suppress(ValueError):
                    found = json.loads(line)
                    if isinstance(found, dict) and found.get("ready") is True and not self.ready:
                        self.ready = found
                        came.set()

        threading.Thread(target=read, daemon=True).start()
        until = time.monotonic() + READY_S
        while not came.wait(0.1):
            code = self._process.poll()
            assert code is None, f"the demo ended with {code} before it was ready:\n{self.stderr_tail()}"
            assert time.monotonic() < until, f"no ready line within {READY_S} s:\n{self.stderr_tail()}"
        self.site = self.ready["site"]

    def said(self) -> list[str]:
        """The lines the demo printed on stdout."""
        return list(self._said)

    def stderr_tail(self, lines: int = 60) -> str:
        """The end of what the demo logged."""
        with contextlib.suppress(OSError):
            return "\n".join(self.stderr_path.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def stop(self) -> None:
        """End the demo and everything it started, and remove its folder."""
        with contextlib.suppress(AttributeError):
            self.line.stop()
        process = self._process
        if process is not None and process.poll() is None:
            children = _children(process.pid)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                # A demo that does not end by itself would leave its programs behind.
                for pid in (process.pid, *children):
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
                process.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_line(self, **options: Any) -> Line:
        """Another client of the same broker, not yet connected."""
        assert self.site is not None
        return Line(self.ready["mqtt"], self.site, **options)

    def hub_pid(self) -> int | None:
        """What /healthz names as the hub's pid now; None while nobody answers."""
        try:
            answer = Desk(self.ready["http"]).get("/healthz")
        except OSError:
            return None
        try:
            return int(answer.json()["pid"])
        except (AssertionError, KeyError, TypeError):
            return None

    # -- asking ----------------------------------------------------------------------------------

    def ask(self, device: str, command: str, /, **fields: Any) -> dict[str, Any]:
        """A command over MQTT and its reply; remembers what has to be cleared away afterwards."""
        if command in AT_DOOR and isinstance(fields.get("counter"), int):
            self.doors.add(fields["counter"])
        return self._remember(self.line.ask(device, command, **fields))

    def ok(self, command: str, /, *, via: str = ANYONE, **fields: Any) -> dict[str, Any]:
        """A command that must be accepted."""
        reply = self.ask(via, command, **fields)
        assert reply.get("ok") is True, f"{via} {command} {fields} was answered {reply}"
        return reply

    def refused(self, refusal: str, command: str, /, *, via: str = ANYONE, **fields: Any) -> dict[str, Any]:
        """A command that must be refused so, in the right shape, and journal nothing."""
        before = self.last()
        reply = self.ask(via, command, **fields)
        assert reply.get("ok") is False, f"{via} {command} {fields} was accepted: {reply}"
        laws.check_refusal(reply, refusal)
        self.nothing_since(before)
        return reply

    def web(self, desk: Desk, command: str, /, **fields: Any) -> Answer:
        """The same over HTTP."""
        if command in AT_DOOR and isinstance(fields.get("counter"), int):
            self.doors.add(fields["counter"])
        answer = desk.command(command, **fields)
        if answer.status in (200, 409):
            self._remember(answer.json())
        return answer

    def _remember(self, reply: dict[str, Any]) -> dict[str, Any]:
        for ticket in (reply.get("ticket"), *reply.get("accepted", ())):
            if not isinstance(ticket, dict):
                continue
            if ticket.get("state") == "waiting":
                self.issued.add(ticket["id"])
            code = str(ticket.get("track") or "").rpartition("/")[2]
            if len(code) >= 16:
                self.secrets.add(code)
        return reply

    def desk(self, user: str) -> Desk:
        """A signed-in browser of that user, shared by the tests (argon2 makes each sign-in slow)."""
        if user not in self._desks:
            desk = Desk(self.ready["http"])
            answer = desk.sign_in(user, PASSWORD)
            assert answer.status == 200, f"{user} could not sign in: {answer}"
            self._desks[user] = desk
        return self._desks[user]

    def stranger(self) -> Desk:
        """A browser that is not signed in."""
        return Desk(self.ready["http"])

    # -- visits ----------------------------------------------------------------------------------

    def take(self, service: str = "chung-thuc", *, via: str = ANYONE, **fields: Any) -> dict[str, Any]:
        """Take a ticket and return it."""
        ticket: dict[str, Any] = self.ok("take-ticket", via=via, service=service, **fields)["ticket"]
        return ticket

    def call(self, ticket: dict[str, Any], counter: int = 1) -> dict[str, Any]:
        """Call that very ticket to an idle counter."""
        called: dict[str, Any] = self.ok("call-ticket", counter=counter, ticket=ticket["id"])["ticket"]
        return called

    def called(self, counter: int = 1, **fields: Any) -> dict[str, Any]:
        """A new ticket, called to that counter."""
        return self.call(self.take(**fields), counter)

    def serving(self, counter: int = 1, **fields: Any) -> dict[str, Any]:
        """A new ticket, being served at that counter."""
        self.called(counter, **fields)
        ticket: dict[str, Any] = self.ok("start-service", counter=counter)["ticket"]
        return ticket

    def finished(self, counter: int = 1, **fields: Any) -> dict[str, Any]:
        """A new ticket whose service at that counter is over."""
        self.serving(counter, **fields)
        ticket: dict[str, Any] = self.ok("finish", counter=counter)["ticket"]
        return ticket

    def missed(self, counter: int = 1, **fields: Any) -> dict[str, Any]:
        """A new ticket whose holder did not come."""
        self.called(counter, **fields)
        ticket: dict[str, Any] = self.ok("no-show", counter=counter)["ticket"]
        return ticket

    # -- the journal, as GET /api/v1/events shows it ---------------------------------------------

    def page(self, after: int, limit: int = 1000) -> dict[str, Any]:
        """One answer of the events API, unsigned (open on loopback in the demo)."""
        answer = self.stranger().get(f"/api/v1/events?after={after}&limit={limit}")
        assert answer.status == 200, f"the events API answered {answer}"
        found: dict[str, Any] = answer.json()
        return found

    def last(self) -> int:
        """The journal's newest seq."""
        return int(self.page(0, 1)["last"])

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Every event after `seq`, without those the clock makes by itself."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.page(seq)
            found += page["events"]
            if not page["events"] or found[-1]["seq"] >= page["last"]:
                return [event for event in found if event["event"] != "clock-adjusted"]
            seq = found[-1]["seq"]

    def nothing_since(self, seq: int) -> None:
        """Nothing was journalled after `seq`."""
        found = self.since(seq)
        assert not found, f"nothing should have happened, but the journal has {found}"

    # -- between two tests -----------------------------------------------------------------------

    def empty_hall(self) -> None:
        """Nobody waits, nobody is at a counter, counters 1-3 are open without a clerk."""
        orders: list[dict[str, Any]] = [{"command": "finish", "counter": counter} for counter in COUNTERS]
        orders += [{"command": "cancel-ticket", "ticket": ticket} for ticket in sorted(self.issued)]
        for counter in sorted(self.doors):
            orders += [{"command": command, "counter": counter} for command in ("close-counter", "open-counter")]
        send_many(self.line, ANYONE, orders, PATIENCE_S)
        self.issued.clear()
        self.doors.clear()
        self.line.state("state/board", lambda board: not any(board["waiting"].values()))
        for counter in COUNTERS:
            self.line.state(
                f"state/counter/{counter}", lambda c: c["open"] is True and c["stage"] == "idle" and c["callable"] == 0
            )

    def check_laws(self, *, gapless: bool = True) -> None:
        """Every message heard since the last check obeys what wire.md says of all of them."""
        if gapless:
            self._wait_for_all_events()
        mark = self.line.mark()
        # Only the test that heard a broken message is blamed for it.
        since, self.scanned = self.scanned, mark
        laws.check_all(self.line.heard[since:mark], self.secrets, qos=self.broker == "mosquitto")

    def _wait_for_all_events(self) -> None:
        """Each seq from the first event heard to the journal's last comes over MQTT; a gap is a loss."""
        newest, until = self.last(), time.monotonic() + PATIENCE_S
        while True:
            mark = self.line.mark()
            self.seqs.update(
                h.body["seq"] for h in self.line.heard[self.counted : mark] if h.topic.startswith("event/")
            )
            self.counted = mark
            missing = set(range(min(self.seqs), newest + 1)) - self.seqs if self.seqs else set()
            if not missing:
                return
            assert time.monotonic() < until, f"events in the journal but never heard over MQTT: seq {sorted(missing)}"
            time.sleep(0.005)
