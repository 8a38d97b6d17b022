"""The press: takes slips from anybody, prints them one after another on its own thread, and tells each one's end.

Rule 1: whoever puts a slip waits for the disk and never for the printer.
Rule 2: before a slip the printer is asked how it is; one that can not print fails the slip at once, since somebody
stands there waiting. A printer that does not even answer is not asked again for each slip.
Rule 3: a slip that broke off is printed once more, as a copy, when the printer is well; if that takes too long or
breaks off too, it has failed. Each slip has one end, told at least once, and again whenever it is put again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ticket_printer.cable import Cable, lost
from ticket_printer.errors import PrinterError, TooLate
from ticket_printer.rows import Row, Rows
from ticket_printer.status import Condition
from wire import codec
from wire.messages import Health, Ticket

_log = logging.getLogger(__name__)

POLL_S = 2.0
"""So often an idle printer is asked how it is."""
LASTS_S = 120.0
"""A slip without an end of its own is worth printing after a start, or after it broke off, for so long."""
INTERRUPTED = "interrupted"
"""Why a slip failed that two runs of the program began and neither finished."""
_MOST_SENT = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One slip to print. An ``id`` is printed once; ``copy`` marks the paper; ``valid_until`` is monotonic, in s;
    ``language`` is the office's first when left out."""

    id: str
    ticket: Ticket
    copy: bool = False
    valid_until: float | None = None
    language: str | None = None


Write = Callable[[Ticket, bool, "str | None", "datetime | None"], bytes]
"""A ticket, whether as a copy, in which language, and when its place was true, as bytes for the printer."""


class Press:
    """The slips of one printer, from ``start`` to ``stop``.

    ``now``: monotonic s, any thread; ``wall``: the time of day, with its zone. ``on_end(job, None)`` when it is on
    paper, ``on_end(job, code)`` when it is not and will not be; one that raises is called again. ``on_health`` hears
    each change. Both on the press's own thread. ``begin`` makes what is needed and gives the cable; ``end`` undoes it;
    ``warm`` loads, on that thread, what the first slip would else wait for.
    """

    def __init__(self, rows: Rows, write: Write, begin: Callable[[], Cable], *, now: Callable[[], float],
                 wall: Callable[[], datetime], on_end: Callable[[Job, str | None], None],
                 on_health: Callable[[Health], None], end: Callable[[], None] = lambda: None,
                 warm: Callable[[], None] = lambda: None,
                 verbs: Mapping[str, Callable[..., Any]] | None = None) -> None:
        self.health = Health(paper="unknown", cover="unknown", error=None)
        self.verbs = dict(verbs or {})
        """What a hand can do to the printer where it is pretended; for ``wire.pretend``."""
        self._rows, self._write, self._begin, self._finish, self._warm = rows, write, begin, end, warm
        self._now, self._wall, self._on_end, self._on_health = now, wall, on_end, on_health
        self._wake = threading.Condition()
        self._woken = False
        self._running = False
        self._until: dict[str, float] = {}
        self._lost: PrinterError | None = None
        self._lost_until = 0.0
        self._thread: threading.Thread | None = None
        self._said = False

    def start(self) -> None:
        """Begin to print: first what an earlier run left."""
        self._running = True
        self._cable = self._begin()
        self._rows.recover()
        wall_ms = self._wall_ms()
        for row in self._rows.open_slips():
            ends_ms = row.until_ms if row.until_ms is not None else row.put_ms + int(LASTS_S * 1000)
            # A clock that stands before the slip was put says nothing of its age; then it is worth printing.
            self._until[row.id] = self._now() + (ends_ms - max(wall_ms, row.put_ms)) / 1000
        self._thread = threading.Thread(target=self._run, name="press", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Finish the slip under way and rest; what waits stays on the disk."""
        self._running = False
        self._notify()
        if self._thread is not None:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                _log.warning("a slip is still on its way to the printer; the next start finds out what became of it")
                return
            self._thread = None
        self._rows.close()

    def put(self, job: Job) -> None:
        """Print this, soon; on the disk when this returns. Any thread. An id that is known is not printed again,
        only its end told again. ``RowsFailed`` where it can be kept nowhere, ``Malformed`` where it is no ticket."""
        wall_ms, until_ms = self._wall_ms(), None
        ticket = codec.encode(job.ticket)
        codec.decode(ticket, Ticket)             # a struct checks nothing when it is made, and later is too late
        if job.valid_until is not None:
            until_ms = wall_ms + int((job.valid_until - self._now()) * 1000)
        with self._wake:
            known = self._rows.put(Row(
                id=job.id, ticket=ticket, copy=job.copy, language=job.language, put_ms=wall_ms,
                until_ms=until_ms, state="waiting", sent=0, error=None, told=False))
            if known is None and job.valid_until is not None:
                self._until[job.id] = job.valid_until
            if known is not None and known.state in ("printed", "failed"):
                self._rows.untell(job.id)
        self._notify()

    def _notify(self) -> None:
        with self._wake:
            self._woken = True
            self._wake.notify()

    # -- on its own thread

    def _run(self) -> None:
        self._warm()
        while self._running:
            try:
                self._turn()
            except Exception:  # noqa: BLE001 -- one slip that can not be made must not end the printing of others
                _log.exception("the press stumbled")
            with self._wake:
                if not self._woken:
                    self._wake.wait(POLL_S / 2 if self._said and self.health.error else POLL_S)
                self._woken = False
        self._cable.close()
        self._finish()

    def _turn(self) -> None:
        for row in self._rows.untold():
            self._tell(row)
        slips = self._rows.open_slips()
        if not slips:
            self._check()
        for row in slips:
            if not self._running:
                return
            self._do(row)

    def _do(self, row: Row) -> None:
        again = row.state != "waiting"
        if again and row.sent >= _MOST_SENT:
            self._end(row, row.error or INTERRUPTED)
        elif self._now() >= self._until.get(row.id, float("inf")):
            self._end(row, row.error or TooLate.code)
        elif trouble := self._trouble_before():
            if not again:
                self._end(row, trouble.code)
        else:
            self._print(row, again=again)

    def _trouble_before(self) -> PrinterError | None:
        if self._lost is not None and self._now() < self._lost_until:
            return self._lost
        return self._check()

    def _check(self) -> PrinterError | None:
        try:
            condition = self._cable.check()
        except PrinterError as wrong:
            self._say(Condition(trouble=wrong))
            return wrong
        self._say(condition)
        return condition.trouble

    def _print(self, row: Row, *, again: bool) -> None:
        try:
            slip = self._made(row, again=again)
        except Exception as wrong:  # noqa: BLE001 -- whatever it is, it is the end of this slip
            _log.exception("slip %s can not be made", row.id)
            self._end(row, getattr(wrong, "code", PrinterError.code))
            return
        self._rows.sending(row.id)
        try:
            self._cable.put(slip)
        except PrinterError as wrong:
            _log.warning("slip %s broke off: %s", row.id, wrong)
            self._say(Condition(trouble=wrong))
            self._lost = None                    # one line that broke is not yet a printer that is not there
            if again:
                self._end(row, wrong.code)
            else:
                self._rows.unknown(row.id, wrong.code)
                self._until.setdefault(row.id, self._now() + LASTS_S)
                self._notify()
        else:
            self._end(row, None)
            self._check()

    def _made(self, row: Row, *, again: bool) -> bytes:
        ticket = codec.decode(row.ticket, Ticket)
        at = None
        if row.copy and not again:               # what the hub sends with a copy is true now
            wall = self._wall()
            issued = datetime.fromisoformat(ticket.issued_at)
            at = wall.astimezone(issued.tzinfo)
            at = at if at.date() == issued.date() and at >= issued else None
        return self._write(ticket, row.copy or again, row.language, at)

    def _end(self, row: Row, error: str | None) -> None:
        if error is None:
            self._rows.printed(row.id)
        else:
            self._rows.failed(row.id, error)
        self._until.pop(row.id, None)
        for ended in self._rows.untold():
            self._tell(ended)

    def _tell(self, row: Row) -> None:
        try:
            job = Job(row.id, codec.decode(row.ticket, Ticket), copy=row.copy, language=row.language)
            self._on_end(job, row.error)
        except codec.Malformed:
            _log.exception("slip %s, kept by another release, can not be read", row.id)
        except Exception:  # noqa: BLE001 -- it stays untold and is told again
            _log.exception("nobody took the end of slip %s", row.id)
            return
        self._rows.told(row.id)

    def _say(self, condition: Condition) -> None:
        wrong = condition.trouble
        self._lost = wrong if wrong is not None and lost(wrong) else None
        if self._lost is not None:
            self._lost_until = self._now() + POLL_S / 2
        health = condition.health
        if health == self.health and self._said:
            return
        if wrong is not None and wrong.code != self.health.error:
            _log.warning("%s", wrong)
        self.health, self._said = health, True
        try:
            self._on_health(health)
        except Exception:  # noqa: BLE001 -- a listener that stumbles must not stop the printing
            _log.exception("nobody took how the printer is")

    def _wall_ms(self) -> int:
        return int(self._wall().timestamp() * 1000)
