"""Where each message travels: one table of topics, below ``motcua/v1/<site>/``.

Rule 1: a topic string is built and read here and nowhere else.
Rule 2: the table names who publishes, with which QoS and whether the broker keeps it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

ROOT = "motcua/v1"

MAX_MESSAGE_BYTES = 16 * 1024
"""Largest command, reply or event, in bytes."""
MAX_STATE_BYTES = 256 * 1024
"""Largest state message, in bytes."""

_ID = re.compile(r"[a-z0-9-]{1,32}\Z")


class BadTopic(ValueError):
    """A topic part that would not be one level of a topic, such as ``a/b`` or ``+``."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of the table: what may be published there, by whom and how.

    ``pattern`` is the topic below the site's prefix, with ``<name>`` for each variable level.
    """

    pattern: str
    publisher: str
    qos: int
    retained: bool
    carries: str
    meaning: str


TABLE = (
    Topic("hub/command/<device>", "that device", 1, False, "Command", "a device asks the hub"),
    Topic("device/<device>/reply", "hub", 1, False, "Reply", "the hub's answer to one command"),
    Topic("device/<device>/command", "hub", 1, False, "DeviceCommand", "the hub asks a device"),
    Topic("device/<device>/status", "that device", 1, True, "DeviceStatus",
          "whether a device is there and well; its last will says offline"),
    Topic("hub/status", "hub", 1, True, "HubStatus", "the beat of the thread that judges, every 2 s"),
    Topic("event/<event>", "hub", 1, False, "Event", "what happened and is on disk"),
    Topic("state/services", "hub", 1, True, "ServicesState", "what people can come for, and who waits"),
    Topic("state/board", "hub", 1, True, "BoardState", "all that a wall shows"),
    Topic("state/counter/<n>", "hub", 1, True, "CounterState", "all that one counter needs to know"),
)


def _level(value: str) -> str:
    if not _ID.match(value):
        raise BadTopic(f"{value!r} can not be part of a topic: use 1 to 32 of a-z, 0-9 and -")
    return value


def matches(pattern: str, topic: str) -> bool:
    """Whether the MQTT filter ``pattern`` covers ``topic``.

    >>> matches("a/+/c", "a/b/c"), matches("a/#", "a"), matches("#", "$SYS/x")
    (True, True, False)
    """
    wanted, levels = pattern.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for i, want in enumerate(wanted):
        if want == "#":
            return True
        if i >= len(levels) or want not in ("+", levels[i]):
            return False
    return len(wanted) == len(levels)


class Heard(NamedTuple):
    """A topic taken apart: its kind (the pattern of the table) and its variable level, or ``""``."""

    kind: str
    name: str


class Topics:
    """The topics of one site.

    >>> Topics("trung-tu").reply("kiosk-1")
    'motcua/v1/trung-tu/device/kiosk-1/reply'
    """

    def __init__(self, site: str) -> None:
        self.site = _level(site)
        self.prefix = f"{ROOT}/{site}/"
        self.hub_status = self.prefix + "hub/status"
        self.services = self.prefix + "state/services"
        self.board = self.prefix + "state/board"
        self.every_command = self.prefix + "hub/command/+"
        self.every_state = self.prefix + "state/#"
        self.every_counter = self.prefix + "state/counter/+"
        self.every_event = self.prefix + "event/#"
        self.every_device_status = self.prefix + "device/+/status"

    def command(self, device: str) -> str:
        """Where ``device`` asks the hub."""
        return f"{self.prefix}hub/command/{_level(device)}"

    def reply(self, device: str) -> str:
        """Where the hub answers ``device``."""
        return f"{self.prefix}device/{_level(device)}/reply"

    def device_command(self, device: str) -> str:
        """Where the hub asks something of ``device``."""
        return f"{self.prefix}device/{_level(device)}/command"

    def device_status(self, device: str) -> str:
        """Where ``device`` says that it is there; retained."""
        return f"{self.prefix}device/{_level(device)}/status"

    def event(self, event: str) -> str:
        """Where the hub tells of an event of that name."""
        return f"{self.prefix}event/{_level(event)}"

    def counter(self, n: int) -> str:
        """Where the state of counter ``n`` is kept."""
        return f"{self.prefix}state/counter/{n}"

    def read(self, topic: str) -> Heard | None:
        """Take a topic apart, or ``None`` where it is none of this site's."""
        if not topic.startswith(self.prefix):
            return None
        levels = topic[len(self.prefix):].split("/")
        for row in TABLE:
            pattern = row.pattern.split("/")
            if len(pattern) != len(levels):
                continue
            name = ""
            for want, got in zip(pattern, levels, strict=True):
                if want.startswith("<"):
                    name = got
                elif want != got:
                    break
            else:
                return Heard(row.pattern, name)
        return None
