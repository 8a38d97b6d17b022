"""The loop of every device, in simulated time, against a hub that says what the test wants."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wire.examples import EXAMPLES, TICKET
from wire import codec
from wire.codes import Refusal
from wire.commands import CallNext, Command, Identify, Rate, TakeTicket, TicketPrinted
from wire.device import Device, Identity, Room, State
from wire.link import Callbacks, Incoming, Will
from wire.memory import MemoryBroker, MemoryLink
from wire.messages import Health, HubStatus, Reply
from wire.outbox import Outbox
from wire.topics import Heard, Topics

TOPICS = Topics("trung-tu")
SINCE = "2026-03-02T08:00:00.000+07:00"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class PretendHub:
    """Hears commands and says what it is told to say."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.link = MemoryLink(broker, "hub")
        self.commands: list[dict[str, Any]] = []
        self.beats = 100
        self.link.start(Callbacks(self._heard), subscribe=[(TOPICS.every_command, 1)],
                        will=Will(TOPICS.hub_status, b'{"online":false}'))

    def _heard(self, message: Incoming) -> None:
        self.commands.append(json.loads(message.payload))

    def beat(self) -> None:
        self.beats += 1
        self.link.publish(TOPICS.hub_status, codec.encode(HubStatus(online=True, beat=self.beats, at=SINCE)),
                          qos=1, retain=True)

    def reply(self, command_id: str | None, *, ok: bool = True, **fields: Any) -> None:
        self.link.publish(TOPICS.reply("counter-1"), codec.encode(Reply(id=command_id, ok=ok, **fields)), qos=1)


class Bench:
    """One device on a bench: its broker, its hub, its clock, and what its room was told."""

    def __init__(self, outbox: Outbox | None = None, broker: MemoryBroker | None = None) -> None:
        self.clock = Clock()
        self.broker = broker or MemoryBroker()
        self.hub = PretendHub(self.broker)
        self.told: list[object] = []
        self._ids = 0
        self.device = Device(MemoryLink(self.broker, "counter-1"), TOPICS,
                             Identity("counter-1", "counter", "0.1.0", SINCE),
                             now=self.clock, new_id=self._new_id, outbox=outbox)
        self.room = Room(
            on_state=lambda heard, state: self.told.append((heard, state)), on_command=self.told.append,
            on_found=lambda: self.told.append("found"), on_lost=lambda: self.told.append("lost"),
            on_kept=lambda command, reply: self.told.append((command["command"], reply.ok)))

    def _new_id(self) -> str:
        self._ids += 1
        return f"counter1-{self._ids:08}"

    def start(self, *hear: str) -> "Bench":
        self.device.start(self.room, hear=hear)
        self.device.step()
        return self

    def wait(self, seconds: float, *, beating: bool = False) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.now += 0.1
            if beating and round(self.clock.now * 10) % 20 == 0:
                self.hub.beat()
            self.device.step()

    def status(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.broker.retained[TOPICS.device_status("counter-1")])
        return said

    def call_next(self, answers: list[object], **patience: float) -> str:
        return self.device.ask(CallNext(id=self.device.new_id(), counter=1), answers.append,
                               on_timeout=lambda: answers.append("nobody answered"), **patience)

    def rate(self) -> str:
        return self.device.keep(Rate(id=self.device.new_id(), score=5, counter=1))


@pytest.fixture
def bench() -> Bench:
    return Bench().start()


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def test_a_device_says_that_it_is_there_and_the_broker_says_when_it_is_gone(bench: Bench) -> None:
    """Status is retained; the last will is offline; a clean stop says offline itself."""
    assert bench.status() == {"online": True, "role": "counter", "version": "0.1.0", "since": SINCE}
    bench.broker.cut("counter-1")
    assert bench.status()["online"] is False
    bench.broker.mend("counter-1")
    bench.device.step()
    assert bench.status()["online"] is True
    bench.device.stop()
    assert bench.status()["online"] is False


def test_its_health_is_told_when_it_changes_and_after_a_reconnection(bench: Bench) -> None:
    """A printer without paper is seen at once, and still seen when the broker forgot it."""
    for paper in ("ok", "out", "out"):
        bench.device.say_health(Health(paper=paper))  # type: ignore[arg-type]
    said = bench.broker.on(TOPICS.device_status("counter-1"))
    assert [json.loads(s).get("health") for s in said] == [None, {"paper": "ok"}, {"paper": "out"}]
    bench.broker.down()
    bench.broker.up(forget=True)
    bench.device.step()
    assert bench.status()["health"] == {"paper": "out"}


def test_the_hub_is_lost_after_five_seconds_without_a_beat_and_found_with_the_next(bench: Bench) -> None:
    """And each is told once."""
    bench.hub.beat()
    bench.device.step()
    assert bench.told == ["found"] and bench.device.hub_here
    bench.wait(4.9)
    assert bench.told == ["found"]
    bench.wait(0.2)
    assert bench.told == ["found", "lost"] and not bench.device.hub_here
    bench.wait(60)
    bench.hub.beat()
    bench.device.step()
    assert bench.told == ["found", "lost", "found"]


def test_a_beat_that_the_broker_had_kept_is_not_fresh(bench: Bench) -> None:
    """A dead hub's last word is still on the broker for whoever subscribes."""
    late = Bench(broker=MemoryBroker())
    late.hub.beat()
    late.start()
    late.wait(4.9)
    assert late.told == [] and not late.device.hub_here
    late.wait(0.2)
    assert late.told == ["lost"]
    for _ in range(3):
        late.broker.cut("counter-1")
        late.broker.mend("counter-1")
        late.wait(1)
    assert late.told == ["lost"]


def test_a_hub_that_beats_is_never_lost_and_its_last_will_alone_does_not_lose_it(bench: Bench) -> None:
    """A restart of two seconds is no news for the people in the hall."""
    bench.wait(30, beating=True)
    bench.broker.cut("hub")
    bench.wait(2)
    bench.broker.mend("hub")
    bench.wait(10, beating=True)
    assert bench.told == ["found"]


def test_beats_that_lay_in_the_inbox_count_from_when_they_came(bench: Bench) -> None:
    """A device that was busy for ten seconds does not take old beats for life."""
    bench.hub.beat()
    bench.clock.now += 10
    bench.device.step()
    assert not bench.device.hub_here and bench.told == ["lost"]


def test_an_asked_command_carries_the_last_beat_and_is_answered_once(bench: Bench) -> None:
    """At QoS 0: a broker must not keep it for later."""
    answers: list[Any] = []
    bench.hub.beat()
    bench.device.step()
    asked = bench.call_next(answers)
    assert bench.hub.commands == [{"command": "call-next", "id": asked, "beat": 101, "counter": 1}]
    assert [(p.qos, p.retain) for p in bench.broker.published if p.topic == TOPICS.command("counter-1")] == [(0, False)]
    bench.hub.reply(asked, ticket=TICKET)
    bench.hub.reply(asked, ticket=TICKET)
    bench.wait(5)
    assert [a.ticket for a in answers] == [TICKET]
    assert len(bench.hub.commands) == 1


def test_without_an_answer_it_is_sent_again_with_one_id_for_three_seconds_and_no_longer(bench: Bench) -> None:
    """Then the person is told; an answer that comes later is not theirs."""
    answers: list[object] = []
    bench.hub.beat()
    bench.device.step()
    asked = bench.call_next(answers)
    bench.wait(2.9)
    assert answers == []
    bench.wait(0.2)
    assert answers == ["nobody answered"]
    assert [c["id"] for c in bench.hub.commands] == [asked] * 3
    bench.hub.reply(asked, ticket=TICKET)
    bench.wait(10)
    assert answers == ["nobody answered"]
    assert len(bench.hub.commands) == 3


def test_a_lost_command_is_made_good_by_the_next(bench: Bench) -> None:
    """QoS 0 may lose; the second sending is answered."""
    answers: list[Any] = []
    bench.hub.beat()
    bench.device.step()
    bench.broker.lose_next()
    asked = bench.call_next(answers)
    assert bench.hub.commands == []
    bench.wait(1.1)
    bench.hub.reply(asked, ticket=None)
    bench.device.step()
    assert [a.ok for a in answers] == [True]


def test_what_is_asked_before_the_first_beat_goes_out_with_it(bench: Bench) -> None:
    """Without a beat it might be obeyed however late, so it is not sent at all."""
    answers: list[object] = []
    bench.call_next(answers)
    bench.wait(1)
    assert bench.hub.commands == []
    bench.hub.beat()
    bench.device.step()
    assert [c["beat"] for c in bench.hub.commands] == [101]


def test_a_kiosk_s_shorter_patience_is_kept(bench: Bench) -> None:
    """After two seconds it gives a reserved number instead."""
    answers: list[object] = []
    bench.hub.beat()
    bench.device.step()
    bench.device.ask(TakeTicket(id=bench.device.new_id(), service="chung-thuc"), answers.append,
                     on_timeout=lambda: answers.append("late"), patience_s=2.0)
    bench.wait(2.1)
    assert answers == ["late"] and len(bench.hub.commands) == 2
    with pytest.raises(ValueError, match="a late call is a mistake"):
        bench.call_next(answers, patience_s=4.0)


def test_storage_failed_means_the_same_again_and_is_told_only_at_the_end(bench: Bench) -> None:
    """The hub's disk may have room again within the patience."""
    answers: list[Any] = []
    bench.hub.beat()
    bench.device.step()
    first, second = bench.call_next(answers), bench.call_next(answers)
    bench.hub.reply(first, ok=False, refusal=Refusal.STORAGE_FAILED)
    bench.hub.reply(second, ok=False, refusal=Refusal.STORAGE_FAILED)
    bench.wait(1.5)
    assert answers == []
    bench.hub.reply(first, ticket=TICKET)
    bench.wait(2)
    assert [(a.id, a.ok) for a in answers] == [(first, True), (second, False)]
    assert answers[1].refusal == Refusal.STORAGE_FAILED


def test_a_callback_may_ask_again_while_others_give_up(bench: Bench) -> None:
    """Two presses time out in one step, and the first of them is pressed again."""
    answers: list[object] = []
    bench.hub.beat()
    bench.device.step()

    def again() -> None:
        answers.append("first gave up")
        bench.call_next(answers)

    bench.device.ask(CallNext(id=bench.device.new_id(), counter=1), answers.append, on_timeout=again)
    bench.call_next(answers)
    bench.clock.now += 3.1
    bench.device.step()
    assert answers == ["first gave up", "nobody answered"]


def test_a_room_that_stumbles_does_not_stop_its_device(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """One broken screen must not keep ratings from the hub."""
    def stumble(_: Reply) -> None:
        raise RuntimeError("a stone")

    bench.hub.beat()
    bench.device.step()
    asked = bench.device.ask(CallNext(id=bench.device.new_id(), counter=1), stumble)
    bench.hub.reply(asked)
    bench.device.step()
    assert "a stone" in caplog.text
    answers: list[Any] = []
    bench.hub.reply(bench.call_next(answers), ticket=None)
    bench.device.step()
    assert len(answers) == 1


def test_a_command_that_breaks_the_contract_is_refused_where_it_is_made(bench: Bench, outbox: Outbox) -> None:
    """Not in the hub's log at noon; and nothing too large for an answer is ever kept."""
    with pytest.raises(codec.Malformed, match="id"):
        bench.device.ask(CallNext(id="x", counter=1), lambda _: None)
    keeper = Bench(outbox).start().device
    with pytest.raises(codec.Malformed, match="score"):
        keeper.keep(Rate(id="12345678", score=6))
    with pytest.raises(ValueError, match="wrong when late"):
        keeper.keep(CallNext(id="12345678", counter=1))
    with pytest.raises(ValueError, match="no outbox"):
        bench.rate()
    assert keeper.unanswered == 0 and outbox.waiting() == []


def test_what_is_kept_is_sent_until_it_is_answered(outbox: Outbox) -> None:
    """`storage-failed` is no answer; a refusal is one."""
    bench = Bench(outbox).start()
    first, second = bench.rate(), bench.rate()
    assert bench.hub.commands == []            # no hub yet
    bench.hub.beat()
    bench.device.step()
    assert [c["id"] for c in bench.hub.commands] == [first, second]
    assert "beat" not in bench.hub.commands[0]
    bench.hub.reply(first, ok=False, refusal=Refusal.STORAGE_FAILED)
    bench.hub.reply(second, ok=False, refusal=Refusal.ALREADY_RATED)
    bench.wait(5.1, beating=True)
    assert bench.told == ["found", ("rate", False)]
    assert [c["id"] for c in bench.hub.commands] == [first, second, first]
    bench.hub.reply(first, counted=True)
    bench.hub.reply(first, counted=True)
    bench.wait(20, beating=True)
    assert bench.told == ["found", ("rate", False), ("rate", True)]
    assert bench.device.unanswered == 0 and outbox.waiting() == []
    assert len(bench.hub.commands) == 3


def test_what_is_kept_survives_the_device(tmp_path: Path) -> None:
    """A tablet that was switched off at noon sends the morning's ratings with their own ids."""
    morning = Outbox(tmp_path / "outbox.db")
    bench = Bench(morning).start()
    kept = [bench.rate() for _ in range(3)]
    bench.device.stop()
    morning.close()
    later = Bench(Outbox(tmp_path / "outbox.db")).start()
    assert later.device.unanswered == 3
    later.hub.beat()
    later.device.step()
    assert [c["id"] for c in later.hub.commands] == kept
    later.hub.reply(kept[0])
    later.device.step()
    assert later.told == ["found", ("rate", True)] and later.device.unanswered == 2


def test_a_new_connection_and_a_hub_that_was_found_are_used_at_once(outbox: Outbox) -> None:
    """Nobody waits for the next round of five seconds."""
    bench = Bench(outbox).start()
    bench.hub.beat()
    bench.device.step()
    bench.rate()
    assert len(bench.hub.commands) == 1
    bench.broker.down()
    bench.wait(1)
    bench.broker.up()
    bench.device.step()
    assert len(bench.hub.commands) == 2
    bench.wait(6)
    sent = len(bench.hub.commands)
    bench.hub.beat()
    bench.device.step()
    assert bench.told == ["found", "lost", "found"] and len(bench.hub.commands) == sent + 1


def test_a_day_s_worth_of_kept_commands_goes_out_a_few_at_a_time(outbox: Outbox) -> None:
    """In the order in which they were kept, each as soon as an earlier one is answered."""
    bench = Bench(outbox).start()
    kept = [bench.device.keep(TicketPrinted(id=bench.device.new_id(), ticket="x")) for _ in range(50)]
    bench.hub.beat()
    bench.device.step()
    assert len(bench.hub.commands) == 20
    answered = 0
    while answered < 50:
        fresh = bench.hub.commands[answered:]
        assert fresh, "nothing more came"
        for command in fresh:
            bench.hub.reply(command["id"])
        answered += len(fresh)
        bench.device.step()
    assert [c["id"] for c in bench.hub.commands] == kept


def test_states_and_commands_come_to_the_room_as_what_they_are(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A state that is taken back is `None`; what is not understood is logged and does no harm."""
    shown: list[tuple[Heard, State | None]] = []
    asked: list[Command] = []
    tv = Bench()
    tv.room = Room(on_state=lambda heard, state: shown.append((heard, state)), on_command=asked.append)
    tv.hub.link.publish(TOPICS.board, codec.encode(EXAMPLES["state/board"]), qos=1, retain=True)
    tv.start(TOPICS.board, TOPICS.counter(1))
    tv.hub.link.publish(TOPICS.counter(1), codec.encode(EXAMPLES["state/counter"]), qos=1, retain=True)
    tv.hub.link.publish(TOPICS.counter(1), b"", qos=1, retain=True)
    tv.hub.link.publish(TOPICS.board, b"{", qos=1)
    tv.hub.link.publish(TOPICS.device_command("counter-1"), codec.encode(Identify(id="hub-00000001")), qos=1)
    tv.hub.link.publish(TOPICS.device_command("counter-1"), b'{"id":"hub-00000002","command":"dance"}', qos=1)
    tv.device.step()
    counter = Heard("state/counter/<n>", "1")
    assert shown == [(Heard("state/board", ""), EXAMPLES["state/board"]), (counter, EXAMPLES["state/counter"]),
                     (counter, None)]
    assert asked == [Identify(id="hub-00000001")]
    assert "not understood" in caplog.text


@pytest.mark.parametrize("payload", [
    b"", b"[]", b"{", b'{"id":null,"ok":false,"refusal":"bad-message"}', b'{"id":"counter1-00000001","ok":"yes"}',
    b'{"ok":true}', b'{"id":"somebody-else","ok":true}'])
def test_a_reply_that_is_none_answers_nothing(bench: Bench, payload: bytes) -> None:
    """Nor does it stop the device."""
    answers: list[Any] = []
    bench.hub.beat()
    bench.device.step()
    asked = bench.call_next(answers)
    bench.hub.link.publish(TOPICS.reply("counter-1"), payload, qos=1)
    bench.device.step()
    assert answers == []
    bench.hub.reply(asked)
    bench.device.step()
    assert len(answers) == 1


def test_a_later_hub_s_refusal_is_an_answer_though_its_name_is_not_known(outbox: Outbox) -> None:
    """Else a kept command would be sent for ever."""
    bench = Bench(outbox).start()
    bench.hub.beat()
    bench.device.step()
    kept = bench.rate()
    bench.hub.link.publish(TOPICS.reply("counter-1"),
                           b'{"id":"%s","ok":false,"refusal":"not-today","message":{"vi":"x"}}' % kept.encode())
    bench.device.step()
    assert bench.device.unanswered == 0 and bench.told == ["found", ("rate", False)]


def test_a_program_runs_until_it_is_told_to_quit(outbox: Outbox) -> None:
    """In real time and on its own thread, as a service does; then its status is offline."""
    bench = Bench(outbox)
    done = threading.Event()
    seen: list[str] = []

    def run(device: Device, act: Callable[[], None]) -> None:
        device.post(act)
        device.run(bench.room)
        done.set()

    thread = threading.Thread(target=run, args=(bench.device, lambda: seen.append(threading.current_thread().name)),
                              name="counter")
    thread.start()
    bench.device.post(bench.device.quit)
    assert done.wait(5)
    thread.join()
    assert seen == ["counter"] and bench.status()["online"] is False
