"""The clock on the wall jumps, the day turns, and the machine wakes up with yesterday's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from tests.e2e import oracle
from tests.e2e.crowd import Crowd
from tests.e2e.device import Device
from tests.e2e.locks import Locked, refused_for_now
from tests.e2e.office import Hub, soon
from tests.e2e.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

VN = timezone(timedelta(hours=7))
NewHub = Callable[..., Hub]
Join = Callable[[Device], Device]


def at(day: int, hour: int, minute: int = 0, second: float = 0) -> datetime:
    """A moment of March 2026, local time."""
    return datetime(2026, 3, day, hour, minute, tzinfo=VN) + timedelta(seconds=second)


def shown(ms: int) -> datetime:
    """A journal's moment in local time."""
    return datetime.fromtimestamp(ms / 1000, VN)


def near(ms: int, moment: datetime, within_s: float = 30) -> bool:
    """Whether a journal's moment is at most that long after ``moment``."""
    return timedelta(0) <= shown(ms) - moment <= timedelta(seconds=within_s)


@pytest.mark.parametrize("hours", [1, -1])
def test_fault_22_a_clock_that_jumps_while_people_are_served_is_told_first_and_lengthens_nothing(
        hours: int, world: World, new_hub: NewHub, join: Join) -> None:
    world.wall_shows(at(10, 10))
    hub = new_hub().start(**world.env())
    kiosk, counter = join(hub.device("kiosk-1", topics=("event/#", "hub/status"))), join(hub.device("counter-1"))
    first, second = kiosk.take("ho-tich"), kiosk.take("ho-tich")
    counter.ok("call-next", counter=1, at_counter=None)
    counter.ok("start-service", counter=1)

    world.wall_shows(at(10, 10 + hours))
    counter.ok("call-next", counter=1, at_counter=first["id"])
    counter.ok("finish", counter=1, at_counter=second["id"])
    kiosk.wait(lambda h: h.topic == "event/clock-adjusted", "the clock's step")
    journal = oracle.check(hub.data, in_turn=True)
    (adjusted,) = journal.named("clock-adjusted")
    assert abs(adjusted.of["step_s"] - 3600 * hours) < 2
    finished = journal.named("service-finished")
    assert adjusted.seq < finished[0].seq, "the step is journalled before what came after it"
    assert journal.events[adjusted.seq - 2].event == "service-started"
    assert all(0 <= e.of["service_s"] < 30 for e in finished)
    assert all(0 <= e.of["wait_s"] < 30 for e in journal.named("ticket-called"))
    after = [e for e in journal.events if e.seq > adjusted.seq]
    expected = at(10, 11) if hours > 0 else at(10, 10)
    assert all(near(e.at_ms, expected) for e in after), "forward with the wall; backward it waits"
    assert len(journal.named("day-opened")) == 1

    world.wall_shows(at(10, 10, 1))
    kiosk.take("ho-tich")
    journal = oracle.check(hub.data, in_turn=True)
    assert len(journal.named("clock-adjusted")) == 2
    assert near(journal.events[-1].at_ms, at(10, 11) if hours > 0 else at(10, 10, 1))


def test_fault_22_a_step_that_came_while_the_journal_was_locked_is_told_all_the_same(
        world: World, new_hub: NewHub, join: Join) -> None:
    world.wall_shows(at(10, 10))
    hub = new_hub().start(**world.env())
    kiosk = join(hub.device("kiosk-1"))
    kiosk.take("ho-tich")
    with Locked(hub.data):
        world.wall_shows(at(10, 11))
        refused_for_now(kiosk, "take-ticket", "wish-take", service="ho-tich")
    kiosk.ok("take-ticket", id="wish-take", service="ho-tich")
    journal = oracle.check(hub.data)
    assert [round(e.of["step_s"], -2) for e in journal.named("clock-adjusted")] == [3600]
    assert [e.event for e in journal.events[-2:]] == ["clock-adjusted", "ticket-issued"]


def test_fault_23_a_hub_that_wakes_with_an_old_clock_goes_on_after_its_last_event_and_takes_the_right_time_later(
        world: World, new_hub: NewHub, join: Join) -> None:
    world.wall_shows(at(10, 10))
    hub = new_hub().start(**world.env())
    kiosk = join(hub.device("kiosk-1"))
    kiosk.take("ho-tich")
    hub.kill()
    world.wall_shows(datetime(1970, 1, 1, 8, tzinfo=VN))
    hub.start(**world.env())
    ticket = kiosk.ok("take-ticket", service="ho-tich", timeout_s=20)["ticket"]
    assert ticket["number"] == "B002", "the same day goes on"
    assert ticket["issued_at"].startswith("2026-03-10T10:00:")
    world.wall_shows(at(10, 12))
    assert kiosk.take("ho-tich")["issued_at"].startswith("2026-03-10T12:00:")
    journal = oracle.check(hub.data)
    assert len(journal.named("day-opened")) == 1
    assert len(journal.named("clock-adjusted")) == 1


def test_fault_25_the_day_turns_under_load_and_nobody_is_lost_and_no_number_is_given_twice(
        world: World, new_hub: NewHub, join: Join) -> None:
    world.wall_shows(at(10, 23, 59, 56))
    hub = new_hub().start(**world.env())
    kiosk, tablet = (join(hub.device(n)) for n in ("kiosk-1", "tablet-1"))
    counters = {2: join(hub.device("counter-2")), 3: join(hub.device("counter-3"))}
    held = {}
    for n, device in counters.items():
        kiosk.take("nhan-ket-qua")
        held[n] = device.ok("call-next", counter=n, at_counter=None)["ticket"]
    counters[2].ok("no-show", counter=2)
    waiting = kiosk.take("nhan-ket-qua")
    crowd = Crowd(25)
    crowd.press(hub.device("lookup-1"), crowd.take_many)
    crowd.press(hub.device("kiosk-of-a-stranger"), crowd.take_many)
    assert soon(lambda: len(oracle.Journal(hub.data).named("day-opened")) == 2, 15)
    time.sleep(0.5)
    told = crowd.end()

    journal = oracle.check(hub.data, told)
    assert [e.of["day"] for e in journal.named("day-opened")] == ["2026-03-10", "2026-03-11"]
    assert [e.of["day"] for e in journal.named("day-closed")] == ["2026-03-10"]
    (closed,), opened = journal.named("day-closed"), journal.named("day-opened")[1]
    turned = journal.events[closed.seq:opened.seq - 1]
    assert {e.event for e in turned} == {"ticket-expired"}, "first it closes, then those who wait expire, then it opens"
    expired = {e.of["ticket"] for e in turned}
    assert {waiting["id"], held[2]["id"]} <= expired and held[3]["id"] not in expired
    yesterday = [v for v in journal.visits.values() if v["day"] == "2026-03-10"]
    assert not [v for v in yesterday if v["state"] == "waiting"]
    assert min(v["number"] for v in journal.visits.values() if v["day"] == "2026-03-11")[1:] == "001"
    # Who was at a counter stays there, and ends under the day of the number.
    assert counters[3].ok("finish", counter=3, at_counter=held[3]["id"])["ticket"]["number"] == held[3]["number"]
    join(hub.device("tablet-3")).ok("rate", ticket=held[3]["id"], score=5)
    assert tablet.ask("rate", ticket=waiting["id"], score=5)["ok"] is False
    journal = oracle.check(hub.data, told)
    assert journal.visits[held[3]["id"]]["day"] == "2026-03-10"
    assert journal.visits[held[3]["id"]]["score"] == 5


def test_fault_26_a_day_that_turned_while_the_hub_was_off_is_turned_once_at_the_start(
        world: World, new_hub: NewHub, join: Join) -> None:
    world.wall_shows(at(10, 23, 58))
    hub = new_hub().start(**world.env())
    kiosk, counter = join(hub.device("kiosk-1")), join(hub.device("counter-1"))
    first, second = kiosk.take("ho-tich"), kiosk.take("ho-tich")
    counter.ok("call-next", counter=1, at_counter=None)
    hub.kill()
    world.wall_shows(at(11, 7))
    hub.start(**world.env())
    for _ in range(2):
        journal = oracle.check(hub.data)
        assert [e.of["day"] for e in journal.named("day-opened")] == ["2026-03-10", "2026-03-11"]
        assert [e.of["ticket"] for e in journal.named("ticket-expired")] == [second["id"]]
        hub.kill()
        hub.start(**world.env())
    assert kiosk.take("ho-tich")["number"] == "B001"
    counter.ok("finish", counter=1, at_counter=first["id"])
    journal = oracle.check(hub.data)
    assert journal.visits[first["id"]]["state"] == "finished"
    # The hub was off for seven hours of the office's time: it does not know better than that it was a long visit.
    assert 7 * 3600 < journal.visits[first["id"]]["service_s"] < 7 * 3600 + 300
    assert len(journal.named("counter-opened")) == 3, "open counters stay open"
