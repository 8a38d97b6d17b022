"""A broker made of memory, and links to it: the whole office in one process, without a socket.

Rule 1: it keeps the contract of ``wire.link`` as ``wire.paho`` does; one test suite runs both.
Rule 2: it has no thread and no clock; what is delivered, and when, is decided by its caller.
Rule 3: its fault verbs do what real trouble does, and nothing that a broker could not do.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from wire.link import Callbacks, Incoming, LinkError, Will
from wire.topics import matches

_log = logging.getLogger(__name__)
_SILENT = Callbacks(on_message=lambda _: None)


class Published(NamedTuple):
    """One publication that the broker accepted, as it was asked for."""

    client_id: str
    topic: str
    payload: bytes
    qos: int
    retain: bool


class MemoryBroker:
    """Carries messages between its links, in the order in which they were published.

    ``manual``: nothing moves until ``deliver()``; else each act is carried out at once, in the
    thread that asked. A publication made inside a callback waits its turn in both.
    """

    def __init__(self, *, manual: bool = False) -> None:
        self.published: list[Published] = []
        self.retained: dict[str, bytes] = {}
        self._manual = manual
        self._lock = threading.RLock()
        self._acts: deque[Callable[[], None]] = deque()
        self._pumping = False
        self._up = True
        self._links: list[MemoryLink] = []
        self._cut: set[str] = set()
        self._holding: set[str] | None = None
        self._held: list[Callable[[], None]] = []
        self._duplicates = 0
        self._losses = 0

    # -- what a test, a demo or a training room does to the line

    def deliver(self, limit: int | None = None) -> int:
        """Carry out what waits, in order, with what it causes; how many acts that were."""
        with self._lock:
            if self._pumping:
                return 0
            self._pumping = True
        done = 0
        try:
            while limit is None or done < limit:
                with self._lock:
                    if not self._acts:
                        break
                    act = self._acts.popleft()
                act()
                done += 1
        finally:
            self._pumping = False
        return done

    def down(self) -> None:
        """The broker dies: every link loses its line, what was under way is lost, no will is said."""
        with self._lock:
            self._up = False
            self._acts.clear()
            self._held.clear()
            lost = [link for link in self._links if link.connected]
            for link in lost:
                self._drop(link)
        self._settle()

    def up(self, *, forget: bool = False) -> None:
        """The broker is there again and links come back; ``forget``: without its retained messages."""
        with self._lock:
            self._up = True
            if forget:
                self.retained.clear()
            for link in self._links:
                self._acts.append(partial(self._connect, link))
        self._settle()

    def cut(self, client_id: str) -> None:
        """One link's line breaks without a word, so its will is said; it stays cut until ``mend``."""
        with self._lock:
            self._cut.add(client_id)
            for link in self._links:
                if link.client_id == client_id and link.connected:
                    self._die(link)
        self._settle()

    def mend(self, client_id: str) -> None:
        """That line works again, and its link comes back."""
        with self._lock:
            self._cut.discard(client_id)
            for link in self._links:
                if link.client_id == client_id:
                    self._acts.append(partial(self._connect, link))
        self._settle()

    def hold(self, *client_ids: str) -> None:
        """Keep back what would be delivered to these clients, or to all, until ``release``."""
        with self._lock:
            self._holding = set(client_ids)

    def release(self) -> None:
        """Deliver what was kept back, in order."""
        with self._lock:
            self._holding = None
            self._acts.extendleft(reversed(self._held))
            self._held.clear()
        self._settle()

    def duplicate_next(self, count: int = 1) -> None:
        """Deliver each of the next ``count`` publications twice, as QoS 1 may."""
        self._duplicates += count

    def lose_next(self, count: int = 1) -> None:
        """Lose the next ``count`` publications, as QoS 0 may; their senders are not told."""
        self._losses += count

    def on(self, topic: str) -> list[bytes]:
        """Every payload published on topics that the filter ``topic`` covers, oldest first."""
        return [p.payload for p in self.published if matches(topic, p.topic)]

    # -- what its links do

    def _attach(self, link: MemoryLink) -> None:
        with self._lock:
            self._links.append(link)
            self._acts.append(partial(self._connect, link))
        self._settle()

    def _detach(self, link: MemoryLink) -> None:
        with self._lock:
            if link in self._links:
                self._links.remove(link)
            link.line = 0

    def _publish(self, message: Published) -> None:
        with self._lock:
            self.published.append(message)
            if self._losses > 0:
                self._losses -= 1
                return
            for _ in range(2 if self._duplicates > 0 else 1):
                self._acts.append(partial(self._route, message))
            self._duplicates = max(0, self._duplicates - 1)
        self._settle()

    def _ask(self, link: MemoryLink, pattern: str) -> None:
        with self._lock:
            self._acts.append(partial(self._subscribe, link, link.line, pattern))
        self._settle()

    def _settle(self) -> None:
        if not self._manual:
            self.deliver()

    # -- acts, carried out in order

    def _connect(self, link: MemoryLink) -> None:
        with self._lock:
            if not self._up or link.connected or link not in self._links or link.client_id in self._cut:
                return
            for other in self._links:     # the same client id again: a broker throws the older one out
                if other.client_id == link.client_id and other.connected:
                    self._die(other)
            link.line = link.last_line = link.last_line + 1
            link.filters = [topic for topic, _ in link.wanted]
        link.tell(link.callbacks.on_connect)
        for pattern in list(link.filters):
            self._subscribe(link, link.line, pattern)

    def _subscribe(self, link: MemoryLink, line: int, pattern: str) -> None:
        with self._lock:
            if line != link.line or not line:
                return
            if pattern not in link.filters:
                link.filters.append(pattern)
            kept = [Incoming(t, p, True) for t, p in self.retained.items() if matches(pattern, t)]
        for incoming in kept:
            self._hand(link, incoming)

    def _route(self, message: Published) -> None:
        with self._lock:
            if message.retain and message.payload:
                self.retained[message.topic] = message.payload
            elif message.retain:
                self.retained.pop(message.topic, None)
            hearing = [link for link in self._links if link.connected
                       and any(matches(f, message.topic) for f in link.filters)]
        for link in hearing:
            self._hand(link, Incoming(message.topic, message.payload, False))

    def _hand(self, link: MemoryLink, incoming: Incoming) -> None:
        line = link.line

        def hand() -> None:
            if link.line == line:       # a clean session: what was under way to a lost line is lost
                link.tell(partial(link.callbacks.on_message, incoming))

        with self._lock:
            if self._holding is not None and (not self._holding or link.client_id in self._holding):
                self._held.append(hand)
                return
        hand()

    def _drop(self, link: MemoryLink) -> None:
        link.line = 0
        self._acts.append(partial(link.tell, link.callbacks.on_disconnect))

    def _die(self, link: MemoryLink) -> None:
        self._drop(link)
        if (will := link.will) is not None:
            self._publish_later(Published(link.client_id, will.topic, will.payload, will.qos, will.retain))

    def _publish_later(self, message: Published) -> None:
        self.published.append(message)
        self._acts.append(partial(self._route, message))


class MemoryLink:
    """A line to a ``MemoryBroker``; keeps the contract of ``wire.link.Link``."""

    def __init__(self, broker: MemoryBroker, client_id: str) -> None:
        self.client_id = client_id
        self.callbacks = _SILENT
        self.wanted: list[tuple[str, int]] = []
        self.filters: list[str] = []
        self.will: Will | None = None
        self.line = 0                   # number of the connection, 0 while there is none
        self.last_line = 0
        self._broker = broker
        self._started = False

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us."""
        return self.line != 0

    def start(self, callbacks: Callbacks, *, subscribe: Sequence[tuple[str, int]] = (),
              will: Will | None = None) -> None:
        """Begin to connect; ``LinkError`` where it was started before and not stopped."""
        if self._started:
            raise LinkError(f"link {self.client_id!r} is started already; stop it first")
        self._started = True
        self.callbacks, self.wanted, self.will = callbacks, list(subscribe), will
        self._broker._attach(self)

    def subscribe(self, topic: str, qos: int = 1) -> None:
        """Also hear ``topic``, now and after each reconnection."""
        self.wanted = [w for w in self.wanted if w[0] != topic] + [(topic, qos)]
        if self.connected:
            self._broker._ask(self, topic)

    def unsubscribe(self, topic: str) -> None:
        """No longer hear ``topic``."""
        self.wanted = [w for w in self.wanted if w[0] != topic]
        self.filters = [f for f in self.filters if f != topic]

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Hand a message to the broker; ``False`` where there is no line."""
        if not self.connected:
            return False
        self._broker._publish(Published(self.client_id, topic, payload, qos, retain))
        return True

    def stop(self, farewell: Will | None = None, *, timeout_s: float = 2.0) -> None:
        """Say ``farewell`` and leave cleanly: no will, and no callback any more."""
        if farewell is not None:
            self.publish(farewell.topic, farewell.payload, qos=farewell.qos, retain=farewell.retain)
        self.callbacks = _SILENT
        self._started = False
        self._broker._detach(self)

    def tell(self, callback: Callable[[], None]) -> None:
        """Call back as a real link does: what the callback raises is logged, and the line lives on."""
        try:
            callback()
        except Exception:  # noqa: BLE001 -- whatever it is, it is the callback's trouble, not the line's
            _log.exception("link %s: a callback failed", self.client_id)
