"""Where a person at the kiosk is, and what may have to be done for them: the words of ``kiosk.flow``."""

from __future__ import annotations

from dataclasses import dataclass

from wire.messages import Ticket


@dataclass(frozen=True, slots=True)
class Choosing:
    """People see what there is to choose from; ``since`` is the last touch (seconds, monotonic)."""

    since: float
    page: int = 0
    guide: bool = False
    priority: bool = False
    settled_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number was asked for: by which command (empty: the hub was not asked), for which service and lane."""

    service: str
    lane: str
    command: str
    since: float


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody has a number. ``paper``: ``none`` (nothing prints here), ``printing``, ``done``, ``out`` (there is
    none), ``failed`` (something else is wrong with the printer)."""

    ticket: Ticket
    reserved: bool
    since: float
    until: float
    paper: str


@dataclass(frozen=True, slots=True)
class Sorry:
    """There is no number, and ``why``: a word that the catalogue has a sentence for."""

    why: str
    service: str
    since: float
    until: float


Stage = Choosing | Waiting | Taken | Sorry


@dataclass(frozen=True, slots=True)
class AskHub:
    """To do: ask the hub for a number."""

    command: str
    service: str
    lane: str
    language: str


@dataclass(frozen=True, slots=True)
class GiveReserved:
    """To do: put a reserved number on the disk as given, then tell ``reserved``; ``instead_of`` which command."""

    service: str
    lane: str
    instead_of: str


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """To do: print this ticket."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class CallGuide:
    """To do: ask the hub to send somebody who helps."""


@dataclass(frozen=True, slots=True)
class Sound:
    """To do: let a sound be heard: ``taken`` or ``sorry``."""

    name: str


Effect = AskHub | GiveReserved | PrintSlip | CallGuide | Sound
