"""What is on the paper: a ticket becomes a list of lines, whatever the printer and however wide its roll.

Rule 1: the number first and as wide as the roll allows, then where to go and when, then the rest, small.
Rule 2: nothing that people do not need, and nothing that may not come true: a range and never one time, a count that
says that it may grow.
Rule 3: without a public address nothing is lost but the code that leads there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ticket_printer.words import words
from wire.messages import Texts, Ticket

Align = Literal["left", "center"]
Size = Literal["small", "body", "large"]
GLUE = "\u00a0"
"""A space at which no line is broken."""
LONGEST_TRACK = 300
"""Characters of an address; a longer one makes a code too fine for a phone to read."""
Weight = Literal["regular", "semibold", "extrabold"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words, broken into as many lines as the roll needs."""

    words: str
    size: Size = "body"
    weight: Weight = "regular"
    align: Align = "center"


@dataclass(frozen=True, slots=True)
class Number:
    """The ticket's number, as wide as the roll allows."""

    number: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A few words, white on black: priority, copy."""

    words: str


@dataclass(frozen=True, slots=True)
class QR:
    """A code that a phone reads."""

    content: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The office's own sign, from a file."""

    path: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line across the roll."""


@dataclass(frozen=True, slots=True)
class Space:
    """White, in tenths of a millimetre."""

    tenths_mm: int = 15


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of the slip."""


Line = Text | Number | Mark | QR | Picture | Rule | Space | Cut


@dataclass(frozen=True, slots=True)
class Office:
    """What slips say of the office. ``header`` stands at the top, else ``names``; line breaks in it are kept.

    ``priority_first``: the policy in use calls priority before others, so a count of people ahead may grow.
    ``lanes`` in rising rank, the first being everybody's. ``zones`` and ``lane_names`` are words for ids; a zone
    without words is left out, for an id is no word for people.
    """

    names: Texts
    languages: tuple[str, ...] = ("vi", "en")
    services: Mapping[str, Texts] = field(default_factory=dict)
    zones: Mapping[str, Texts] = field(default_factory=dict)
    lanes: tuple[str, ...] = ("normal", "priority")
    lane_names: Mapping[str, Texts] = field(default_factory=dict)
    priority_first: bool = True
    header: Texts = field(default_factory=dict)
    hotline: str = ""
    logo: str = ""

    @property
    def language(self) -> str:
        """The language of a slip when nobody chose."""
        return self.languages[0] if self.languages else "vi"


def slip_of(ticket: Ticket, office: Office, *, language: str | None = None, copy: bool = False,
            at: datetime | None = None) -> list[Line]:
    """The lines of a ticket's slip.

    ``at`` is when the ticket's place in the queue was true; the moment it was issued when left out. A copy without
    it says nothing of the queue, for what was true then may no longer be.
    """
    spoken = language or office.language
    say = words(spoken)
    issued = datetime.fromisoformat(ticket.issued_at)
    when = at or (None if copy else issued)
    lines: list[Line] = [*_head(office, spoken), Rule()]
    if copy:
        lines += [Space(10), Mark(say["slip.copy"])]
    lines += [Space(10), Text(say["slip.your_number"], weight="semibold"), Number(_plain(ticket.number) or "–")]
    if ticket.lane != office.lanes[0]:
        lines += [Mark(_in(office.lane_names.get(ticket.lane, {}), spoken) or say["slip.priority"]), Space(10)]
    lines += _where(ticket, office, spoken)
    if when is not None:
        lines += _queue(ticket, office, say, when)
    lines += [Text(say["slip.taken"].format(time=f"{issued:%H:%M}", day=_day(issued)))]
    if ticket.track and len(ticket.track) <= LONGEST_TRACK:
        lines += [QR(ticket.track), Text(say["slip.track"], "small")]
    lines += [Rule(), *_small(say, office, issued), Cut()]
    return lines


def _head(office: Office, language: str) -> list[Line]:
    lines: list[Line] = [Picture(office.logo), Space(10)] if office.logo else []
    name = _in(office.header, language) or _in(office.names, language)
    parts = [part for line in name.splitlines() for part in line.split(" – ")]     # never inside a name
    return lines + [Text(_plain(part), "body", "semibold") for part in parts if _plain(part)]


def _where(ticket: Ticket, office: Office, language: str) -> list[Line]:
    say = words(language)
    lines: list[Line] = []
    if name := _in(office.services.get(ticket.service, {}), language):
        lines.append(Text(_plain(name), "body", "semibold"))
    place = []
    if ticket.counters:
        key = "slip.counter" if len(ticket.counters) == 1 else "slip.counters"
        place.append(say[key].format(n=_numbers(ticket.counters)))
    if zone := _zone(ticket.zone, office, language):
        place.append(zone)
    if place:
        glued = [part.replace(" ", GLUE) if len(part) <= 18 else part for part in place]
        lines.append(Text(f" {GLUE}·{GLUE} ".join(glued), "large", "extrabold"))
    return lines


def _queue(ticket: Ticket, office: Office, say: Mapping[str, str], at: datetime) -> list[Line]:
    lines: list[Line] = []
    if ticket.wait is not None:
        low, high = expected(at, ticket.wait.low_s, ticket.wait.high_s)
        key = "slip.expected_before" if low is None else "slip.expected"
        lines.append(Text(say[key].format(low=f"{low:%H:%M}" if low else "", high=f"{high:%H:%M}"), "body", "semibold"))
    if ticket.ahead < 0:
        return lines  # a kiosk gave this number by itself and can not know who waits
    key = {0: "slip.ahead_none", 1: "slip.ahead_one"}.get(ticket.ahead, "slip.ahead")
    lines.append(Text(say[key].format(n=ticket.ahead)))
    if office.priority_first and ticket.lane != office.lanes[-1]:
        lines.append(Text(say["slip.overtaken"], "small"))
    return lines


def _small(say: Mapping[str, str], office: Office, issued: datetime) -> list[Line]:
    sentences = [say["slip.keep"], say["slip.missed"], say["slip.valid"].format(day=_day(issued)),
                 say["slip.no_receipt"]]
    if office.hotline:
        sentences.append(say["slip.hotline"].format(phone=_glued(office.hotline)))
    return [Text(_plain(sentence), "small", "regular", "left") for sentence in sentences]


def expected(at: datetime, low_s: float, high_s: float) -> tuple[datetime | None, datetime]:
    """Between which times of day the call may come, to five minutes, the range never made narrower.

    The first is None where that is less than five minutes away: then only "before" can be said honestly.
    """
    low, latest = _five(at + timedelta(seconds=max(low_s, 0))), at + timedelta(seconds=max(high_s, low_s, 0))
    high = _five(latest)
    if high < latest or high <= at:
        high += timedelta(minutes=5)
    return (None if low <= at or low >= high else low), high


def _plain(words: str) -> str:
    """Without control characters: in the printer's own letters they would be commands."""
    return "".join(char if char.isprintable() or char == GLUE else " " for char in words).strip()


def _glued(words: str) -> str:
    """A telephone number is not broken between two lines."""
    return re.sub(r"(?<=\d) (?=\d)", GLUE, words)


def _five(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0)


def _numbers(counters: Sequence[int]) -> str:
    """``1, 2, 5–8``: three or more in a row are drawn together.

    >>> _numbers([1, 2, 5, 6, 7, 8])
    '1, 2, 5–8'
    """
    runs: list[list[int]] = []
    for n in sorted(set(counters)):
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _zone(zone: str | None, office: Office, language: str) -> str:
    """``tang-1`` in words; the office's own words first."""
    if not zone:
        return ""
    if own := _in(office.zones.get(zone, {}), language):
        return own
    kind, _, which = zone.partition("-")
    pattern = words(language).get(f"zone.{kind}")
    return pattern.format(n=which.replace("-", " ").upper()) if pattern and which else ""


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def _day(at: datetime) -> str:
    return f"{at:%d/%m/%Y}"
