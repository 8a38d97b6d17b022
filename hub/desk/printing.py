"""Slips that the hub lets a printer print: sent, sent again, until somebody says how it ended.

Rule 1: whoever takes a ticket prints it if it has a printer; else the printer that the settings
name does, and for a phone nobody does.
Rule 2: one slip has one id, also after a restart, so that no printer prints it twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from hub.desk.board import View
from hub.queueing import events as ev
from hub.queueing.events import Moment, Record, Ticket
from hub.queueing.floor import Floor
from wire.codec import Malformed, decode, encode
from wire.link import Link
from wire.messages import DeviceStatus
from wire.topics import Topics

VALID_MS = 30_000
AGAIN_MS = 5_000


@dataclass(slots=True)
class _Slip:
    """One slip on its way; ``due_ms`` is when it is sent (again), ``until_ms`` when it is given up."""

    id: str
    ticket: str
    printer: str
    copy: bool
    due_ms: int
    until_ms: int
    sent: bool = False


class Printing:
    """Knows which printer serves whom (``printer_of``: device → printer, or ``None``) and what is under way."""

    def __init__(
        self, *, link: Link, topics: Topics, view: View, printer_of: Callable[[str], str | None],
    ) -> None:
        self._link, self._topics, self._view, self._printer_of = link, topics, view, printer_of
        self._slips: dict[str, _Slip] = {}
        self._online: set[str] = set()

    def device_says(self, device: str, payload: bytes) -> None:
        """A device's status came: a printer that is there is worth sending to again."""
        try:
            online = bool(payload) and decode(payload, DeviceStatus).online
        except Malformed:
            online = False
        (self._online.add if online else self._online.discard)(device)

    def after(self, floor: Floor, records: list[Record]) -> None:
        """Look at what was just kept: new tickets want a slip, printed or failed ones want no more."""
        for record in records:
            event = record.event
            if isinstance(event, ev.TicketIssued):
                ticket = floor.tickets.get(event.ticket)
                if ticket is not None and event.channel != "phone":
                    self._want(ticket, record.mono_ms)
            elif isinstance(event, ev.TicketPrinted | ev.PrintFailed):
                for slip in [s for s in self._slips.values() if s.ticket == event.ticket]:
                    del self._slips[slip.id]

    def remember(self, floor: Floor, now: Moment, phones: Callable[[str], bool]) -> None:
        """After a restart: slips that were under way go on, under the same ids."""
        for ticket in floor.tickets.values():
            if now.mono_ms - ticket.queued_ms < VALID_MS and not phones(ticket.id):
                self._want(ticket, ticket.queued_ms)

    def _want(self, ticket: Ticket, since_ms: int) -> None:
        printer = self._printer_of(ticket.device)
        if printer is not None and ticket.printed is None:
            slip = _Slip(f"slip-{ticket.id}"[:64], ticket.id, printer, False, since_ms, since_ms + VALID_MS)
            self._slips[slip.id] = slip

    def again(self, ticket: Ticket, now: Moment, *, device: str, command_id: str) -> None:
        """Staff want a copy: from the printer of the one who took it, or the taker's own."""
        printer = self._printer_of(ticket.device) or ticket.device
        name = hashlib.sha256(f"{device}/{command_id}".encode()).hexdigest()[:40]
        slip = _Slip(f"copy-{name}", ticket.id, printer, True, now.mono_ms, now.mono_ms + VALID_MS)
        self._slips[slip.id] = slip

    @property
    def due_ms(self) -> int | None:
        """When ``turn`` has something to do next, in office time."""
        return min((s.due_ms for s in self._slips.values()), default=None)

    def turn(self, floor: Floor, now: Moment) -> None:
        """Send what is due, and give up what is over."""
        for slip in [s for s in self._slips.values() if now.mono_ms >= s.due_ms]:
            ticket = floor.tickets.get(slip.ticket)
            if ticket is None or now.mono_ms >= slip.until_ms:
                del self._slips[slip.id]
                continue
            if not slip.sent or slip.printer in self._online:
                self._send(slip, self._view.ticket(floor, ticket), now)
            slip.due_ms = now.mono_ms + AGAIN_MS

    def _send(self, slip: _Slip, ticket: object, now: Moment) -> None:
        left_s = VALID_MS / 1000 if not slip.sent else round((slip.until_ms - now.mono_ms) / 1000, 3)
        slip.sent = self._link.publish(self._topics.device_command(slip.printer), encode({
            "id": slip.id, "command": "print-ticket", "ticket": ticket, "copy": slip.copy, "valid_s": left_s}), qos=1)
