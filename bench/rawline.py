"""An MQTT 3.1.1 client of one socket and nothing else, so that what is measured is not the client.

It speaks as much of the protocol as the benches need: connect, subscribe, publish and hear at QoS 1.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import NamedTuple

from firmware_config.forms import Address

_CONNACK, _PUBLISH, _PUBACK, _SUBACK = 2, 3, 4, 9
PATIENCE_S = 20.0
"""A message that takes longer than this is lost: the bench ends."""


class Message(NamedTuple):
    """What was heard; `at_s` is `time.perf_counter()` when its last byte had been read."""

    topic: str
    payload: bytes
    at_s: float


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("!H", len(raw)) + raw


def _packet(first: int, body: bytes) -> bytes:
    length, left = bytearray(), len(body)
    while True:
        left, digit = divmod(left, 128)
        length.append(digit | 0x80 if left else digit)
        if not left:
            return bytes([first]) + bytes(length) + body


class RawLine:
    """One connection to a broker; not for two threads at once."""

    def __init__(self, address: Address, name: str) -> None:
        self._socket = socket.create_connection((address.host, address.port), timeout=PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = bytearray()
        self._packet_id = 0
        self._socket.sendall(_packet(0x10, _text("MQTT") + b"\x04\x02\x00\x00" + _text(name)))
        kind, body = self._next()
        if kind != _CONNACK or body[1]:
            raise ConnectionError(f"the broker {address} refused {name!r}: {body!r}")

    def close(self) -> None:
        """Hang up."""
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()

    def __enter__(self) -> RawLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _id(self) -> bytes:
        self._packet_id = self._packet_id % 65_535 + 1
        return struct.pack("!H", self._packet_id)

    def subscribe(self, topic: str) -> None:
        """Hear `topic` at QoS 1, from the moment this returns."""
        self._socket.sendall(_packet(0x82, self._id() + _text(topic) + b"\x01"))
        while self._next()[0] != _SUBACK:
            pass

    def publish(self, topic: str, *payloads: bytes) -> None:
        """Send messages at QoS 1, all in one write; their PUBACKs are read and dropped by `hear`."""
        packed = _text(topic)
        self._socket.sendall(b"".join(_packet(0x32, packed + self._id() + payload) for payload in payloads))

    def hear(self) -> Message:
        """Wait for the next message; it is acknowledged once the clock was read."""
        while True:
            kind, body = self._next()
            if kind == _PUBLISH:
                at_s = time.perf_counter()
                end = 2 + int.from_bytes(body[:2], "big")
                self._socket.sendall(b"\x40\x02" + body[end:end + 2])
                return Message(body[2:end].decode(), body[end + 2:], at_s)

    def hear_all(self) -> int:
        """Wait for at least one message, take all that have arrived, and return how many they are."""
        acks, heard = b"", 0
        while not heard or self._whole() is not None:
            kind, body = self._next()
            if kind == _PUBLISH:
                end = 2 + int.from_bytes(body[:2], "big")
                acks += b"\x40\x02" + body[end:end + 2]
                heard += 1
        self._socket.sendall(acks)
        return heard

    def _whole(self) -> tuple[int, int] | None:
        """Where the body of the first unread packet begins and ends, or `None` while it is not all here."""
        length = shift = 0
        for place, byte in enumerate(self._unread[1:5], start=2):
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return (place, place + length) if len(self._unread) >= place + length else None
        return None

    def _next(self) -> tuple[int, bytes]:
        """The next packet: its kind and its body."""
        while (whole := self._whole()) is None:
            read = self._socket.recv(65_536)
            if not read:
                raise ConnectionError("the broker hung up")
            self._unread += read
        begin, end = whole
        kind, body = self._unread[0] >> 4, bytes(self._unread[begin:end])
        del self._unread[:end]
        return kind, body
