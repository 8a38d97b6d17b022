"""A kiosk, a hub that can fall silent, and a power switch, all in one thread with a clock of their own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.block import Calendar, Reserving, stamp
from kiosk.flow import Flow, Place
from kiosk.numbers import Numbers
from kiosk.reserve import Reserve
from kiosk.room import Hands, Kiosk
from kiosk.slips import Slips
from kiosk.views import Hall, Service, View
from kiosk.words import Words
from wire import codec
from wire.commands import CancelTicket, Command, PrintFailed, ReportTickets, ReserveNumbers, TakeTicket, TicketPrinted
from wire.device import Device, Identity
from wire.link import Callbacks, Incoming, Will
from wire.memory import MemoryBroker, MemoryLink
from wire.messages import HubStatus, Reply, ServicesState, ServiceState, Ticket
from wire.outbox import Outbox
from wire.topics import Topics

ZONE = codec.zone_of("+07:00")
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)          # eight o'clock at the office
SERIES = {"chung-thuc": "A", "ho-tich": "B"}
TOPICS = Topics("trung-tu")


class Clock:
    """The monotonic and the wall clock."""

    def __init__(self) -> None:
        self.mono = 1000.0

    def now(self) -> float:
        return self.mono

    def wall(self) -> datetime:
        return MORNING + timedelta(seconds=self.mono - 1000.0)


class FakeHub:
    """A hub that keeps the contract for what a kiosk asks; ``mute``: it hears nothing and says nothing;
    ``deaf_mouth``: it hears and does, but its answers are lost."""

    def __init__(self, broker: MemoryBroker, clock: Clock) -> None:
        self.clock = clock
        self.mute = self.deaf_mouth = False
        self.beat = 0
        self.epoch = "epoch-1"
        self.tickets: dict[str, Ticket] = {}
        self.taken_by: dict[str, str] = {}
        self.reports: dict[str, list] = {}
        self.slips: list[tuple[str, str | None]] = []
        self.strange_slips: list[str] = []
        self.cancelled: set[str] = set()
        self.taken_back: list[str] = []
        self.replies: dict[str, bytes] = {}
        self.heard: list[Command] = []
        self.refuse: dict[str, str] = {}
        self.reserved = {service: itertools.count(900) for service in SERIES}
        self.next = {service: itertools.count(1) for service in SERIES}
        self.link = MemoryLink(broker, "hub")
        self.link.start(Callbacks(on_message=self._heard), subscribe=[(TOPICS.command("kiosk-1"), 1)],
                        will=Will(TOPICS.hub_status, b""))

    def say_beat(self) -> None:
        if not self.mute:
            self.beat += 1
            status = HubStatus(online=True, version="1", since=self.at(), epoch=self.epoch, seq=1, beat=self.beat,
                               at=self.at())
            self.link.publish(TOPICS.hub_status, codec.encode(status), qos=1, retain=True)

    def at(self) -> str:
        return stamp(self.clock.wall().astimezone(ZONE))

    def say_services(self, **closed: str) -> None:
        state = ServicesState(at=self.at(), epoch=self.epoch, seq=1, services=[
            ServiceState(service=s, series=letter, names={}, open=s not in closed, why=closed.get(s), waiting=3,
                         wait=None, lanes=["normal", "priority"]) for s, letter in SERIES.items()])
        self.link.publish("motcua/v1/trung-tu/state/services", codec.encode(state), qos=1, retain=True)

    def ticket(self, id: str, number: str, service: str, lane: str) -> Ticket:
        return Ticket(id=id, number=number, service=service, lane=lane, issued_at=self.at(), ahead=2, wait=None,
                      counters=[1], zone="tang-1", track=None, state="waiting")

    def _heard(self, message: Incoming) -> None:
        if self.mute:
            return
        raw = codec.read_object(message.payload)
        known = {"take-ticket": TakeTicket, "reserve-numbers": ReserveNumbers, "report-tickets": ReportTickets,
                 "ticket-printed": TicketPrinted, "print-failed": PrintFailed, "cancel-ticket": CancelTicket}
        kind = known.get(raw["command"])
        if kind is None or raw["command"] in self.refuse:
            reply = Reply(id=raw["id"], ok=False, refusal=self.refuse.get(raw["command"], "not-supported"),
                          message={"vi": "không", "en": "no"})
            payload = codec.encode(reply)
        elif raw["id"] in self.replies:
            payload = self.replies[raw["id"]]
        else:
            command = codec.decode(message.payload, kind)
            self.heard.append(command)
            payload = self.replies[raw["id"]] = codec.encode(self._obey(command))
        if not self.deaf_mouth:
            self.link.publish(TOPICS.reply("kiosk-1"), payload, qos=1)

    def _obey(self, command: Command) -> Reply:
        match command:
            case TakeTicket():
                name = f"hub-{len(self.tickets)}"
                number = f"{SERIES[command.service]}{next(self.next[command.service]):03d}"
                self.tickets[name] = self.ticket(name, number, command.service, command.lane or "normal")
                self.taken_by[command.id] = name
                return Reply(id=command.id, ok=True, ticket=self.tickets[name])
            case CancelTicket():
                self.cancelled.add(command.ticket)
                self.taken_back.append(command.ticket)
                return Reply(id=command.id, ok=True, ticket=self.tickets[command.ticket])
            case ReserveNumbers():
                first = [next(self.reserved[command.service]) for _ in range(command.count)]
                day = self.clock.wall().astimezone(ZONE).date() + timedelta(days=command.day == "next")
                return Reply(id=command.id, ok=True, day=day.isoformat(),
                             numbers=[f"{SERIES[command.service]}{n}" for n in first])
            case ReportTickets():
                for one in command.tickets:
                    self.reports.setdefault(one.id, []).append(one)
                    if one.id not in self.tickets:
                        self.tickets[one.id] = self.ticket(one.id, one.number, one.service, one.lane)
                        if isinstance(one.instead_of, str) and one.instead_of in self.taken_by:
                            self.cancelled.add(self.taken_by[one.instead_of])
                return Reply(id=command.id, ok=True, accepted=[self.tickets[one.id] for one in command.tickets],
                             rejected=[])
        assert isinstance(command, TicketPrinted | PrintFailed)
        known = command.ticket in self.tickets
        if not known:
            self.strange_slips.append(command.ticket)
        self.slips.append((command.ticket, getattr(command, "error", None)))
        return Reply(id=command.id, ok=known, **({} if known else {"refusal": "unknown-ticket"}))


class Paper:
    """A printer under the test's hand: slips wait until they are told how they end."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, Ticket, bool]] = []
        self.until: dict[str, float] = {}

    def put(self, job: str, ticket: Ticket, *, copy: bool, valid_until: float) -> None:
        self.until[job] = valid_until
        if job not in [one[0] for one in self.jobs]:
            self.jobs.append((job, ticket, copy))


class World:
    """One kiosk on its own disk; ``power_cut`` forgets all that is in memory."""

    def __init__(self, folder: Path, *, printer: bool = True, screen: bool = True, reserve: int = 5) -> None:
        self.folder, self.reserve_size, self.screen = folder, reserve, screen
        self.clock = Clock()
        self.broker = MemoryBroker()
        self.hub = FakeHub(self.broker, self.clock)
        self.paper: Paper | None = Paper() if printer else None
        self.boot = "boot-1"
        self.ids: Iterator[int] = itertools.count()
        self.views: list[View] = []
        self.lamps: dict[str, str] = {}
        self.sounds: list[str] = []
        self.plug_in()

    def plug_in(self) -> None:
        """The kiosk starts."""
        self.link = MemoryLink(self.broker, "kiosk-1")
        self.numbers = Numbers(self.folder / "numbers.db")
        self.device = Device(self.link, TOPICS, Identity("kiosk-1", "kiosk", "1", self.hub.at()), now=self.clock.now,
                             new_id=self.new_id, outbox=Outbox(self.folder / "outbox.db"))
        known = self.numbers.fact("hub_time")

        def reported() -> None:
            self.kiosk.turn()

        self.reserve = Reserve(
            self.device, self.numbers, Calendar(ZONE, datetime.fromisoformat(known) if known else None),
            Reserving(tuple(SERIES), self.reserve_size), boot=self.boot, new_ticket=lambda: f"kiosk-1-{self.new_id()}",
            new_code=lambda: "ABCDEFGHIJKLMNOP", now=self.clock.now, wall=self.clock.wall,
            on_reported=reported)
        services = tuple(Service(id=s, series=letter, names={"vi": s, "en": s}, plain={"vi": s, "en": s}, examples={})
                         for s, letter in SERIES.items())
        languages = ("vi", "en")
        self.kiosk = Kiosk(
            device=self.device,
            flow=Flow(Place(prints=self.paper is not None, screen=self.screen), self.new_id),
            hall=Hall(names={"vi": "Phường", "en": "Ward"}, services=services, languages=languages,
                      first_lane="normal", slips="self" if self.paper else "none", words=Words(languages)),
            numbers=self.numbers, reserve=self.reserve,
            slips=Slips(self.device, self.numbers, boot=self.boot, now=self.clock.now),
            now=self.clock.now, boot=self.boot, patience_s=2.0,
            counters=dict.fromkeys(SERIES, (1, 2)), zones={},
            buttons={"service-1": "chung-thuc", "service-2": "ho-tich"},
            hands=Hands(show=self.views.append, light=self.lamps.__setitem__,
                        lamp_names=("service-1", "service-2", "help", "ready", "taken", "sorry"),
                        sound=self.sounds.append, printer=self.paper))
        self.device.start(self.kiosk.room(), hear=["motcua/v1/trung-tu/state/services"])
        self.kiosk.begin()
        self.device.step()

    def new_id(self) -> str:
        return f"id-{next(self.ids):08d}"

    def power_cut(self, *, reboot: bool = True) -> None:
        """Power goes and comes back; without ``reboot`` only the program was killed."""
        self.broker.cut("kiosk-1")
        self.numbers._disk.close()
        self.broker.mend("kiosk-1")
        if reboot:
            self.boot += "+"
        if self.paper is not None:
            self.paper = Paper()
        self.plug_in()

    def cut(self) -> None:
        self.broker.cut("kiosk-1")

    def mend(self) -> None:
        self.broker.mend("kiosk-1")

    def turn(self) -> None:
        self.device.step()
        self.kiosk.turn()
        self.device.step()

    def wait(self, seconds: float) -> None:
        """Let time pass, in steps; the hub's beat comes every 2 s."""
        until = self.clock.mono + seconds
        while self.clock.mono < until - 1e-9:
            before = int(self.clock.mono / 2)
            self.clock.mono = min(until, self.clock.mono + 0.5)
            if int(self.clock.mono / 2) != before:
                self.hub.say_beat()
            self.turn()

    def slip_ends(self, error: str | None = None) -> None:
        """The oldest slip that waits comes out, or fails."""
        assert self.paper is not None
        job, ticket, _ = self.paper.jobs.pop(0)
        self.kiosk.slip_ended(job, ticket.id, error)
        self.device.step()

    @property
    def stage(self):
        return self.kiosk.flow.stage
