"""The kiosk itself: people, hub, paper and glass come together here, on the device's own thread.

Rule 1: the flow says what is to be done; here it is done, and what came of it is told to the flow.
Rule 2: what is shown and lit follows from the flow after each turn; nobody else draws.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk import lamps, views
from kiosk.block import stamp
from kiosk.flow import PRINTING_S, SHOW_S, Flow
from kiosk.numbers import DiskFailed, Given, Numbers
from kiosk.reserve import Reserve
from kiosk.slips import SlipPrinter, Slips
from kiosk.stages import AskHub, CallGuide, Effect, GiveReserved, PrintSlip, Sorry, Sound, Taken, Waiting
from kiosk.unheard import Unheard, question
from wire import codec
from wire.commands import Command, PrintTicket, RequestHelp
from wire.device import Device, Room, State
from wire.messages import Health, Reply, ServicesState, ServiceState, Ticket
from wire.topics import Heard

_log = logging.getLogger(__name__)

UNKNOWN = -1
"""How many are ahead of a number given without the hub: a slip must not promise what nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the kiosk moves: the screen, the lamps, a sound, slips (``None``: it has no printer)."""

    show: Callable[[views.View], None] = lambda _: None
    light: Callable[[str, str], None] = lambda _name, _pattern: None
    lamp_names: tuple[str, ...] = ()
    sound: Callable[[str], None] = lambda _: None
    printer: SlipPrinter | None = None


@dataclass(slots=True, kw_only=True)
class Kiosk:
    """One kiosk. ``counters``: the counters of each service, by service; ``buttons``: service by board button."""

    device: Device
    flow: Flow
    hall: views.Hall
    numbers: Numbers
    slips: Slips
    reserve: Reserve
    now: Callable[[], float]
    boot: str
    patience_s: float
    counters: Mapping[str, tuple[int, ...]]
    zones: Mapping[str, str | None]
    shut: frozenset[str] = frozenset()
    buttons: Mapping[str, str] = field(default_factory=dict)
    hands: Hands = field(default_factory=Hands)
    _states: dict[str, ServiceState] = field(default_factory=dict)
    _states_day: str = ""
    _shown: views.View | None = None
    _lit: dict[str, str] = field(default_factory=dict)
    _unheard: Unheard = field(init=False)

    def __post_init__(self) -> None:
        self._unheard = Unheard(self.device, self.numbers, self.now)

    # -- the life of the room

    def room(self) -> Room:
        """What the device's loop calls."""
        return Room(on_state=self._state, on_command=self._command, on_found=self._found, on_lost=self._lost)

    def begin(self) -> None:
        """After a start: finish what a power cut or a kill has interrupted, and show the first screen."""
        try:
            self._unheard.take_up()
            self._take_up()
        except DiskFailed as wrong:
            _log.error("%s", wrong)
        self.turn()

    def turn(self) -> None:
        """Do what is due, and show what is so."""
        self._do(self.flow.tick(self.now()))
        self.reserve.turn()
        self._unheard.turn()
        self.slips.tell_ended()
        self.refresh()

    def wait_s(self) -> float:
        """How long nothing is due, at most 1 s."""
        return max(0.0, min(1.0, self.flow.next_at() - self.now()))

    # -- what people do (on the device's thread: others post it)

    def choose(self, service: str, *, by_button: bool = False) -> None:
        """A service was touched, or its button pressed."""
        self._close_what_is_closed()
        self._do(self.flow.chosen(service, self.now(), spare=self._spare(service), by_button=by_button))
        self.refresh()

    def press(self, button: str) -> None:
        """A button of the board was pressed."""
        if button in self.buttons:
            self.choose(self.buttons[button], by_button=True)
        elif button == lamps.HELP:
            self.act(self.flow.ask_guide)
        else:
            _log.info("button %s has no service", button)

    def act(self, what: Callable[[float], list[Effect]]) -> None:
        """Another button of the screen: a method of the flow that takes the time."""
        self._do(what(self.now()))
        self.refresh()

    # -- what is to be done

    def _do(self, effects: list[Effect], *, answers: str = "") -> None:
        """``answers``: which question for a number brought this about."""
        for effect in effects:
            match effect:
                case AskHub():
                    self._ask_hub(effect)
                case GiveReserved(service=service, lane=lane, instead_of=instead_of):
                    given = self.reserve.give(service, lane, instead_of)
                    self._do(self.flow.reserved(self._ticket(given) if given else None, self.now()))
                    if given is None and instead_of:
                        self._unheard.ended(instead_of)
                    self.reserve.turn()        # where the hub is there it hears of it at once
                case PrintSlip(ticket=ticket):
                    reserved = isinstance(self.flow.stage, Taken) and self.flow.stage.reserved
                    self._print(ticket, reserved=reserved, answers=answers)
                case CallGuide():
                    self._call_guide()
                case Sound(name=name):
                    self.hands.sound(name)

    def _ask_hub(self, wanted: AskHub) -> None:
        self.refresh()                     # first the glass, for the disk may be slow
        self._unheard.asks(wanted)

        def replied(reply: Reply) -> None:
            if reply.ok and isinstance(reply.ticket, Ticket):
                self._do(self.flow.given(wanted.command, reply.ticket, self.now()), answers=wanted.command)
            else:
                _log.warning("no number of %s: %s", wanted.service, reply.refusal)
                self._do(self.flow.refused(wanted.command, str(reply.refusal), self.now()))
            self._unheard.ended(wanted.command)      # before anybody sees it: what was seen is never taken back
            self.refresh()

        def silent() -> None:
            _log.warning("the hub did not answer for %s s", self.patience_s)
            self._do(self.flow.silent(wanted.command, self.now()))
            self.refresh()

        self.device.ask(question(wanted), replied, on_timeout=silent, patience_s=self.patience_s)

    def _call_guide(self) -> None:
        def replied(reply: Reply) -> None:
            self.flow.guide_called = reply.ok
            self.refresh()

        self.device.ask(RequestHelp(id=self.device.new_id(), place=self.device.who.device), replied)

    def _ticket(self, given: Given) -> Ticket:
        return Ticket(
            id=given.id, number=given.number, service=given.service, lane=given.lane,
            issued_at=stamp(self.reserve.office_time()), ahead=UNKNOWN, wait=None,
            counters=list(self.counters.get(given.service, ())), zone=self.zones.get(given.service), track=None,
            state="waiting")

    # -- slips

    def _print(self, ticket: Ticket, *, reserved: bool, answers: str = "") -> None:
        if self.hands.printer is not None:
            # On the disk before the glass: killed earlier nobody saw it, killed later it is shown and printed again.
            self.slips.write_down(ticket, reserved=reserved, answers=answers)
            self.refresh()
            self.slips.hand_over(self.hands.printer, ticket)

    def slip_ended(self, job: str, ticket: str, error: str | None) -> None:
        """A slip is out, or failed with ``error``."""
        if job != ticket:              # the hub's own wish: it has an id of its own
            self.slips.tell(job, ticket, error)
            return
        self.slips.ended(ticket, error)
        self._do(self.flow.printed(ticket, error, self.now()))
        self.slips.tell_ended()
        self.refresh()

    def health(self, health: Health) -> None:
        """The printer says how it is."""
        self.flow.paper_out = health.paper == "out"
        self.device.say_health(health)
        self.refresh()

    def _take_up(self) -> None:
        """Somebody may stand here whose number a kill swallowed: show it again, and print what was not out."""
        now = self.now()
        here: tuple[Ticket, bool] | None = None
        for given in self.numbers.unreported():
            age_s = given.age_s(self.boot, now)
            if age_s is not None and age_s <= SHOW_S:
                here = (self._ticket(given), True)
        begun = self.slips.take_up(self.hands.printer, recent_s=PRINTING_S)
        here = begun or here
        if here is not None:
            ticket, reserved = here
            for effect in self.flow.shown_again(ticket, now, reserved=reserved):
                if isinstance(effect, PrintSlip) and not begun:
                    self._print(ticket, reserved=reserved)

    # -- what comes from the hub

    def _state(self, heard: Heard, state: State | None) -> None:
        if isinstance(state, ServicesState):
            self._states = {one.service: one for one in state.services}
            self._states_day = state.at[:10]
            self.refresh()

    def _command(self, command: Command) -> None:
        if not isinstance(command, PrintTicket):
            return
        ticket = codec.convert(command.ticket, Ticket)
        if self.hands.printer is None:
            self.slips.tell(command.id, ticket.id, "no-printer")
            return
        self.hands.printer.put(command.id, ticket, copy=command.copy, valid_until=self.now() + command.valid_s)

    def _found(self) -> None:
        self.flow.lost = False
        self.reserve.found()
        self.refresh()

    def _lost(self) -> None:
        self.flow.lost = True
        self.refresh()

    def _close_what_is_closed(self) -> None:
        """The hub's last word holds for the day on which it was said."""
        today = self.reserve.office_time().date().isoformat()
        said = self._states.values() if self._states_day == today else ()
        closed = {one.service: one.why or "closed" for one in said if not one.open}
        self.flow.closed = dict.fromkeys(self.shut, "closed") | closed

    # -- what is seen

    def _spare(self, service: str = "") -> bool:
        services = [service] if service else [one.id for one in self.hall.services]
        try:
            return any(self.reserve.left(one) for one in services)
        except DiskFailed as wrong:
            _log.error("%s", wrong)
            return False

    def refresh(self) -> None:
        """Show and light what is so, where that changed."""
        self._close_what_is_closed()
        spare = not self.flow.lost or self._spare()       # the disk is asked only when it matters
        view = views.view(self.flow, self.hall, self._states, spare=spare)
        if view != self._shown:
            self._shown = view
            self.hands.show(view)
        for name, pattern in lamps.patterns(self.flow, self.buttons, self.hands.lamp_names, spare=spare).items():
            if self._lit.get(name) != pattern:
                self._lit[name] = pattern
                self.hands.light(name, pattern)

    def showing(self) -> dict[str, Any]:
        """What the kiosk does now, as plain fields."""
        stage = self.flow.stage
        told: dict[str, Any] = {
            "stage": type(stage).__name__.lower(), "language": self.flow.language, "lost": self.flow.lost,
            "hub": self.device.hub_here, "paper_out": self.flow.paper_out,
            "reserve": {one.id: self.reserve.left(one.id) for one in self.hall.services},
            "unreported": len(self.numbers.unreported()), "unanswered": self.device.unanswered}
        match stage:
            case Waiting(service=service, command=command):
                told |= {"service": service, "command": command}
            case Taken(ticket=ticket, reserved=reserved, paper=paper):
                told |= {"number": ticket.number, "ticket": ticket.id, "service": ticket.service,
                         "lane": ticket.lane, "reserved": reserved, "paper": paper}
            case Sorry(service=service, why=why):
                told |= {"service": service, "why": why}
        return told
