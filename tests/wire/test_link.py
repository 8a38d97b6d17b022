"""What every cable promises; run on the one made of memory and on the real one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.wire.broker import Mosquitto, until
from wire.link import Callbacks, Incoming, Link, LinkError, Will
from wire.memory import MemoryBroker, MemoryLink
from wire.paho import PahoLink


class Ear:
    """Somebody with a link, who remembers what came."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.heard: list[Incoming] = []
        self.connects = 0
        self.losses = 0

    def begin(self, *topics: str, will: Will | None = None) -> "Ear":
        self.link.start(Callbacks(self.heard.append, self._up, self._down),
                        subscribe=[(t, 1) for t in topics], will=will)
        assert until(lambda: self.link.connected and self.connects)
        return self

    def _up(self) -> None:
        self.connects += 1

    def _down(self) -> None:
        self.losses += 1

    def said(self, topic: str) -> list[bytes]:
        return [m.payload for m in self.heard if m.topic == topic]


class MemoryWorld:
    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.links: list[Link] = []

    def ear(self, name: str) -> Ear:
        self.links.append(MemoryLink(self.broker, name))
        return Ear(self.links[-1])

    def down(self) -> None:
        self.broker.down()

    def up(self) -> None:
        self.broker.up(forget=True)

    def cut(self, ear: Ear) -> None:
        assert isinstance(ear.link, MemoryLink)
        self.broker.cut(ear.link.client_id)


class RealWorld:
    def __init__(self, broker: Mosquitto) -> None:
        self.broker = broker
        self.links: list[Link] = []

    def ear(self, name: str) -> Ear:
        self.links.append(PahoLink("127.0.0.1", self.broker.port, client_id=name))
        return Ear(self.links[-1])

    def down(self) -> None:
        self.broker.kill()

    def up(self) -> None:
        self.broker.start()

    def cut(self, ear: Ear) -> None:
        assert isinstance(ear.link, PahoLink)
        ear.link.break_line()


@pytest.fixture(params=["memory", pytest.param("mosquitto", marks=pytest.mark.needs("mosquitto"))])
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    made: Any = MemoryWorld()
    if request.param == "mosquitto":
        start: Callable[[], Mosquitto] = request.getfixturevalue("mosquitto")
        made = RealWorld(start())
    yield made
    for link in made.links:
        link.stop()


def test_a_message_reaches_whoever_asked_for_its_topic_and_nobody_else(world: Any) -> None:
    """Both wildcards cover what MQTT says that they cover."""
    one, many, other, sender = (world.ear(n) for n in ("one", "many", "other", "sender"))
    one.begin("a/+/c"), many.begin("a/#"), other.begin("b/#"), sender.begin()
    assert sender.link.publish("a/b/c", b"1", qos=1)
    assert sender.link.publish("a", b"2", qos=0)
    assert sender.link.publish("a/b/c/d", b"3", qos=1)
    assert until(lambda: len(many.heard) == 3)
    assert many.heard == [("a/b/c", b"1", False), ("a", b"2", False), ("a/b/c/d", b"3", False)]
    assert until(lambda: one.heard) and one.heard == [("a/b/c", b"1", False)]
    assert other.heard == []


def test_a_message_is_heard_once_though_two_filters_cover_it(world: Any) -> None:
    """A device hears state/# and its own state; it must not count a call twice."""
    ear, sender = world.ear("ear").begin("a/#", "a/b"), world.ear("sender").begin()
    sender.link.publish("a/b", b"1", qos=1)
    sender.link.publish("a/end", b"", qos=1)
    assert until(lambda: ear.said("a/end"))
    assert ear.said("a/b") == [b"1"]


def test_a_kept_message_says_that_it_was_kept_only_to_those_who_come_later(world: Any) -> None:
    """Whoever hears it live sees RETAIN=0: only so is a beat known to be fresh."""
    here, sender = world.ear("here").begin("s"), world.ear("sender").begin()
    sender.link.publish("s", b"now", qos=1, retain=True)
    assert until(lambda: here.heard) and here.heard == [("s", b"now", False)]
    later = world.ear("later").begin("s")
    assert until(lambda: later.heard) and later.heard == [("s", b"now", True)]


def test_an_empty_kept_message_clears_the_topic(world: Any) -> None:
    """That is how the hub takes back what is no longer so."""
    sender = world.ear("sender").begin("s")
    sender.link.publish("s", b"x", qos=1, retain=True)
    sender.link.publish("s", b"", qos=1, retain=True)
    assert until(lambda: len(sender.heard) == 2)
    later = world.ear("later").begin("s")
    sender.link.publish("s", b"live", qos=1)
    assert until(lambda: later.heard) and later.heard == [("s", b"live", False)]


def test_one_may_ask_for_more_later_and_for_less(world: Any) -> None:
    """What was asked for later is asked for again after a reconnection."""
    ear, sender = world.ear("ear").begin(), world.ear("sender").begin()
    sender.link.publish("s", b"kept", qos=1, retain=True)
    ear.link.subscribe("s")
    assert until(lambda: ear.heard == [("s", b"kept", True)])
    world.down()
    world.up()
    assert until(lambda: ear.connects == 2 and sender.connects == 2)
    assert until(lambda: sender.link.publish("s", b"again", qos=1) and until(lambda: ear.said("s")[1:], 0.5))
    ear.link.unsubscribe("s")
    ear.link.subscribe("t")
    sender.link.publish("s", b"no more", qos=1)
    assert until(lambda: sender.link.publish("t", b"yes", qos=1) and until(lambda: ear.said("t"), 0.5))
    assert b"no more" not in ear.said("s")


def test_the_broker_speaks_for_who_is_gone_without_a_word(world: Any) -> None:
    """A last will tells the hall that a device has died."""
    ear = world.ear("ear").begin("w")
    poor = world.ear("poor").begin(will=Will("w", b"gone"))
    world.cut(poor)
    assert until(lambda: ear.heard) and ear.heard == [("w", b"gone", False)]


def test_who_leaves_says_farewell_and_has_no_will(world: Any) -> None:
    """Stopping is not dying; the farewell is on the broker before `stop` returns."""
    ear = world.ear("ear").begin("w")
    leaving = world.ear("leaving").begin(will=Will("w", b"gone"))
    leaving.link.stop(Will("w", b"bye"))
    assert until(lambda: ear.heard)
    ear.link.publish("w", b"end", qos=1)
    assert until(lambda: ear.said("w")[-1:] == [b"end"])
    assert ear.said("w") == [b"bye", b"end"]
    assert not leaving.link.connected and leaving.losses == 0


def test_nothing_is_said_while_the_line_is_down_nor_afterwards(world: Any) -> None:
    """A late call is a mistake: what could not be sent is dropped, and the sender is told."""
    ear, sender = world.ear("ear").begin("a"), world.ear("sender").begin()
    world.down()
    assert until(lambda: not sender.link.connected and sender.losses == 1 and ear.losses == 1)
    assert not sender.link.publish("a", b"lost", qos=1)
    world.up()
    assert until(lambda: sender.connects == 2 and ear.connects == 2)
    assert until(lambda: sender.link.publish("a", b"new", qos=1) and until(lambda: ear.heard, 0.5))
    assert b"lost" not in ear.said("a")


def test_a_link_may_be_started_before_there_is_a_broker(world: Any) -> None:
    """In the morning the office's machines start in any order."""
    world.down()
    early = world.ear("early")
    early.link.start(Callbacks(early.heard.append, early._up), subscribe=[("a", 1)])
    assert not early.link.connected and not early.link.publish("a", b"1")
    world.up()
    assert until(lambda: early.connects == 1)
    assert until(lambda: early.link.publish("a", b"2", qos=1) and until(lambda: early.heard, 0.5))


def test_a_callback_that_fails_does_not_take_the_line_with_it(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Its trouble is logged; the next message is heard."""
    heard: list[bytes] = []

    def stumble(message: Incoming) -> None:
        heard.append(message.payload)
        raise ValueError("a stone")

    link = world.ear("ear").link
    link.start(Callbacks(stumble), subscribe=[("a", 1)])
    sender = world.ear("sender").begin()
    assert until(lambda: sender.link.publish("a", b"1", qos=1) and until(lambda: heard, 0.5))
    sender.link.publish("a", b"2", qos=1)
    assert until(lambda: heard[-1] == b"2")
    assert "a stone" in caplog.text


def test_many_messages_arrive_in_the_order_in_which_they_were_sent(world: Any) -> None:
    """Three states of one topic must not overtake each other, though many hands write."""
    ear = world.ear("ear").begin("a", "b")
    sender = world.ear("sender").begin("b")
    for i in range(300):
        assert sender.link.publish("a", b"%d" % i + b" " * 3000, qos=1)
        assert ear.link.publish("b", b"%d" % i, qos=1)
    assert until(lambda: len(ear.said("a")) == 300 and len(sender.said("b")) == 300)
    assert [int(p) for p in ear.said("a")] == list(range(300))


def test_a_link_is_started_once(world: Any) -> None:
    """A second start would make a second line with the same name, and the broker would throw one out."""
    ear = world.ear("ear").begin()
    with pytest.raises(LinkError, match="stop it first"):
        ear.link.start(Callbacks(ear.heard.append))


def test_a_link_that_was_stopped_can_be_started_again(world: Any) -> None:
    """Settings change, and a program begins anew with the same link."""
    ear = world.ear("ear").begin("a")
    ear.link.stop()
    ear.begin("a")
    assert until(lambda: ear.link.publish("a", b"1", qos=1) and until(lambda: ear.heard, 0.5))
