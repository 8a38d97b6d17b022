"""A whole office in one thread: the hub's real loop, a broker of memory, devices, a clock, and trouble from one seed.

Rule 1: one `random.Random` decides everything, so a seed is a whole story and can be told again.
Rule 2: `Oracle` listens at the hub's own mouth and reads the journal; what it finds wrong is named with its seq.
Rule 3: time moves only by `time_passes`; the hub works only in `hub_works`; messages move only by `deliver`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from firmware_config.settings import DEFAULT_POLICIES, Counter, Device, Hub, Service, Settings, Site
from hub.desk.loop import HubLoop
from hub.desk.principal import Principal
from hub.journal.journal import CommitUnknown
from hub.office import Parts, put_together
from tests.simulation.faulty_journal import FaultyJournal
from tests.simulation.oracle import Oracle
from wire.link import Callbacks, Incoming, Will
from wire.memory import MemoryBroker, MemoryLink
from wire.topics import Topics

MORNING_MS = 1_795_305_600_000  # 07:00 at +07:00
TOPICS = Topics("trung-tu")
SETTINGS = Settings(
    site=Site("trung-tu", {"vi": "Một cửa", "en": "One-stop office"}, open_counters_at_start=True, printer="printer-1"),
    services=(Service("ho-tich", "B", {"vi": "Hộ tịch", "en": "Civil status"}),
              Service("dat-dai", "D", {"vi": "Đất đai", "en": "Land"})),
    counters=(Counter(1), Counter(2, services=("ho-tich",))),
    devices=(Device("kiosk-1", "kiosk"), Device("kiosk-2", "kiosk"), Device("counter-1", "counter", 1),
             Device("counter-2", "counter", 2), Device("tablet-1", "tablet", 1), Device("guide-1", "guide"),
             Device("center-1", "integration"), Device("printer-1", "printer")),
    policies=DEFAULT_POLICIES, accounts=(), hub=Hub())
WEB = Principal("web", "desk", user="quanly", user_role="head")


class HubLink(MemoryLink):
    """The hub's line; the oracle hears what is said on it, whether or not a broker is there."""

    oracle: Oracle

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        self.oracle.hears(self, topic, payload, qos=qos, retain=retain)
        return super().publish(topic, payload, qos=qos, retain=retain)


class SimDevice:
    """Sends commands, and the same again while it has no answer; remembers every answer it got."""

    def __init__(self, office: SimOffice, name: str) -> None:
        self.name, self.office = name, office
        self.sent: list[tuple[str, bytes]] = []
        self.answers: dict[str | None, list[bytes]] = {}
        self.beat: int | None = None
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.board: dict[str, Any] | None = None
        self.link = MemoryLink(office.broker, name)
        wanted = [(TOPICS.reply(name), 1), (TOPICS.hub_status, 1), (TOPICS.board, 1)]
        if name == "center-1":
            wanted.append((TOPICS.every_event, 1))
        self.link.start(Callbacks(self.hears), subscribe=wanted,
                        will=Will(TOPICS.device_status(name), b'{"online":false}'))

    def hears(self, message: Incoming) -> None:
        if not message.payload:
            return
        said = json.loads(message.payload)
        if message.topic == TOPICS.reply(self.name):
            self.answers.setdefault(said["id"], []).append(message.payload)
        elif message.topic == TOPICS.hub_status and not message.retained:
            self.beat = said.get("beat", self.beat)
        elif message.topic == TOPICS.board:
            self.board = said
        elif message.topic.startswith(TOPICS.prefix + "event/"):
            self.events.append((self.link.line, said))

    def send(self, fields: dict[str, Any], *, retain: bool = False) -> None:
        command_id = f"{self.name}-{len(self.sent):06d}"
        payload = json.dumps({"id": command_id, **fields}).encode()
        self.sent.append((command_id, payload))
        self.link.publish(TOPICS.command(self.name), payload, qos=1, retain=retain)

    def send_again(self, index: int) -> None:
        self.link.publish(TOPICS.command(self.name), self.sent[index][1], qos=1)


class SimOffice:
    """The office and all that can happen to it; each verb is one thing."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.true_ms = 0
        self.skew_ms = 0
        self.mono_base_ms = dice.randrange(10_000_000)
        self.broker = MemoryBroker(manual=True)
        self.broker_up = True
        self.journal = FaultyJournal.new()
        self.oracle = Oracle(SETTINGS, self.journal)
        self.devices = {d.id: SimDevice(self, d.id) for d in SETTINGS.devices}
        self.web_sent: list[bytes] = []
        self.loop: HubLoop | None = None
        self.link: HubLink | None = None
        self.broker.deliver()
        self.hub_starts()

    # -- time

    def wall_ms(self) -> int:
        return MORNING_MS + self.true_ms + self.skew_ms

    def mono_ms(self) -> int:
        return self.mono_base_ms + self.true_ms

    def time_passes(self, ms: int) -> None:
        self.true_ms += ms

    def wall_steps(self, ms: int) -> None:
        self.skew_ms += ms

    # -- the hub

    def hub_starts(self) -> None:
        """A new process on the same journal; tried again as a supervisor does."""
        self.link = HubLink(self.broker, "hub")
        self.link.oracle = self.oracle
        self.oracle.hub_starts(self)
        loop = put_together(SETTINGS, Parts(
            journal=self.journal, link=self.link, wall_ms=self.wall_ms, mono_ms=self.mono_ms,
            random=self.dice.randbytes, version="1"), public_url="http://127.0.0.1:8080")
        self.loop = loop
        self.oracle.turn_begins(self)
        try:
            loop.start()
        except CommitUnknown:
            self.oracle.commit_is_unknown()
            self.hub_dies()
            self.hub_starts()
            return
        self.oracle.turn_is_over(self, loop)

    def hub_dies(self, *, reboot: bool = False) -> None:
        """The process is gone without a word; after a `reboot` the monotonic clock begins anew."""
        assert self.link is not None
        self.broker.cut("hub")
        self.broker.deliver()
        self.link.stop()
        self.broker.mend("hub")
        self.journal = self.journal.after_a_restart()
        self.oracle.journal = self.journal
        if reboot:
            self.mono_base_ms = -self.true_ms + self.dice.randrange(100_000)

    def hub_works(self) -> None:
        """One turn of the hub; where a commit was lost it ends, and is started again."""
        assert self.loop is not None
        self.oracle.turn_begins(self)
        try:
            self.loop.step(0)
        except CommitUnknown:
            self.oracle.commit_is_unknown()
            self.hub_dies()
            self.hub_starts()
            return
        self.oracle.turn_is_over(self, self.loop)

    # -- a page asks

    def page_asks(self, fields: dict[str, Any]) -> None:
        self.web_sent.append(json.dumps({"id": f"page-{len(self.web_sent):08d}", **fields}).encode())
        self.page_asks_again(-1)

    def page_asks_again(self, index: int) -> None:
        assert self.loop is not None
        oracle = self.oracle
        self.loop.submit(WEB, self.web_sent[index], lambda reply: oracle.answers("web", reply))

    # -- to the end

    def settle(self) -> None:
        """All trouble ends, every device asks again for what it has no answer to, and it becomes quiet."""
        self.broker.release()
        self.broker.up()
        for client in ("hub", *self.devices):
            self.broker.mend(client)
        self.journal._fail_next, self.journal._lose_next = False, None
        for turn in range(6):
            self.broker.deliver()
            self.hub_works()
            self.time_passes(700)
            if turn == 1:
                for device in self.devices.values():
                    for index, (command_id, _) in enumerate(device.sent):
                        if command_id not in device.answers:
                            device.send_again(index)
        self.broker.deliver()
        for device in self.devices.values():
            unanswered = [i for i, _ in device.sent if i not in device.answers]
            assert not unanswered, f"{device.name} has no answer to {unanswered}"


Act = Callable[[SimOffice], None]
