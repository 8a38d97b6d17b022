"""One MQTT 3.1.1 connection to an office, as any outside client would make it.

A Line remembers every message it hears, in the order of arrival, and lets a test wait for one.
It knows topics and the envelope; it knows no rule of the queue.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import paho.mqtt.client as mqtt

PATIENCE_S = 10.0
"""How long a test waits for what must come. Generous: it is only spent when something is wrong."""


def new_id() -> str:
    """A command id nobody used before: 8-64 characters of [A-Za-z0-9_-]."""
    return "ct-" + uuid.uuid4().hex[:24]


def host_port(address: str) -> tuple[str, int]:
    """Split HOST:PORT."""
    host, _, port = address.rpartition(":")
    return host, int(port)


@dataclass(frozen=True)
class Heard:
    """One message: `topic` is relative to motcua/v1/<site>/, `when` is monotonic seconds."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    when: float

    @cached_property
    def body(self) -> dict[str, Any]:
        """The payload as JSON; `{}` for an empty payload or for JSON that is no object."""
        if not self.payload:
            return {}
        found = json.loads(self.payload.decode("utf-8"))
        return found if isinstance(found, dict) else {}


class Line:
    """A connected client. `qos` is what it subscribes with; `listen` runs on the network thread."""

    def __init__(
        self,
        address: str,
        site: str,
        *,
        qos: int = 1,
        topics: Iterable[str] = ("#",),
        listen: Callable[[Heard], None] | None = None,
    ) -> None:
        self.root = f"motcua/v1/{site}/"
        self.heard: list[Heard] = []
        self._address = host_port(address)
        self._qos = qos
        self._topics = tuple(topics)
        self._listen = listen
        self._news = threading.Condition()
        self._subscribed = threading.Event()
        self._client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=new_id()[:20],
            clean_session=True,
            protocol=mqtt.MQTTv311,
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.max_queued_messages_set(0)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def start(self) -> Line:
        """Connect and subscribe; returns when the broker has acknowledged both."""
        host, port = self._address
        self._client.connect(host, port, keepalive=30)
        self._client.loop_start()
        self.wait_connected()
        return self

    def stop(self) -> None:
        """Disconnect in good order."""
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Line:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_connected(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the subscription is acknowledged (again, after a broker was lost)."""
        assert self._subscribed.wait(timeout_s), f"no subscription at the broker within {timeout_s} s"

    def lost(self) -> bool:
        """True while the broker is away."""
        return not self._subscribed.is_set()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(self.root + topic, self._qos) for topic in self._topics])

    def _on_subscribe(self, *_: Any) -> None:
        self._subscribed.set()

    def _on_disconnect(self, *_: Any) -> None:
        self._subscribed.clear()

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        heard = Heard(
            message.topic.removeprefix(self.root),
            bytes(message.payload),
            message.qos,
            bool(message.retain),
            time.monotonic(),
        )
        with self._news:
            self.heard.append(heard)
            self._news.notify_all()
        if self._listen is not None:
            self._listen(heard)

    # -- hearing ---------------------------------------------------------------------------------

    def mark(self) -> int:
        """Here and now: hand it to `since` to look only at what comes later."""
        with self._news:
            return len(self.heard)

    def all(self, topic: str, since: int = 0) -> list[Heard]:
        """What was heard on a topic; a topic that ends in `/` means everything below it."""
        with self._news:
            found = self.heard[since:]
        if topic.endswith("/"):
            return [heard for heard in found if heard.topic.startswith(topic)]
        return [heard for heard in found if heard.topic == topic]

    def wait(
        self,
        match: Callable[[Heard], bool],
        what: str,
        *,
        since: int = 0,
        timeout_s: float = PATIENCE_S,
    ) -> Heard:
        """The first message since `since` that matches; fails naming `what` when none comes."""
        until = time.monotonic() + timeout_s
        looked = since
        with self._news:
            while True:
                while looked < len(self.heard):
                    if match(self.heard[looked]):
                        return self.heard[looked]
                    looked += 1
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._news.wait(left)
            tail = [f"{h.topic} {h.payload[:200]!r}" for h in self.heard[since:][-8:]]
        raise AssertionError(f"not heard within {timeout_s} s: {what}; the last messages were {tail}")

    def state(
        self,
        topic: str,
        right: Callable[[dict[str, Any]], bool] = bool,
        *,
        timeout_s: float = PATIENCE_S,
    ) -> dict[str, Any]:
        """The newest state on `topic`, as soon as it is `right`; fails showing what it is instead."""
        until = time.monotonic() + timeout_s
        with self._news:
            while True:
                newest = next((h for h in reversed(self.heard) if h.topic == topic), None)
                if newest is not None and right(newest.body):
                    return newest.body
                left = until - time.monotonic()
                if left <= 0:
                    shown = newest.payload if newest else None
                    raise AssertionError(f"{topic} did not become right in {timeout_s} s, it is {shown!r}")
                self._news.wait(left)

    def event(self, name: str, *, since: int = 0, timeout_s: float = PATIENCE_S, **fields: Any) -> dict[str, Any]:
        """The first event of that name, since `since`, that carries these fields."""
        return self.wait(
            lambda h: h.topic == f"event/{name}" and all(h.body.get(k) == v for k, v in fields.items()),
            f"event/{name} with {fields}",
            since=since,
            timeout_s=timeout_s,
        ).body

    def fresh_beat(self, *, since: int = 0, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """The first hub/status with RETAIN=0 and online, since `since`."""
        return self.wait(
            lambda h: h.topic == "hub/status" and not h.retain and h.body.get("online") is True,
            "a fresh beat",
            since=since,
            timeout_s=timeout_s,
        ).body

    def beats(self) -> list[tuple[float, int]]:
        """Every fresh beat so far as (when heard, beat)."""
        return [
            (h.when, h.body["beat"]) for h in self.all("hub/status") if not h.retain and h.body.get("online") is True
        ]

    # -- speaking --------------------------------------------------------------------------------

    def say(self, device: str, payload: bytes | dict[str, Any], *, qos: int = 1, retain: bool = False) -> None:
        """Publish a command as `device`; returns when the broker has it (QoS 1)."""
        info = self.tell(device, payload, qos=qos, retain=retain)
        info.wait_for_publish(PATIENCE_S)
        assert info.is_published(), f"the broker did not take a command of {device}"

    def tell(
        self, device: str, payload: bytes | dict[str, Any], *, qos: int = 1, retain: bool = False
    ) -> mqtt.MQTTMessageInfo:
        """Publish a command as `device` and wait for nothing."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
        return self._client.publish(f"{self.root}hub/command/{device}", raw, qos=qos, retain=retain)

    def device_says(self, device: str, **status: Any) -> None:
        """Publish the status of a device as it would itself, retained; without fields it is cleared."""
        raw = json.dumps(status).encode() if status else b""
        info = self._client.publish(f"{self.root}device/{device}/status", raw, qos=1, retain=True)
        info.wait_for_publish(PATIENCE_S)
        assert info.is_published(), f"the broker did not take the status of {device}"

    def replies(self, device: str, since: int = 0) -> list[dict[str, Any]]:
        """What the hub answered to `device`."""
        return [h.body for h in self.all(f"device/{device}/reply", since)]

    def reply(self, device: str, id_: str | None, *, since: int = 0, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """The first answer to that command id (None: the answer to an unusable envelope)."""
        return self.wait(
            lambda h: h.topic == f"device/{device}/reply" and "id" in h.body and h.body["id"] == id_,
            f"a reply to {device}, id {id_}",
            since=since,
            timeout_s=timeout_s,
        ).body

    def ask(
        self, device: str, command: str, /, *, id: str | None = None, qos: int = 1, **fields: Any
    ) -> dict[str, Any]:
        """Send a command and return its reply. Fields given as None travel as null."""
        id_ = id or new_id()
        since = self.mark()
        self.tell(device, {"id": id_, "command": command, **fields}, qos=qos)
        return self.reply(device, id_, since=since)


def send_many(line: Line, device: str, commands: list[dict[str, Any]], timeout_s: float) -> list[dict[str, Any]]:
    """Pipeline commands at QoS 1 and return their replies in the order of the commands."""
    since = line.mark()
    ids = [new_id() for _ in commands]
    wanted = set(ids)
    for id_, command in zip(ids, commands, strict=True):
        line.tell(device, {"id": id_, **command})
    found: dict[str, dict[str, Any]] = {}
    until = time.monotonic() + timeout_s
    seen = since
    while len(found) < len(ids):
        assert time.monotonic() < until, f"{len(found)} of {len(ids)} replies within {timeout_s} s"
        time.sleep(0.002)
        mark = line.mark()
        for heard in line.heard[seen:mark]:
            if heard.topic == f"device/{device}/reply" and heard.body["id"] in wanted:
                found[heard.body["id"]] = heard.body
        seen = mark
    return [found[id_] for id_ in ids]
