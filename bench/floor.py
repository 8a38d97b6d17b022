"""The bare work of one ticket, without a hub: what the broker and the disk alone need for it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from bench.office import Office
from bench.rawline import RawLine
from hub.journal.journal import connect


class Floor:
    """Two trips through the broker at QoS 1 and one commit of two rows, by the same kind of socket and file.

    One trip is a publish on one connection until the message is read on another: as a command goes to the hub, and
    a reply comes back. The commit is SQLite's in WAL mode with synchronous=FULL, on the disk of the office's journal.
    """

    COMMAND = b"c" * 75
    REPLY = b"r" * 330
    ROW = b"e" * 300

    def __init__(self, office: Office) -> None:
        self._there, self._back = "motcua-bench/there", "motcua-bench/back"
        self._device, self._hub = RawLine(office.mqtt, "floor-device"), RawLine(office.mqtt, "floor-hub")
        self._device.subscribe(self._back)
        self._hub.subscribe(self._there)
        self._disk = self._open(office.folder / "floor.db")

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        disk = connect(path)  # the journal's own settings: WAL, synchronous=FULL
        disk.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, what BLOB)")
        return disk

    def __enter__(self) -> Floor:
        return self

    def __exit__(self, *_: object) -> None:
        self._device.close()
        self._hub.close()
        self._disk.close()

    def once(self) -> float:
        """Do it once; returns the seconds it took."""
        began = time.perf_counter()
        self._device.publish(self._there, self.COMMAND)
        self._hub.hear()
        self._disk.execute("BEGIN IMMEDIATE")
        self._disk.execute("INSERT INTO kept (what) VALUES (?)", [self.ROW])
        self._disk.execute("INSERT INTO kept (what) VALUES (?)", [self.REPLY])
        self._disk.execute("COMMIT")
        self._hub.publish(self._back, self.REPLY)
        return self._device.hear().at_s - began
