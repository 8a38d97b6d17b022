"""Replies, status and state: what the hub says, and what devices say of themselves.

Times are ISO 8601 with offset and milliseconds; durations are seconds and end in ``_s``;
texts are always ``{language: text}`` for the site's languages.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from wire.codes import ClosedWhy, CounterStage, Paper, Refusal, TicketStateCode

Time = Annotated[str, Meta(
    pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}[+-][0-9]{2}:[0-9]{2}(?!\n)$",
    description="ISO 8601 with offset and milliseconds.")]
Texts = dict[str, str]


class Wait(Struct, frozen=True):
    """How long it may take until the call, in seconds: an 80 % range and a likely value."""

    low_s: float
    likely_s: float
    high_s: float


class Ticket(Struct, frozen=True, kw_only=True):
    """One number given to one person, as a reply shows it.

    ``ahead`` counts those who would be called before it now; ``stage`` which service of the
    visit this is, from 1; ``track`` is the public address where the person follows the turn.
    """

    id: str
    number: str
    service: str
    lane: str
    issued_at: Time
    ahead: int
    wait: Wait | None
    counters: list[int]
    zone: str | None
    track: str | None
    state: TicketStateCode
    stage: int = 1


class Reply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hub's answer to one command; ``id`` is null where the command had no usable one."""

    id: str | None
    ok: bool
    refusal: Refusal | UnsetType = UNSET
    message: Texts | UnsetType = UNSET
    ticket: Ticket | None | UnsetType = UNSET
    counter: int | UnsetType = UNSET
    times: int | UnsetType = UNSET
    counted: bool | UnsetType = UNSET
    numbers: list[str] | UnsetType = UNSET
    day: str | UnsetType = UNSET
    accepted: list[Ticket] | UnsetType = UNSET
    rejected: list[dict[str, str]] | UnsetType = UNSET


class HubStatus(Struct, frozen=True, kw_only=True):
    """The hub's own word that it lives, every 2 s; its last will says ``online`` false."""

    online: bool
    version: str | UnsetType = UNSET
    since: Time | UnsetType = UNSET
    epoch: str | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    beat: int | UnsetType = UNSET
    at: Time | UnsetType = UNSET


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a device is, by role; a printer tells its paper and cover."""

    paper: Paper | UnsetType = UNSET
    cover: str | UnsetType = UNSET
    error: str | None | UnsetType = UNSET


class DeviceStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device's own word that it is there."""

    online: bool
    role: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    since: str | UnsetType = UNSET
    health: Health | UnsetType = UNSET


class ServiceState(Struct, frozen=True, kw_only=True):
    """One service: is it open, how many wait; ``why`` says what keeps it closed."""

    service: str
    series: str
    names: Texts
    open: bool
    why: ClosedWhy | None
    waiting: int
    wait: Wait | None
    lanes: list[str]


class ServicesState(Struct, frozen=True, kw_only=True):
    """``state/services``."""

    at: Time
    epoch: str
    seq: int
    services: list[ServiceState]


class BoardCall(Struct, frozen=True, kw_only=True):
    """One call or recall; ``call`` grows by one each time, ``times`` starts at 1."""

    call: int
    at: Time
    ticket: str
    number: str
    lane: str
    counter: int
    zone: str
    times: int


class BoardCounter(Struct, frozen=True, kw_only=True):
    """One counter as a wall shows it."""

    counter: int
    zone: str
    open: bool
    why: ClosedWhy | None
    stage: CounterStage
    number: str | None
    lane: str | None
    names: Texts


class Upcoming(Struct, frozen=True, kw_only=True):
    """Who would be called next of a service, under today's order; it may change."""

    service: str
    numbers: list[str]


class BoardState(Struct, frozen=True, kw_only=True):
    """``state/board``; ``calls`` are the last 20, the newest last."""

    at: Time
    epoch: str
    seq: int
    calls: list[BoardCall]
    counters: list[BoardCounter]
    upcoming: list[Upcoming]
    waiting: dict[str, int]
    notices: list[Texts]


class CounterTicket(Struct, frozen=True, kw_only=True):
    """Who is at a counter."""

    id: str
    number: str
    service: str
    lane: str


class LastFinished(Struct, frozen=True, kw_only=True):
    """Who was finished last at a counter: the one a tablet asks."""

    id: str
    number: str
    finished_at: Time


class CounterState(Struct, frozen=True, kw_only=True):
    """``state/counter/<n>``; ``callable`` counts those whom this counter may call now."""

    at: Time
    epoch: str
    seq: int
    counter: int
    zone: str
    open: bool
    why: ClosedWhy | None
    stage: CounterStage
    ticket: CounterTicket | None
    last: LastFinished | None
    callable: int
