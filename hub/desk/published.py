"""Events as others may see them: on MQTT and in the open API, by one rule."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timezone
from pathlib import Path
from typing import Any

import msgspec

from hub.journal.journal import FILE, connect
from hub.queueing import events as ev
from wire.codec import iso
from wire.events import TRAVELS, is_private


def _travels(event: str, fields: Mapping[str, Any], zone: timezone) -> dict[str, Any]:
    out = {}
    for name in TRAVELS[event]:
        if name in fields:
            out[name] = fields[name]
        elif f"{name}_ms" in fields:
            out[name] = iso(fields[f"{name}_ms"], zone)
    return out


def published(
    *, epoch: str, seq: int, at_ms: int, event: str, device: str | None, command_id: str | None,
    fields: Mapping[str, Any], zone: timezone,
) -> dict[str, Any]:
    """One event as it is published; one that has nothing to tell is ``private``."""
    head: dict[str, Any] = {"epoch": epoch, "seq": seq, "at": iso(at_ms, zone), "event": event}
    if is_private(event):
        return head | {"event": "private"}
    if device is not None:
        head["device"] = device
    if command_id is not None:
        head["command_id"] = command_id
    return head | _travels(event, fields, zone)


def of_record(record: ev.Record, *, epoch: str, zone: timezone) -> dict[str, Any]:
    """A record as it is published."""
    return published(
        epoch=epoch, seq=record.seq, at_ms=record.at_ms, event=ev.NAMES[type(record.event)],
        device=record.device, command_id=record.command_id,
        fields=msgspec.to_builtins(record.event), zone=zone)


class Published:
    """The journal's events for readers, on a read-only connection of its own."""

    def __init__(self, folder: Path, zone: timezone) -> None:
        self._db = connect(folder / FILE, read_only=True)
        self._lock = threading.Lock()
        self._zone = zone

    def after(self, seq: int, limit: int) -> dict[str, Any]:
        """Up to ``limit`` events that follow ``seq``, and the journal's newest ``last``."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                rows = self._db.execute(
                    "SELECT epoch, seq, at_ms, event, device, command_id, payload FROM events"
                    " WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)).fetchall()
                last = self._db.execute("SELECT max(seq) FROM events").fetchone()[0] or 0
                epoch = self._db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0]
            finally:
                self._db.execute("COMMIT")
        events = [
            published(epoch=e, seq=s, at_ms=at, event=name, device=device, command_id=command,
                      fields=msgspec.json.decode(payload), zone=self._zone)
            for e, s, at, name, device, command, payload in rows
        ]
        return {"epoch": epoch, "events": events, "last": last}

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
