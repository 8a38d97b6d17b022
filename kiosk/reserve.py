"""The talk with the hub about numbers in reserve: asked for in good time, given when it is silent, reported after.

Rule 1: all of it runs on the device's own thread.
Rule 2: what was given is reported before anything else is asked, because the hub lets a reported ticket wait from
no earlier than the last command it answered here.
Rule 3: a report is made anew each time it is sent, for the age in it would grow old; what is kept is what was given.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from kiosk.block import Calendar, Reserving, Want
from kiosk.numbers import DiskFailed, Given, Numbers
from wire.codes import Refusal
from wire.commands import ReportedTicket, ReportTickets, ReserveNumbers
from wire.device import Device
from wire.messages import Reply

_log = logging.getLogger(__name__)

REPORT_TOGETHER = 25
"""The contract allows 50; the answer carries each ticket whole, and has to fit into 16 KiB."""
REPORT_AGAIN_S = 5.0
WRITE_TIME_S = 300.0
DISK_AGAIN_S = 10.0
KEPT_DAYS = 7
"""So long a reported number stays on the disk, for whoever looks after a bad day."""


class Reserve:
    """``boot`` names this run of the machine, for ages; ``on_reported`` is called when the hub answered a report."""

    def __init__(self, device: Device, numbers: Numbers, calendar: Calendar, reserving: Reserving, *, boot: str,
                 new_ticket: Callable[[], str], new_code: Callable[[], str], now: Callable[[], float],
                 wall: Callable[[], datetime], on_reported: Callable[[], None]) -> None:
        self._device, self._numbers, self._calendar, self._reserving = device, numbers, calendar, reserving
        self._boot, self._new_ticket, self._new_code = boot, new_ticket, new_code
        self._now, self._wall, self._on_reported = now, wall, on_reported
        self._underway: set[str] = set()
        self._together = REPORT_TOGETHER
        self._report_at = float("-inf")
        self._write_time_at = float("-inf")
        self._not_before = float("-inf")
        self._heard_at = ""
        self._epoch = numbers.fact("epoch")
        self._day: date | None = None

    def office_time(self) -> datetime:
        """What time it is at the office, as far as this machine can know."""
        return self._calendar.time(self._now(), self._wall())

    def left(self, service: str) -> int:
        """How many numbers of a service are in reserve for today."""
        return self._numbers.free(service, self.office_time().date().isoformat())

    def give(self, service: str, lane: str, instead_of: str) -> Given | None:
        """A number of the reserve, on the disk as given; ``None`` where there is none, or the disk fails."""
        try:
            return self._numbers.give(
                service, self.office_time().date().isoformat(), id=self._new_ticket(), code=self._new_code(),
                lane=lane, boot=self._boot, now=self._now(), instead_of=instead_of)
        except DiskFailed as wrong:
            _log.error("no number was given: %s", wrong)
            return None

    def found(self) -> None:
        """The hub is there, or there again."""
        self._underway.clear()
        self._report_at = float("-inf")
        self._reserving.hub_came()
        self.turn()

    def turn(self) -> None:
        """Do what is due: hear the hub's time, report, ask for more."""
        now = self._now()
        if now < self._not_before:
            return
        try:
            self._turn(now)
        except DiskFailed as wrong:
            self._not_before = now + DISK_AGAIN_S
            _log.error("%s", wrong)

    def _turn(self, now: float) -> None:
        self._hear_hub(now)
        today = self.office_time().date()
        if today != self._day and (self._device.hub_here or self._day is not None):
            self._day = today
            self._numbers.forget_blocks(before=today.isoformat())
            self._numbers.forget_given((today - timedelta(days=KEPT_DAYS)).isoformat())
        if not self._device.hub_here:
            return
        waiting = self._numbers.unreported()
        if waiting and now >= self._report_at:
            self._report([given for given in waiting if given.id not in self._underway], now)
        elif not waiting and (want := self._reserving.next(now, self.office_time(), self._free)):
            self._ask(want)

    def _free(self, service: str, day: date) -> int:
        return self._numbers.free(service, day.isoformat())

    # -- what the hub tells

    def _hear_hub(self, now: float) -> None:
        hub = self._device.hub
        if hub is None or not self._device.hub_here:
            return
        if isinstance(hub.at, str) and hub.at != self._heard_at:
            self._heard_at = hub.at
            self._calendar.heard(datetime.fromisoformat(hub.at), now)
            if now >= self._write_time_at:
                self._write_time_at = now + WRITE_TIME_S
                self._numbers.remember("hub_time", hub.at)
        if isinstance(hub.epoch, str) and hub.epoch != self._epoch:
            if self._epoch:
                _log.warning("the hub has another journal: the numbers that the old one had kept are dropped")
            # A restored hub may not know that these are ours, and would keep them for another kiosk too.
            self._numbers.forget_blocks(not_of=hub.epoch)
            self._numbers.remember("epoch", hub.epoch)
            self._epoch = hub.epoch

    # -- asking for numbers

    def _ask(self, want: Want) -> None:
        question = self._numbers.question(want.service, want.date.isoformat(), self._device.new_id())
        self._device.ask(
            ReserveNumbers(id=question, service=want.service, count=want.count, day=want.day),
            lambda reply: self._kept_for_us(want, question, reply),
            on_timeout=lambda: self._reserving.answered(self._now(), silent=True))

    def _kept_for_us(self, want: Want, question: str, reply: Reply) -> None:
        if reply.ok and isinstance(reply.numbers, list) and isinstance(reply.day, str):
            try:
                self._numbers.keep(want.service, reply.day, reply.numbers, epoch=self._epoch, question=question)
            except DiskFailed as wrong:
                _log.error("%s", wrong)
                self._reserving.answered(self._now(), silent=True)    # asked again with the same id
                return
            self._reserving.answered(self._now())
            return
        silent = reply.refusal in (Refusal.STORAGE_FAILED, Refusal.TOO_LATE)
        if not silent:
            _log.warning("the hub keeps no numbers of %s for %s: %s", want.service, want.date, reply.refusal)
        self._reserving.answered(self._now(), refused=not silent, silent=silent)
        try:
            self._numbers.close_question(question)
        except DiskFailed as wrong:
            _log.error("%s", wrong)

    # -- reporting

    def _report(self, waiting: list[Given], now: float) -> None:
        self._report_at = now + REPORT_AGAIN_S
        for start in range(0, len(waiting), self._together):
            batch = waiting[start:start + self._together]
            names = [given.id for given in batch]
            self._underway.update(names)
            self._device.ask(
                ReportTickets(id=self._device.new_id(), tickets=[self._reported(given, now) for given in batch]),
                lambda reply, names=names: self._answered(names, reply),
                on_timeout=lambda names=names: self._underway.difference_update(names))

    def _reported(self, given: Given, now: float) -> ReportedTicket:
        age_s = given.age_s(self._boot, now)
        instead = {"instead_of": given.instead_of} if given.instead_of else {}
        return ReportedTicket(
            id=given.id, number=given.number, service=given.service, lane=given.lane, code=given.code, day=given.day,
            age_s=None if age_s is None else round(age_s, 3), **instead)

    def _answered(self, names: list[str], reply: Reply) -> None:
        self._underway.difference_update(names)
        accepted: list[str] = []
        rejected: list[tuple[str, str]] = []
        if reply.ok:
            accepted = [ticket.id for ticket in reply.accepted] if isinstance(reply.accepted, list) else []
            rejected = [(str(one.get("id")), str(one.get("why"))) for one in reply.rejected] \
                if isinstance(reply.rejected, list) else []
        elif reply.refusal in (Refusal.BAD_MESSAGE, Refusal.TOO_LARGE):
            # One that the hub can not read must not hold back the others: one by one, and then without it.
            self._together = 1
            rejected = [(names[0], str(reply.refusal))] if len(names) == 1 else []
        for name, why in rejected:
            _log.error("the hub did not take over ticket %s: %s; staff have to see to its person", name, why)
        try:
            self._numbers.reported(accepted, rejected)
        except DiskFailed as wrong:
            _log.error("%s", wrong)        # reported again; the hub accepts that without an event
            return
        if accepted or rejected:
            self._report_at = float("-inf")
            self._on_reported()
