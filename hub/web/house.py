"""What all pages share: the office's settings, the way to the hub, words, sessions."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
from flask import current_app, g, request

from firmware_config.settings import Account, Counter, Service, Settings
from hub.desk.principal import Principal
from hub.queueing.events import Event
from hub.queueing.floor import Floor
from hub.statistics.visits import Archive
from hub.web.limits import Limits
from hub.web.live import Live
from hub.web.passwords import Passwords
from hub.web.sessions import Sessions
from hub.web.words import Words
from wire.codec import zone_of

_T = TypeVar("_T")


class Desk(Protocol):
    """The hub as the pages see it: what ``hub.desk.loop.HubLoop`` offers."""

    def submit(self, who: Principal, payload: bytes, respond: Callable[[bytes], None]) -> None:
        """Leave a command; ``respond`` gets the reply."""

    def call(self, who: Principal, command: dict[str, Any], *, timeout_s: float = 10.0) -> dict[str, Any]:
        """Ask and wait; ``TimeoutError`` where the hub is silent."""

    def ask(self, look: Callable[[Floor], _T], *, timeout_s: float = 5.0) -> _T:
        """Look at the floor, on the thread that judges."""

    def note(self, event: Event, *, timeout_s: float = 5.0) -> None:
        """Put an event of the hub's own into the journal."""

    def page_is_open(self, device: str, role: str, online: bool) -> None:
        """A page that stands for a device was opened or closed."""

    def health(self) -> dict[str, Any]:
        """How the hub is."""


@dataclass(slots=True)
class House:
    """One office's pages."""

    settings: Settings
    loop: Desk
    live: Live
    data: Path
    version: str
    pid: int
    words: dict[str, Words]
    sessions: Sessions
    passwords: Passwords
    limits: Limits
    archive: Archive
    zone: timezone
    services: dict[str, Service]
    counters: dict[int, Counter]

    @property
    def languages(self) -> list[str]:
        """The office's languages that the pages speak, its first one first."""
        return [lang for lang in self.settings.site.languages if lang in self.words] or ["vi"]

    def now_ms(self) -> int:
        """The hub's time, ms since 1970: its last beat and what passed since; this machine's before the first."""
        said, age_s = self.live.get("hub/status"), self.live.age_s("hub/status")
        if said and age_s is not None:
            at = msgspec.json.decode(said[1]).get("at")
            if at:
                return int(datetime.fromisoformat(at).timestamp() * 1000 + age_s * 1000)
        return int(time.time() * 1000)

    def account(self) -> Account | None:
        """Who is signed in, if anybody."""
        return self.passwords.account(g.session.user) if g.session else None

    def staff(self) -> Principal:
        """The signed-in person as the hub's rules see them."""
        return Principal(device="web", role="desk", user=g.session.user, user_role=g.session.role)


def make_house(*, settings: Settings, loop: Desk, live: Live, data: Path, version: str, pid: int,
               words: dict[str, Words]) -> House:
    """The house of that office; opens DATA/web.db."""
    return House(
        settings=settings, loop=loop, live=live, data=data, version=version, pid=pid, words=words,
        sessions=Sessions(data), passwords=Passwords(settings.accounts), limits=Limits(), archive=Archive(data),
        zone=zone_of(settings.site.utc_offset), services={s.id: s for s in settings.services},
        counters={c.n: c for c in settings.counters})


def house() -> House:
    """The house of the present request."""
    found: House = current_app.extensions["motcua"]
    return found


def words() -> Words:
    """The words in the asker's language: asked for in the address, else remembered, else the office's first."""
    if "words" not in g:
        here = house()
        asked = request.args.get("lang", "")
        chosen = asked if asked in here.languages else request.cookies.get("lang", "")
        language = chosen if chosen in here.languages else here.languages[0]
        if asked == language:
            g.chosen_language = language
        g.words = here.words[language]
    found: Words = g.words
    return found


def new_command_id() -> str:
    """An id for a form's command, made when the form is drawn: sent twice, it is done once."""
    return secrets.token_hex(11)
