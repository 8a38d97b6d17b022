"""The cable, as the rest of the house sees it.

A link carries messages to and from a broker; ``wire.paho`` is the real one, ``wire.memory`` one
made of memory. Both keep this contract, and one test suite runs against both.

Rule 1: ``on_message``, ``on_connect`` and ``on_disconnect`` may be called on any thread; a
callback puts what it got in an inbox and returns.
Rule 2: ``publish`` never blocks on the network. While the line is down it drops the message and
answers ``False``: what must arrive is kept and resent by the caller (an outbox, or the journal).
Rule 3: a link reconnects by itself until ``stop``; ``on_connect`` is called after the
subscriptions of ``start`` were asked for, each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class LinkError(Exception):
    """Base class: the line can not do what was asked."""


class LinkRefused(LinkError, ConnectionError):
    """The broker does not let us in; the text says why and what to check."""


class Incoming(NamedTuple):
    """One message as it arrived; ``retained`` says that the broker had kept it."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we are gone without a word."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = True


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What a link tells its owner, on any thread."""

    on_message: Callable[[Incoming], None]
    on_connect: Callable[[], None] = lambda: None
    on_disconnect: Callable[[], None] = lambda: None


class Link(Protocol):
    """A line to a broker."""

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the line is not known to be down."""

    def start(self, callbacks: Callbacks, *, subscribe: Sequence[tuple[str, int]] = (),
              will: Will | None = None) -> None:
        """Begin to connect, and go on trying; returns at once."""

    def subscribe(self, topic: str, qos: int = 1) -> None:
        """Also hear ``topic`` (a filter), now and after each reconnection."""

    def unsubscribe(self, topic: str) -> None:
        """No longer hear ``topic``."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Hand a message to the line; ``False`` where the line is down and it was dropped."""

    def stop(self, farewell: Will | None = None, *, timeout_s: float = 2.0) -> None:
        """Say ``farewell``, disconnect cleanly (no last will), and return."""
