"""What happened, as it travels: one class an event, only fields that may leave the office's hub.

Public codes, comments, notes, clerks, reasons and contacts are not here at all, so they can not
leak: a field that no class names is not published. An event that has nothing else is published
as ``private``, so that a gap in ``seq`` is always a loss.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from wire.messages import Time


class Event(Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """What every event carries: where it stands in the journal, when, and who caused it."""

    epoch: str
    seq: int
    at: Time
    device: str | UnsetType = UNSET
    command_id: str | UnsetType = UNSET


class TicketEvent(Event, frozen=True, kw_only=True):
    """An event about a ticket."""

    ticket: str
    number: str
    service: str
    lane: str


class AtCounterEvent(TicketEvent, frozen=True, kw_only=True):
    """An event about a ticket at a counter."""

    counter: int


class Private(Event, frozen=True, kw_only=True, tag="private"):
    """Something happened that does not travel."""


class DayOpened(Event, frozen=True, kw_only=True, tag="day-opened"):
    """A day began; numbers start again."""

    day: str


class DayClosed(Event, frozen=True, kw_only=True, tag="day-closed"):
    """A day ended; who still waited expires next."""

    day: str


class SessionClosed(Event, frozen=True, kw_only=True, tag="session-closed"):
    """A morning or an afternoon ended."""

    day: str
    session: str


class CounterOpened(Event, frozen=True, kw_only=True, tag="counter-opened"):
    """A counter began or went on."""

    counter: int


class CounterPaused(Event, frozen=True, kw_only=True, tag="counter-paused"):
    """A counter stopped calling for a while."""

    counter: int


class CounterClosed(Event, frozen=True, kw_only=True, tag="counter-closed"):
    """A counter ended."""

    counter: int


class NumbersReserved(Event, frozen=True, kw_only=True, tag="numbers-reserved"):
    """Numbers were kept for one kiosk."""

    service: str
    day: str
    numbers: list[str]


class TicketIssued(TicketEvent, frozen=True, kw_only=True, tag="ticket-issued"):
    """A number was given; ``flags`` tell what is odd about one that a kiosk gave by itself."""

    channel: str | None = None
    flags: list[str] | UnsetType = UNSET


class TicketPrinted(TicketEvent, frozen=True, kw_only=True, tag="ticket-printed"):
    """The slip is on paper."""


class PrintFailed(TicketEvent, frozen=True, kw_only=True, tag="print-failed"):
    """The slip did not come out."""

    error: str | None = None


class TicketCalled(AtCounterEvent, frozen=True, kw_only=True, tag="ticket-called"):
    """A person was called to a counter; ``wait_s`` from the number to this call."""

    call: int
    times: int
    wait_s: float


class TicketRecalled(AtCounterEvent, frozen=True, kw_only=True, tag="ticket-recalled"):
    """The same person was called again."""

    call: int
    times: int


class ServiceStarted(AtCounterEvent, frozen=True, kw_only=True, tag="service-started"):
    """Service began, at ``started_at``."""

    started_at: Time


class ServiceFinished(AtCounterEvent, frozen=True, kw_only=True, tag="service-finished"):
    """The visit is over; ``service_s`` from its start."""

    outcome: str
    service_s: float


class TicketMissed(AtCounterEvent, frozen=True, kw_only=True, tag="ticket-missed"):
    """Nobody came to the call."""

    times: int


class TicketHeld(AtCounterEvent, frozen=True, kw_only=True, tag="ticket-held"):
    """A visit was set aside."""


class TicketResumed(AtCounterEvent, frozen=True, kw_only=True, tag="ticket-resumed"):
    """A visit that was set aside goes on."""


class TicketRestored(TicketEvent, frozen=True, kw_only=True, tag="ticket-restored"):
    """Somebody who missed the call waits again, at the old place."""


class TicketTransferred(AtCounterEvent, frozen=True, kw_only=True, tag="ticket-transferred"):
    """A visit went to another service or counter."""

    to_service: str | None = None
    to_counter: int | None = None


class TicketPostponed(TicketEvent, frozen=True, kw_only=True, tag="ticket-postponed"):
    """Somebody let others pass."""

    by: int


class LaneSet(TicketEvent, frozen=True, kw_only=True, tag="lane-set"):
    """Priority was given or taken back."""


class TicketCancelled(TicketEvent, frozen=True, kw_only=True, tag="ticket-cancelled"):
    """The person went away before being called."""


class TicketExpired(TicketEvent, frozen=True, kw_only=True, tag="ticket-expired"):
    """The day ended before the person was served."""


class ActionUndone(Event, frozen=True, kw_only=True, tag="action-undone"):
    """The last act at a counter was taken back."""

    counter: int
    undone: list[int]


class VisitRated(AtCounterEvent, frozen=True, kw_only=True, tag="visit-rated"):
    """Somebody said how satisfied they were."""

    score: int
    channel: str | None = None


class RatingSetAside(TicketEvent, frozen=True, kw_only=True, tag="rating-set-aside"):
    """A rating came that a rule does not count."""


class SurveyAnswered(Event, frozen=True, kw_only=True, tag="survey-answered"):
    """Somebody answered a longer survey."""

    survey: str


class VisitCorrected(TicketEvent, frozen=True, kw_only=True, tag="visit-corrected"):
    """A head corrected a recorded visit openly."""

    field: str


class HelpRequested(Event, frozen=True, kw_only=True, tag="help-requested"):
    """Somebody needs a person."""

    place: str


class HelpAnswered(Event, frozen=True, kw_only=True, tag="help-answered"):
    """A person went there."""

    place: str


class LookupMissed(Private, frozen=True, kw_only=True, tag="lookup-missed"):
    """Somebody looked for a procedure and did not find it; the words stay in the office."""


class AppointmentBooked(Event, frozen=True, kw_only=True, tag="appointment-booked"):
    """An appointment was made."""

    service: str


class AppointmentCancelled(Event, frozen=True, kw_only=True, tag="appointment-cancelled"):
    """An appointment was called off."""

    service: str


class ClockAdjusted(Event, frozen=True, kw_only=True, tag="clock-adjusted"):
    """The wall clock stepped by ``step_s`` seconds; durations leave it out."""

    step_s: float


class SettingsChanged(Event, frozen=True, kw_only=True, tag="settings-changed"):
    """The office's settings are others than before."""

    digest: str


class SignedIn(Private, frozen=True, kw_only=True, tag="signed-in"):
    """Somebody signed in; who, stays in the office."""


class Exported(Private, frozen=True, kw_only=True, tag="exported"):
    """Records were taken out; which and by whom, stays in the office."""


ALL: dict[str, type[Event]] = {
    str(c.__struct_config__.tag): c
    for c in (
        DayOpened, DayClosed, SessionClosed, CounterOpened, CounterPaused, CounterClosed,
        NumbersReserved, TicketIssued, TicketPrinted, PrintFailed, TicketCalled, TicketRecalled,
        ServiceStarted, ServiceFinished, TicketMissed, TicketHeld, TicketResumed, TicketRestored,
        TicketTransferred, TicketPostponed, LaneSet, TicketCancelled, TicketExpired, ActionUndone,
        VisitRated, RatingSetAside, SurveyAnswered, VisitCorrected, HelpRequested, HelpAnswered,
        LookupMissed, AppointmentBooked, AppointmentCancelled, ClockAdjusted, SettingsChanged,
        SignedIn, Exported,
    )
}
"""Every event of the contract by its name."""

TRAVELS: dict[str, tuple[str, ...]] = {
    name: tuple(f for f in c.__struct_fields__ if f not in Event.__struct_fields__)
    for name, c in ALL.items()
}
"""For each event the fields, beside the common ones, that may be published; none: ``private``."""


def is_private(event: str) -> bool:
    """Whether nothing of this event but its place in the journal may be published."""
    return not TRAVELS.get(event)

