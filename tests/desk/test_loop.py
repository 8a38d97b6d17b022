"""What a start brings with it, and what is said again when a broker comes back."""

from __future__ import annotations

import json

import pytest

from hub.queueing import events as ev
from tests.desk.desk import HEAD, KIOSK, Desk
from wire.link import Callbacks
from wire.memory import MemoryLink

PREFIX = "motcua/v1/trung-tu/"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def kinds(desk: Desk) -> list[type[ev.Event]]:
    return [type(r.event) for r in desk.journal.today()]


def states(desk: Desk) -> dict[str, dict[str, object]]:
    """What the broker keeps of the office, without when it was said."""
    kept = {t: json.loads(p) for t, p in desk.broker.retained.items() if "/state/" in t}
    return {t: {k: v for k, v in state.items() if k not in ("at", "seq")} for t, state in kept.items()}


def test_other_settings_than_at_the_last_start_are_journalled_once(desk: Desk) -> None:
    for digest in ("a", "a", "b", "b", "a"):
        desk.start(settings_digest=digest)
    changes = [r.event.digest for r in desk.journal.today() if isinstance(r.event, ev.SettingsChanged)]
    assert changes == ["b", "a"]


def test_a_change_of_settings_that_could_not_be_written_is_seen_again_by_the_next_start(desk: Desk) -> None:
    desk.start(settings_digest="a")
    desk.journal.fail_next_write()
    desk.start(settings_digest="b")
    assert ev.SettingsChanged not in kinds(desk)
    desk.start(settings_digest="b")
    assert kinds(desk).count(ev.SettingsChanged) == 1


def test_a_day_that_could_not_be_opened_is_opened_by_the_next_turn(desk: Desk) -> None:
    desk.time_passes(86_400_000)
    desk.journal.fail_next_write()
    said = desk.ask(KIOSK, "take-ticket", service="ho-tich")
    assert said["refusal"] == "storage-failed"
    assert desk.ask(KIOSK, "take-ticket", service="ho-tich")["ticket"]["number"] == "B001"
    assert kinds(desk) == [ev.DayOpened, ev.TicketIssued]


def test_a_broker_that_lost_everything_is_told_all_states_again(desk: Desk) -> None:
    desk.ask(HEAD, "open-counter", counter=1)
    desk.ask(KIOSK, "take-ticket", service="ho-tich")
    desk.time_passes(200)
    desk.loop.step(0)
    before = states(desk)
    assert set(before) == {PREFIX + t for t in ("state/services", "state/board", "state/counter/1", "state/counter/2")}
    desk.broker.down()
    desk.broker.up(forget=True)
    assert not desk.broker.retained
    desk.loop.step(0)
    assert states(desk) == before


def test_the_kept_state_of_a_counter_that_is_no_more_is_cleared(desk: Desk) -> None:
    desk.broker.down()
    desk.broker.retained[PREFIX + "state/counter/7"] = b"{}"
    desk.broker.up()
    for _ in range(3):
        desk.loop.step(0)
        desk.time_passes(2000)
    assert PREFIX + "state/counter/7" not in desk.broker.retained
    assert PREFIX + "state/counter/1" in desk.broker.retained


def test_the_hub_gives_a_beat_every_two_seconds_and_its_will_says_offline(desk: Desk) -> None:
    first = desk.beat
    desk.time_passes(1999)
    desk.loop.step(0)
    assert desk.beat == first
    desk.time_passes(1)
    desk.loop.step(0)
    assert desk.beat == first + 1
    desk.broker.cut("hub")
    assert json.loads(desk.broker.retained[PREFIX + "hub/status"])["online"] is False


def test_a_device_that_says_too_much_of_itself_is_not_kept(desk: Desk) -> None:
    device = MemoryLink(desk.broker, "tv-1")
    device.start(Callbacks(lambda message: None))
    desk.broker.deliver()
    for payload in (b'{"online":true,"pad":"' + b"x" * 20_000 + b'"}', b'{"online":true}'):
        device.publish(PREFIX + "device/tv-1/status", payload, qos=1, retain=True)
        desk.broker.deliver()
        desk.loop.step(0)
    assert desk.shown["device/tv-1/status"] == {"online": True}
