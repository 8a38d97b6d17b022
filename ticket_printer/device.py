"""A printer as a device of the office: hears ``print-ticket``, and says how each ended and how it is.

Rule 1: an answer to the hub is on the disk before the press forgets the slip.
Rule 2: an answer has an id made of the slip's, so that it can be given twice and counts once.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable

from ticket_printer.press import Job, Press
from wire import codec
from wire.commands import Command, PrintFailed, PrintTicket, TicketPrinted
from wire.device import Device, Room
from wire.messages import Health, Ticket

_log = logging.getLogger(__name__)
_KEPT_S = 5.0


class NotKept(Exception):
    """The answer is not on the disk yet; the press tells the end again."""


class PrinterDevice:
    """What a press and a device have to do with each other. ``press`` is set before ``run``."""

    press: Press

    def __init__(self, device: Device, now: Callable[[], float]) -> None:
        self._device, self._now = device, now

    def run(self, on_running: Callable[[], None] = lambda: None) -> None:
        """Print until ``quit``."""
        self._device.post(lambda: self._begin(on_running))
        try:
            self._device.run(Room(on_command=self._told))
        finally:
            self.press.stop()

    def quit(self) -> None:
        """Make ``run`` end; any thread, and a signal handler, may call."""
        self._device.quit()

    def ended(self, job: Job, error: str | None) -> None:
        """A slip has its end (the press's thread); returns when the answer is on the disk."""
        kept = threading.Event()

        def keep() -> None:
            self._device.keep(answer(job, error))
            kept.set()

        self._device.post(keep)
        if not kept.wait(_KEPT_S):
            raise NotKept(f"the end of slip {job.id} could not be kept")

    def health(self, health: Health) -> None:
        """The printer's health changed (the press's thread)."""
        self._device.post(lambda: self._device.say_health(health))

    def _begin(self, on_running: Callable[[], None]) -> None:
        self.press.start()
        on_running()

    def _told(self, command: Command) -> None:
        if not isinstance(command, PrintTicket):
            return
        ticket = codec.convert(command.ticket, Ticket)
        self.press.put(Job(command.id, ticket, copy=command.copy, valid_until=self._now() + command.valid_s))


def answer(job: Job, error: str | None) -> Command:
    """What the hub is told of a slip's end; always the same for the same slip and end."""
    told = f"{'printed' if error is None else 'failed'} {job.id}"
    command_id = f"slip-{hashlib.sha256(told.encode()).hexdigest()[:32]}"
    if error is None:
        return TicketPrinted(id=command_id, ticket=job.ticket.id)
    return PrintFailed(id=command_id, ticket=job.ticket.id, error=error)
