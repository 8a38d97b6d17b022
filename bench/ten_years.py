"""The journal of an office that has worked for ten years: made once, kept for later runs.

What happens in it is invented; that it can happen is not: people and clerks of a simulated hall ask the real rules
(`hub.queueing.rules`), and the real `Journal` keeps what comes of it, chain and projections included.
"""

from __future__ import annotations

import fcntl
import hashlib
import heapq
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import hub.journal
import hub.queueing.events
from bench.figures import NotMeasured
from bench.office import SERVICES, SITE
from firmware_config.demo import SITES
from firmware_config.settings import load
from hub.desk.ids import Ids
from hub.journal.journal import FILE, REPLIES_KEPT_MS, Batch, Journal
from hub.office import hall_of
from hub.queueing import rules
from hub.queueing.events import Event, Moment, Record
from hub.queueing.floor import Floor
from hub.queueing.hall import Hall

VISITS_A_DAY = 300
FIRST_DAY = date(2016, 1, 4)
"""A Monday; 2,500 working days later it is August 2025."""
BYTES_A_VISIT = 2500
"""About what a visit takes in the journal, events, projections and indexes together."""
REPLY = b'{"id":"%s","ok":true,"ticket":{' + b" " * 300 + b"}}"

_HOUR_MS = 3_600_000
_ARRIVALS = ((7.5, 8.5, 3), (8.5, 10, 4), (10, 11.2, 2), (13.5, 15, 3), (15, 16.5, 1))
"""From hour, to hour, how many of thirteen come then: a ward's morning is its busy time."""
_NO_SHOW, _RATES, _STARTS, _PRIORITY = 0.06, 0.35, 0.7, 0.08
_SERVICE_MIN = 3.6


def ten_years(visits: int, cache: Path | None = None) -> Path:
    """The file of a journal with that many visits, at 300 a working day; made if it is not there yet."""
    places = cache or Path(tempfile.gettempdir()) / f"motcua-bench-cache-{os.getuid()}"
    try:
        places.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (places / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = places / f"ten-years-{visits}-{_content()}"
            if not (found / FILE).exists():
                _make_in(places, found, visits)
    except OSError as wrong:
        raise NotMeasured(f"can not keep the journal of ten years in {places} ({wrong}); "
                          "give another folder with --cache") from None
    return found / FILE


def _content() -> str:
    """Eight digits that change with all that decides what is in the journal."""
    digest = hashlib.sha256()
    for source in (Path(__file__), Path(hub.queueing.events.__file__),
                   *sorted(p for p in Path(hub.journal.__file__).parent.rglob("*") if p.suffix in (".py", ".sql"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:8]


def _make_in(places: Path, found: Path, visits: int) -> None:
    for outdated in places.glob(f"ten-years-{visits}-*"):
        shutil.rmtree(outdated)
    needed, free = visits * BYTES_A_VISIT, shutil.disk_usage(places).free
    if free < 2 * needed:  # one is kept, one is copied for each office
        raise NotMeasured(f"{places} has {free >> 20} MiB left, and {2 * needed >> 20} are needed; "
                          "give a folder on another disk with --cache, or fewer --visits")
    part = found.with_suffix(".part")
    make(part, visits)
    part.rename(found)


def make(folder: Path, visits: int, *, tell: Callable[[str], None] | None = None) -> None:
    """Write the journal of that many visits into `folder`, which must be new."""
    tell = tell or (lambda line: print(line, file=sys.stderr, flush=True))
    hall = hall_of(load(SITES / SITE))
    journal = Journal.open(folder, durable=False)
    years, made, began = Years(hall, journal), 0, time.monotonic()
    days = -(-visits // VISITS_A_DAY)
    last_ms = _midnight_ms(_day(days - 1), hall.utc_offset_min)
    for n in range(days):
        years.day(_day(n), min(VISITS_A_DAY, visits - made), replies=_midnight_ms(
            _day(n), hall.utc_offset_min) > last_ms - REPLIES_KEPT_MS)
        made += min(VISITS_A_DAY, visits - made)
        if n % 100 == 99 or made == visits:
            tell(f"bench: {made:,} of {visits:,} visits, {journal.seq:,} events, {time.monotonic() - began:.0f} s")
    journal.close()
    with (folder / FILE).open("rb") as written:
        os.fsync(written.fileno())


def _day(n: int) -> date:
    """The n-th working day."""
    return FIRST_DAY + timedelta(weeks=n // 5, days=n % 5)


def _midnight_ms(day: date, utc_offset_min: int) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(minutes=utc_offset_min)
    return int(midnight.timestamp()) * 1000


class Years:
    """A hall whose clock is told what time it is."""

    def __init__(self, hall: Hall, journal: Journal) -> None:
        self._hall, self._journal = hall, journal
        self._floor = Floor(hall)
        self._chance = random.Random(2016)  # noqa: S311 (invented people, always the same)
        self._ids = Ids(self._chance.randbytes)
        self._batch = Batch()
        self._begin_ms = _midnight_ms(FIRST_DAY, hall.utc_offset_min)
        self._now = Moment(self._begin_ms, 0)
        self._commands = 0
        self._nobody_came: set[int] = set()
        self._replies = False

    def day(self, day: date, visits: int, *, replies: bool) -> None:
        """One working day, kept in one commit; with `replies`, those to its commands too."""
        self._replies = replies
        midnight = _midnight_ms(day, self._hall.utc_offset_min)
        self._at(midnight + 7 * _HOUR_MS)
        self._happen(rules.turn_of_day(self._floor, self._now))
        for n in self._floor.counters:
            self._happen(rules.open_counter(self._floor, self._now, counter=n, clerk=f"can-bo-{n}"), f"counter-{n}")
        self._open_doors([midnight + ms for ms in self._arrivals(visits)])
        self._journal.write(self._batch)
        self._batch = Batch()

    def _arrivals(self, visits: int) -> Iterator[int]:
        weights = [weight for _, _, weight in _ARRIVALS]
        for since, until, _ in self._chance.choices(_ARRIVALS, weights, k=visits):
            yield int(self._chance.uniform(since, until) * _HOUR_MS)

    def _open_doors(self, arrivals: list[int]) -> None:
        """Let people come and clerks work until everybody is served.

        The agenda holds (when, who): the door, a counter, or a ticket whose holder is going to rate.
        """
        agenda: list[tuple[int, str]] = [(at_ms, "door") for at_ms in arrivals]
        heapq.heapify(agenda)
        desks = {f"counter-{n}": n for n in self._floor.counters}
        idle = list(desks)
        while agenda:
            at_ms, who = heapq.heappop(agenda)
            self._at(at_ms)
            if who == "door":
                self._take()
                if idle:
                    heapq.heappush(agenda, (at_ms + 2000, idle.pop(0)))
            elif who in desks:
                rates = self._finish(desks[who])
                if rates:
                    heapq.heappush(agenda, (at_ms + 9000, rates))
                busy_ms = self._call(desks[who])
                if busy_ms is None:
                    idle.append(who)
                else:
                    heapq.heappush(agenda, (self._now.at_ms + busy_ms, who))
            else:
                self._happen(rules.rate(self._floor, self._now, ticket=who, score=self._chance.choices(
                    (1, 2, 3, 4, 5), (1, 1, 4, 24, 70))[0], channel="tablet"), "tablet-1")

    def _take(self) -> None:
        chance = self._chance
        self._happen(rules.take_ticket(
            self._floor, self._now, ticket=self._ids.ticket(self._now.at_ms), code=self._ids.code(), device="kiosk-1",
            service=chance.choices(SERVICES, (9, 3, 4, 2, 2, 6))[0], channel="kiosk", language="vi",
            lane="priority" if chance.random() < _PRIORITY else None), "kiosk-1")

    def _finish(self, n: int) -> str | None:
        """End what is at the counter; the ticket's id where its holder is going to rate."""
        ticket = self._floor.counters[n].ticket
        if ticket is None:
            return None
        box = f"counter-{n}"
        if n in self._nobody_came:
            self._nobody_came.remove(n)
            self._happen(rules.no_show(self._floor, self._now, counter=n), box)
            return None
        outcome = self._chance.choices(("received", "returned", "advised", "documents-missing"), (6, 5, 2, 1))[0]
        self._happen(rules.finish(self._floor, self._now, counter=n, outcome=outcome), box)
        return ticket if self._chance.random() < _RATES else None

    def _call(self, n: int) -> int | None:
        """Call the next; how long that visit will take in ms, or `None` where nobody waits."""
        try:
            self._happen(rules.call_next(self._floor, self._now, counter=n, seen=None), f"counter-{n}")
        except rules.Refused:
            return None
        if self._chance.random() < _NO_SHOW:
            self._nobody_came.add(n)
            return 60_000
        self._at(self._now.at_ms + 8000)
        if self._chance.random() < _STARTS:
            self._happen(rules.start_service(self._floor, self._now, counter=n), f"counter-{n}")
        return int(self._chance.expovariate(1 / (_SERVICE_MIN * 60_000))) + 20_000

    def _at(self, at_ms: int) -> None:
        at_ms = max(at_ms, self._now.at_ms)
        self._now = Moment(at_ms, at_ms - self._begin_ms)

    def _happen(self, events: list[Event], device: str | None = None) -> None:
        """What the hub's loop does with what the rules found."""
        command_id = None
        if device is not None and events:
            self._commands += 1
            command_id = f"{device}-{self._commands:010d}"
            if self._replies:
                self._batch.replies.append((device, command_id, self._now.at_ms, REPLY % command_id.encode()))
        for event in events:
            record = Record(self._floor.seq + 1, self._now.at_ms, self._now.mono_ms, event, device, command_id)
            self._floor.apply(record)
            self._batch.records.append(record)

