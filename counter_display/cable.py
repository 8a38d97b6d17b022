"""A cable that can be pulled out, for pretend hardware: a link that loses everything while it is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from wire.link import Callbacks, Incoming, Link, Will


class Breakable(Link, Protocol):
    """A link whose line can be broken from this end, such as ``wire.paho.PahoLink``."""

    def break_line(self) -> None:
        """Break the line without a farewell; it is made again."""


class PretendCable:
    """The link ``line``, with ``cut`` to pull the plug out and to put it back."""

    def __init__(self, line: Breakable) -> None:
        self._line = line
        self._callbacks = Callbacks(on_message=lambda _: None)
        self._cut = False

    def cut(self, on: bool) -> None:
        """Pull the plug out (``on``), or put it back; any thread may call."""
        self._cut = on
        self._line.break_line()             # pulled: the broker sees us go; put back: all is subscribed anew

    @property
    def connected(self) -> bool:
        """Whether the line is up and the plug is in."""
        return not self._cut and self._line.connected

    def start(self, callbacks: Callbacks, *, subscribe: Sequence[tuple[str, int]] = (),
              will: Will | None = None) -> None:
        """Begin to connect; see ``wire.link``."""
        self._callbacks = callbacks
        self._line.start(replace(callbacks, on_message=self._message, on_connect=self._connect),
                         subscribe=subscribe, will=will)

    def _message(self, message: Incoming) -> None:
        if not self._cut:
            self._callbacks.on_message(message)

    def _connect(self) -> None:
        if not self._cut:
            self._callbacks.on_connect()

    def subscribe(self, topic: str, qos: int = 1) -> None:
        """Also hear ``topic``."""
        self._line.subscribe(topic, qos)

    def unsubscribe(self, topic: str) -> None:
        """No longer hear ``topic``."""
        self._line.unsubscribe(topic)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Send, unless the plug is out."""
        return not self._cut and self._line.publish(topic, payload, qos=qos, retain=retain)

    def stop(self, farewell: Will | None = None, *, timeout_s: float = 2.0) -> None:
        """Leave; nobody hears the farewell while the plug is out."""
        self._line.stop(None if self._cut else farewell, timeout_s=timeout_s)
