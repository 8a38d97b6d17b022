"""Sessions and tries, with a clock that the test moves; and the buckets of hub.web.limits."""

from __future__ import annotations

from pathlib import Path

from hub.web.limits import RATES, Limits
from hub.web.sessions import FREE_TRIES, FREE_TRIES_OF_ADDRESS, IDLE_S, LONGEST_DELAY_S, Sessions


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_found_by_its_key_until_it_is_ended(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    session = sessions.begin("quanly", "head", "10.0.0.9")
    found = sessions.find(session.key)
    assert found and (found.user, found.role) == ("quanly", "head")
    sessions.end(session.key)
    assert sessions.find(session.key) is None


def test_a_session_survives_a_restart_and_its_key_is_not_in_the_file(tmp_path: Path) -> None:
    first = Sessions(tmp_path)
    session = first.begin("can-bo-1", "clerk", "10.0.0.9")
    token = first.form_token(session.key)
    first.close()
    again = Sessions(tmp_path)
    assert again.find(session.key)
    assert again.is_form_token(session.key, token)
    assert session.key.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_a_head_is_signed_out_after_half_an_hour_without_a_touch_and_a_clerk_after_a_shift(tmp_path: Path) -> None:
    clock = Clock()
    sessions = Sessions(tmp_path, clock=clock)
    head, clerk = sessions.begin("a", "head", ""), sessions.begin("b", "clerk", "")
    clock.now += IDLE_S["head"] - 60
    assert sessions.find(head.key)
    clock.now += IDLE_S["head"] - 60
    assert sessions.find(head.key, touch=False)
    clock.now += 120
    assert sessions.find(head.key) is None
    assert sessions.find(clerk.key)
    clock.now += IDLE_S["clerk"] + 60
    assert sessions.find(clerk.key) is None


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(tmp_path: Path) -> None:
    clock = Clock()
    sessions = Sessions(tmp_path, clock=clock)
    head = sessions.begin("a", "head", "")
    for _ in range(40):
        clock.now += 60
        sessions.find(head.key, touch=False)
    assert sessions.find(head.key) is None


def test_a_form_token_belongs_to_one_browser(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    assert not sessions.is_form_token("one", sessions.form_token("other"))
    assert not sessions.is_form_token("one", "")
    assert not sessions.is_form_token("one", "chữ có dấu")


def test_wrong_passwords_cost_more_and_more_time_at_that_address_only(tmp_path: Path) -> None:
    clock = Clock()
    sessions = Sessions(tmp_path, clock=clock)
    delays = []
    for _ in range(FREE_TRIES + 8):
        sessions.failed("quanly", "10.0.0.66")
        delays.append(sessions.delay_s("quanly", "10.0.0.66"))
    assert delays[:FREE_TRIES - 1] == [0] * (FREE_TRIES - 1)
    assert delays == sorted(delays)
    assert delays[-1] > 100
    assert sessions.delay_s("quanly", "10.0.0.7") == 0
    assert sessions.delay_s("can-bo-1", "10.0.0.66") == 0
    sessions.close()
    assert Sessions(tmp_path, clock=clock).delay_s("quanly", "10.0.0.66") == delays[-1]


def test_an_address_that_tries_many_names_is_slowed_whatever_the_name(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, clock=Clock())
    for n in range(FREE_TRIES_OF_ADDRESS + 1):
        sessions.failed(f"name-{n}", "10.0.0.66")
    assert sessions.delay_s("a-new-name", "10.0.0.66") > 0
    assert sessions.delay_s("a-new-name", "10.0.0.7") == 0


def test_no_delay_is_longer_than_a_quarter_of_an_hour_and_success_starts_anew(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, clock=Clock())
    for _ in range(60):
        sessions.failed("a", "x")
    assert sessions.delay_s("a", "x") == LONGEST_DELAY_S
    lone = Sessions(tmp_path / ".", clock=Clock())
    for _ in range(FREE_TRIES):
        lone.failed("b", "y")
    lone.succeeded("b", "y")
    assert lone.delay_s("b", "y") == 0


def test_a_bucket_gives_its_burst_and_then_as_time_goes_by() -> None:
    clock = Clock()
    limits = Limits(clock=clock)
    burst = RATES["take"].burst
    assert [limits.wait_s("take", "a") for _ in range(burst)] == [0] * burst
    assert limits.wait_s("take", "a") >= 1
    assert limits.wait_s("take", "b") == 0
    clock.now += 60 / RATES["take"].per_minute
    assert limits.wait_s("take", "a") == 0
    assert limits.wait_s("take", "a") >= 1
