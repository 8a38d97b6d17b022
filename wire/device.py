"""The loop that every device runs: a kiosk, a counter's box, a tablet, a printer, a screen.

Rule 1: one thread owns a device: the one that calls ``turn`` (or ``run``). The link only fills the
inbox; another thread that wants something done calls ``post``.
Rule 2: what would be a mistake when late is asked (``ask``: QoS 0, the last beat, 3 s at most);
what must arrive is kept (``keep``: on disk, resent until the hub has answered).
Rule 3: the hub is there while fresh beats come; for 5 s without one it is lost, and people are told.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wire import codec
from wire.codes import NEEDS_NO_BEAT, Refusal
from wire.commands import TO_DEVICES, Command
from wire.link import Callbacks, Incoming, Link, Will
from wire.messages import BoardState, CounterState, DeviceStatus, Health, HubStatus, Reply, ServicesState
from wire.outbox import Outbox
from wire.resend import PATIENCE_S, Asking, Keeping, checked, name_of
from wire.topics import MAX_STATE_BYTES, Heard, Topics

_log = logging.getLogger(__name__)

LOST_AFTER_S = 5.0
"""Without a fresh beat for so long the hub is taken for lost."""

State = ServicesState | BoardState | CounterState
_STATES: dict[str, type[State]] = {
    "state/services": ServicesState, "state/board": BoardState, "state/counter/<n>": CounterState,
}


def _nothing(*_: object) -> None:
    """What a room does that does not care."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is: its id and role in the site's settings, its program's version, and since
    when it runs (ISO 8601, for people to read)."""

    device: str
    role: str
    version: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a room does with what its device hears; always on the device's own thread.

    ``on_state(heard, state)``: what is true now (``None``: no longer so). ``on_command(command)``:
    the hub asks for something; it may ask twice with one id. ``on_found()`` and ``on_lost()``: the
    hub is there, or not. ``on_kept(command, reply)``: a kept command, as plain fields, was
    answered; it may have been kept by an earlier run of the program. What these raise is logged.
    """

    on_state: Callable[[Heard, State | None], None] = _nothing
    on_command: Callable[[Command], None] = _nothing
    on_found: Callable[[], None] = _nothing
    on_lost: Callable[[], None] = _nothing
    on_kept: Callable[[dict[str, Any], Reply], None] = _nothing


class Device:
    """One process at one place, and its talk with the hub.

    ``now`` is a monotonic clock in seconds, which any thread may read; ``new_id`` makes command
    ids that never repeat. ``hub_here`` says whether fresh beats come, ``hub`` is the last of them.
    """

    def __init__(self, link: Link, topics: Topics, who: Identity, *, now: Callable[[], float],
                 new_id: Callable[[], str], outbox: Outbox | None = None) -> None:
        self.who = who
        self.new_id = new_id
        self.hub: HubStatus | None = None
        self.hub_here = False
        self._link, self._topics, self._now = link, topics, now
        self._command_topic = topics.command(who.device)
        self._status_topic = topics.device_status(who.device)
        self._room = Room()
        self._health: Health | None = None
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._asking = Asking(self._send_asked)
        self._keeping = Keeping(outbox, self._send_kept)
        self._beat: int | None = None
        self._fresh_at = 0.0
        self._lost = False
        self._running = False

    # -- the life of a device

    def start(self, room: Room, *, hear: Sequence[str] = ()) -> None:
        """Connect and go on trying. ``hear``: the state topics that this room shows.

        ``OutboxFailed`` where the disk can not be read, ``LinkError`` where it runs already.
        """
        self._room, self._running = room, True
        self._fresh_at, self._lost, self.hub_here = self._now(), False, False
        self._keeping.load()
        own = (self._topics.reply(self.who.device), self._topics.device_command(self.who.device))
        self._link.start(
            Callbacks(on_message=self._arrived, on_connect=lambda: self.post(self._connected)),
            subscribe=[(topic, 1) for topic in (*own, self._topics.hub_status, *hear)], will=self._offline())

    def post(self, act: Callable[[], None]) -> None:
        """Have ``act`` done by the device's thread; any thread may call."""
        self._inbox.put(act)

    def turn(self, timeout_s: float = 1.0) -> None:
        """Wait for something to do, at most ``timeout_s``, and do all that there is."""
        try:
            self._do(self._inbox.get(timeout=max(0.0, min(timeout_s, self._next_at() - self._now()))))
        except queue.Empty:
            pass                  # then it is time for what is due
        self.step()

    def step(self) -> None:
        """Do all that waits and all that is due, without waiting."""
        while True:
            try:
                self._do(self._inbox.get_nowait())
            except queue.Empty:
                break
        now = self._now()
        self._asking.turn(now)
        if self.hub_here and self._link.connected:
            self._keeping.turn(now)
        if now - self._fresh_at >= LOST_AFTER_S and not self._lost:
            self._lost, self.hub_here = True, False
            self._do(self._room.on_lost)

    def run(self, room: Room, *, hear: Sequence[str] = ()) -> None:
        """Start, turn until ``quit``, and stop: the whole life of a program."""
        self.start(room, hear=hear)
        try:
            while self._running:
                self.turn()
        finally:
            self.stop()

    def quit(self) -> None:
        """Make ``run`` end; any thread, and a signal handler, may call."""
        self._running = False
        self._inbox.put(_nothing)

    def stop(self) -> None:
        """Say offline and leave. What is kept stays on disk; what was asked is no longer waited for."""
        self._running = False
        self._link.stop(self._offline())
        self._asking.clear()

    # -- what a room wants of the hub; on the device's own thread

    def ask(self, command: Command, on_reply: Callable[[Reply], None], *,
            on_timeout: Callable[[], None] = _nothing, patience_s: float = PATIENCE_S) -> str:
        """Ask the hub, and hear one of ``on_reply`` and ``on_timeout``, once; returns the id.

        Sent again each second with the same id, for ``patience_s``. It waits for a first beat where
        none was seen yet, since a command without one might be obeyed however late. ``Malformed``
        where it does not keep the contract; ``ValueError`` where ``patience_s`` is over 3.
        """
        if not 0 < patience_s <= PATIENCE_S:
            raise ValueError(f"patience_s {patience_s}: over 0 and at most {PATIENCE_S}; a late call is a mistake")
        checked(command)
        self._asking.put(command, on_reply, on_timeout, patience_s, self._now())
        return command.id

    def keep(self, command: Command) -> str:
        """Put a command on disk, and send it until the hub has answered; returns the id.

        For what is right however late: ``rate``, ``report-tickets``, ``ticket-printed``,
        ``print-failed``; ``Room.on_kept`` hears the answer. ``OutboxFailed`` where the disk does not
        take it, ``ValueError`` for another command or without an outbox, ``Malformed`` as in ``ask``.
        """
        self._keeping.put(command)
        if self.hub_here and self._link.connected:
            self._keeping.turn(self._now())
        return command.id

    @property
    def unanswered(self) -> int:
        """How many kept commands the hub has not answered yet."""
        return len(self._keeping)

    def say_health(self, health: Health) -> None:
        """Tell how the device is, where that changed."""
        if health != self._health:
            self._health = health
            self._say_online()

    # -- what comes

    def _arrived(self, message: Incoming) -> None:
        came_at = self._now()             # now, not when its turn comes: a beat ages in the inbox
        self._inbox.put(lambda: self._heard(message, came_at))

    def _do(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 -- a room that stumbles over one message must still send its ratings
            _log.exception("%s: a room failed on what it was told", self.who.device)

    def _connected(self) -> None:
        self._say_online()
        self._asking.again()
        self._keeping.again()

    def _heard(self, message: Incoming, came_at: float) -> None:
        heard = self._topics.read(message.topic)
        if heard is None:
            return
        try:
            if heard.kind == "hub/status":
                self._status_heard(message, came_at)
            elif heard.kind == "device/<device>/reply":
                self._reply_heard(codec.read_object(message.payload))
            elif heard.kind == "device/<device>/command" and message.payload and not message.retained:
                self._command_heard(codec.read_object(message.payload))
            elif (kind := _STATES.get(heard.kind)) is not None:
                payload = message.payload
                self._room.on_state(heard, codec.decode(payload, kind, limit=MAX_STATE_BYTES) if payload else None)
        except codec.Malformed as wrong:
            _log.warning("%s: what came on %s is not understood: %s", self.who.device, message.topic, wrong)

    def _status_heard(self, message: Incoming, came_at: float) -> None:
        if not message.payload:
            return
        status = codec.decode(message.payload, HubStatus)
        if not status.online or not isinstance(status.beat, int):
            return                        # its last will; the 5 s decide, since a restart takes less
        self._beat = status.beat          # one that was kept may be old; the hub then refuses it, so it is safe
        if message.retained:
            return
        self.hub, self._fresh_at = status, came_at
        if not self.hub_here and self._now() - came_at < LOST_AFTER_S:
            self.hub_here, self._lost = True, False
            self._keeping.again()
            self._room.on_found()

    def _reply_heard(self, raw: dict[str, Any]) -> None:
        if raw.get("refusal") not in list(Refusal):       # a later hub's: still an answer, and it has its own words
            raw.pop("refusal", None)
        reply = codec.convert(raw, Reply)
        if reply.id is None:
            _log.warning("%s: the hub could not read what came from here: %s", self.who.device, reply.refusal)
        elif not self._keeping.answered(reply, self._room.on_kept):
            self._asking.answered(reply)

    def _command_heard(self, raw: dict[str, Any]) -> None:
        kind = TO_DEVICES.get(str(raw.get("command")))
        if kind is None:
            _log.info("%s: the hub asks for %r, which is not known here", self.who.device, raw.get("command"))
            return
        self._room.on_command(codec.convert(raw, kind))

    # -- what goes

    def _send_asked(self, command: Command) -> bool:
        if name_of(command) not in NEEDS_NO_BEAT:
            if self._beat is None:
                return False
            command = msgspec.structs.replace(command, beat=self._beat)
        return self._link.publish(self._command_topic, codec.encode(command), qos=0)

    def _send_kept(self, payload: bytes) -> bool:
        return self._link.publish(self._command_topic, payload, qos=1)

    def _next_at(self) -> float:
        lost_at = float("inf") if self._lost else self._fresh_at + LOST_AFTER_S
        kept_at = self._keeping.next_at() if self.hub_here and self._link.connected else float("inf")
        return min(self._asking.next_at(), kept_at, lost_at)

    def _say_online(self) -> None:
        health = msgspec.UNSET if self._health is None else self._health
        status = DeviceStatus(online=True, role=self.who.role, version=self.who.version,
                              since=self.who.since, health=health)
        self._link.publish(self._status_topic, codec.encode(status), qos=1, retain=True)

    def _offline(self) -> Will:
        status = DeviceStatus(online=False, role=self.who.role, version=self.who.version)
        return Will(self._status_topic, codec.encode(status))
