"""What a device sends more than once: what it asks, for 3 s; what it keeps, until it is answered.

Rule 1: the same command goes out with the same id, so that the hub obeys it once.
Rule 2: ``storage-failed`` is no answer; it means "send the same id again".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from wire import codec
from wire.codes import NEEDS_NO_BEAT, Refusal
from wire.commands import Command
from wire.messages import Reply
from wire.outbox import Outbox
from wire.topics import MAX_MESSAGE_BYTES

_log = logging.getLogger(__name__)

PATIENCE_S = 3.0
"""An asked command is sent again for so long, and no longer: a late call is a mistake."""
ASK_AGAIN_S = 1.0
KEEP_AGAIN_S = 5.0
KEEP_WINDOW = 20
"""Kept commands under way at once, so that a day's worth does not fall on the hub in one heap."""


def name_of(command: Command) -> str:
    """The command's name on the wire."""
    return str(type(command).__struct_config__.tag)


def checked(command: Command) -> bytes:
    """The command's bytes, if the hub would read them: a struct checks nothing when it is made.

    ``Malformed`` or ``TooLarge`` else.
    """
    payload = codec.encode(command)
    codec.decode(payload, type(command), limit=MAX_MESSAGE_BYTES - 32)      # leaves room for a beat
    return payload


def _quietly(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:  # noqa: BLE001 -- a room that stumbles over one answer must still hear the next
        _log.exception("a room failed on the answer to a command")


@dataclass(slots=True)
class _Asked:
    command: Command
    on_reply: Callable[[Reply], None]
    on_timeout: Callable[[], None]
    until: float
    again_at: float
    sent: bool = False
    refused: Reply | None = None


class Asking:
    """Commands whose answer somebody waits for, now.

    ``send`` hands one to the line, and says whether it went.
    """

    def __init__(self, send: Callable[[Command], bool]) -> None:
        self._send = send
        self._asked: dict[str, _Asked] = {}

    def put(self, command: Command, on_reply: Callable[[Reply], None], on_timeout: Callable[[], None],
            patience_s: float, now: float) -> None:
        """Send a command, and again each second, until a reply or for ``patience_s``."""
        asked = _Asked(command, on_reply, on_timeout, now + patience_s, now)
        self._asked[command.id] = asked
        self._turn(asked, now)

    def answered(self, reply: Reply) -> None:
        """Hand a reply on, once; one that nobody waits for any more is dropped."""
        asked = self._asked.get(reply.id or "")
        if asked is None:
            return
        if reply.refusal == Refusal.STORAGE_FAILED:
            asked.refused = reply         # told only if no better answer comes in time
            return
        del self._asked[asked.command.id]
        _quietly(lambda: asked.on_reply(reply))

    def turn(self, now: float) -> None:
        """Send again what is due; give up what is over."""
        for asked in list(self._asked.values()):
            self._turn(asked, now)

    def _turn(self, asked: _Asked, now: float) -> None:
        if self._asked.get(asked.command.id) is not asked:
            return                        # a callback of this very turn took it out
        if now >= asked.until:
            del self._asked[asked.command.id]
            refused = asked.refused
            _quietly(asked.on_timeout if refused is None else lambda: asked.on_reply(refused))
        elif now >= asked.again_at or not asked.sent:
            asked.again_at = now + ASK_AGAIN_S
            asked.sent = self._send(asked.command)

    def again(self) -> None:
        """The line is new: what is asked is due at once."""
        for asked in self._asked.values():
            asked.sent = False

    def next_at(self) -> float:
        """When ``turn`` has something to do."""
        return min((min(a.again_at, a.until) for a in self._asked.values()), default=float("inf"))

    def clear(self) -> None:
        """Nobody waits any more."""
        self._asked.clear()


@dataclass(slots=True)
class _Underway:
    payload: bytes
    again_at: float = 0.0


class Keeping:
    """Commands that must arrive, on disk until they are answered.

    ``send`` hands bytes to the line; ``on_answer`` hears the command, as plain fields, and the
    reply. Without an ``outbox`` nothing can be kept.
    """

    def __init__(self, outbox: Outbox | None, send: Callable[[bytes], bool]) -> None:
        self._outbox, self._send = outbox, send
        self._kept: dict[str, _Underway] = {}

    def load(self) -> None:
        """Take up what an earlier run has kept; ``OutboxFailed`` where the disk can not be read."""
        if self._outbox is not None:
            self._kept = {kept.id: _Underway(kept.payload) for kept in self._outbox.waiting()}

    def put(self, command: Command) -> None:
        """Put a command on disk; ``OutboxFailed``, ``Malformed``, or ``ValueError`` where it is
        none of those that are right however late."""
        name = name_of(command)
        if name not in NEEDS_NO_BEAT:
            raise ValueError(f"{name} is wrong when late: ask it; kept are {', '.join(sorted(NEEDS_NO_BEAT))}")
        if self._outbox is None:
            raise ValueError(f"there is no outbox to keep {name} in; give the device one")
        payload = checked(command)
        self._outbox.put(command.id, payload)
        self._kept.setdefault(command.id, _Underway(payload))

    def answered(self, reply: Reply, on_answer: Callable[[dict[str, Any], Reply], None]) -> bool:
        """Take what was answered off the disk; whether the reply was to a kept command."""
        if reply.id not in self._kept or self._outbox is None:
            return False
        if reply.refusal == Refusal.STORAGE_FAILED:
            return True
        self._outbox.done(reply.id)
        command = codec.read_object(self._kept.pop(reply.id).payload)
        if not reply.ok:
            _log.warning("kept command %s (%s) was refused: %s", reply.id, command.get("command"), reply.refusal)
        _quietly(lambda: on_answer(command, reply))
        return True

    def turn(self, now: float) -> None:
        """Send what is due, oldest first, a few at a time."""
        for kept in islice(self._kept.values(), KEEP_WINDOW):
            if now >= kept.again_at:
                kept.again_at = now + KEEP_AGAIN_S
                self._send(kept.payload)

    def again(self) -> None:
        """The line or the hub is new: what is kept is due at once."""
        for kept in self._kept.values():
            kept.again_at = 0.0

    def next_at(self) -> float:
        """When ``turn`` has something to do."""
        return min((k.again_at for k in islice(self._kept.values(), KEEP_WINDOW)), default=float("inf"))

    def __len__(self) -> int:
        return len(self._kept)
