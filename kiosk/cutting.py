"""A line that can be cut, for trying out what a kiosk does without the hub.

Cut, it is as dead as a pulled cable: nothing goes, nothing comes, and the broker says the last will. Mended, it is
a new line, on which the broker tells again all that it keeps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from wire.link import Callbacks, Incoming, Link, Will


class CuttableLink:
    """Keeps the contract of ``wire.link.Link``; ``new_link`` makes the real line, anew after each cut."""

    def __init__(self, new_link: Callable[[], Link]) -> None:
        self._new_link = new_link
        self._link: Link | None = None
        self._start: tuple[Callbacks, list[tuple[str, int]], Will | None] | None = None
        self._cut = False
        self._lock = threading.RLock()

    @property
    def connected(self) -> bool:
        """Whether the line stands."""
        link = self._link
        return link is not None and not self._cut and link.connected

    def start(self, callbacks: Callbacks, *, subscribe: Sequence[tuple[str, int]] = (),
              will: Will | None = None) -> None:
        """Begin to connect, unless cut."""
        with self._lock:
            self._start = (callbacks, list(subscribe), will)
            if not self._cut:
                self._connect()

    def _connect(self) -> None:
        assert self._start is not None
        callbacks, subscribe, will = self._start
        link = self._link = self._new_link()

        def heard(message: Incoming) -> None:
            if self._link is link and not self._cut:
                callbacks.on_message(message)

        link.start(Callbacks(heard, callbacks.on_connect, callbacks.on_disconnect), subscribe=subscribe, will=will)

    def cut(self, on: bool) -> None:
        """Cut the line, or mend it; any thread may call."""
        with self._lock:
            if on == self._cut:
                return
            self._cut = on
            if self._start is None:
                return
            if not on:
                self._connect()
            elif self._link is not None:
                link, self._link = self._link, None
                link.stop(self._start[2])

    def subscribe(self, topic: str, qos: int = 1) -> None:
        """Also hear ``topic``."""
        with self._lock:
            if self._start is not None:
                self._start[1].append((topic, qos))
            if self._link is not None:
                self._link.subscribe(topic, qos)

    def unsubscribe(self, topic: str) -> None:
        """No longer hear ``topic``."""
        with self._lock:
            if self._start is not None:
                self._start[1][:] = [one for one in self._start[1] if one[0] != topic]
            if self._link is not None:
                self._link.unsubscribe(topic)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Hand a message to the line; ``False`` where it is down or cut."""
        link = self._link
        return link is not None and not self._cut and link.publish(topic, payload, qos=qos, retain=retain)

    def stop(self, farewell: Will | None = None, *, timeout_s: float = 2.0) -> None:
        """Say ``farewell`` and leave."""
        with self._lock:
            link, self._link, self._start = self._link, None, None
        if link is not None:
            link.stop(farewell, timeout_s=timeout_s)
