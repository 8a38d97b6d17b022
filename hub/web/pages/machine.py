"""For machines that watch: is the hub well, and figures for graphs."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from hub.queueing.floor import Floor
from hub.web.doors import Who, door
from hub.web.house import House, house
from hub.web.pages.stream import room

page = Blueprint("machine", __name__)

SILENT_AFTER_S = 10.0
"""A hub whose last beat is older is not well."""


@page.get("/healthz")
@door(Who.PUBLIC, touches=False)
def healthz() -> ResponseReturnValue:
    """200 while the thread that judges gives its beat, else 503."""
    here = house()
    age_s = here.live.age_s("hub/status")
    health = here.loop.health()
    ok = age_s is not None and age_s <= SILENT_AFTER_S
    return jsonify(ok=ok, pid=here.pid, version=here.version, site=here.settings.site.id,
                   epoch=health.get("epoch"), seq=health.get("seq"), beat=health.get("beat"),
                   beat_age_s=None if age_s is None else round(age_s, 3),
                   broker=bool(health.get("broker"))), 200 if ok else 503


def _floor_counts(floor: Floor) -> tuple[dict[tuple[str, str], int], dict[str, int], int]:
    tickets = Counter((t.service, t.state.value) for t in floor.tickets.values())
    return dict(tickets), dict(Counter(c.mode for c in floor.counters.values())), floor.call


class _Figures:
    """The figures of this moment, in Prometheus's form."""

    def __init__(self, here: House, followers: int) -> None:
        self._here, self._followers = here, followers

    def describe(self) -> list[Metric]:
        """Nothing ahead of time: asking the hub costs a turn."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        here = self._here
        health = here.loop.health()
        yield _gauge("motcua_build_info", "The program that answers.", 1, version=here.version,
                     python=platform.python_version(), site=here.settings.site.id)
        yield _gauge("motcua_journal_seq", "Newest event of the journal.", health.get("seq") or 0)
        age_s = here.live.age_s("hub/status")
        yield _gauge("motcua_beat_age_seconds", "Since the hub's last beat; -1: none yet.",
                     -1 if age_s is None else age_s)
        yield _gauge("motcua_broker_connected", "Whether the hub is on the line.", int(bool(health.get("broker"))))
        yield _gauge("motcua_live_pages", "Pages that follow live.", self._followers)
        yield from self._floor()
        results: dict[tuple[str, str], int] = getattr(here.loop, "results", {})
        commands = CounterMetricFamily("motcua_commands", "Commands by how they ended.", labels=("command", "result"))
        for (name, result), n in list(results.items()):
            commands.add_metric((name, result), n)
        yield commands

    def _floor(self) -> Iterator[Metric]:
        tickets, counters, calls = self._here.loop.ask(_floor_counts)
        by = GaugeMetricFamily("motcua_tickets", "Today's tickets by service and state.",
                               labels=("service", "state"))
        for (service, state), n in sorted(tickets.items()):
            by.add_metric((service, state), n)
        yield by
        modes = GaugeMetricFamily("motcua_counters", "Counters by mode.", labels=("mode",))
        for mode, n in sorted(counters.items()):
            modes.add_metric((mode,), n)
        yield modes
        issued = sum(tickets.values())
        yield _gauge("motcua_tickets_issued_today", "Tickets of today, whatever became of them.", issued)
        yield CounterMetricFamily("motcua_calls", "Calls and recalls, for ever.", value=calls)


def _gauge(name: str, meaning: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=tuple(labels))
    family.add_metric(tuple(labels.values()), value)
    return family


@page.get("/metrics")
@door(Who.NEAR, touches=False)
def metrics() -> Response:
    """Figures for Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(house(), room().taken))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
