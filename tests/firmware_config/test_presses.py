"""What a finger means: bounces, presses, holds; and how lamps blink."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware_config.presses import PERIOD_S, Debounce, Finger, lit

STABLE_S = 0.03
MOVES = st.lists(st.floats(0.0001, 0.5, allow_nan=False), max_size=40)
"""Pauses between moves of the contacts, which open and close in turn."""


def done(finger: Finger, moves: list[float], asked_every_s: float | None = None) -> list[str]:
    """What a finger has done, its contacts moving after each pause; asked often, or only as edges come."""
    told, at, closed = [], 0.0, False
    for pause in moves:
        until = at + pause
        if asked_every_s is not None:
            while (at := at + asked_every_s) < until:
                told += finger.turn(at)
        at, closed = until, not closed
        told += finger.see(closed, at)
    return told + finger.turn(at + 100)


@given(MOVES)
def test_a_press_counts_once_for_each_time_the_contacts_stayed_closed_long_enough(moves: list[float]) -> None:
    expected, closed, stable = 0, False, False
    for pause in [*moves[1:], 100.0] if moves else []:
        closed = not closed
        if pause >= STABLE_S + 1e-9 and closed != stable:
            stable = closed
            expected += stable
    on_the_edge = any(abs(pause - STABLE_S) < 1e-6 for pause in moves)
    assert on_the_edge or len(done(Finger(STABLE_S, None), moves)) == expected


@given(MOVES, st.floats(0.001, 0.2))
def test_it_does_not_matter_when_somebody_asks(moves: list[float], asked_every_s: float) -> None:
    for hold_s in (None, 0.2):
        assert done(Finger(STABLE_S, hold_s), moves) == done(Finger(STABLE_S, hold_s), moves, asked_every_s)


@given(MOVES)
def test_with_holds_each_press_becomes_a_press_or_a_hold_and_never_both(moves: list[float]) -> None:
    plain, held = done(Finger(STABLE_S, None), moves), done(Finger(STABLE_S, 0.2), moves)
    still_down_is_a_hold = len(held) == len(plain)
    assert still_down_is_a_hold and set(held) <= {"press", "hold"}


@given(st.lists(st.floats(0.0001, STABLE_S * 0.9), max_size=60))
def test_contacts_that_only_bounce_never_press(bounces: list[float]) -> None:
    even = bounces[:len(bounces) // 2 * 2]
    assert done(Finger(STABLE_S, None), even) == []


def test_a_press_counts_at_once_and_a_button_with_a_hold_counts_on_letting_go() -> None:
    now, later = Finger(STABLE_S, None), Finger(STABLE_S, 2.0)
    for finger in (now, later):
        finger.see(True, 1.0)
    assert (now.turn(1.03), later.turn(1.03)) == (["press"], [])
    later.see(False, 1.5)
    assert later.turn(1.53) == ["press"]


def test_a_long_press_is_a_hold_and_letting_go_means_nothing_more() -> None:
    finger = Finger(STABLE_S, 2.0)
    finger.see(True, 1.0)
    assert finger.turn(3.0) == []
    assert finger.turn(3.04) == ["hold"]
    assert finger.see(False, 9.0) + finger.turn(10.0) == []


def test_a_button_that_is_stuck_from_the_start_means_nothing_until_it_was_let_go() -> None:
    finger = Finger(STABLE_S, 2.0, closed=True)
    assert finger.turn(60.0) == []
    assert finger.see(False, 61.0) + finger.turn(62.0) == []
    assert finger.see(True, 63.0) + finger.see(False, 63.5) + finger.turn(64.0) == ["press"]


def test_a_switch_says_when_it_wants_to_be_asked() -> None:
    switch = Debounce(STABLE_S)
    assert switch.due_at() is None
    switch.see(True, 5.0)
    assert switch.due_at() == 5.0 + STABLE_S
    assert not switch.turn(5.0) and switch.turn(5.03) and switch.closed


@given(st.floats(0, 1e6))
def test_a_lamp_that_is_on_stays_on_and_one_that_is_off_stays_off(at: float) -> None:
    assert lit("on", at) and not lit("off", at)


def test_no_lamp_blinks_faster_than_three_times_a_second() -> None:
    for pattern, period_s in PERIOD_S.items():
        assert 1 / period_s <= 3
        states = [lit(pattern, n / 1000) for n in range(10_000)]
        flashes = sum(not before and after for before, after in pairwise(states))
        assert flashes <= 30 and 0.45 <= sum(states) / len(states) <= 0.55
