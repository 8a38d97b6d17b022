"""What a device may ask of the hub, and what the hub may ask of a device.

Every command is one class; its name on the wire is the class's ``tag``. Fields that a command
does not know are ignored by the reader, so that a newer device may speak to an older hub.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

# (?!\n) because in Python, unlike in JSON Schema, $ also matches before a last line break.
CommandId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}(?!\n)$", description=(
    "The device's own id of this command; sent again, it is the same command."))]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}(?!\n)$",
                         description="Id of a site, device, service, zone or lane.")]
CounterNumber = Annotated[int, Meta(ge=1, le=9999, description="Number of a counter.")]
TicketName = Annotated[str, Meta(min_length=1, max_length=64,
                                 description="A ticket's id; where staff name it, today's number will do.")]
Code = Annotated[str, Meta(min_length=16, max_length=64, description="A public code.")]
Language = Annotated[str, Meta(min_length=2, max_length=16, description="BCP 47 language tag.")]
Note = Annotated[str, Meta(max_length=200)]
Score = Annotated[int, Meta(ge=1, le=5, description="5 very satisfied to 1 very dissatisfied.")]
Reason = Annotated[str, Meta(min_length=1, max_length=64)]
AtCounter = Annotated[str, Meta(min_length=1, max_length=64)]


class Command(Struct, frozen=True, kw_only=True, tag_field="command"):
    """What every command carries.

    ``at`` is the device's own time and is only logged; ``beat`` is the last beat of the hub that
    the device saw, so that a command which was under way too long can be refused.
    """

    id: CommandId
    at: str | UnsetType = UNSET
    beat: int | UnsetType = UNSET


class TakeTicket(Command, frozen=True, kw_only=True, tag="take-ticket"):
    """Give a number for one service (``then``: more services of the same visit)."""

    service: Id
    lane: Id | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    procedure: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    channel: Id | UnsetType = UNSET
    then: Annotated[list[Id], Meta(max_length=8)] | UnsetType = UNSET


class CheckIn(Command, frozen=True, kw_only=True, tag="check-in"):
    """Somebody with an appointment is here."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class ReserveNumbers(Command, frozen=True, kw_only=True, tag="reserve-numbers"):
    """Keep numbers for a kiosk that may lose the hub."""

    service: Id
    count: Annotated[int, Meta(ge=1, le=50)]
    day: Annotated[str, Meta(pattern=r"^(today|next)(?!\n)$")] | UnsetType = UNSET


class ReportedTicket(Struct, frozen=True, kw_only=True):
    """One ticket that a kiosk gave while the hub did not answer; ``age_s`` null: it can not tell."""

    id: TicketName
    number: Annotated[str, Meta(max_length=16)]
    service: Id
    lane: Id
    code: Code
    day: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?!\n)$")]
    age_s: Annotated[float, Meta(ge=0)] | None
    instead_of: CommandId | UnsetType = UNSET


class ReportTickets(Command, frozen=True, kw_only=True, tag="report-tickets"):
    """Tell the hub of tickets that were given without it."""

    tickets: Annotated[list[ReportedTicket], Meta(max_length=50)]


class CancelTicket(Command, frozen=True, kw_only=True, tag="cancel-ticket"):
    """The person goes away before being called."""

    ticket: TicketName


class SetLane(Command, frozen=True, kw_only=True, tag="set-lane"):
    """Give or take back priority; the ground is never told."""

    ticket: TicketName
    lane: Id


class Restore(Command, frozen=True, kw_only=True, tag="restore"):
    """Somebody who missed the call waits again, at the old place."""

    ticket: TicketName


class Postpone(Command, frozen=True, kw_only=True, tag="postpone"):
    """Let ``by`` people pass."""

    ticket: TicketName
    by: Annotated[int, Meta(ge=1, le=50)]


class Reprint(Command, frozen=True, kw_only=True, tag="reprint"):
    """Print a ticket again, marked as a copy."""

    ticket: TicketName


class OpenCounter(Command, frozen=True, kw_only=True, tag="open-counter"):
    """A counter begins or goes on; without ``clerk`` the one who is there stays."""

    counter: CounterNumber
    clerk: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    services: Annotated[list[Id], Meta(max_length=64)] | UnsetType = UNSET


class PauseCounter(Command, frozen=True, kw_only=True, tag="pause-counter"):
    """A counter stops calling for a while."""

    counter: CounterNumber
    reason: Id | UnsetType = UNSET


class CloseCounter(Command, frozen=True, kw_only=True, tag="close-counter"):
    """A counter ends."""

    counter: CounterNumber
    reason: Id | UnsetType = UNSET


class CallNext(Command, frozen=True, kw_only=True, tag="call-next"):
    """Finish whoever is there, and call whoever is next."""

    counter: CounterNumber
    service: Id | UnsetType = UNSET
    at_counter: AtCounter | None | UnsetType = UNSET


class CallTicket(Command, frozen=True, kw_only=True, tag="call-ticket"):
    """Call this one, out of turn."""

    counter: CounterNumber
    ticket: TicketName
    at_counter: AtCounter | None | UnsetType = UNSET


class Recall(Command, frozen=True, kw_only=True, tag="recall"):
    """Call the same person again."""

    counter: CounterNumber


class StartService(Command, frozen=True, kw_only=True, tag="start-service"):
    """The person called has sat down."""

    counter: CounterNumber


class Finish(Command, frozen=True, kw_only=True, tag="finish"):
    """The visit is over."""

    counter: CounterNumber
    outcome: Id | UnsetType = UNSET
    at_counter: AtCounter | None | UnsetType = UNSET


class NoShow(Command, frozen=True, kw_only=True, tag="no-show"):
    """Nobody came to the call."""

    counter: CounterNumber
    at_counter: AtCounter | None | UnsetType = UNSET


class Hold(Command, frozen=True, kw_only=True, tag="hold"):
    """Set this visit aside; it goes on at this counter later."""

    counter: CounterNumber
    at_counter: AtCounter | None | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class Resume(Command, frozen=True, kw_only=True, tag="resume"):
    """Go on with a visit that was set aside."""

    counter: CounterNumber
    ticket: TicketName


class Transfer(Command, frozen=True, kw_only=True, tag="transfer"):
    """Send this visit to another service or counter."""

    counter: CounterNumber
    service: Id | UnsetType = UNSET
    to_counter: CounterNumber | UnsetType = UNSET
    note: Note | UnsetType = UNSET
    keep_place: bool | UnsetType = UNSET
    at_counter: AtCounter | None | UnsetType = UNSET


class WalkUp(Command, frozen=True, kw_only=True, tag="walk-up"):
    """Serve somebody who has no ticket."""

    counter: CounterNumber
    service: Id | UnsetType = UNSET


class Undo(Command, frozen=True, kw_only=True, tag="undo"):
    """Take back the last act at this counter."""

    counter: CounterNumber


class Rate(Command, frozen=True, kw_only=True, tag="rate"):
    """How satisfied somebody was, by ticket id or by the counter where it was last finished."""

    score: Score
    ticket: TicketName | UnsetType = UNSET
    counter: CounterNumber | UnsetType = UNSET
    reasons: Annotated[list[Reason], Meta(max_length=16)] | UnsetType = UNSET
    comment: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    channel: Id | UnsetType = UNSET


class AnswerSurvey(Command, frozen=True, kw_only=True, tag="answer-survey"):
    """Answers to a longer survey."""

    survey: Id
    answers: dict[str, Any]
    ticket: TicketName | UnsetType = UNSET


class RequestHelp(Command, frozen=True, kw_only=True, tag="request-help"):
    """Somebody needs a person."""

    place: Annotated[str, Meta(min_length=1, max_length=64)]
    reason: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class AnswerHelp(Command, frozen=True, kw_only=True, tag="answer-help"):
    """A person went there."""

    place: Annotated[str, Meta(min_length=1, max_length=64)]
    reason: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class TicketPrinted(Command, frozen=True, kw_only=True, tag="ticket-printed"):
    """The slip is on paper."""

    ticket: TicketName


class PrintFailed(Command, frozen=True, kw_only=True, tag="print-failed"):
    """The slip did not come out."""

    ticket: TicketName
    error: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class LookupMissed(Command, frozen=True, kw_only=True, tag="lookup-missed"):
    """Somebody looked for a procedure and did not find it."""

    query: Annotated[str, Meta(max_length=100)]


class CorrectVisit(Command, frozen=True, kw_only=True, tag="correct-visit"):
    """A head corrects a recorded visit openly; the first record is kept."""

    ticket: TicketName
    field: Id
    value: Any
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


ALL: dict[str, type[Command]] = {
    str(c.__struct_config__.tag): c
    for c in (
        TakeTicket, CheckIn, ReserveNumbers, ReportTickets, CancelTicket, SetLane, Restore, Postpone,
        Reprint, OpenCounter, PauseCounter, CloseCounter, CallNext, CallTicket, Recall, StartService,
        Finish, NoShow, Hold, Resume, Transfer, WalkUp, Undo, Rate, AnswerSurvey, RequestHelp,
        AnswerHelp, TicketPrinted, PrintFailed, LookupMissed, CorrectVisit,
    )
}
"""Every command of the contract by its name."""


class PrintTicket(Command, frozen=True, kw_only=True, tag="print-ticket"):
    """To a printer: print this ticket within ``valid_s`` seconds."""

    ticket: dict[str, Any]
    copy: bool
    valid_s: float = 30.0


class Announce(Command, frozen=True, kw_only=True, tag="announce"):
    """To a device: say or show these texts."""

    texts: dict[str, str]


class Identify(Command, frozen=True, kw_only=True, tag="identify"):
    """To a device: show which one you are."""


class Reload(Command, frozen=True, kw_only=True, tag="reload"):
    """To a device: read your settings again."""


TO_DEVICES: dict[str, type[Command]] = {
    str(c.__struct_config__.tag): c for c in (PrintTicket, Announce, Identify, Reload)
}
"""Every command that the hub may send to a device, by its name."""
