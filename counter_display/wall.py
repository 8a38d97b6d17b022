"""The wall: the hub's board, its beats and the time in; what the screen shows and which calls chime out. Pure.

Rule 1: the newest board is the truth: a screen that was off is right one message after it hears again, and an
older board never takes the place of a newer one.
Rule 2: a call chimes once, when it is shown, and only if it was fresh when it came (at most 10 s older than the
hub's last beat). Who comes next never chimes.
Rule 3: calls that come together are shown one after another, in their order, each long enough to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from counter_display.paging import page_at, page_of, pages_of
from counter_display.showing import Called, Coming, CounterSign, Showing
from wire.messages import BoardCall, BoardCounter, BoardState

SHOWN_AT_LEAST_S = 3.0
"""A called number stands alone for so long before the next takes its place."""
FRESH_S = 10.0
"""A call that is older than this, against the hub's last beat, is shown but makes no sound."""
PAGE_S = 8.0
"""How long one page of many counters or services stands."""
STOOD_STILL_S, DRAIN_S = 5.0, 3.0
"""A machine that stood still first hears what piled up meanwhile; old beats among it must make no old call fresh."""
NOTICE_S = 30.0
"""How long an announcement of the hub stands."""
IDENTIFY_S = 10.0
LAST_SHOWN = 3
COUNTERS_ON_PAGE = 12
SERVICES_ON_PAGE = 6

Key = tuple[str, int]
"""A call is known by its epoch and its number."""


@dataclass(frozen=True, slots=True)
class ServiceSign:
    """A service as the strip of the next numbers names it."""

    id: str
    series: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the wall hangs: the office's name, the screen's id, its language, and its zone (empty: the whole office).

    ``services`` are those that the zone's counters serve; ``first_lane`` is the lane without a mark;
    ``marked_s`` is how long a call stays marked.
    """

    office: str
    device: str
    language: str
    services: tuple[ServiceSign, ...]
    zone: str = ""
    first_lane: str = "normal"
    marked_s: float = 20.0


class Wall:
    """One screen's picture of the office. Times are monotonic seconds; ``words`` is the catalogue."""

    def __init__(self, place: Place, words: Callable[..., str]) -> None:
        self._place, self._words = place, words
        self._board: BoardState | None = None
        self._past_epochs: set[str] = set()
        self._lost = False
        self._here = False
        self._hub_at: datetime | None = None          # the hub's time at its last beat, heard at _heard_at
        self._heard_at = 0.0
        self._known = 0                               # the newest call that was heard of in this epoch
        self._unjudged: list[BoardCall] = []
        self._queue: list[BoardCall] = []
        self._big: BoardCall | None = None
        self._big_since = float("-inf")
        self._shown_at: dict[Key, float] = {}
        self._chimes: list[BoardCall] = []
        self._notice: tuple[str, float] = ("", 0.0)
        self._identify_until = float("-inf")
        self._turned_at, self._drains_until = float("inf"), float("-inf")

    # -- what is heard

    def hear(self, board: BoardState | None) -> None:
        """The board; ``None`` where the hub has taken it back. Older boards and those of a past epoch are dropped."""
        if board is None:
            self._board, self._big = None, None
            self._queue, self._unjudged = [], []
            return
        old = self._board
        if board.epoch in self._past_epochs or (old is not None and board.epoch == old.epoch and board.seq < old.seq):
            return
        if old is not None and board.epoch != old.epoch:
            self._past_epochs.add(old.epoch)
            self._known, self._queue, self._unjudged, self._big = 0, [], [], None
        self._board = board
        calls = self._calls(board)
        self._unjudged = [call for call in self._unjudged if not self._withdrawn(call)]
        self._unjudged += [call for call in calls if call.call > self._known]
        self._known = max([self._known, *(call.call for call in calls)])
        self._shown_at = {key: at for key, at in self._shown_at.items() if key in {self._key(call) for call in calls}}

    def beat(self, at: str, now: float) -> None:
        """A fresh beat that was sent at the hub's time ``at`` (ISO 8601)."""
        self._hub_at, self._heard_at = datetime.fromisoformat(at), now

    def hub_found(self) -> None:
        """Fresh beats come."""
        self._here, self._lost = True, False

    def hub_lost(self) -> None:
        """No fresh beat for 5 s."""
        self._here, self._lost = False, True

    def announce(self, texts: Mapping[str, str], now: float) -> None:
        """The hub asks to show some words for a while."""
        self._notice = (texts.get(self._place.language) or next(iter(texts.values()), ""), now + NOTICE_S)

    def identify(self, now: float) -> None:
        """Somebody asks which screen this is."""
        self._identify_until = now + IDENTIFY_S

    # -- the calls, one after another

    def turn(self, now: float) -> Showing:
        """Judge what came, let the next call step forward when its time has come, and give the whole screen."""
        if now - self._turned_at > STOOD_STILL_S:
            self._drains_until = now + DRAIN_S
        self._turned_at = now
        self._judge(now)
        self._queue = [call for call in self._queue if not self._withdrawn(call)]
        if self._big is not None and self._withdrawn(self._big):
            self._big = None
            if not self._queue:
                self._stand(now)
        if self._queue and (self._big is None or now - self._big_since >= SHOWN_AT_LEAST_S):
            call = self._queue.pop(0)
            self._big, self._big_since = call, now
            self._shown_at[self._key(call)] = now
            self._chimes.append(call)
        return self._showing(now)

    def take_chimes(self) -> list[BoardCall]:
        """The calls that chime now; each is given once."""
        chimes, self._chimes = self._chimes, []
        return chimes

    @property
    def hurried(self) -> bool:
        """Whether calls wait for their moment, so that ``turn`` should come soon."""
        return bool(self._queue)

    def _judge(self, now: float) -> None:
        """Fresh calls queue up to be shown and to chime; the others are only shown where they belong."""
        if not self._unjudged:
            return
        if not self._here or self._hub_at is None or now < self._drains_until:
            if not self._queue:
                self._stand(now)                      # right at once; whether it may chime, the next beat tells
            return
        fresh = [call for call in self._unjudged if (self._age_s(call) or 0.0) <= FRESH_S]
        self._unjudged = []
        self._queue += fresh
        if not self._queue:
            self._stand(now)

    def _stand(self, now: float) -> None:
        """The newest call stands as the called one, without a sound; it is marked as long as it is fresh."""
        calls = self._calls(self._board)
        newest = calls[-1] if calls else None
        if newest is self._big or (newest and self._big and self._key(newest) == self._key(self._big)):
            return
        self._big, self._big_since = newest, float("-inf")
        age_s = self._age_s(newest) if newest else None
        if newest and age_s is not None:
            self._shown_at.setdefault(self._key(newest), now - max(0.0, age_s + now - self._heard_at))

    def _age_s(self, call: BoardCall) -> float | None:
        """How much older a call is than the hub's last beat; ``None`` before the first."""
        if self._hub_at is None:
            return None
        return (self._hub_at - datetime.fromisoformat(call.at)).total_seconds()

    def _calls(self, board: BoardState | None) -> list[BoardCall]:
        zone = self._place.zone
        return [call for call in board.calls if not zone or call.zone == zone] if board else []

    def _key(self, call: BoardCall) -> Key:
        return (self._board.epoch if self._board else "", call.call)

    def _withdrawn(self, call: BoardCall) -> bool:
        """Whether the hub took a call back: it is no longer among the last ones, though it is not too old for that."""
        numbers = [one.call for one in self._board.calls] if self._board else []
        return not numbers or (call.call >= numbers[0] and call.call not in numbers)

    # -- the whole screen

    def _showing(self, now: float) -> Showing:
        counters, page, pages = self._counters(now)
        upcoming, next_page, next_pages = self._upcoming(now)
        called = self._called(self._big, now, "go_to") if self._big else None
        empty = None
        if called is None:
            known = self._board is not None
            empty = (self._words("none" if known else "connecting"), self._words("none_says"))
        band = ""
        if self._lost:
            band = self._words("lost" if self._board else "lost_empty")
        if now < self._identify_until:
            band = self._words("this_is", device=self._place.device)
        return Showing(
            office=self._place.office, clock=self._clock(now), stale=self._lost, band=band, notice=self._noticed(now),
            called=called, empty=empty, last=self._last(now), counters=counters, counters_page=page,
            counters_pages=pages, upcoming=upcoming, upcoming_page=next_page, upcoming_pages=next_pages,
            waiting=sum(self._waiting(service.id) for service in self._place.services))

    def _called(self, call: BoardCall, now: float, where: str) -> Called:
        again = self._words("again", n=call.times) if call.times > 1 else ""
        return Called(call=call.call, number=call.number, counter=call.counter,
                      where=self._words(where, n=call.counter), again=again, priority=self._starred(call.lane),
                      marked=self._marked(call, now))

    def _marked(self, call: BoardCall, now: float) -> bool:
        at = self._shown_at.get(self._key(call))
        return not self._lost and at is not None and now - at < self._place.marked_s

    def _starred(self, lane: str | None) -> bool:
        return lane is not None and lane != self._place.first_lane

    def _last(self, now: float) -> tuple[Called, ...]:
        """The calls before the big one, one for each person, without those that still wait to be shown."""
        if self._big is None:
            return ()
        seen, last = {self._big.ticket}, []
        for call in reversed(self._calls(self._board)):
            if call.call < self._big.call and call.ticket not in seen:
                seen.add(call.ticket)
                last.append(self._called(call, now, "counter"))
        return tuple(last[:LAST_SHOWN])

    def _counters(self, now: float) -> tuple[tuple[CounterSign, ...], int, int]:
        zone = self._place.zone
        here = [one for one in (self._board.counters if self._board else ()) if not zone or one.zone == zone]
        pages = pages_of(here, COUNTERS_ON_PAGE)
        first, since = 0, 0.0
        if self._big is not None and self._big_since > float("-inf"):
            # Who was just called must find the counter on the page that stands now.
            first = page_of(pages, lambda one: self._big is not None and one.counter == self._big.counter)
            since = self._big_since
        index = page_at(now, since, PAGE_S, len(pages), first)
        latest = {call.ticket: call for call in self._calls(self._board)}
        marked = {(call.number, call.counter) for call in latest.values() if self._marked(call, now)}
        return tuple(self._sign(one, marked) for one in pages[index]), index + 1, len(pages)

    def _sign(self, one: BoardCounter, marked: set[tuple[str, int]]) -> CounterSign:
        closed = not one.open and one.number is None
        if closed:
            word = "paused" if one.why == "paused" else "closed"
        else:
            word = one.stage
        return CounterSign(
            counter=one.counter, name=one.names.get(self._place.language) or self._words("counter", n=one.counter),
            number=one.number or "", word=self._words(word), priority=self._starred(one.lane), closed=closed,
            marked=one.stage == "called" and (one.number or "", one.counter) in marked)

    def _upcoming(self, now: float) -> tuple[tuple[Coming, ...], int, int]:
        numbers = {one.service: tuple(one.numbers) for one in self._board.upcoming} if self._board else {}
        pages = pages_of(list(self._place.services) if self._board else [], SERVICES_ON_PAGE)
        index = page_at(now, 0.0, PAGE_S, len(pages), 0)
        strip = []
        for service in pages[index]:
            n = self._waiting(service.id)
            strip.append(Coming(
                service=service.id, name=f"{service.series} · {service.name}", numbers=numbers.get(service.id, ()),
                people=self._words("people", n=n) if n else self._words("nobody")))
        return tuple(strip), index + 1, len(pages)

    def _waiting(self, service: str) -> int:
        return self._board.waiting.get(service, 0) if self._board else 0

    def _clock(self, now: float) -> str:
        if self._hub_at is None:
            return ""
        return f"{self._hub_at + timedelta(seconds=now - self._heard_at):%H:%M}"

    def _noticed(self, now: float) -> str:
        text, until = self._notice
        if now < until:
            return text
        notices = [texts.get(self._place.language) or next(iter(texts.values()), "")
                   for texts in (self._board.notices if self._board else ())]
        return notices[page_at(now, 0.0, PAGE_S, len(notices), 0)] if notices else ""
