"""Who is signed in, and who tried in vain: kept in DATA/web.db, so that a restart forgets neither.

Rule 1: a session lives here, at the server; the cookie only names it, and the file only knows its hash.
Rule 2: wrong passwords slow down one name at one address; nobody can lock an office out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FILE = "web.db"
IDLE_S = {"head": 30 * 60, "clerk": 12 * 3600}
"""How long a session lives without a touch, by role: a manager's half hour, a clerk's shift."""
FREE_TRIES = 3
"""Wrong passwords of one name at one address before the first delay."""
FREE_TRIES_OF_ADDRESS = 20
"""Wrong passwords at one address, whatever the name, before the first delay."""
LONGEST_DELAY_S = 900
_FORGET_S = 24 * 3600
_TOUCH_EVERY_S = 30

_TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
  id BLOB PRIMARY KEY, user TEXT NOT NULL, role TEXT NOT NULL, address TEXT NOT NULL,
  made_s INTEGER NOT NULL, seen_s INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tries (
  name TEXT NOT NULL, address TEXT NOT NULL, failed INTEGER NOT NULL, last_s INTEGER NOT NULL,
  until_s INTEGER NOT NULL, PRIMARY KEY (name, address)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in; ``key`` is what the cookie holds, secret."""

    key: str
    user: str
    role: str


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class Sessions:
    """The sessions and tries of one hub. ``clock`` gives seconds since 1970."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False, timeout=5.0)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", [secrets.token_bytes(32)])
        self._secret: bytes = self._db.execute("SELECT value FROM meta WHERE key = 'secret'").fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # -- signed in ---------------------------------------------------------------------------------

    def begin(self, user: str, role: str, address: str) -> Session:
        """A new session; its key is new each time, so a key planted before the sign-in is worth nothing."""
        key, now = secrets.token_urlsafe(32), int(self._clock())
        with self._lock:
            for each, idle in IDLE_S.items():
                self._db.execute("DELETE FROM sessions WHERE role = ? AND seen_s < ?", (each, now - idle))
            self._db.execute("INSERT INTO sessions VALUES (?,?,?,?,?,?)",
                             (_hash(key), user, role, address, now, now))
        return Session(key, user, role)

    def find(self, key: str, *, touch: bool = True) -> Session | None:
        """The session of that key, while it lives; ``touch`` where a person did something."""
        now = int(self._clock())
        with self._lock:
            row = self._db.execute(
                "SELECT user, role, seen_s FROM sessions WHERE id = ?", [_hash(key)]).fetchone()
            if row is None:
                return None
            user, role, seen_s = row
            if now - seen_s > IDLE_S.get(role, 0):
                self._db.execute("DELETE FROM sessions WHERE id = ?", [_hash(key)])
                return None
            if touch and now - seen_s >= _TOUCH_EVERY_S:
                self._db.execute("UPDATE sessions SET seen_s = ? WHERE id = ?", (now, _hash(key)))
        return Session(key, user, role)

    def end(self, key: str) -> None:
        """Sign out: the key is worth nothing from now on."""
        with self._lock:
            self._db.execute("DELETE FROM sessions WHERE id = ?", [_hash(key)])

    def form_token(self, key: str) -> str:
        """What a form of the holder of ``key`` carries to show that it was drawn for that browser."""
        return hmac.new(self._secret, b"form:" + key.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, key: str, token: str) -> bool:
        """Whether ``token`` was drawn for the holder of ``key``."""
        return hmac.compare_digest(self.form_token(key).encode(), token.encode())

    # -- in vain -----------------------------------------------------------------------------------

    def delay_s(self, user: str, address: str) -> int:
        """Seconds before this name may be tried again from this address; 0: now."""
        now = int(self._clock())
        with self._lock:
            until = self._db.execute(
                "SELECT max(until_s) FROM tries WHERE address = ? AND name IN (?, '')",
                (address, _shortened(user))).fetchone()[0]
        return max(0, (until or 0) - now)

    def failed(self, user: str, address: str) -> None:
        """A wrong password; from the fourth on, each doubles the delay."""
        now = int(self._clock())
        with self._lock:
            self._db.execute("DELETE FROM tries WHERE last_s < ?", [now - _FORGET_S])
            for name, free in ((_shortened(user), FREE_TRIES), ("", FREE_TRIES_OF_ADDRESS)):
                row = self._db.execute(
                    "SELECT failed FROM tries WHERE name = ? AND address = ?", (name, address)).fetchone()
                failed = (row[0] if row else 0) + 1
                over = failed - free
                delay = 0 if over < 0 else min(2 ** min(over, 20), LONGEST_DELAY_S)
                self._db.execute(
                    "INSERT INTO tries VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET failed = excluded.failed,"
                    " last_s = excluded.last_s, until_s = excluded.until_s",
                    (name, address, failed, now, now + delay))

    def succeeded(self, user: str, address: str) -> None:
        """The right password: this name at this address starts anew."""
        with self._lock:
            self._db.execute("DELETE FROM tries WHERE name = ? AND address = ?", (_shortened(user), address))


def _shortened(user: str) -> str:
    # "" is the address itself; what a stranger typed may be long, or empty.
    return "u:" + user[:64]
