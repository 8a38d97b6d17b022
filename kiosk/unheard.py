"""Numbers that the hub gave and nobody saw: a kiosk that died while it waited for the answer takes them back.

Rule 1: a question for a number is on the disk before it is sent, and until it is known how it ended.
Rule 2: one that an earlier run left there is never shown and never printed: the same command is sent once more, so
that the hub says which ticket it was, and that ticket is cancelled.
Rule 3: numbers given without the hub are reported first (see ``kiosk.reserve``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from kiosk.numbers import DiskFailed, Numbers
from kiosk.stages import AskHub
from wire.codes import Refusal
from wire.commands import CancelTicket, TakeTicket
from wire.device import Device
from wire.messages import Reply, Ticket

_log = logging.getLogger(__name__)

AGAIN_S = 5.0


def question(wanted: AskHub) -> TakeTicket:
    """The command that asks for a number; the same each time it is sent."""
    return TakeTicket(id=wanted.command, service=wanted.service, lane=wanted.lane, language=wanted.language,
                      channel="kiosk")


class Unheard:
    """All on the device's own thread. What the disk refuses is logged: a person gets a number all the same."""

    def __init__(self, device: Device, numbers: Numbers, now: Callable[[], float]) -> None:
        self._device, self._numbers, self._now = device, numbers, now
        self._left: list[AskHub] = []
        self._ended: set[str] = set()
        self._underway = False
        self._not_before = float("-inf")

    def take_up(self) -> None:
        """After a start, before anybody presses: what an earlier run left without an end. ``DiskFailed``."""
        self._left = self._numbers.asked()

    def asks(self, wanted: AskHub) -> None:
        """A number is about to be asked for."""
        try:
            self._numbers.ask_begins(wanted)
        except DiskFailed as wrong:
            _log.error("%s", wrong)

    def ended(self, command: str) -> None:
        """It is known how this question ended."""
        self._ended.add(command)
        self._forget()

    def _forget(self) -> None:
        try:
            for command in sorted(self._ended):
                self._numbers.ask_ended(command)
                self._ended.discard(command)
        except DiskFailed as wrong:
            # A number that somebody holds must not be taken back at the next start: tried again.
            self._not_before = self._now() + AGAIN_S
            _log.error("%s", wrong)

    def turn(self) -> None:
        """Do what is due: forget what the disk did not let go, and take back what nobody saw."""
        if self._now() < self._not_before:
            return
        if self._ended:
            self._forget()
        if not self._left or self._underway or not self._device.hub_here:
            return
        try:
            if self._numbers.unreported():
                return
        except DiskFailed as wrong:
            self._later()
            _log.error("%s", wrong)
            return
        self._underway = True
        wanted = self._left[0]
        self._device.ask(question(wanted), lambda reply: self._named(wanted, reply), on_timeout=self._later)

    def _named(self, wanted: AskHub, reply: Reply) -> None:
        if reply.ok and isinstance(reply.ticket, Ticket):
            ticket = reply.ticket
            self._device.ask(
                CancelTicket(id=self._device.new_id(), ticket=ticket.id),
                lambda answer: self._cancelled(wanted, ticket, answer), on_timeout=self._later)
        elif reply.refusal == Refusal.STORAGE_FAILED:
            self._later()
        else:
            self._done(wanted)            # the hub gave no number then, and gives none now

    def _cancelled(self, wanted: AskHub, ticket: Ticket, answer: Reply) -> None:
        if answer.ok:
            _log.warning("number %s was given while this kiosk was down; nobody saw it, and it is void", ticket.number)
        elif answer.refusal in (Refusal.STORAGE_FAILED, Refusal.TOO_LATE):
            self._later()
            return
        else:
            _log.warning("number %s, which nobody saw, can not be taken back: %s", ticket.number, answer.refusal)
        self._done(wanted)

    def _done(self, wanted: AskHub) -> None:
        self._underway = False
        self._left.remove(wanted)
        self.ended(wanted.command)

    def _later(self) -> None:
        self._underway = False
        self._not_before = self._now() + AGAIN_S
