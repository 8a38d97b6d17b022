"""Cables: how the bytes of a slip reach a printer. One contract, one file for each kind, chosen by name.

Rule 1: a cable opens, sends, reads and closes, and understands nothing of what it carries.
Rule 2: no call waits longer than it says. ``PrinterOffline``: nobody there, or no longer; ``PrinterSilent``: somebody
is there and takes nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from ticket_printer.errors import BadTransport

KINDS = {"network": "Network", "serial": "Serial", "file": "File"}
"""Kind of cable → its class, in the module of the kind's name."""
STALL_S = 3.0
"""So long may a printer take nothing of what is sent before it counts as silent."""


class Transport(Protocol):
    """One cable."""

    where: str
    """The address, for people."""

    @property
    def answers(self) -> bool:
        """Whether a printer can be heard over it, once it is open."""

    def open(self) -> None:
        """Connect; within a second. ``PrinterOffline``."""

    def send(self, data: bytes) -> None:
        """Send all of it. ``PrinterOffline``, ``PrinterSilent``; then part of it may have arrived."""

    def read(self, timeout_s: float) -> bytes:
        """What the printer said, as soon as it says anything; empty when the time is over. ``PrinterOffline``."""

    def close(self) -> None:
        """Let the cable go; harmless when it is not open."""


def transport(kind: str, address: str, *, baud: int = 19200, stall_s: float = STALL_S) -> Transport:
    """The cable of that kind to that address. ``BadTransport`` where there is no such kind, or no such address can be.
    """
    if kind not in KINDS:
        raise BadTransport(f"there is no transport {kind!r}; choose from {', '.join(KINDS)}")
    made: Transport = getattr(import_module(f"{__name__}.{kind}"), KINDS[kind])(address, baud=baud, stall_s=stall_s)
    return made
