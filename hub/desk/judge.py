"""One command against the floor: what happens, and what is answered.

Rule 1: checks run in the contract's order: envelope, repeated id, known command, role, fields,
beat, then the rules of the hall.
Rule 2: judging changes nothing; the loop applies what it finds.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from hub.desk.acts import Acts, Case, Finding, told_or_none
from hub.desk.clock import Beats
from hub.desk.principal import Principal, may
from hub.desk.texts import refusal
from hub.journal.journal import Journal, ReadFailed
from hub.queueing.events import Moment
from hub.queueing.floor import Floor
from hub.queueing.rules import Refused
from wire import commands as c
from wire.codec import Malformed, TooLarge, convert, encode, read_object, usable_id
from wire.codes import NEEDS_NO_BEAT, Refusal
from wire.messages import Reply

log = logging.getLogger("hub")

REFUSALS_KEPT_MS = 600_000
REFUSALS_KEPT = 20_000
DEVICES_REMEMBERED = 10_000
CHANNELS = frozenset({"kiosk", "tablet", "phone", "desk", "paper", "api"})


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


class Judge:
    """Knows who may ask what, remembers what was answered, and asks the rules."""

    def __init__(self, *, acts: Acts, journal: Journal, beats: Beats, languages: tuple[str, ...]) -> None:
        self._acts, self._journal, self._beats, self._languages = acts, journal, beats, languages
        self._refused: OrderedDict[tuple[str, str], tuple[int, bytes]] = OrderedDict()
        self._fresh: dict[tuple[str, str], bytes] = {}
        self._refused_now: set[tuple[str, str]] = set()
        self._contact_ms: dict[str, int] = {}
        """When the last command but ``report-tickets`` of each device was answered, in office time."""

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
        try:
            before = self._answered_before((who.sender, command_id), now)
            if before is not None:
                return Verdict(before, command_id=command_id, command=shown, result="repeated")
            finding = self._find(who, name, raw, floor, now)
        except Refused as no:
            answer = self._no(command_id, Refusal(no.code), no.about)
            self._remember((who.sender, command_id), answer, now)
            verdict = Verdict(answer, command_id=command_id, command=shown, result=no.code)
        except ReadFailed as wrong:
            log.error("the journal can not be read: %s", wrong)
            verdict = self._refused_once(command_id, shown, Refusal.STORAGE_FAILED, None)
        except Exception:
            # A device sends again what is not answered: a fault of ours must not end us each time.
            log.exception("%s of %s could not be judged: %.2000r", shown, who.device, payload)
            verdict = self._refused_once(command_id, shown, Refusal.BAD_MESSAGE, shown)
        else:
            verdict = Verdict(finding=finding, command_id=command_id, command=shown)
        if name != "report-tickets":
            self._heard_of(who.device, now)
        return verdict

    def _refused_once(self, command_id: str, shown: str, code: Refusal, about: object) -> Verdict:
        """A refusal that is not remembered: the same may be sent again, and fare better."""
        return Verdict(self._no(command_id, code, about), command_id=command_id, command=shown, result=code)

    def _heard_of(self, device: str, now: Moment) -> None:
        if len(self._contact_ms) >= DEVICES_REMEMBERED and device not in self._contact_ms:
            self._contact_ms.clear()  # anybody may name a device; the journal's events stand in
        self._contact_ms[device] = now.mono_ms

    def _find(self, who: Principal, name: Any, raw: dict[str, Any], floor: Floor, now: Moment) -> Finding:
        if not isinstance(name, str):
            raise Refused("bad-message", f"command = {name!r}")
        if name not in self._acts.built:
            raise Refused("not-supported", name)
        if not may(who, name, raw, floor):
            raise Refused("not-allowed", f"{who.user or who.device}: {name}")
        try:
            command = convert(raw, c.ALL[name])
        except Malformed as wrong:
            raise Refused("bad-message", wrong) from None
        self._check_codes(command, floor)
        beat = told_or_none(command.beat)
        if beat is not None and name not in NEEDS_NO_BEAT and not self._beats.is_fresh(beat, now.mono_ms):
            raise Refused("too-late", f"beat {beat}")
        command_key = (who.device, command.id)
        if command_key in floor.replaced:
            raise Refused("too-late", command.id)  # its kiosk gave it up, and a number of its own instead
        contact = self._contact_ms.get(who.device, floor.heard_ms.get(who.device))
        return self._acts.built[name](Case(floor, now, who, command, contact))

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
            value = told_or_none(getattr(command, name, UNSET)) if isinstance(command, kinds) else None
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
        self._refused_now.add(key)
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
        self._fresh[who.sender, verdict.command_id] = answer
        return answer

    def turn_is_over(self, *, kept: bool) -> None:
        """The turn's answers are in the journal now, or were never given: then its refusals are forgotten
        too, for they were judged on a floor that never was."""
        if not kept:
            for key in self._refused_now:
                self._refused.pop(key, None)
        self._fresh.clear()
        self._refused_now.clear()

    def nothing_kept(self, who: Principal, verdict: Verdict) -> Verdict:
        """What to answer where the turn could not be written: "send the same again", which is not remembered;
        but what was answered in an earlier turn is still so, and what can not be read stays unreadable."""
        key = (who.sender, verdict.command_id or "")
        earlier = verdict.result == "repeated" and key not in self._fresh and key not in self._refused_now
        if verdict.anonymous or earlier:
            return verdict
        answer = self._no(verdict.command_id, Refusal.STORAGE_FAILED, None)
        return Verdict(answer, command_id=verdict.command_id, command=verdict.command, result="storage-failed")
