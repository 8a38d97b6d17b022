"""The box on a counter, in simulated time: what is sent for which presses, and what the lamps say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_display import box as box_module
from counter_display.box import BUTTONS, LAMPS, Box
from wire.commands import CallNext, Command, Finish, NoShow, OpenCounter, PauseCounter, Recall, RequestHelp
from wire.messages import CounterState, CounterTicket
from wire.resend import checked

PAGE = Path(__file__).resolve().parents[2] / "docs" / "BOX.md"
SINCE = "2026-11-23T08:00:00.000+07:00"


def state(seq: int = 1, *, stage: str = "idle", why: str | None = None, waiting: int = 0, epoch: str = "e1",
          ticket: str | None = None) -> CounterState:
    there = CounterTicket(id=ticket, number="A027", service="chung-thuc", lane="normal") if ticket else None
    return CounterState(at=SINCE, epoch=epoch, seq=seq, counter=2, zone="tang-1", open=why is None,
                        why=why,  # type: ignore[arg-type]  # tests are terse
                        stage=stage,  # type: ignore[arg-type]  # the same
                        ticket=there, last=None, callable=waiting)


class Bench:
    """A box on a bench: a clock, a hub that is there, and all that was sent."""

    def __init__(self, *, hub: bool = True, seen: CounterState | None = None) -> None:
        self.now = 100.0
        self.sent: list[Command] = []
        self.box = Box(2, self._new_id)
        self._ids = 0
        if hub:
            self.box.hub_found()
        if seen is not None:
            self.box.hear(seen)

    def _new_id(self) -> str:
        self._ids += 1
        return f"counter-2-{self._ids:06}"

    def press(self, button: str, *, late_s: float = 0.0, hold: bool = False) -> Command | None:
        act = self.box.hold if hold else self.box.press
        command = act(button, at=self.now - late_s, now=self.now)
        if command is not None:
            checked(command)                # the hub would read it
            self.sent.append(command)
        return command

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def answer(self, command: Command | None, ok: bool = True) -> None:
        assert command is not None
        self.box.answered(command.id, ok, self.now)

    def lamps(self) -> dict[str, str]:
        return {name: how for name, how in self.box.lamps(self.now).items() if how != "off"}


@pytest.mark.parametrize("button, kind", [("next", CallNext), ("recall", Recall), ("no-show", NoShow),
                                          ("finish", Finish), ("pause", PauseCounter)])
def test_each_button_asks_for_one_thing_at_its_own_counter(button, kind):
    command = Bench(seen=state()).press(button)
    assert isinstance(command, kind)
    assert command.counter == 2


def test_next_finish_and_no_show_say_whom_the_clerk_saw():
    for button in ("next", "finish", "no-show"):
        assert Bench(seen=state(stage="serving", ticket="t-9")).press(button).at_counter == "t-9"
        assert Bench(seen=state()).press(button).at_counter is None


def test_a_box_that_saw_nothing_yet_leaves_it_to_the_hubs_own_guard():
    command = Bench().press("next")
    assert "at_counter" not in checked(command).decode()


def test_the_pause_button_opens_a_counter_that_is_not_open():
    for why in ("paused", "closed", "roster"):
        assert isinstance(Bench(seen=state(why=why)).press("pause"), OpenCounter)


def test_the_pause_button_is_refused_while_nobody_knows_whether_the_counter_is_open():
    bench = Bench()
    assert bench.press("pause") is None
    assert bench.lamps() == {"refused": "fast"}


def test_ten_impatient_presses_in_300_ms_are_one_call():
    bench = Bench(seen=state(waiting=5))
    for _ in range(10):
        if (command := bench.press("next")) is not None:
            bench.answer(command)
        bench.wait(0.03)
    assert len(bench.sent) == 1


def test_presses_that_do_not_stop_are_one_wish_however_long_they_go_on():
    bench = Bench(seen=state(waiting=5))
    for _ in range(40):
        if (command := bench.press("next")) is not None:
            bench.answer(command)
        bench.wait(0.25)
    assert len(bench.sent) == 1


def test_after_a_call_next_rests_for_two_seconds_and_then_calls_again():
    bench = Bench(seen=state(waiting=5))
    bench.answer(bench.press("next"))
    bench.wait(1.5)
    assert bench.press("next") is None
    bench.wait(0.7)
    assert bench.press("next") is not None


def test_after_a_refusal_the_same_button_may_be_tried_again_at_once():
    bench = Bench(seen=state())
    bench.answer(bench.press("next"), ok=False)
    bench.wait(0.7)
    assert bench.press("next") is not None


def test_while_an_answer_is_awaited_other_buttons_are_refused_and_the_same_is_silent():
    bench = Bench(seen=state())
    bench.press("finish")
    bench.wait(1)
    assert bench.press("finish") is None
    assert bench.lamps() == {"calling": "slow"}
    assert bench.press("next") is None
    assert bench.lamps() == {"calling": "slow", "refused": "fast"}


def test_a_press_without_the_hub_is_refused_at_once_and_forgotten():
    bench = Bench(hub=False, seen=state(waiting=3))
    assert bench.press("next") is None
    assert bench.lamps() == {"refused": "fast"}
    bench.wait(1)
    bench.box.hub_found()
    assert bench.sent == []
    assert bench.lamps() == {"waiting": "on", "refused": "fast"}
    bench.wait(1)
    assert bench.lamps() == {"waiting": "on"}


def test_a_press_that_the_machine_looked_at_too_late_is_not_carried_out():
    bench = Bench(seen=state(waiting=3))
    assert bench.press("next", late_s=1.1) is None
    assert bench.lamps()["refused"] == "fast"


def test_holding_the_pause_button_calls_the_head_even_while_an_answer_is_awaited():
    bench = Bench(seen=state())
    bench.press("finish")
    command = bench.press("pause", hold=True)
    assert isinstance(command, RequestHelp)
    assert command.place == "counter-2"
    assert bench.press("pause", hold=True) is None
    assert bench.press("next", hold=True) is None


def test_a_lamp_that_blinks_for_a_refusal_goes_out_by_itself_within_two_seconds():
    bench = Bench(seen=state())
    bench.answer(bench.press("next"), ok=False)
    assert bench.lamps() == {"refused": "fast"}
    assert bench.box.next_at(bench.now) == pytest.approx(bench.now + box_module.REFUSED_S)
    bench.wait(2)
    assert bench.lamps() == {}


@pytest.mark.parametrize("seen, lamps", [
    (state(), {}),
    (state(waiting=1), {"waiting": "on"}),
    (state(waiting=1, stage="called", ticket="t"), {"waiting": "on", "calling": "on"}),
    (state(stage="serving", ticket="t"), {"serving": "on"}),
    (state(why="paused", waiting=4), {"waiting": "slow"}),
    (state(why="paused", stage="serving", ticket="t"), {"waiting": "slow", "serving": "on"}),
    (state(why="closed", waiting=4), {}),
])
def test_the_lamps_show_what_the_hub_has_said(seen, lamps):
    assert Bench(seen=seen).lamps() == lamps


def test_when_the_hub_is_lost_the_box_says_only_that():
    bench = Bench(seen=state(waiting=3, stage="serving", ticket="t"))
    bench.box.hub_lost()
    assert bench.lamps() == {"lost": "on"}
    bench.box.hub_found()
    assert bench.lamps() == {"waiting": "on", "serving": "on"}


def test_an_older_state_does_not_take_the_place_of_a_newer_one():
    bench = Bench(seen=state(9, waiting=3))
    bench.box.hear(state(8))
    assert bench.lamps() == {"waiting": "on"}
    bench.box.hear(state(1, epoch="e2"))
    assert bench.lamps() == {}
    bench.box.hear(None)
    assert bench.lamps() == {}


def test_a_box_that_is_asked_which_one_it_is_blinks_with_all_lamps():
    bench = Bench(seen=state())
    bench.box.identify(bench.now)
    assert bench.lamps() == dict.fromkeys(LAMPS, "slow")
    bench.wait(6)
    assert bench.lamps() == {}


def test_every_lamp_and_every_button_is_in_the_table_of_the_page():
    page = PAGE.read_text("utf-8")
    for name in (*BUTTONS, *LAMPS):
        assert f"`{name}`" in page, name
    for name in ("SAME_WISH_S", "NEXT_REST_S", "TOO_LATE_S", "REFUSED_S", "IDENTIFY_S", "SLOW_ANSWER_S"):
        assert re.search(rf"{getattr(box_module, name):g} s\b", page), name


# -- whatever happens -----------------------------------------------------------------------------

STATES = [None, state(), state(waiting=3), state(why="paused"), state(stage="called", ticket="t-1"),
          state(stage="serving", ticket="t-2", waiting=1), state(why="closed")]
HAPPENINGS = st.lists(st.one_of(
    st.tuples(st.just("press"), st.sampled_from(BUTTONS), st.sampled_from([0.0, 0.0, 0.0, 0.5, 0.99, 1.5, 600.0])),
    st.tuples(st.just("hold"), st.sampled_from(BUTTONS), st.sampled_from([0.0, 2.0])),
    st.tuples(st.just("wait"), st.sampled_from([0.01, 0.03, 0.2, 0.59, 0.7, 1.9, 2.1, 3.6, 30.0]), st.none()),
    st.tuples(st.just("answer"), st.booleans(), st.integers(0, 3)),
    st.tuples(st.just("hub"), st.booleans(), st.none()),
    st.tuples(st.just("hear"), st.integers(0, len(STATES) - 1), st.none()),
), max_size=60)


@given(HAPPENINGS)
def test_whatever_happens_one_wish_is_at_most_one_command_and_nothing_is_late(happenings):
    bench = Bench(hub=False)
    hub, sent_at, pressed_at = False, dict[str, float](), dict[str, float]()
    pending: str | None = None
    pending_at = called_at = float("-inf")
    for what, one, two in happenings:
        if what == "wait":
            bench.wait(one)
        elif what == "hub":
            (bench.box.hub_found if one else bench.box.hub_lost)()
            hub = one
        elif what == "hear":
            bench.box.hear(STATES[one])
        elif what == "answer":
            if two < len(bench.sent):
                command = bench.sent[-1 - two]
                bench.answer(command, one)
                if command.id == pending:
                    pending = None
                    if not one and isinstance(command, CallNext):
                        called_at = float("-inf")
        elif what == "hold":
            sent = bench.press(one, late_s=two, hold=True)
            assert sent is None or (one == "pause" and hub and two <= 1.0)
        else:
            at = bench.now - two
            fresh_wish = at - pressed_at.get(one, float("-inf")) >= box_module.SAME_WISH_S
            pressed_at[one] = max(at, pressed_at.get(one, float("-inf")))
            sent = bench.press(one, late_s=two)
            if sent is None:
                continue
            assert hub, "nothing is sent without the hub"
            assert two <= box_module.TOO_LATE_S, "nothing is sent for an old press"
            assert fresh_wish, "the presses of one run are one command"
            assert bench.now - sent_at.get(one, float("-inf")) >= 0
            assert pending is None or bench.now - pending_at >= 3.0, "one command at a time"
            if one == "next":
                assert bench.now - called_at >= box_module.NEXT_REST_S - box_module.TOO_LATE_S
                called_at = bench.now
            sent_at[one] = pending_at = bench.now
            pending = sent.id
    assert len({command.id for command in bench.sent}) == len(bench.sent)


@given(HAPPENINGS)
def test_whatever_happens_nothing_is_sent_but_in_the_moment_of_a_press_and_lamps_have_their_names(happenings):
    bench = Bench(hub=False)
    for what, one, two in happenings:
        before = len(bench.sent)
        if what in ("press", "hold"):
            bench.press(one, late_s=two, hold=what == "hold")
        else:
            if what == "wait":
                bench.wait(one)
            elif what == "hub":
                (bench.box.hub_found if one else bench.box.hub_lost)()
            elif what == "hear":
                bench.box.hear(STATES[one])
            elif two < len(bench.sent):
                bench.answer(bench.sent[-1 - two], one)
            assert len(bench.sent) == before
        lamps = bench.box.lamps(bench.now)
        assert set(lamps) == set(LAMPS)
        assert set(lamps.values()) <= {"off", "on", "slow", "fast"}
        assert bench.box.next_at(bench.now) > bench.now
