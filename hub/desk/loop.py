"""The hub's one thread: judge, keep, speak.

Rule 1: it takes all that waits, judges each against the floor as the earlier ones left it, keeps
everything in one transaction, and only then answers, tells and shows.
Rule 2: a batch that could not be written was never judged: the floor is rebuilt from the journal
and everybody is told ``storage-failed``. If COMMIT itself fails it says nothing and ends.
Rule 3: the same thread gives the beat, so a hub that hangs is seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from hub.desk.board import View
from hub.desk.clock import Beats, OfficeClock
from hub.desk.ear import Ear
from hub.desk.inbox import Asked, Inbox, Item, News, Note, Question, Unreadable
from hub.desk.judge import Judge, Verdict
from hub.desk.principal import Principal
from hub.desk.printing import Printing
from hub.desk.speaker import Speaker
from hub.journal.journal import Batch, Journal, WriteFailed
from hub.queueing import events as ev
from hub.queueing import rules
from hub.queueing.events import Event, Moment, Record
from hub.queueing.floor import Floor, replay
from hub.queueing.hall import Hall
from wire.codec import decode, encode
from wire.link import Callbacks, Link, Will
from wire.messages import HubStatus
from wire.topics import Topics

log = logging.getLogger("hub")
T = TypeVar("T")

BEAT_MS = 2000
STATE_MAY_WAIT_MS = 100
"""How long states may stay behind: while more commands wait to be judged, and between two new tickets."""


class HubLoop:
    """The office's hub, without a cable, a clock or a disk of its own: all are handed in.

    ``known`` finds the principal of a device from its topic. ``run`` is for a thread; a simulation
    calls ``step`` instead.
    """

    def __init__(
        self, *, hall: Hall, journal: Journal, link: Link, topics: Topics, view: View, judge: Judge,
        speaker: Speaker, printing: Printing, clock: OfficeClock, beats: Beats, known: Callable[[str], Principal],
        show: Callable[[str, bytes], None],
    ) -> None:
        self._hall, self._journal, self._link, self._topics = hall, journal, link, topics
        self._view, self._judge, self._speaker, self._clock, self._beats = view, judge, speaker, clock, beats
        self._printing = printing
        self._inbox = Inbox()
        self._ear = Ear(
            topics=topics, inbox=self._inbox, speaker=speaker, printing=printing, known=known, show=show)
        self._floor = Floor(hall)
        self._batch = Batch()
        self._next_beat_ms = 0
        self._states_due_ms: int | None = None
        self._refreshed_ms = -STATE_MAY_WAIT_MS
        self._unreadable = Unreadable()
        self._clearing = False
        self._stopping = False
        self._failing = False
        self._steps_s: list[float] = []
        """Steps of the wall clock that are not in the journal yet; a turn that fails leaves them here."""
        self.results: dict[tuple[str, str], int] = {}
        """How often each command ended in each way, for the metrics."""
        self.storage_failed_ms: int | None = None

    # -- from any thread ------------------------------------------------------------------------

    def submit(self, who: Principal, payload: bytes, respond: Callable[[bytes], None]) -> None:
        """Leave a command; ``respond`` gets the reply's bytes, on the thread that judges."""
        self._inbox.put(Asked(who, payload, respond))

    def call(self, who: Principal, command: dict[str, Any], *, timeout_s: float = 10.0) -> dict[str, Any]:
        """Ask as a page does, and wait; ``TimeoutError`` where the hub gives no answer."""
        answer: Future[bytes] = Future()
        self.submit(who, encode(command), answer.set_result)
        return dict(decode(answer.result(timeout_s), dict, limit=1 << 20))

    def ask(self, look: Callable[[Floor], T], *, timeout_s: float = 5.0) -> T:
        """What ``look`` sees of the floor; it must change nothing and keep nothing of it."""
        answer: Future[T] = Future()
        self._inbox.put(Question(look, answer))
        return answer.result(timeout_s)

    def note(self, event: Event, *, timeout_s: float = 5.0) -> None:
        """Put an event of the hub's own in the journal, and wait until it is there."""
        kept: Future[None] = Future()
        self._inbox.put(Note(event, kept))
        kept.result(timeout_s)

    def page_is_open(self, device: str, role: str, online: bool) -> None:
        """A page that stands for a device was opened or closed: say so for it."""
        self.ask(lambda floor: self._speaker.page(device, role, online, self._view.time(self._clock.now().at_ms)))

    def health(self) -> dict[str, Any]:
        """How the hub is: whether it is on the line, and when it last could not write (ms, or ``None``)."""
        return {
            "broker": self._link.connected, "storage_failed_ms": self.storage_failed_ms,
            "beat": self._beats.latest, "since": self._speaker.since, "epoch": self._journal.epoch,
            "seq": self._journal.seq,
        }

    def stop(self) -> None:
        """Let ``run`` end after this turn."""
        self._stopping = True
        self._inbox.put(News.WAKE)

    # -- on its own thread ------------------------------------------------------------------------

    def start(self, *, settings_digest: str = "") -> None:
        """Remember the day from the journal, open a new one if need be, and get on the line.

        ``settings_digest`` stands for the office's settings: others than at the last start are journalled.
        """
        self._floor = replay(self._hall, self._journal.today())
        self._settle(settings_digest)
        self.step(0)
        self._printing.remember(self._floor, self._clock.now(), self._journal.is_of_a_phone)
        self._remember(settings_digest)
        self._link.start(
            Callbacks(self._ear.heard, lambda: self._inbox.put(News.CONNECTED)),
            subscribe=((self._topics.every_command, 1), (self._topics.every_device_status, 1)),
            will=Will(self._topics.hub_status, encode(HubStatus(online=False))))

    def _settle(self, digest: str) -> None:
        """What other settings than at the last start bring with them."""
        before = self._journal.meta("settings_digest")
        now = self._clock.now()
        if before is not None and digest and before != digest:
            self._apply([ev.SettingsChanged(digest=digest)], now)
        self._apply(rules.leftovers(self._floor, now), now)

    def _remember(self, digest: str) -> None:
        """These settings are known once their events are kept; else the next start sees the difference again."""
        if digest and not self._failing and self._journal.meta("settings_digest") != digest:
            with suppress(WriteFailed):
                self._journal.set_meta("settings_digest", digest)

    def run(self) -> None:
        """Turn after turn until ``stop``; ends by an exception only where the hub can not keep its word."""
        while not self._stopping:
            self.step(self._patience_s())
        self._link.stop(Will(self._topics.hub_status, encode(HubStatus(online=False))))

    def _patience_s(self) -> float:
        due = self._next_beat_ms
        if self._states_due_ms is not None:
            due = min(due, self._states_due_ms)
        if self._printing.due_ms is not None:
            due = min(due, self._printing.due_ms)
        return max(0.0, (due - self._clock.now().mono_ms) / 1000)

    def step(self, patience_s: float) -> None:
        """One turn: wait up to ``patience_s`` for something to do, and do all of it."""
        items = self._inbox.take(patience_s)
        step_s = self._clock.step()
        now = self._clock.now()
        if step_s is not None:
            log.warning("the wall clock stepped by %+.1f s", step_s)
            self._steps_s.append(step_s)
        self._apply([ev.ClockAdjusted(step_s=s) for s in self._steps_s], now)
        self._apply(rules.turn_of_day(self._floor, now), now)
        judged = [(item, self._take(item, now)) for item in items]
        kept = self._keep(now, judged)
        if kept:
            self._steps_s.clear()
            self._speak(judged)
        self._judge.turn_is_over(kept=kept)
        self._look_after(now, connected_now=News.CONNECTED in items)

    def _take(self, item: Item, now: Moment) -> Verdict | None:
        match item:
            case Asked():
                verdict = self._judge.judge(item.who, item.payload, self._floor, now)
                if verdict.finding is not None:
                    first = self._floor.seq + 1
                    self._apply(verdict.finding.events, now, item.who.device, verdict.command_id)
                    self._batch.private += [
                        (first + place, salt, text) for place, salt, text in verdict.finding.private]
                    verdict.answer = self._judge.accept(item.who, verdict, self._floor)
                    self._batch.replies.append(
                        (item.who.sender, verdict.command_id or "", now.at_ms, verdict.answer))
                return verdict
            case Note():
                self._apply([item.event], now)
            case News.CONNECTED:
                self._speaker.say_all_again()
                self._clearing = True
                self._next_beat_ms = now.mono_ms
                self._states_due_ms = now.mono_ms - STATE_MAY_WAIT_MS
        return None

    def _apply(
        self, events: list[Event], now: Moment, device: str | None = None, command_id: str | None = None,
    ) -> None:
        for event in events:
            record = Record(self._floor.seq + 1, now.at_ms, now.mono_ms, event, device, command_id)
            self._floor.apply(record)
            self._batch.records.append(record)

    def _keep(self, now: Moment, judged: list[tuple[Item, Verdict | None]]) -> bool:
        """Write the turn; where that failed, nothing of it happened, and all are told so."""
        if not self._batch:
            return True
        try:
            self._journal.write(self._batch)
        except WriteFailed as wrong:
            if not self._failing:
                log.error("nothing can be kept, and everybody is told so: %s", wrong)
            self._failing, self.storage_failed_ms = True, now.at_ms
            self._batch = Batch()
            self._floor = replay(self._hall, self._journal.today())
            for item, verdict in judged:
                if isinstance(item, Asked) and verdict is not None:
                    self._respond(item, self._judge.nothing_kept(item.who, verdict))
                elif isinstance(item, Note):
                    item.future.set_exception(wrong)
                elif isinstance(item, Question):
                    self._answer(item)
            return False
        if self._failing:
            log.warning("the journal can be written again")
        self._failing = False
        return True

    def _speak(self, judged: list[tuple[Item, Verdict | None]]) -> None:
        batch, self._batch = self._batch, Batch()
        for item, verdict in judged:
            if isinstance(item, Asked) and verdict is not None:
                self._respond(item, verdict)
            elif isinstance(item, Note):
                item.future.set_result(None)
            elif isinstance(item, Question):
                self._answer(item)
        self._speaker.tell(batch.records)
        self._printing.after(self._floor, batch.records)
        if batch.records:
            self._states_are_due(batch.records)

    def _states_are_due(self, records: list[Record]) -> None:
        """A call is shown at once; that one more waits is shown at once after a pause, else ten times a second."""
        due = records[-1].mono_ms
        if all(isinstance(r.event, ev.TicketIssued) for r in records):
            due = max(due, self._refreshed_ms + STATE_MAY_WAIT_MS)
        self._states_due_ms = due if self._states_due_ms is None else min(due, self._states_due_ms)

    def _respond(self, item: Asked, verdict: Verdict) -> None:
        assert verdict.answer is not None
        key = (verdict.command or "unreadable", verdict.result)
        self.results[key] = self.results.get(key, 0) + 1
        if verdict.anonymous and not self._unreadable.may_answer(item, self._clock.now().mono_ms):
            return
        item.respond(verdict.answer)
        if verdict.finding is not None and verdict.finding.reprint is not None:
            self._printing.again(self._floor.tickets[verdict.finding.reprint], self._clock.now(),
                                 device=item.who.device, command_id=verdict.command_id or "")

    def _answer(self, item: Question) -> None:
        try:
            item.future.set_result(item.look(self._floor))
        except Exception as wrong:  # noqa: BLE001 (the asker's own fault goes back to the asker)
            item.future.set_exception(wrong)

    def _look_after(self, now: Moment, *, connected_now: bool) -> None:
        """Slips and states that are due, and the beat."""
        self._printing.turn(self._floor, now)
        late_ms = -1 if self._states_due_ms is None else now.mono_ms - self._states_due_ms
        if late_ms >= STATE_MAY_WAIT_MS or (late_ms >= 0 and self._inbox.is_empty()):
            self._speaker.refresh(self._floor)
            self._states_due_ms, self._refreshed_ms = None, now.mono_ms
        if now.mono_ms >= self._next_beat_ms:
            self._next_beat_ms = now.mono_ms + BEAT_MS
            self._speaker.beat(self._beats.next(now.mono_ms), self._view.time(now.at_ms))
            if self._clearing and not connected_now:
                self._clearing = False
                self._speaker.hear_no_states()

