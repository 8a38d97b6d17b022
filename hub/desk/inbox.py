"""What waits for the one thread: commands, questions, and news of the line."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from typing import Any

from hub.desk.principal import Principal
from hub.queueing.events import Event
from hub.queueing.floor import Floor

log = logging.getLogger("hub")

MOST_A_TURN = 256
"""How many items one turn takes at the most, so that one commit stays short."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it came, and where its answer goes.

    ``sparing``: what can not be read is answered once a second at the most (a device on MQTT); a page
    waits for each of its answers.
    """

    who: Principal
    payload: bytes
    respond: Callable[[bytes], None]
    sparing: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody wants to look at the floor; the answer goes to ``future``."""

    look: Callable[[Floor], Any]
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class Note:
    """Something of the hub's own that belongs in the journal."""

    event: Event
    future: Future[None]


class News(Enum):
    """What the line tells."""

    CONNECTED = "connected"
    WAKE = "wake"


Item = Asked | Question | Note | News


class Inbox:
    """Any thread puts; one thread takes, all that waits at once."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()

    def put(self, item: Item) -> None:
        """Leave something for the thread that judges."""
        self._queue.put(item)

    def take(self, timeout_s: float) -> list[Item]:
        """All that waits, at most ``MOST_A_TURN``; waits up to ``timeout_s`` for the first."""
        items: list[Item] = []
        try:
            items.append(self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get_nowait())
            while len(items) < MOST_A_TURN:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return items

    def is_empty(self) -> bool:
        """Whether nothing waits just now."""
        return self._queue.empty()


class Unreadable:
    """What can not be read is logged, and answered to a device, once a second at the most."""

    EVERY_MS = 1000
    DEVICES = 1000
    """Anybody may name a device; no more of them are remembered."""

    def __init__(self) -> None:
        self._last_ms: dict[str, int] = {}

    def may_answer(self, item: Asked, mono_ms: int) -> bool:
        """Whether this one is answered, at ``mono_ms``; a page always is."""
        device = item.who.device
        last = self._last_ms.get(device)
        if last is not None and mono_ms - last < self.EVERY_MS:
            return not item.sparing
        if len(self._last_ms) >= self.DEVICES:
            self._last_ms.clear()
        self._last_ms[device] = mono_ms
        log.warning("%s sent what can not be read", device)
        return True
