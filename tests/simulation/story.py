"""What happens on such a day: commands right, wrong, late and twice, and trouble of every kind."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.simulation.office import SimDevice, SimOffice

KIOSKS, BOXES = ("kiosk-1", "kiosk-2"), ("counter-1", "counter-2")
PASSES_MS = (0, 5, 90, 150, 700, 700, 900, 1500, 2000, 2000, 2100, 3000, 4900, 5100, 30_000)
STEPS_MS = (-86_400_000, -3_600_000, -2100, -1500, 1500, 2100, 3_600_000, 86_400_000)


def somebodys_ticket(dice: random.Random, office: SimOffice, command: str) -> str:
    tickets = list(office.loop._floor.tickets) if office.loop else []
    if dice.random() < 0.5 and office.loop:
        wanted = {"restore": "missed", "rate": "finished"}.get(command, "waiting")
        tickets = [t.id for t in office.loop._floor.tickets.values() if t.state == wanted] or tickets
    return dice.choice(tickets) if tickets and dice.random() < 0.95 else "nobody"


def a_command(dice: random.Random, office: SimOffice, device: SimDevice) -> dict[str, Any]:
    """What this device may well ask, and now and then what it may not."""
    name = device.name
    if name in KIOSKS:
        if dice.random() < 0.2:
            return a_kiosk_alone(dice, device)
        if dice.random() < 0.8:
            return {"command": "take-ticket", "service": dice.choice(("ho-tich", "dat-dai", "ho-tich", "no-such")),
                    "lane": dice.choice(("normal", "normal", "priority"))}
        return {"command": "cancel-ticket", "ticket": somebodys_ticket(dice, office, "cancel-ticket")}
    if name == "tablet-1":
        by = {"counter": 1} if dice.random() < 0.5 else {"ticket": somebodys_ticket(dice, office, "rate")}
        more = {"comment": "Cảm ơn"} if dice.random() < 0.3 else {}
        return {"command": "rate", "score": dice.randint(1, 5), **by, **more}
    if name == "guide-1":
        command = dice.choice(("restore", "cancel-ticket"))
        return {"command": command, "ticket": somebodys_ticket(dice, office, command)}
    if name == "center-1":
        return {"command": "call-next", "counter": 1}
    command = dice.choice(("call-next", "call-next", "call-next", "finish", "finish", "start-service", "no-show",
                           "recall", "pause-counter", "open-counter", "call-ticket", "close-counter", "transfer"))
    told: dict[str, Any] = {"command": command, "counter": 1 if name == "counter-1" else 2}
    if dice.random() < 0.03:
        told["counter"] = 3 - told["counter"]
    if command == "call-ticket":
        told["ticket"] = somebodys_ticket(dice, office, command)
    if command == "call-next" and dice.random() < 0.5:
        there = office.loop._floor.counters[told["counter"]].ticket if office.loop else None
        told["at_counter"] = dice.choice((there, there, None))
    if device.beat is not None and dice.random() < 0.5:
        told["beat"] = device.beat if dice.random() < 0.9 else device.beat - dice.choice((1, 5, -1))
    return told


def a_kiosk_alone(dice: random.Random, device: SimDevice) -> dict[str, Any]:
    """Numbers for when the hub is away, and what was given of them, now and then twice or in place of a command."""
    said = [json.loads(a) for answers in device.answers.values() for a in answers]
    kept = [(number, reply["day"]) for reply in said for number in reply.get("numbers", ())]
    if not kept or dice.random() < 0.3:
        return {"command": "reserve-numbers", "service": "ho-tich", "count": dice.randint(1, 3),
                "day": dice.choice(("today", "today", "next"))}
    tickets = []
    for number, day in dice.sample(kept, min(len(kept), dice.randint(1, 3))):
        paper = {"id": f"{device.name}-{day}-{number}", "number": number, "service": "ho-tich", "lane": "normal",
                 "code": f"code-of-{device.name}-{day}-{number}", "day": day,
                 "age_s": dice.choice((None, 0, 2.5, 600))}
        tickets.append(paper | ({"instead_of": dice.choice(device.sent)[0]} if dice.random() < 0.4 else {}))
    return {"command": "report-tickets", "tickets": tickets}


def somebody_asks(dice: random.Random, office: SimOffice) -> None:
    device = office.devices[dice.choice((*KIOSKS * 2, *BOXES * 4, "tablet-1", "guide-1", "guide-1", "center-1"))]
    if device.sent and dice.random() < 0.25:
        device.send_again(dice.choice((-1, dice.randrange(len(device.sent)))))
    else:
        if device.link.connected and dice.random() < 0.05:
            office.broker.lose_next()  # a command at QoS 0 on a bad line; the hub's own words are QoS 1
        device.send(a_command(dice, office, device), retain=dice.random() < 0.04)


def a_page_asks(dice: random.Random, office: SimOffice) -> None:
    if office.web_sent and dice.random() < 0.3:
        office.page_asks_again(dice.randrange(len(office.web_sent)))
    else:
        office.page_asks(dice.choice((
            {"command": "take-ticket", "service": "dat-dai"}, {"command": "call-next", "counter": 1},
            {"command": "open-counter", "counter": 2, "clerk": "lan"}, {"command": "finish", "counter": 2})))


def nonsense_comes(dice: random.Random, office: SimOffice) -> None:
    office.devices["kiosk-2"].link.publish(
        "motcua/v1/trung-tu/hub/command/kiosk-2",
        dice.choice((b"", b"{", b"[]", b'{"id":"x"}', b"\xff", b"x" * 20_000)))


def the_broker_falls_or_stands_up(dice: random.Random, office: SimOffice) -> None:
    if office.broker_up:
        office.broker.down()
    else:
        office.broker.up(forget=dice.random() < 0.5)
    office.broker_up = not office.broker_up


def a_cable_breaks_or_mends(dice: random.Random, office: SimOffice) -> None:
    client = dice.choice(("hub", *office.devices))
    dice.choice((office.broker.cut, office.broker.mend))(client)


def messages_go_astray(dice: random.Random, office: SimOffice) -> None:
    luck = dice.random()
    if luck < 0.5:
        office.broker.duplicate_next(dice.randint(1, 4))
    elif luck < 0.8:
        office.broker.release()  # what one `hold` kept back must not be overtaken under the next
        office.broker.hold(*dice.sample(("hub", *office.devices), dice.randint(0, 2)))
    else:
        office.broker.release()


def the_disk_fails(dice: random.Random, office: SimOffice) -> None:
    luck = dice.random()
    if luck < 0.7:
        office.journal.fail_next_write()
    else:
        office.journal.lose_next_commit(kept=luck < 0.85)


def the_hub_restarts(dice: random.Random, office: SimOffice) -> None:
    office.hub_dies(reboot=dice.random() < 0.3)
    office.time_passes(dice.choice((0, 300, 8000)))
    if dice.random() < 0.2:
        office.wall_steps(dice.choice(STEPS_MS))
    office.hub_starts()


def time_passes(dice: random.Random, office: SimOffice) -> None:
    if dice.random() < 0.03:
        office.time_passes(dice.choice((3_600_000, 6 * 3_600_000, 24 * 3_600_000)))
    else:
        office.time_passes(dice.choice(PASSES_MS))


CHANCES = (
    (46, somebody_asks), (5, a_page_asks), (1, nonsense_comes), (14, time_passes), (3, messages_go_astray),
    (2, the_broker_falls_or_stands_up), (2, a_cable_breaks_or_mends), (4, the_disk_fails), (2, the_hub_restarts),
    (2, lambda dice, office: office.wall_steps(dice.choice(STEPS_MS))),
    (8, lambda dice, office: office.broker.deliver(dice.choice((None, None, 3)))),
    (8, lambda dice, office: office.hub_works()),
    (26, lambda dice, office: (office.broker.deliver(), office.hub_works(), office.broker.deliver())),
)
_WEIGHTS, _ACTS = zip(*CHANCES, strict=True)


def tell(seed: int) -> SimOffice:
    """One story, from the first morning until all is quiet."""
    dice = random.Random(seed)
    office = SimOffice(dice)
    for _ in range(dice.randint(80, 180)):
        dice.choices(_ACTS, _WEIGHTS)[0](dice, office)
    office.settle()
    office.oracle.all_is_well(office)
    office.hub_dies()
    office.hub_starts()
    office.settle()
    office.oracle.all_is_well(office)
    office.oracle.nothing_stale_is_kept(office)
    return office
