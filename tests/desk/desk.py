"""A hub's desk on a table of its own: the real loop, a journal in memory, a clock that is set by hand."""

from __future__ import annotations

import json
import random
from typing import Any

from firmware_config.settings import DEFAULT_POLICIES, Counter, Device, Hub, Service, Settings, Site
from hub.desk.loop import HubLoop
from hub.desk.principal import Principal
from hub.office import Parts, put_together
from tests.simulation.faulty_journal import FaultyJournal
from wire.memory import MemoryBroker, MemoryLink

SETTINGS = Settings(
    site=Site("trung-tu", {"vi": "Một cửa", "en": "One-stop office"}),
    services=(Service("ho-tich", "B", {"vi": "Hộ tịch", "en": "Civil status"}),
              Service("thue", "T", {"vi": "Thuế", "en": "Tax"}, closed=True)),
    counters=(Counter(1), Counter(2)),
    devices=(Device("kiosk-1", "kiosk"), Device("kiosk-2", "kiosk"), Device("counter-1", "counter", 1),
             Device("tablet-1", "tablet", 1), Device("guide-1", "guide"), Device("tv-1", "tv")),
    policies=DEFAULT_POLICIES, accounts=(), hub=Hub())
KIOSK, KIOSK_2 = Principal("kiosk-1", "kiosk"), Principal("kiosk-2", "kiosk")
BOX, TABLET = Principal("counter-1", "counter", 1), Principal("tablet-1", "tablet", 1)
GUIDE, TV = Principal("guide-1", "guide"), Principal("tv-1", "tv")
HEAD = Principal("web", "desk", user="quanly", user_role="head")
LAN = Principal("web", "desk", user="lan", user_role="clerk")
STRANGER, TRUSTED = Principal("someone"), Principal("someone", trusted=True)


class Desk:
    """The hub and its clock; `ask` is one turn."""

    def __init__(self) -> None:
        self.wall_ms, self.mono_ms = 1_795_305_600_000, 50_000
        self.journal = FaultyJournal.new()
        self.broker = MemoryBroker()
        self.asked = 0
        self.link: MemoryLink | None = None
        self.start()

    def start(self, *, settings_digest: str = "") -> None:
        """A new process on the same journal; the old one is gone."""
        if self.link is not None:
            self.link.stop()
        self.link = MemoryLink(self.broker, "hub")
        self.shown: dict[str, dict[str, Any]] = {}
        self.loop: HubLoop = put_together(SETTINGS, Parts(
            journal=self.journal, link=self.link, wall_ms=lambda: self.wall_ms,
            mono_ms=lambda: self.mono_ms, random=random.Random(7).randbytes,
            show=lambda topic, payload: self.shown.update({topic: json.loads(payload)})))
        self.loop.start(settings_digest=settings_digest)
        self.loop.step(0)

    def time_passes(self, ms: int) -> None:
        self.wall_ms, self.mono_ms = self.wall_ms + ms, self.mono_ms + ms

    def put(self, who: Principal, payload: bytes) -> list[bytes]:
        """Leave a command for the next turn; the list gets what is answered."""
        answers: list[bytes] = []
        self.loop.submit(who, payload, answers.append)
        return answers

    def say(self, who: Principal, payload: bytes) -> dict[str, Any] | None:
        """Leave something, work, and hear the answer."""
        answers = self.put(who, payload)
        self.loop.step(0)
        return json.loads(answers[0]) if answers else None

    def ask(self, who: Principal, command: str, **fields: Any) -> dict[str, Any]:
        """One well-formed command with an id of its own."""
        self.asked += 1
        said = self.say(who, json.dumps({"id": f"command-{self.asked:06d}", "command": command, **fields}).encode())
        assert said is not None
        return said

    def refusal(self, who: Principal, command: str, **fields: Any) -> str | None:
        """Why it was refused, or `None`."""
        refused: str | None = self.ask(who, command, **fields).get("refusal")
        return refused

    @property
    def beat(self) -> int:
        """The beat that was published last."""
        return int(self.shown["hub/status"]["beat"])

    @property
    def seq(self) -> int:
        return self.journal.seq
