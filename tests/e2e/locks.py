"""A journal that somebody else holds, and the answer that the hub then gives."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from tests.e2e.device import Device


class Locked:
    """Another program holds the journal's write lock, as a careless backup does."""

    def __init__(self, data: Path) -> None:
        self._db = sqlite3.connect(data / "journal.db", isolation_level=None, timeout=10)

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._db.execute("ROLLBACK")
        self._db.close()


def refused_for_now(device: Device, command: str, id_: str, **fields: Any) -> None:
    """The wish is answered ``storage-failed``, in every language."""
    since = device.mark()
    device.tell({"id": id_, "command": command, **fields})
    reply = device.next_reply(id_, since).body
    assert reply["refusal"] == "storage-failed", reply
    assert set(reply["message"]) == {"vi", "en"}
