"""The parts of one office's hub put together; no clock, no cable and no disk is chosen here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields

from firmware_config.settings import Settings
from hub.desk.acts import Acts
from hub.desk.board import Signs, View
from hub.desk.clock import Beats, OfficeClock
from hub.desk.ids import Ids
from hub.desk.judge import Judge
from hub.desk.loop import HubLoop
from hub.desk.principal import Principal
from hub.desk.printing import Printing
from hub.desk.speaker import Speaker
from hub.journal.journal import Journal, WriteFailed
from hub.queueing.hall import Desk, Hall, Service
from wire.codec import encode, zone_of
from wire.link import Link
from wire.topics import Topics

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Parts:
    """What a hub is given from outside.

    ``wall_ms`` and ``mono_ms`` are clocks in ms, ``random`` gives that many random bytes, ``show``
    takes what the pages shall see (topic below the site's prefix, payload).
    """

    journal: Journal
    link: Link
    wall_ms: Callable[[], int]
    mono_ms: Callable[[], int]
    random: Callable[[int], bytes]
    show: Callable[[str, bytes], None] = lambda topic, payload: None
    version: str = "0"


def hall_of(settings: Settings) -> Hall:
    """The office as the rules see it."""
    site = settings.site
    offset_s = zone_of(site.utc_offset).utcoffset(None).total_seconds()
    order = next(p.order for p in settings.policies if p.name == site.policy)
    return Hall(
        services=tuple(Service(s.id, s.series, s.closed) for s in settings.services),
        desks=tuple(Desk(c.n, c.zone, c.services) for c in settings.counters),
        lanes=site.lanes, outcomes=frozenset(site.outcomes), pause_reasons=frozenset(site.pause_reasons),
        order=order, reserved=(site.reserved_from, site.reserved_to),
        call_guard_ms=round(site.call_guard_s * 1000), rating_window_ms=site.rating_window_days * _DAY_MS,
        utc_offset_min=round(offset_s / 60), open_at_start=site.open_counters_at_start)


def signs_of(settings: Settings, public_url: str) -> Signs:
    """What is written on the doors."""
    words = {"vi": "Quầy", "en": "Counter"}
    return Signs(
        services={s.id: s.names for s in settings.services},
        counters={c.n: c.names or {lang: f"{words.get(lang, '')} {c.n}".strip() for lang in settings.site.languages}
                  for c in settings.counters},
        zone=zone_of(settings.site.utc_offset), public_url=public_url.rstrip("/"),
        upcoming=settings.site.upcoming)


def who_is(settings: Settings) -> Callable[[str], Principal]:
    """From a device's name to what it may do."""
    known = {d.id: Principal(d.id, d.role, d.counter) for d in settings.devices}
    trusted = settings.site.unknown_devices

    def find(device: str) -> Principal:
        return known.get(device) or Principal(device, trusted=trusted)

    return find


def digest_of(settings: Settings) -> str:
    """SHA-256 over all settings but the accounts, so that a change of them is seen and journalled."""
    told = {f.name: getattr(settings, f.name) for f in fields(settings) if f.name not in ("accounts", "warnings")}
    return hashlib.sha256(encode(told)).hexdigest()


def put_together(settings: Settings, parts: Parts, *, public_url: str = "") -> HubLoop:
    """The hub's loop, ready to ``start``."""
    journal, hall = parts.journal, hall_of(settings)
    view = View(signs_of(settings, public_url))
    topics = Topics(settings.site.id)
    stored = journal.meta("beat_ceiling")

    def keep_ceiling(ceiling: int) -> None:
        with suppress(WriteFailed):  # then the wall clock alone keeps beats from repeating
            journal.set_meta("beat_ceiling", str(ceiling))

    beats = Beats(stored=int(stored) if stored else None, wall_s=parts.wall_ms() // 1000, keep=keep_ceiling)
    acts = Acts(view=view, journal=journal, ids=Ids(parts.random))
    judge = Judge(acts=acts, journal=journal, beats=beats, languages=settings.site.languages)
    speaker = Speaker(link=parts.link, topics=topics, view=view, journal=journal, version=parts.version,
                      utc_offset=settings.site.utc_offset, show=parts.show)
    printing = Printing(link=parts.link, topics=topics, view=view, printer_of=settings.printer_of)
    clock = OfficeClock(parts.wall_ms, parts.mono_ms, last=journal.last_moment())
    return HubLoop(hall=hall, journal=journal, link=parts.link, topics=topics, view=view, judge=judge,
                   speaker=speaker, printing=printing, clock=clock, beats=beats, known=who_is(settings),
                   show=parts.show)
