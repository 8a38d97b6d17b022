"""The order of checks, the memory for answers, and what a turn that could not be written leaves behind."""

from __future__ import annotations

import json

import pytest

from hub.desk.acts import Finding
from hub.desk.principal import Principal
from tests.desk.desk import BOX, GUIDE, HEAD, KIOSK, LAN, STRANGER, TABLET, TRUSTED, TV, Desk
from wire.link import Callbacks, Incoming
from wire.memory import MemoryLink
from wire.topics import Topics

TAKE = b'{"id":"press-0001","command":"take-ticket","service":"ho-tich"}'


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_each_check_comes_before_the_next(desk: Desk) -> None:
    """One message with every mistake at once; each mended mistake shows the next refusal of the contract's order."""
    desk.ask(HEAD, "open-counter", counter=1)
    fields: dict[str, object] = {
        "id": "x", "command": "fly", "counter": "one", "ticket": "B404", "at_counter": "nobody", "beat": 1}
    seen = []

    def mend(**mended: object) -> None:
        fields.update(mended)
        said = desk.say(BOX, json.dumps(fields).encode())
        assert said is not None
        seen.append(said.get("refusal"))

    mend()
    mend(id="try-00001")
    mend(id="try-00002", command="call-ticket")   # counter "one" is not this box's: role before fields
    mend(id="try-00003", counter=2)
    mend(id="try-00004", counter=1, ticket=7)
    mend(id="try-00005", ticket="B404")
    mend(id="try-00006", beat=desk.beat)
    taken = desk.ask(KIOSK, "take-ticket", service="ho-tich")["ticket"]["id"]
    mend(id="try-00007", ticket=taken)
    mend(id="try-00008", at_counter=None)
    assert seen == ["bad-message", "not-supported", "not-allowed", "not-allowed", "bad-message", "too-late",
                    "unknown-ticket", "counter-changed", None]


def test_an_unknown_counter_is_named_before_an_unknown_ticket(desk: Desk) -> None:
    assert desk.refusal(HEAD, "call-ticket", counter=99, ticket="B404") == "unknown-counter"


def test_a_service_that_is_closed_gives_no_number(desk: Desk) -> None:
    assert desk.refusal(KIOSK, "take-ticket", service="thue") == "service-closed"


@pytest.mark.parametrize("fields", [
    {"service": "ho-tich", "lane": "vip"}, {"service": "ho-tich", "channel": "radio"}, {"service": "Hộ tịch"}, {}])
def test_fields_that_are_wrong_are_the_senders_fault(desk: Desk, fields: dict[str, str]) -> None:
    seq = desk.seq
    assert desk.refusal(KIOSK, "take-ticket", **fields) == "bad-message"
    assert desk.seq == seq


@pytest.mark.parametrize("payload", [
    b"{", b"[]", b"7", b'"take-ticket"', b"\xff\xfe", b"null", b'{"a":NaN}', b"[" * 5000, b'{"id":"short"}',
    b'{"id":7}', b'{"command":"call-next"}', b'{"a":"\\ud800"}'],
    ids=lambda payload: payload[:20].decode("ascii", "replace"))
def test_what_can_not_be_read_is_answered_without_an_id_once_a_second(desk: Desk, payload: bytes) -> None:
    heard: list[Incoming] = []
    topics = Topics("trung-tu")
    device = MemoryLink(desk.broker, "device")
    device.start(Callbacks(heard.append), subscribe=[(topics.reply(name), 1) for name in ("kiosk-1", "tv-1")])

    def answered(name: str) -> int:
        before = len(heard)
        device.publish(topics.command(name), payload)
        desk.loop.step(0)
        return len(heard) - before

    assert answered("kiosk-1") == 1
    said = json.loads(heard[0].payload)
    assert (said["id"], said["ok"], said["refusal"]) == (None, False, "bad-message")
    assert answered("kiosk-1") == 0
    assert answered("tv-1") == 1, "another device has a second of its own"
    desk.time_passes(1000)
    assert answered("kiosk-1") == 1


def test_what_is_too_large_is_not_read(desk: Desk) -> None:
    said = desk.say(KIOSK, TAKE[:-1] + b',"procedure":"' + b"x" * 16_384 + b'"}')
    assert said is not None and said["refusal"] == "too-large"


def test_the_same_id_gives_the_same_bytes_and_no_second_ticket_for_seven_days_and_after_a_restart(desk: Desk) -> None:
    answers, again = desk.put(KIOSK, TAKE), desk.put(KIOSK, TAKE)
    desk.loop.step(0)
    assert answers == again and json.loads(answers[0])["ok"]
    desk.journal = desk.journal.after_a_restart()
    desk.start()
    desk.time_passes(6 * 86_400_000)
    later = desk.put(KIOSK, TAKE)
    desk.loop.step(0)
    assert later == answers


def test_the_same_id_of_another_device_is_another_command(desk: Desk) -> None:
    first, second = desk.say(KIOSK, TAKE), desk.say(HEAD, TAKE)
    assert first is not None and second is not None
    assert first["ticket"]["number"] == "B001" and second["ticket"]["number"] == "B002"


def test_a_refusal_is_remembered_for_ten_minutes(desk: Desk) -> None:
    call = b'{"id":"press-0002","command":"call-next","counter":1}'
    first = desk.put(BOX, call)
    desk.loop.step(0)
    desk.ask(HEAD, "open-counter", counter=1)
    desk.ask(KIOSK, "take-ticket", service="ho-tich")
    desk.time_passes(599_999)
    second = desk.put(BOX, call)
    desk.loop.step(0)
    assert first == second and json.loads(first[0])["refusal"] == "counter-closed"
    desk.time_passes(1)
    third = desk.put(BOX, call)
    desk.loop.step(0)
    assert json.loads(third[0])["ok"]


def test_where_nothing_could_be_written_the_same_id_may_be_sent_again(desk: Desk) -> None:
    seq = desk.seq
    desk.journal.fail_next_write()
    said = desk.say(KIOSK, TAKE)
    assert said is not None and (said["id"], said["refusal"], desk.seq) == ("press-0001", "storage-failed", seq)
    said = desk.say(KIOSK, TAKE)
    assert said is not None and said["ticket"]["number"] == "B001"


def test_a_refusal_of_a_turn_that_never_was_is_not_remembered(desk: Desk) -> None:
    """The second press was refused because of the first, which then could not be written."""
    desk.ask(HEAD, "open-counter", counter=1)
    desk.ask(KIOSK, "take-ticket", service="ho-tich")
    first, second = (f'{{"id":"press-000{n}","command":"call-next","counter":1}}'.encode() for n in (1, 2))
    desk.journal.fail_next_write()
    answers = [desk.put(BOX, first), desk.put(BOX, second)]
    desk.loop.step(0)
    assert [json.loads(a[0])["refusal"] for a in answers] == ["storage-failed", "storage-failed"]
    said = desk.say(BOX, second)
    assert said is not None and said["ok"] and said["ticket"]["number"] == "B001"


def test_what_was_accepted_stays_accepted_even_in_a_turn_that_fails(desk: Desk) -> None:
    kept = desk.put(KIOSK, TAKE)
    desk.loop.step(0)
    desk.journal.fail_next_write()
    again, other = desk.put(KIOSK, TAKE), desk.put(HEAD, TAKE)
    desk.loop.step(0)
    assert again == kept
    assert json.loads(other[0])["refusal"] == "storage-failed"


def test_a_step_of_the_clock_whose_turn_could_not_be_written_is_told_by_the_next(desk: Desk) -> None:
    desk.wall_ms += 3_600_000
    desk.journal.fail_next_write()
    desk.say(KIOSK, TAKE)
    desk.say(KIOSK, TAKE)
    events = [r.event for r in desk.journal.today()]
    assert [type(e).__name__ for e in events[-2:]] == ["ClockAdjusted", "TicketIssued"]


@pytest.mark.parametrize("age_ms, refused", [(0, None), (5000, None), (5001, "too-late")])
def test_a_late_call_is_a_mistake(desk: Desk, age_ms: int, refused: str | None) -> None:
    desk.ask(HEAD, "open-counter", counter=1)
    desk.ask(KIOSK, "take-ticket", service="ho-tich")
    beat = desk.beat
    desk.loop._next_beat_ms += 60_000  # no newer beat, so that this one's age is told exactly
    desk.time_passes(desk.loop._beats._published[beat] + age_ms - desk.loop._clock.now().mono_ms)
    assert desk.refusal(BOX, "call-next", counter=1, beat=beat) == refused


def test_a_beat_that_was_never_published_is_late(desk: Desk) -> None:
    desk.ask(HEAD, "open-counter", counter=1)
    for beat in (0, -1, desk.beat + 1, 10**30):
        assert desk.refusal(BOX, "call-next", counter=1, beat=beat) in ("too-late", "bad-message")


def test_a_rating_is_never_late_by_its_beat(desk: Desk) -> None:
    desk.ask(HEAD, "open-counter", counter=1)
    desk.ask(KIOSK, "take-ticket", service="ho-tich")
    desk.ask(BOX, "call-next", counter=1)
    desk.ask(BOX, "finish", counter=1)
    assert desk.ask(TABLET, "rate", counter=1, score=5, beat=1)["counted"] is True


def test_a_comment_lies_outside_the_chain_with_only_its_hash_inside(desk: Desk) -> None:
    desk.ask(HEAD, "open-counter", counter=1)
    desk.ask(KIOSK, "take-ticket", service="ho-tich")
    desk.ask(BOX, "call-next", counter=1)
    desk.ask(BOX, "finish", counter=1)
    desk.ask(TABLET, "rate", counter=1, score=2, comment="Chờ lâu quá")
    rows = desk.journal._db.execute("SELECT payload FROM events WHERE event = 'visit-rated'").fetchall()
    assert "Chờ" not in rows[0][0] and "comment_hash" in rows[0][0]
    assert desk.journal._db.execute("SELECT seq, text FROM private").fetchall() == [(desk.seq, "Chờ lâu quá")]


@pytest.mark.parametrize("command, fields", [
    ("take-ticket", {"service": "ho-tich"}), ("cancel-ticket", {"ticket": "B001"}), ("call-next", {"counter": 1}),
    ("rate", {"counter": 1, "score": 5}), ("open-counter", {"counter": 1})])
def test_who_may_do_nothing_is_refused_whatever_it_asks(desk: Desk, command: str, fields: dict[str, object]) -> None:
    assert desk.refusal(STRANGER, command, **fields) == "not-allowed"
    assert desk.refusal(TV, command, **fields) == "not-allowed"


def test_in_the_demo_an_unknown_device_may_do_everything(desk: Desk) -> None:
    assert desk.refusal(TRUSTED, "open-counter", counter=2) is None
    assert desk.refusal(TRUSTED, "take-ticket", service="ho-tich") is None
    assert desk.refusal(TRUSTED, "call-next", counter=2) is None


def test_a_signed_in_clerk_opens_a_counter_in_the_own_name_and_may_call_only_there(desk: Desk) -> None:
    desk.ask(KIOSK, "take-ticket", service="ho-tich")
    assert desk.refusal(LAN, "call-next", counter=1) == "not-allowed"
    assert desk.refusal(LAN, "open-counter", counter=1, clerk="minh") == "not-allowed"
    assert desk.refusal(LAN, "open-counter", counter=1) is None
    assert desk.refusal(LAN, "call-next", counter=2) == "not-allowed"
    assert desk.refusal(LAN, "call-next", counter=1) is None
    assert desk.refusal(LAN, "open-counter", counter=2) is None
    assert desk.refusal(LAN, "finish", counter=1) == "not-allowed"


def test_a_kiosk_cancels_only_its_own_ticket_and_only_by_its_id(desk: Desk) -> None:
    ticket = desk.ask(GUIDE, "take-ticket", service="ho-tich")["ticket"]
    own = desk.ask(KIOSK, "take-ticket", service="ho-tich")["ticket"]
    assert desk.refusal(KIOSK, "cancel-ticket", ticket=ticket["id"]) == "not-allowed"
    assert desk.refusal(KIOSK, "cancel-ticket", ticket=own["number"]) == "unknown-ticket"
    assert desk.refusal(KIOSK, "cancel-ticket", ticket=own["id"]) is None
    assert desk.refusal(GUIDE, "cancel-ticket", ticket=ticket["number"]) is None


def test_a_fault_of_ours_costs_one_command_and_not_the_office(desk: Desk) -> None:
    """A kiosk keeps its report until it is answered: a hub that ends over it would end at each start again."""
    def stumble(case: object) -> Finding:
        raise OverflowError("a number that nobody thought of")

    desk.loop._judge._acts.built["report-tickets"] = stumble
    poison = desk.put(KIOSK, b'{"id":"report-0001","command":"report-tickets","tickets":[]}')
    assert desk.refusal(KIOSK, "take-ticket", service="ho-tich") is None
    assert json.loads(poison[0])["refusal"] == "bad-message"


def test_a_journal_that_can_not_be_read_is_told_and_ends_nothing(desk: Desk) -> None:
    desk.journal._db.execute("ALTER TABLE replies RENAME TO gone")
    assert desk.refusal(KIOSK, "take-ticket", service="ho-tich") == "storage-failed"
    assert desk.refusal(TV, "take-ticket", service="ho-tich") == "storage-failed"
    desk.journal._db.execute("ALTER TABLE gone RENAME TO replies")
    assert desk.refusal(KIOSK, "take-ticket", service="ho-tich") is None


def test_what_a_phone_was_answered_is_told_to_no_one_else(desk: Desk) -> None:
    """The public pages and the staff's are one device, `web`, and the command's id is told in events."""
    phone = Principal("web", "phone")
    first = desk.say(phone, TAKE)
    assert desk.say(phone, TAKE) == first
    assert desk.say(HEAD, TAKE) != first
