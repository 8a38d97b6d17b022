"""A device as an outside maker would build it: MQTT 3.1.1, one id for one wish, resent until it is answered."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt

PATIENCE_S = 15.0
"""How long a test waits for what must come; only spent where something is wrong."""


def new_id() -> str:
    """A command id nobody used before."""
    return f"e2e-{uuid.uuid4().hex[:20]}"


@dataclass(frozen=True)
class Heard:
    """One message; ``topic`` is the part below the site, ``when`` monotonic seconds."""

    topic: str
    payload: bytes
    retain: bool
    when: float

    @property
    def body(self) -> dict[str, Any]:
        """The payload as JSON, ``{}`` where it is empty."""
        return dict(json.loads(self.payload)) if self.payload else {}


class Device:
    """One connected client that speaks as ``name``; it hears its own replies, and ``topics`` besides.

    ``answers`` holds the bytes of every reply by command id; ``contradictions`` the ids that were answered twice in
    different words.
    """

    def __init__(self, address: str, site: str, name: str, *, topics: Iterable[str] = (), user: str = "",
                 password: str = "", ca: str = "") -> None:
        self.name, self.root = name, f"motcua/v1/{site}/"
        self.answers: dict[str, bytes] = {}
        self.contradictions: list[str] = []
        self.heard: list[Heard] = []
        self.refused: str = ""
        self._topics = [f"device/{name}/reply", *topics]
        self._news = threading.Condition()
        self._up = threading.Event()
        self._address = address
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=user or new_id(), protocol=mqtt.MQTTv311)
        self._client.reconnect_delay_set(0.1, 0.3)  # type: ignore[arg-type]  # floats do
        self._client.max_inflight_messages_set(5000)
        self._client.connect_timeout = 3.0
        # Without it a press waits 40 ms for the acknowledgement of the packet before.
        self._client.on_socket_open = lambda _, __, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if user:
            self._client.username_pw_set(user, password)
        if ca:
            self._client.tls_set(ca_certs=ca)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._up.set()
        self._client.on_disconnect = lambda *_: self._up.clear()
        self._client.on_message = self._message

    def start(self, *, wait: bool = True) -> Device:
        """Connect; returns when the broker took the subscriptions."""
        host, _, port = self._address.rpartition(":")
        self._client.connect_async(host, int(port), keepalive=30)
        self._client.loop_start()
        if wait:
            assert self._up.wait(PATIENCE_S), f"{self.name} did not get on the line: {self.refused}"
        return self

    def stop(self) -> None:
        """Leave in good order."""
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Device:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def on_the_line(self) -> bool:
        """Whether the broker has our subscriptions."""
        return self._up.is_set()

    def wait_on_the_line(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until we are on the line (again)."""
        assert self._up.wait(timeout_s), f"{self.name} is not on the line after {timeout_s} s: {self.refused}"

    def _connected(self, client: mqtt.Client, _: Any, flags: Any, reason: Any, __: Any) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            return
        client.subscribe([(self.root + topic, 1) for topic in self._topics])

    def _message(self, _client: mqtt.Client, _: Any, message: mqtt.MQTTMessage) -> None:
        heard = Heard(message.topic.removeprefix(self.root), bytes(message.payload), bool(message.retain),
                      time.monotonic())
        with self._news:
            self.heard.append(heard)
            if heard.topic == f"device/{self.name}/reply":
                id_ = heard.body.get("id") or ""
                # storage-failed is no answer to the wish; it asks for the same again.
                if heard.body.get("refusal") != "storage-failed":
                    if id_ and self.answers.setdefault(id_, heard.payload) != heard.payload:
                        self.contradictions.append(id_)
            self._news.notify_all()

    # -- speaking ---------------------------------------------------------------------------------

    def tell(self, command: dict[str, Any] | bytes, *, name: str = "", qos: int = 1, retain: bool = False) -> None:
        """Publish a command and wait for nothing."""
        raw = command if isinstance(command, bytes) else json.dumps(command, ensure_ascii=False).encode()
        self._client.publish(f"{self.root}hub/command/{name or self.name}", raw, qos=qos, retain=retain)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> mqtt.MQTTMessageInfo:
        """Publish anything anywhere below the site."""
        return self._client.publish(self.root + topic, payload, qos=1, retain=retain)

    def answer(self, id_: str, *, timeout_s: float = PATIENCE_S) -> dict[str, Any] | None:
        """The answer to that command, as soon as it comes; ``None`` where none came."""
        with self._news:
            self._news.wait_for(lambda: id_ in self.answers, timeout_s)
            found = self.answers.get(id_)
        return None if found is None else dict(json.loads(found))

    def ask(self, command: str, *, id: str = "", again_s: float = 0.5, timeout_s: float = PATIENCE_S,
            **fields: Any) -> dict[str, Any]:
        """A wish, resent with one id every ``again_s`` until it is answered."""
        id_ = id or new_id()
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            self.tell({"id": id_, "command": command, **fields})
            found = self.answer(id_, timeout_s=again_s)
            if found is not None:
                return found
        raise AssertionError(f"{self.name} got no answer to {command} {fields} within {timeout_s} s")

    def ok(self, command: str, **fields: Any) -> dict[str, Any]:
        """A wish that must be granted."""
        reply = self.ask(command, **fields)
        assert reply["ok"] is True, f"{self.name} {command} {fields} was answered {reply}"
        return reply

    def take(self, service: str = "chung-thuc", **fields: Any) -> dict[str, Any]:
        """Take a number and return the ticket."""
        ticket: dict[str, Any] = self.ok("take-ticket", service=service, **fields)["ticket"]
        return ticket

    def next_reply(self, id_: str, since: int, timeout_s: float = PATIENCE_S) -> Heard:
        """The first reply to that id after ``since`` (of ``mark``), ``storage-failed`` included."""
        return self.wait(lambda h: h.topic == f"device/{self.name}/reply" and h.body.get("id") == id_,
                         f"a reply to {id_}", since=since, timeout_s=timeout_s)

    # -- hearing ----------------------------------------------------------------------------------

    def mark(self) -> int:
        """Here and now, for ``since``."""
        with self._news:
            return len(self.heard)

    def wait(self, match: Callable[[Heard], bool], what: str, *, since: int = 0,
             timeout_s: float = PATIENCE_S) -> Heard:
        """The first message after ``since`` that matches."""
        until, looked = time.monotonic() + timeout_s, since
        with self._news:
            while True:
                while looked < len(self.heard):
                    if match(self.heard[looked]):
                        return self.heard[looked]
                    looked += 1
                left = until - time.monotonic()
                assert left > 0, f"{self.name} did not hear {what} within {timeout_s} s"
                self._news.wait(left)

    def state(self, topic: str, right: Callable[[dict[str, Any]], bool] = bool,
              timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        """The newest message on ``topic``, as soon as it is right."""
        until = time.monotonic() + timeout_s
        with self._news:
            while True:
                newest = next((h for h in reversed(self.heard) if h.topic == topic), None)
                if newest is not None and right(newest.body):
                    return newest.body
                left = until - time.monotonic()
                assert left > 0, f"{topic} did not become right in {timeout_s} s, it is {newest and newest.payload!r}"
                self._news.wait(left)

    def beat(self, *, since: int = 0, timeout_s: float = PATIENCE_S) -> Heard:
        """The first fresh beat of a living hub after ``since``; needs the topic hub/status."""
        return self.wait(lambda h: h.topic == "hub/status" and not h.retain and h.body.get("online") is True,
                         "a fresh beat", since=since, timeout_s=timeout_s)
