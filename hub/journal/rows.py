"""Events to rows and back, and the chain that ties each row to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from hub.queueing import events as ev

COLUMNS = "seq, epoch, at_ms, boot, mono_ms, event, device, command_id, payload, prev"
GENESIS = b"\0" * 32
"""What the first row is chained to."""

_encode = msgspec.json.Encoder().encode
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind) for name, kind in ev.EVENTS.items()
}


class UnknownEvent(ValueError):
    """A row that this version can not read: it was written by a newer one, or it is damaged."""


class Row(NamedTuple):
    """One row of ``events``, in the order of ``COLUMNS``."""

    seq: int
    epoch: str
    at_ms: int
    boot: str
    mono_ms: int
    event: str
    device: str | None
    command_id: str | None
    payload: str
    prev: bytes


def chained(before: bytes, row: Iterable[Any]) -> bytes:
    """SHA-256 over the ``prev`` of the row before and the columns of this one up to ``payload``."""
    return hashlib.sha256(before + _encode(list(row))).digest()


def to_row(record: ev.Record, *, epoch: str, boot: str, before: bytes) -> Row:
    """A record as the row that is written."""
    columns = (
        record.seq, epoch, record.at_ms, boot, record.mono_ms, ev.NAMES[type(record.event)],
        record.device, record.command_id, _encode(record.event).decode(),
    )
    return Row(*columns, prev=chained(before, columns))


def to_record(row: Row) -> ev.Record:
    """A row as the record that was written; ``UnknownEvent`` names what can not be read."""
    try:
        event = _DECODERS[row.event].decode(row.payload)
    except (KeyError, msgspec.MsgspecError) as wrong:
        raise UnknownEvent(f"row {row.seq} ({row.event}) can not be read: {wrong}") from None
    return ev.Record(row.seq, row.at_ms, row.mono_ms, event, row.device, row.command_id)


def to_records(rows: Iterable[tuple[Any, ...]]) -> Iterator[ev.Record]:
    """Rows as a query gives them, as records."""
    for row in rows:
        yield to_record(Row(*row))
