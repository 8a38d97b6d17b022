"""The newest state of the office, handed to the pages that wait for it.

Rule 1: only the newest payload of a topic is kept; a slow page misses what was in between, never the end.
Rule 2: who puts never waits for who reads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

MAX_TOPICS = 4096
"""Devices that anyone may name can not fill the memory; above this, none is kept that is new."""
_OF_DEVICES = "device/"


class Live:
    """The newest payload of each topic, with a version that grows by one for each change.

    Topics are those of the wire without the site's prefix: ``state/board``, ``hub/status``. A page
    that knows version v asks for all that is newer; versions begin at a time of the wall clock, so
    that a page which outlived a restart of the hub is behind, never ahead.
    """

    def __init__(self, *, begin: int | None = None) -> None:
        self._changed = threading.Condition()
        self._newest: dict[str, tuple[int, bytes, float]] = {}
        self._closed = False
        self._version = time.time_ns() // 1_000_000 if begin is None else begin

    @property
    def version(self) -> int:
        """The version of the newest change of all."""
        return self._version

    def put(self, topic: str, payload: bytes) -> int:
        """Keep ``payload`` as the newest of ``topic``, wake who waits for it; returns its version.

        An empty payload means that the topic is no longer so, as on the wire. Safe from any thread.
        """
        with self._changed:
            full = len(self._newest) >= MAX_TOPICS
            if full and topic.startswith(_OF_DEVICES) and topic not in self._newest:
                return self._version
            self._version += 1
            self._newest[topic] = (self._version, payload, time.monotonic())
            self._changed.notify_all()
            return self._version

    def get(self, topic: str) -> tuple[int, bytes] | None:
        """The newest (version, payload) of ``topic``, or ``None`` where nothing was ever said."""
        found = self._newest.get(topic)
        return found[:2] if found and found[1] else None

    def age_s(self, topic: str) -> float | None:
        """Seconds since ``topic`` was last said, or ``None`` where it never was."""
        found = self._newest.get(topic)
        return time.monotonic() - found[2] if found else None

    @property
    def closed(self) -> bool:
        """Whether the pages are being closed."""
        return self._closed

    def close(self) -> None:
        """Wake everybody who waits; from now on nobody waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def topics(self, prefix: str) -> list[str]:
        """All topics that begin with ``prefix`` and are so."""
        return sorted(t for t, (_, payload, _) in list(self._newest.items()) if t.startswith(prefix) and payload)

    def newer(self, topics: Sequence[str], after: int) -> list[tuple[str, bytes, int]]:
        """What of ``topics`` is newer than version ``after``, oldest first; cleared topics are empty bytes.

        A version above the newest of all is none of ours: everything is newer than that.
        """
        with self._changed:
            return self._since(topics, after)

    def wait(self, topics: Sequence[str], after: int, timeout_s: float) -> list[tuple[str, bytes, int]]:
        """As ``newer``, but waits up to ``timeout_s`` for the first change; ``[]`` where none came."""
        until = time.monotonic() + timeout_s
        with self._changed:
            while not (changed := self._since(topics, after)):
                left = until - time.monotonic()
                if left <= 0 or self._closed:
                    return []
                self._changed.wait(left)
        return changed

    def _since(self, topics: Sequence[str], after: int) -> list[tuple[str, bytes, int]]:
        if after > self._version:
            after = -1
        changed: list[tuple[str, bytes, int]] = []
        for topic in topics:
            found = self._newest.get(topic)
            if found is not None and found[0] > after:
                changed.append((topic, found[1], found[0]))
        return sorted(changed, key=lambda row: row[2])
