"""What people do at an office, right and wrong, drawn from one seed."""

from __future__ import annotations

import random
from typing import Any

from tests.queueing.office import Office, hall_and_model

SERVICES = ("ho-tich", "dat-dai", "thue")
PASSES_MS = (0, 1, 400, 1999, 2000, 2001, 30_000, 240_000, 3_600_000)
LONG_MS = (8 * 3_600_000, 86_400_000, 3 * 86_400_000, 7 * 86_400_000, 8 * 86_400_000)
COMMANDS = {
    "take_ticket": 12, "call_next": 9, "finish": 5, "start_service": 3, "no_show": 4, "restore": 3, "cancel_ticket": 2,
    "recall": 2, "call_ticket": 3, "open_counter": 4, "pause_counter": 2, "close_counter": 1, "rate": 4,
}
FITTING = {"cancel_ticket": "waiting", "restore": "missed", "rate": "finished", "call_ticket": "waiting"}
_NAMES, _WEIGHTS = tuple(COMMANDS), tuple(COMMANDS.values())


def an_office(dice: random.Random) -> Office:
    """An office of one of several kinds."""
    hall, model = hall_and_model(
        order=dice.choice(("lane-then-time", "lane-then-time", "first-come")),
        reserved=dice.choice(((900, 999), (2, 4), (1, 2), (3, 3))),
        guard_ms=dice.choice((2000, 2000, 0, 5000)),
        rating_ms=dice.choice((7 * 86_400_000, 240_000)),
        closed=dice.choice(((), (), ("thue",))),
        serves=dice.choice((None, {1: (), 2: (), 3: ()}, {1: ("ho-tich",), 2: ("dat-dai",)})),
        open_at_start=dice.random() < 0.5)
    office = Office(hall, model)
    for counter in hall.by_desk:
        if dice.random() < 0.6:
            office.do("open_counter", counter=counter)
    return office


def some_ticket(dice: random.Random, office: Office, command: str) -> str:
    """An id or a number: of somebody here (often one to whom this can happen), of an earlier day, or of nobody."""
    luck = dice.random()
    here = office.model.here
    if dice.random() < 0.6:
        here = [v for v in here if v.state == FITTING.get(command)] or here
    if here and luck < 0.85:
        v = dice.choice(here)
        return v.id if luck < 0.6 else v.number
    if luck < 0.95 and office.taken:
        return f"t{dice.randint(1, office.taken)}"
    return dice.choice(("B001", "D999", "nobody"))


def fields_of(dice: random.Random, office: Office, command: str) -> dict[str, Any]:
    """Fields for a command, mostly right."""
    desks = tuple(office.hall.by_desk)
    if command in ("finish", "no_show", "recall", "start_service") and dice.random() < 0.7:
        desks = tuple(n for n in desks if office.floor.counters[n].ticket) or desks
    counter = 99 if dice.random() < 0.02 else dice.choice(desks)
    told: dict[str, Any] = {"counter": counter}
    if command == "take_ticket":
        return {"service": "no-such" if dice.random() < 0.03 else dice.choice(SERVICES),
                "lane": dice.choice((None, None, "normal", "elder", "priority"))}
    if command in ("restore", "cancel_ticket"):
        return {"ticket": some_ticket(dice, office, command)}
    if command == "rate":
        by = told if dice.random() < 0.4 else {"ticket": some_ticket(dice, office, command)}
        return {"score": dice.randint(1, 5), **by}
    if command == "open_counter":
        told["clerk"] = dice.choice((None, "lan", "minh"))
        if dice.random() < 0.15:
            told["services"] = dice.choice((("ho-tich",), ("dat-dai", "thue", "thue"), (), ("no-such",)))
    if command == "call_ticket":
        told["ticket"] = some_ticket(dice, office, command)
    if command == "call_next" and dice.random() < 0.2:
        told["service"] = dice.choice((*SERVICES, "no-such"))
    if command in ("call_next", "call_ticket", "finish", "no_show") and dice.random() < 0.5:
        there = office.floor.counters.get(counter)
        right = there.ticket if there is not None else None
        told["at_counter"] = right if dice.random() < 0.8 else dice.choice((None, "t1", "not told"))
    return told


def something(dice: random.Random, office: Office) -> None:
    """One thing happens: mostly a command, else time."""
    luck = dice.random()
    if luck < 0.22:
        office.time_passes(dice.choice(PASSES_MS) + dice.randint(0, 50))
    elif luck < 0.25:
        office.time_passes(dice.choice(LONG_MS))
    elif luck < 0.27:
        office.time_passes(10, step_ms=dice.choice((-3_600_000, -2500, 2500, 3_600_000)))
    elif luck < 0.29:
        office.restart()
    else:
        command = dice.choices(_NAMES, _WEIGHTS)[0]
        office.do(command, **fields_of(dice, office, command))
