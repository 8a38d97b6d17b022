"""Bytes to meaning and back; nothing here knows a cable.

Rule 1: malformed input is the sender's fault; it becomes ``Malformed``, never another error.
Rule 2: what is written is UTF-8 JSON, one object, whole.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from wire.topics import MAX_MESSAGE_BYTES

_T = TypeVar("_T")
_decode: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_encode = msgspec.json.Encoder()
_COMMAND_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")


class Malformed(ValueError):
    """The bytes are no message of this contract; the text says which part, and what would do."""


class TooLarge(Malformed):
    """The message is longer than the contract allows."""


def encode(message: Any) -> bytes:
    """A message, or anything of plain dicts and lists, as UTF-8 JSON."""
    return _encode.encode(message)


def read_object(payload: bytes, *, limit: int = MAX_MESSAGE_BYTES) -> dict[str, Any]:
    """The JSON object in ``payload``, or ``Malformed`` / ``TooLarge``."""
    if len(payload) > limit:
        raise TooLarge(f"{len(payload)} bytes; at most {limit} are read")
    try:
        raw = _decode.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
        raise Malformed(f"no JSON: {wrong}") from None
    if not isinstance(raw, dict):
        raise Malformed(f"a JSON object is needed, not {type(raw).__name__}")
    return raw


def usable_id(raw: dict[str, Any]) -> str | None:
    """The command's id where it is one, else ``None``."""
    found = raw.get("id")
    return found if isinstance(found, str) and _COMMAND_ID.match(found) else None


def convert(raw: Any, kind: type[_T]) -> _T:
    """``raw`` as a message of ``kind``; ``Malformed`` names the field and what is wrong with it."""
    try:
        return msgspec.convert(raw, kind, strict=True)
    except (msgspec.ValidationError, RecursionError) as wrong:
        raise Malformed(str(wrong)) from None


def decode(payload: bytes, kind: type[_T], *, limit: int = MAX_MESSAGE_BYTES) -> _T:
    """``payload`` as a message of ``kind``, or ``Malformed``."""
    return convert(read_object(payload, limit=limit), kind)


def zone_of(utc_offset: str) -> timezone:
    """A fixed zone from ``+07:00``; Viet Nam has had no other since 1975, and no summer time."""
    sign = -1 if utc_offset.startswith("-") else 1
    hours, minutes = utc_offset.lstrip("+-").split(":")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))


def iso(at_ms: int, zone: timezone) -> str:
    """A moment in ms since 1970 (UTC) as ISO 8601 with offset and milliseconds.

    >>> iso(0, zone_of("+07:00"))
    '1970-01-01T07:00:00.000+07:00'
    """
    seconds, ms = divmod(at_ms, 1000)
    before, after = _second(seconds, zone)
    return f"{before}.{ms:03d}{after}"


@lru_cache(maxsize=1024)
def _second(seconds: int, zone: timezone) -> tuple[str, str]:
    """A whole second, in front of its fraction and behind; many messages share one."""
    local = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%dT%H:%M:%S}", f"{offset[:3]}:{offset[3:5]}"
