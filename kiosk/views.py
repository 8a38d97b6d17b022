"""What is on the screen, as words and marks: made from the flow and what the hub said, drawn by ``kiosk.screen``.

Rule 1: a view is a value; the same view is the same picture. Rule 2: every word on it is for the person before it:
never a code, and never a word of another language than the one they chose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.flow import Flow
from kiosk.stages import Choosing, Sorry, Taken, Waiting
from kiosk.words import Words, of
from wire.messages import ServiceState, Ticket

_HOURS = frozenset({"hours", "cut-off", "holiday", "roster", "outside-hours"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service as the settings name it: texts by language."""

    id: str
    series: str
    names: Mapping[str, str]
    plain: Mapping[str, str]
    examples: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tile:
    """One thing to touch: the service, its letter, its plain name, and smaller what it is for and officially called.
    ``closed`` says why it gives no number, empty where it does."""

    service: str
    letter: str
    name: str
    examples: str
    official: str
    waiting: str
    closed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseView:
    """What there is to choose from. A text that is empty is not shown; so is its button."""

    office: str
    title: str
    tiles: tuple[Tile, ...]
    page: int
    guide: bool
    priority: str
    priority_on: bool
    unsure: str
    language: str
    more: str
    pages: str
    back: str
    notice: str
    notice_is_trouble: bool = False


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A number was asked for."""

    title: str
    letter: str
    name: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenView:
    """Somebody has a number; ``trouble`` marks that paper failed and ``say`` has to be read."""

    title: str
    number: str
    lane: str
    name: str
    lines: tuple[str, ...]
    say: str
    trouble: bool
    done: str
    language: str


@dataclass(frozen=True, slots=True)
class SorryView:
    """There is no number; why, and whom to ask."""

    title: str
    name: str
    why: str
    ask: str
    back: str
    language: str


View = ChooseView | WaitingView | TakenView | SorryView


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """What the views need of the building: its names, services, languages and lanes, and where slips come out:
    ``self``, ``elsewhere`` or ``none``."""

    names: Mapping[str, str]
    services: tuple[Service, ...]
    languages: tuple[str, ...]
    first_lane: str
    slips: str
    words: Words

    def service(self, id: str) -> Service | None:
        """The service of that id."""
        return next((s for s in self.services if s.id == id), None)


def view(flow: Flow, hall: Hall, states: Mapping[str, ServiceState], *, spare: bool) -> View:
    """What people see now. ``states``: what the hub said of each service; ``spare``: reserved numbers are at hand."""
    match flow.stage:
        case Waiting(service=service):
            found = hall.service(service)
            return WaitingView(hall.words.say(flow.language, "waiting.title"), found.series if found else "",
                               of(found.plain or found.names, flow.language) if found else "",
                               _other(flow, hall))
        case Taken():
            return _taken(flow, hall, flow.stage)
        case Sorry():
            return _sorry(flow, hall, flow.stage)
    return _choose(flow, hall, states, flow.stage, spare)


def _other(flow: Flow, hall: Hall) -> str:
    """The name of the next language, in that language; empty where there is one only."""
    if len(hall.languages) < 2:
        return ""
    at = hall.languages.index(flow.language)
    return hall.words.say(hall.languages[(at + 1) % len(hall.languages)], "language.name")


def _choose(flow: Flow, hall: Hall, states: Mapping[str, ServiceState], stage: Choosing, spare: bool) -> ChooseView:
    def say(key: str, **values: object) -> str:
        return hall.words.say(flow.language, key, **values)

    if flow.lost:
        notice = say("notice.offline" if spare else "notice.offline_empty")
    elif stage.guide and flow.guide_called:
        notice = say("choose.guide_called")
    elif flow.paper_out:
        notice = say("notice.paper_out")
    else:
        notice = ""
    title = "guide_title" if stage.guide else "priority_title" if stage.priority else "title"
    return ChooseView(
        office=of(hall.names, flow.language), title=say(f"choose.{title}"),
        tiles=tuple(_tile(service, flow, hall, states) for service in hall.services),
        page=stage.page, guide=stage.guide,
        priority=say("choose.priority_on" if stage.priority else "choose.priority")
        if len(flow.place.lanes) > 1 and not stage.guide else "",
        priority_on=stage.priority, unsure="" if stage.guide else say("choose.unsure"), language=_other(flow, hall),
        more=say("choose.more"), pages=hall.words.say(flow.language, "choose.page", page="{page}", pages="{pages}"),
        back=say("choose.back") if stage.guide else "", notice=notice, notice_is_trouble=flow.lost and not spare)


def _tile(service: Service, flow: Flow, hall: Hall, states: Mapping[str, ServiceState]) -> Tile:
    language, state = flow.language, states.get(service.id)
    plain, official = of(service.plain or service.names, language), of(service.names, language)
    why, waiting = flow.closed.get(service.id, ""), ""
    if state is not None and not flow.lost and not why:
        # While the hub is silent the count may be old, and an old count is worse than none.
        waiting = hall.words.say(language, "choose.waiting" if state.waiting else "choose.nobody", n=state.waiting)
    return Tile(service.id, service.series, plain, of(service.examples, language),
                official if official != plain else "", waiting, closed_words(hall, language, why) if why else "")


def closed_words(hall: Hall, language: str, why: str) -> str:
    """Why a service gives no number, in words."""
    return hall.words.say(language, f"closed.{why}" if hall.words.knows(language, f"closed.{why}") else "closed.closed")


def _taken(flow: Flow, hall: Hall, stage: Taken) -> TakenView:
    def say(key: str, **values: object) -> str:
        return hall.words.say(flow.language, key, **values)

    ticket, service = stage.ticket, hall.service(stage.ticket.service)
    lines: list[str] = []
    if not stage.reserved:           # a number given without the hub knows nothing of those before it
        lines.append(say("taken.ahead", n=ticket.ahead) if ticket.ahead else say("taken.next"))
        if expected := expected_call(ticket):
            lines.append(say("taken.expected", low=expected[0], high=expected[1]))
    if ticket.counters:
        lines.append(say("taken.counters", n=", ".join(map(str, ticket.counters))))
    failed = stage.paper in ("out", "failed")
    if failed:
        key = "taken.paper_out" if stage.paper == "out" else "taken.print_failed"
    elif stage.paper in ("printing", "done"):
        key = "taken.printing" if stage.paper == "printing" else "taken.printed"
    else:
        key = "taken.elsewhere" if hall.slips == "elsewhere" and not stage.reserved else "taken.remember"
    return TakenView(
        title=say("taken.title"), number=ticket.number,
        lane="" if ticket.lane == hall.first_lane else say("taken.priority"),
        name=of(service.plain or service.names, flow.language) if service else "", lines=tuple(lines),
        say=say(key, number=ticket.number), trouble=failed, done=say("taken.done"), language=_other(flow, hall))


def expected_call(ticket: Ticket) -> tuple[str, str] | None:
    """The range of the time of day at which the call is expected, by the hub's own clock."""
    if ticket.wait is None:
        return None
    at = datetime.fromisoformat(ticket.issued_at)
    low, high = (at + timedelta(seconds=s) for s in (ticket.wait.low_s, ticket.wait.high_s))
    if low.minute % 5 or low.second:
        low -= timedelta(minutes=low.minute % 5)
    high += timedelta(minutes=-high.minute % 5 or 5)
    return max(low, at).strftime("%H:%M"), high.strftime("%H:%M")


def _sorry(flow: Flow, hall: Hall, stage: Sorry) -> SorryView:
    def say(key: str) -> str:
        return hall.words.say(flow.language, key)

    service = hall.service(stage.service)
    if hall.words.knows(flow.language, f"closed.{stage.why}"):
        why = f"{closed_words(hall, flow.language, stage.why)}."
    else:
        known = hall.words.knows(flow.language, f"sorry.{stage.why}")
        why = say(f"sorry.{stage.why}" if known else "sorry.fault")
    return SorryView(say("sorry.title"), of(service.plain or service.names, flow.language) if service else "", why,
                     say("sorry.ask_hours" if stage.why in _HOURS else "sorry.ask"), say("sorry.back"),
                     _other(flow, hall))
