"""One command against the floor: what happens, and what is answered.

Rule 1: checks run in the contract's order: envelope, repeated id, known command, role, fields,
beat, then the rules of the hall.
Rule 2: judging changes nothing; the loop applies what it finds.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET, UnsetType

from hub.desk.board import View
from hub.desk.clock import Beats
from hub.desk.ids import Ids
from hub.desk.principal import Principal, may
from hub.desk.texts import refusal
from hub.journal.journal import Journal
from hub.queueing import rules
from hub.queueing.events import Event, Moment, Ticket, TicketCalled
from hub.queueing.floor import Floor
from hub.queueing.rules import NOT_TOLD, Refused, Seen
from wire import commands as c
from wire.codec import Malformed, TooLarge, convert, encode, read_object, usable_id
from wire.codes import NEEDS_NO_BEAT, Refusal, Role
from wire.messages import Reply

REFUSALS_KEPT_MS = 600_000
REFUSALS_KEPT = 20_000
CHANNELS = frozenset({"kiosk", "tablet", "phone", "desk", "paper", "api"})


@dataclass(frozen=True, slots=True)
class Case:
    """One command as a rule sees it."""

    floor: Floor
    now: Moment
    who: Principal
    command: Any


@dataclass(slots=True)
class Finding:
    """What a rule found: events, and what the reply adds once they are applied."""

    events: list[Event]
    adds: Callable[[Floor], dict[str, Any]]
    private: list[tuple[int, bytes, str]] = field(default_factory=list)
    """(place among the events, salt, text) of free text that lies outside the chain."""


@dataclass(slots=True)
class Verdict:
    """The end of one command: an answer that is ready, or a finding to be applied first."""

    answer: bytes | None = None
    finding: Finding | None = None
    command_id: str | None = None
    command: str = ""
    result: str = "ok"
    anonymous: bool = False
    """The command had no usable id: its answer is limited to one a second for a device."""


def _told(value: Any) -> Any:
    """The field's value, or ``None`` where the sender left it out."""
    return None if isinstance(value, UnsetType) else value


def _seen(value: str | UnsetType | None) -> Seen:
    return NOT_TOLD if isinstance(value, UnsetType) else value


class Judge:
    """Knows who may ask what, remembers what was answered, and asks the rules."""

    def __init__(self, *, view: View, journal: Journal, ids: Ids, beats: Beats, languages: tuple[str, ...]) -> None:
        self._view, self._journal, self._ids, self._beats = view, journal, ids, beats
        self._languages = languages
        self._refused: OrderedDict[tuple[str, str], tuple[int, bytes]] = OrderedDict()
        self._fresh: dict[tuple[str, str], bytes] = {}
        self._built: dict[str, Callable[[Case], Finding]] = {
            "take-ticket": self._take_ticket,
            "cancel-ticket": self._cancel_ticket,
            "restore": self._restore,
            "open-counter": self._open_counter,
            "pause-counter": self._pause_counter,
            "close-counter": self._close_counter,
            "call-next": self._call_next,
            "call-ticket": self._call_ticket,
            "recall": self._recall,
            "start-service": self._start_service,
            "finish": self._finish,
            "no-show": self._no_show,
            "rate": self._rate,
        }

    @property
    def built(self) -> Collection[str]:
        """The commands that this version carries out."""
        return self._built.keys()

    # -- before the rules ----------------------------------------------------------------------

    def judge(self, who: Principal, payload: bytes, floor: Floor, now: Moment) -> Verdict:
        """The verdict on one command as it came."""
        try:
            raw = read_object(payload)
        except Malformed as wrong:
            code = Refusal.TOO_LARGE if isinstance(wrong, TooLarge) else Refusal.BAD_MESSAGE
            return Verdict(self._no(None, code, wrong), result=code, anonymous=True)
        command_id = usable_id(raw)
        if command_id is None:
            about = f"id = {raw.get('id')!r}: 8–64 × A–Z a–z 0–9 _ -"
            return Verdict(self._no(None, Refusal.BAD_MESSAGE, about), result="bad-message", anonymous=True)
        name = raw.get("command")
        shown = name if isinstance(name, str) and name in c.ALL else "unknown"
        before = self._answered_before((who.device, command_id), now)
        if before is not None:
            return Verdict(before, command_id=command_id, command=shown, result="repeated")
        try:
            finding = self._find(who, name, raw, floor, now)
        except Refused as no:
            answer = self._no(command_id, Refusal(no.code), no.about)
            self._remember((who.device, command_id), answer, now)
            return Verdict(answer, command_id=command_id, command=shown, result=no.code)
        return Verdict(finding=finding, command_id=command_id, command=shown)

    def _find(self, who: Principal, name: Any, raw: dict[str, Any], floor: Floor, now: Moment) -> Finding:
        if not isinstance(name, str):
            raise Refused("bad-message", f"command = {name!r}")
        if name not in self._built:
            raise Refused("not-supported", name)
        if not may(who, name, raw, floor):
            raise Refused("not-allowed", f"{who.user or who.device}: {name}")
        try:
            command = convert(raw, c.ALL[name])
        except Malformed as wrong:
            raise Refused("bad-message", wrong) from None
        self._check_codes(command, floor)
        beat = _told(command.beat)
        if beat is not None and name not in NEEDS_NO_BEAT and not self._beats.is_fresh(beat, now.mono_ms):
            raise Refused("too-late", f"beat {beat}")
        return self._built[name](Case(floor, now, who, command))

    @staticmethod
    def _check_codes(command: c.Command, floor: Floor) -> None:
        hall = floor.hall
        lists: tuple[tuple[str, Collection[str], type[c.Command] | tuple[type[c.Command], ...]], ...] = (
            ("lane", hall.lanes, c.TakeTicket),
            ("channel", CHANNELS, (c.TakeTicket, c.Rate)),
            ("outcome", hall.outcomes, c.Finish),
            ("reason", hall.pause_reasons, (c.PauseCounter, c.CloseCounter)),
        )
        for name, known, kinds in lists:
            value = _told(getattr(command, name, UNSET)) if isinstance(command, kinds) else None
            if value is not None and value not in known:
                raise Refused("bad-message", f"{name} = {value!r}: {', '.join(sorted(known))}")

    def _answered_before(self, key: tuple[str, str], now: Moment) -> bytes | None:
        fresh = self._fresh.get(key)
        if fresh is not None:
            return fresh
        refused = self._refused.get(key)
        if refused is not None and now.mono_ms - refused[0] < REFUSALS_KEPT_MS:
            return refused[1]
        return self._journal.reply_to(*key)

    def _remember(self, key: tuple[str, str], answer: bytes, now: Moment) -> None:
        self._refused[key] = (now.mono_ms, answer)
        self._refused.move_to_end(key)
        while self._refused:
            oldest = next(iter(self._refused))
            if len(self._refused) <= REFUSALS_KEPT and now.mono_ms - self._refused[oldest][0] < REFUSALS_KEPT_MS:
                break
            del self._refused[oldest]

    def _no(self, command_id: str | None, code: Refusal, about: object) -> bytes:
        return encode(Reply(id=command_id, ok=False, refusal=code,
                            message=refusal(code, about, self._languages)))

    # -- after the rules -----------------------------------------------------------------------

    def accept(self, who: Principal, verdict: Verdict, floor: Floor) -> bytes:
        """The answer to an accepted command, its events being applied; kept for a repeat in this turn."""
        assert verdict.finding is not None
        assert verdict.command_id is not None
        answer = encode(Reply(id=verdict.command_id, ok=True, **verdict.finding.adds(floor)))
        self._fresh[who.device, verdict.command_id] = answer
        return answer

    def turn_is_over(self) -> None:
        """The turn's answers are in the journal now, or were never given."""
        self._fresh.clear()

    def storage_failed(self, command_id: str | None) -> bytes:
        """The answer that means: nothing was done, send the same again. It is not remembered."""
        return self._no(command_id, Refusal.STORAGE_FAILED, None)

    # -- one method a command ------------------------------------------------------------------

    def _shows(self, name: str | None) -> Callable[[Floor], dict[str, Any]]:
        def adds(floor: Floor) -> dict[str, Any]:
            ticket = floor.find(name) if name is not None else None
            return {"ticket": self._view.ticket(floor, ticket) if ticket else None}
        return adds

    @staticmethod
    def _at(case: Case) -> Ticket | None:
        counter = case.floor.counters.get(case.command.counter)
        return case.floor.tickets.get(counter.ticket) if counter and counter.ticket else None

    def _take_ticket(self, case: Case) -> Finding:
        told = case.command
        if _told(told.then):
            raise Refused("not-supported", "then")
        ticket, code = self._ids.ticket(case.now.at_ms), self._ids.code()
        events = rules.take_ticket(
            case.floor, case.now, ticket=ticket, code=code, device=case.who.device, service=told.service,
            lane=_told(told.lane), channel=_told(told.channel), language=_told(told.language),
            procedure=_told(told.procedure))
        return Finding(events, lambda floor: {
            "ticket": self._view.ticket(floor, floor.tickets[ticket], code=code)})

    def _own_name(self, case: Case) -> str:
        """The ticket that is meant; only staff may name it by its number."""
        name: str = case.command.ticket
        if case.who.role in (Role.KIOSK, "phone") and name not in case.floor.tickets:
            raise Refused("unknown-ticket", name)
        return name

    def _cancel_ticket(self, case: Case) -> Finding:
        name = self._own_name(case)
        return Finding(rules.cancel_ticket(case.floor, case.now, ticket=name), self._shows(name))

    def _restore(self, case: Case) -> Finding:
        name = case.command.ticket
        return Finding(rules.restore(case.floor, case.now, ticket=name), self._shows(name))

    def _open_counter(self, case: Case) -> Finding:
        told = case.command
        clerk = case.who.user if case.who.user_role == "clerk" else _told(told.clerk)
        services = _told(told.services)
        events = rules.open_counter(
            case.floor, case.now, counter=told.counter, clerk=clerk,
            services=None if services is None else tuple(services))
        return Finding(events, lambda floor: {"counter": told.counter})

    def _pause_counter(self, case: Case) -> Finding:
        told = case.command
        events = rules.pause_counter(case.floor, case.now, counter=told.counter, reason=_told(told.reason))
        return Finding(events, lambda floor: {"counter": told.counter})

    def _close_counter(self, case: Case) -> Finding:
        told = case.command
        events = rules.close_counter(case.floor, case.now, counter=told.counter, reason=_told(told.reason))
        return Finding(events, lambda floor: {"counter": told.counter})

    def _call_next(self, case: Case) -> Finding:
        told = case.command
        events = rules.call_next(case.floor, case.now, counter=told.counter, service=_told(told.service),
                                 seen=_seen(told.at_counter))
        called = next((e.ticket for e in events if isinstance(e, TicketCalled)), None)
        return Finding(events, self._shows(called))

    def _call_ticket(self, case: Case) -> Finding:
        told = case.command
        events = rules.call_ticket(case.floor, case.now, counter=told.counter, ticket=told.ticket,
                                   seen=_seen(told.at_counter))
        return Finding(events, self._shows(told.ticket))

    def _there_with_times(self, case: Case, events: list[Event]) -> Finding:
        there = self._at(case)
        assert there is not None
        shows = self._shows(there.id)
        return Finding(events, lambda floor: {**shows(floor), "times": floor.tickets[there.id].calls})

    def _recall(self, case: Case) -> Finding:
        return self._there_with_times(case, rules.recall(case.floor, case.now, counter=case.command.counter))

    def _start_service(self, case: Case) -> Finding:
        events = rules.start_service(case.floor, case.now, counter=case.command.counter)
        return self._there_with_times(case, events)

    def _finish(self, case: Case) -> Finding:
        told = case.command
        events = rules.finish(case.floor, case.now, counter=told.counter, seen=_seen(told.at_counter),
                              outcome=_told(told.outcome) or "not-stated")
        there = self._at(case)
        return Finding(events, self._shows(there.id if there else None))

    def _no_show(self, case: Case) -> Finding:
        told = case.command
        events = rules.no_show(case.floor, case.now, counter=told.counter, seen=_seen(told.at_counter))
        there = self._at(case)
        return Finding(events, self._shows(there.id if there else None))

    def _rate(self, case: Case) -> Finding:
        told = case.command
        ticket, counter = _told(told.ticket), _told(told.counter)
        if ticket is None and counter is None:
            raise Refused("bad-message", "ticket / counter = ?")
        name = rules.visit_to_rate(case.floor, ticket=ticket, counter=counter)
        comment = _told(told.comment)
        salt = self._ids.salt() if comment else b""
        hashed = hashlib.sha256(salt + comment.encode()).hexdigest() if comment else None
        events = rules.rate(
            case.floor, case.now, ticket=name, score=told.score, past=self._past(case, name),
            reasons=_told(told.reasons), comment_hash=hashed, channel=_told(told.channel))
        private = [(0, salt, comment)] if comment else []
        return Finding(events, lambda floor: {"counted": True}, private)

    def _past(self, case: Case, name: str) -> rules.PastVisit | None:
        if name in case.floor.tickets:
            return None
        past = self._journal.past_visit(name)
        if past is not None and case.who.role == Role.TABLET and past.counter != case.who.counter:
            raise Refused("not-allowed", f"{case.who.device}: rate")
        return past
