"""wire.md, State: what is true now."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import laws
from tests.contract.laws import SERVICES
from tests.contract.office import COUNTERS, STATES, Office

pytestmark = pytest.mark.contract


def _newest(board: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = max(board["calls"], key=lambda call: call["call"], default={"call": 0})
    return found


@pytest.mark.parametrize("topic", STATES)
def test_each_state_has_the_fields_of_the_contract(office: Office, topic: str) -> None:
    """State: the three shapes; 'retained, whole'."""
    office.finished(1)
    state = office.line.state(topic)
    laws.check_state(topic, state)
    assert laws.is_time(state["at"])
    assert state["epoch"] == office.page(0, 1)["epoch"]


def test_state_services_lists_the_six_services_open(office: Office) -> None:
    """State: state/services; The demo's: the services and their series, 'Open at every hour of every day'."""
    state = office.line.state("state/services")
    assert {row["service"]: row["series"] for row in state["services"]} == SERVICES
    for row in state["services"]:
        assert row["open"] is True, row
        assert laws.is_texts(row["names"]), row


def test_state_services_and_board_count_those_who_wait(office: Office) -> None:
    """State: state/services `waiting`, state/board `waiting: {<service>: n}`."""
    office.take("dat-dai")
    office.take("dat-dai", lane="priority")
    office.take("ho-tich")
    office.line.state(
        "state/services",
        lambda s: (
            {row["service"]: row["waiting"] for row in s["services"] if row["waiting"]} == {"dat-dai": 2, "ho-tich": 1}
        ),
    )
    office.line.state(
        "state/board", lambda s: {k: n for k, n in s["waiting"].items() if n} == {"dat-dai": 2, "ho-tich": 1}
    )
    for counter in COUNTERS:
        office.line.state(f"state/counter/{counter}", lambda s: s["callable"] == 3)


def test_the_board_says_who_is_upcoming(office: Office) -> None:
    """State: state/board `upcoming: [{service, numbers}]`: the one who waits is there, and is gone once called."""
    ticket = office.take("kinh-te")

    def numbers(board: dict[str, Any]) -> list[str]:
        return [n for row in board["upcoming"] if row["service"] == "kinh-te" for n in row["numbers"]]

    office.line.state("state/board", lambda s: numbers(s) == [ticket["number"]])
    first = office.take("kinh-te", lane="priority")
    office.line.state("state/board", lambda s: numbers(s) == [first["number"], ticket["number"]])
    office.call(ticket)
    office.line.state("state/board", lambda s: numbers(s) == [first["number"]])


def test_each_call_and_recall_is_one_entry_of_the_board(office: Office) -> None:
    """State: 'one entry for each call and recall, `call` grows by one each time, `times` starts at 1'."""
    before = _newest(office.line.state("state/board"))["call"]
    ticket = office.called(2, service="dat-dai", lane="priority")
    board = office.line.state("state/board", lambda s: _newest(s)["call"] == before + 1)
    call = _newest(board)
    assert (call["ticket"], call["number"], call["lane"]) == (ticket["id"], ticket["number"], "priority")
    assert (call["counter"], call["times"]) == (2, 1)
    assert laws.is_id(call["zone"])
    assert laws.is_time(call["at"])
    office.ok("recall", counter=2)
    call = _newest(office.line.state("state/board", lambda s: _newest(s)["call"] == before + 2))
    assert (call["ticket"], call["counter"], call["times"]) == (ticket["id"], 2, 2)
    other = office.called(3)
    call = _newest(office.line.state("state/board", lambda s: _newest(s)["call"] == before + 3))
    assert (call["ticket"], call["times"]) == (other["id"], 1)


def test_the_board_keeps_the_last_20_calls(office: Office) -> None:
    """State: `calls`: 'the last 20'."""
    before = _newest(office.line.state("state/board"))["call"]
    office.called(1)
    for _ in range(21):
        office.ok("recall", counter=1)
    board = office.line.state("state/board", lambda s: _newest(s)["call"] == before + 22)
    assert sorted(call["call"] for call in board["calls"]) == list(range(before + 3, before + 23))


@pytest.mark.parametrize("counter", COUNTERS)
def test_state_follows_a_visit_at_the_counter(office: Office, counter: int) -> None:
    """State: state/counter/<n> `stage`, `ticket`, `last`; state/board `counters`."""
    ticket = office.take("ho-tich", lane="priority")
    topic = f"state/counter/{counter}"

    def on_board(stage: str, number: str | None, lane: str | None) -> None:
        office.line.state(
            "state/board",
            lambda s: any(
                (c["counter"], c["stage"], c["number"], c["lane"]) == (counter, stage, number, lane)
                for c in s["counters"]
            ),
        )

    office.call(ticket, counter)
    state = office.line.state(topic, lambda s: s["stage"] == "called")
    assert {key: state["ticket"][key] for key in ("id", "number", "service", "lane")} == {
        "id": ticket["id"], "number": ticket["number"], "service": "ho-tich", "lane": "priority"
    }  # fmt: skip
    on_board("called", ticket["number"], "priority")
    office.ok("start-service", counter=counter)
    state = office.line.state(topic, lambda s: s["stage"] == "serving")
    assert state["ticket"]["id"] == ticket["id"]
    on_board("serving", ticket["number"], "priority")
    office.ok("finish", counter=counter)
    state = office.line.state(topic, lambda s: s["stage"] == "idle")
    assert state["ticket"] is None
    assert (state["last"]["id"], state["last"]["number"]) == (ticket["id"], ticket["number"])
    assert laws.is_time(state["last"]["finished_at"])
    on_board("idle", None, None)


@pytest.mark.parametrize(("command", "why"), [("pause-counter", "paused"), ("close-counter", "closed")])
def test_why_a_counter_is_not_open(office: Office, command: str, why: str) -> None:
    """State: '`why` (when not open): paused|closed|…', at the counter and on the board."""
    office.ok(command, counter=3)
    office.line.state("state/counter/3", lambda s: (s["open"], s["why"]) == (False, why))
    office.line.state(
        "state/board", lambda s: any((c["counter"], c["open"], c["why"]) == (3, False, why) for c in s["counters"])
    )


def test_the_board_shows_the_three_counters_and_their_names(office: Office) -> None:
    """State: state/board `counters: [{counter, zone, open, why, stage, number, lane, names}]`."""
    board = office.line.state("state/board")
    assert [c["counter"] for c in sorted(board["counters"], key=lambda c: c["counter"])] == list(COUNTERS)
    for counter in board["counters"]:
        assert laws.is_texts(counter["names"]), counter
        assert laws.is_id(counter["zone"]), counter


def test_state_is_as_new_as_the_event_that_made_it(office: Office) -> None:
    """State: `epoch`, `seq`: the state after an event carries that event's seq or a later one."""
    ticket = office.called(1)
    seq = next(e["seq"] for e in reversed(office.since(0)) if e["event"] == "ticket-called")
    state = office.line.state("state/counter/1", lambda s: s["ticket"] and s["ticket"]["id"] == ticket["id"])
    assert state["seq"] >= seq


def test_a_missed_ticket_leaves_the_counter_idle_and_is_not_its_last(office: Office) -> None:
    """State: state/counter/<n> `last` is the one finished there (it carries finished_at)."""
    finished = office.finished(2)
    office.missed(2)
    state = office.line.state("state/counter/2", lambda s: s["stage"] == "idle" and s["last"] is not None)
    assert state["last"]["id"] == finished["id"]
