"""What the hub says: replies, events, states and its own beat, by MQTT and to the web's pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from hub.desk.board import View
from hub.desk.published import of_record
from hub.journal.journal import Journal
from hub.queueing.events import Record
from hub.queueing.floor import Floor
from wire.codec import encode, zone_of
from wire.link import Incoming, Link
from wire.messages import DeviceStatus, HubStatus
from wire.topics import MAX_STATE_BYTES, Topics

log = logging.getLogger("hub.speaker")


class Speaker:
    """Publishes; the pages get the same bytes by ``show`` (topic below the site's prefix, payload)."""

    def __init__(
        self, *, link: Link, topics: Topics, view: View, journal: Journal, version: str, utc_offset: str,
        show: Callable[[str, bytes], None],
    ) -> None:
        self._link, self._topics, self._view, self._journal = link, topics, view, journal
        self._version, self._zone, self._show = version, zone_of(utc_offset), show
        self._said: dict[str, dict[str, Any]] = {}
        self._pages: dict[str, DeviceStatus] = {}
        self.since = ""

    def answer(self, device: str, payload: bytes) -> None:
        """Give a device the answer to its command."""
        self._link.publish(self._topics.reply(device), payload, qos=1)

    def tell(self, records: Iterable[Record]) -> None:
        """Tell of events that are on disk."""
        for record in records:
            event = of_record(record, epoch=self._journal.epoch, zone=self._zone)
            self._link.publish(self._topics.event(event["event"]), encode(event), qos=1)

    def refresh(self, floor: Floor) -> None:
        """Publish each state that is not as it was last said."""
        head = {"at": self._view.time(floor.at_ms), "epoch": self._journal.epoch, "seq": floor.seq}
        for name, (kind, fields) in self._view.every_state(floor).items():
            if self._said.get(name) == fields:
                continue
            payload = encode(kind(**head, **fields))
            if len(payload) > MAX_STATE_BYTES:
                log.error("%s has %d bytes, more than the contract allows; not published", name, len(payload))
                continue
            self._said[name] = fields
            self._show(name, payload)
            self._link.publish(self._topics.prefix + name, payload, qos=1, retain=True)

    def say_all_again(self) -> None:
        """Forget what was said: a broker came (back), and must be told everything."""
        self._said.clear()
        for device, status in self._pages.items():
            self._link.publish(self._topics.device_status(device), encode(status), qos=1, retain=True)
        self._link.subscribe(self._topics.every_counter, 1)

    def hear_no_states(self) -> None:
        """Old states were cleared; our own need not come back to us."""
        self._link.unsubscribe(self._topics.every_counter)

    def clear(self, topic: str) -> None:
        """Take a retained message away that is no longer so."""
        self._link.publish(topic, b"", qos=1, retain=True)

    def clear_if_no_longer_so(self, message: Incoming, name: str, floor: Floor) -> None:
        """Take away the kept state of a counter that this office no longer has."""
        if message.payload and not (name.isdigit() and int(name) in floor.hall.by_desk):
            self.clear(message.topic)

    def page(self, device: str, role: str, online: bool, at: str) -> None:
        """A page that stands for a device was opened or closed."""
        status = DeviceStatus(online=online, role=role, version=self._version, since=at)
        self._pages[device] = status
        self._link.publish(self._topics.device_status(device), encode(status), qos=1, retain=True)
        self._show(f"device/{device}/status", encode(status))

    def beat(self, beat: int, at: str) -> None:
        """The hub lives."""
        self.since = self.since or at
        payload = encode(HubStatus(
            online=True, version=self._version, since=self.since, epoch=self._journal.epoch,
            seq=self._journal.seq, beat=beat, at=at))
        self._link.publish(self._topics.hub_status, payload, qos=1, retain=True)
        self._show("hub/status", payload)
