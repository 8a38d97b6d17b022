"""The manager's page: today so far, and what needs a look now."""

from __future__ import annotations

import shutil
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hub.statistics.alarms import Alarm, Machines, alarms
from hub.statistics.today import Today, today
from hub.statistics.waits import Waiting
from hub.web.doors import Who, door
from hub.web.house import House, house
from wire.codec import Malformed, read_object

page = Blueprint("stats", __name__)

_LATE_SHOWN = 12
_DISK_LOW_MB = 500


def _machines(here: House) -> Machines:
    statuses: dict[str, dict[str, Any]] = {}
    for topic in here.live.topics("device/"):
        found = here.live.get(topic)
        try:
            statuses[topic.split("/")[1]] = read_object(found[1] if found else b"")
        except Malformed:
            continue                        # a device's own fault, which must not hide the others
    paper = {d: s["health"].get("paper") for d, s in statuses.items() if isinstance(s.get("health"), dict)}
    health = here.loop.health()
    failed_ms = health.get("storage_failed_ms")
    return Machines(
        broker=bool(health.get("broker")), free_bytes=shutil.disk_usage(here.data).free,
        low_bytes=max(_DISK_LOW_MB, 4 * here.settings.hub.min_free_mb) * 2**20,
        storage_failed_s=None if failed_ms is None else (here.now_ms() - failed_ms) / 1000,
        expected=[d.id for d in here.settings.devices],
        online={d: s.get("online") is True for d, s in statuses.items()},
        paper={d: str(p) for d, p in paper.items() if p},
        clock_steps_s=[step for _, step in here.archive.clock_steps()])


def look(here: House) -> tuple[Today | None, list[Alarm]]:
    """Today's figures (``None`` before the first day) and alarms."""
    day, site = here.archive.day(), here.settings.site
    figures = None
    late: list[Waiting] = []
    if day:
        figures = today(here.archive.visits(day), day=day, services=list(here.services), now_ms=here.now_ms(),
                        target_s=site.wait_target_min * 60, first_lane=site.lanes[0])
        late = figures.late
    return figures, alarms(_machines(here), late)


@page.get("/stats")
@door(Who.STAFF, touches=False)
def stats() -> ResponseReturnValue:
    """Today's figures; the page asks for itself again every 15 s, which keeps nobody signed in."""
    here = house()
    figures, found = look(here)
    return render_template("stats.html", figures=figures, alarms=found, late_shown=_LATE_SHOWN,
                           now=here.now_ms(), target_min=here.settings.site.wait_target_min)
