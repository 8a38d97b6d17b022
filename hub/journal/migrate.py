"""From one form of the journal to the next: numbered SQL files, a backup first, all or nothing."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path


class NewerJournal(RuntimeError):
    """The journal was written by a newer version than this one."""


def shipped() -> list[str]:
    """The migrations of this version, in order."""
    folder = resources.files("hub.journal") / "migrations"
    return [f.read_text("utf-8") for f in sorted(folder.iterdir(), key=lambda f: f.name)
            if f.name.endswith(".sql")]


def say(line: str) -> None:
    """Where progress goes unless a caller wants it elsewhere."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def up(db: sqlite3.Connection, *, backups: Path | None, migrations: Sequence[str] | None = None,
       tell: Callable[[str], None] = say) -> None:
    """Bring ``db`` to the newest form; a journal that holds anything is copied to ``backups`` first.

    Each step is one transaction with its version number, so a power cut leaves the old or the new
    form, and the next start goes on.
    """
    steps = shipped() if migrations is None else list(migrations)
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(steps):
        raise NewerJournal(f"the journal has form {version}, this version knows up to {len(steps)}: "
                           "install the newer version again, or start from a backup of before")
    if version == len(steps):
        return
    if version and backups is not None:
        _back_up(db, backups, version, tell)
    for number, sql in enumerate(steps[version:], start=version + 1):
        if version:
            tell(f"journal: to form {number} of {len(steps)}")
        db.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")


def _back_up(db: sqlite3.Connection, backups: Path, version: int, tell: Callable[[str], None]) -> None:
    backups.mkdir(parents=True, exist_ok=True)
    target = backups / f"journal-form{version}-{time.strftime('%Y%m%d-%H%M%S')}.db"
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    shown = -1

    def progress(status: int, left: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * (total - left) // max(1, total)
        if tenth != shown:
            shown = tenth
            tell(f"journal: backup {10 * tenth} %")

    copy = sqlite3.connect(part)
    try:
        db.backup(copy, pages=4096, progress=progress)
    finally:
        copy.close()
    part.rename(target)
    tell(f"journal: backup is {target}")
