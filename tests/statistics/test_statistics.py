"""Statistics: by hand, against SQL, and what can never be."""

from __future__ import annotations

import sqlite3
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.statistics.alarms import Machines, alarms
from hub.statistics.counts import counts
from hub.statistics.intervals import quantile, share_of
from hub.statistics.ratings import ratings
from hub.statistics.today import today
from hub.statistics.visits import Visit
from hub.statistics.waits import Waiting, waiting_now, waits

NOW = 1_800_000_000_000
STATES = ("waiting", "called", "serving", "held", "missed", "finished", "cancelled", "expired")


def visit(n: int = 1, **fields: object) -> Visit:
    kept = {"ticket": f"t{n}", "day": "2026-11-22", "number": f"A{n:03d}", "service": "chung-thuc", "lane": "normal",
            "state": "waiting", "issued_ms": NOW}
    return Visit(**{**kept, **fields})  # type: ignore[arg-type]


# -- shares and quantiles ----------------------------------------------------------------------------

@pytest.mark.parametrize(("k", "n", "low", "high"), [
    # Wilson's interval, from the published tables of Newcombe (1998), and at the ends.
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
    (29, 29, 0.8830, 1.0)])
def test_the_interval_is_wilsons(k: int, n: int, low: float, high: float) -> None:
    found = share_of(k, n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_nothing_is_said_about_nobody() -> None:
    found = share_of(0, 0)
    assert (found.share, found.low, found.high) == (None, None, None)
    assert quantile([], 0.5) is None
    assert waits([], target_s=1).median_s is None


def test_a_share_that_is_none_is_refused() -> None:
    for k, n in ((2, 1), (-1, 3)):
        with pytest.raises(ValueError, match=f"{k} of {n}"):
            share_of(k, n)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_between_none_and_all(pair: tuple[int, int]) -> None:
    k, n = pair
    found = share_of(k, n)
    assert found.low is not None and found.share is not None and found.high is not None
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1
    mirror = share_of(n - k, n)
    assert mirror.low is not None and isclose(found.high, 1 - mirror.low, abs_tol=1e-9)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_value_that_enough_do_not_exceed(values: list[float], q: float) -> None:
    found = quantile(values, q)
    assert found in values
    assert sum(v <= found for v in values) >= q * len(values) - 1e-9
    assert sum(v < found for v in values) < q * len(values) + 1e-9


# -- by hand ----------------------------------------------------------------------------------------

def test_waits_against_the_target_by_hand() -> None:
    found = waits([visit(n, wait_s=60.0 * n, state="finished") for n in range(1, 11)] + [visit(11)], target_s=480)
    assert (found.n, found.median_s, found.p90_s, found.longest_s) == (10, 300.0, 540.0, 600.0)
    assert (found.over.k, found.over.n) == (2, 10)


def test_who_waits_now_is_listed_with_the_longest_first() -> None:
    visits = [visit(1, issued_ms=NOW - 60_000), visit(2, issued_ms=NOW - 1_800_000), visit(3, state="called")]
    assert [w.number for w in waiting_now(visits, now_ms=NOW)] == ["A002", "A001"]
    assert [w.number for w in waiting_now(visits, now_ms=NOW, at_least_s=1200)] == ["A002"]


def test_the_counts_add_up_to_the_numbers_given() -> None:
    visits = [visit(n, state=s, lane="priority" if n % 3 == 0 else "normal") for n, s in enumerate(STATES * 3)]
    found = counts(visits)
    assert found.issued == 24 == (found.waiting + found.at_counter + found.held + found.served + found.missed
                                  + found.cancelled + found.expired)
    assert found.priority == 8


def test_ratings_by_hand() -> None:
    scores = [5, 5, 4, 3, 1, None, None]
    found = ratings([visit(n, state="finished", score=s) for n, s in enumerate(scores)])
    assert found.by_score == {1: 1, 2: 0, 3: 1, 4: 1, 5: 2}
    assert (found.content.k, found.n, found.answered.k, found.answered.n) == (3, 5, 5, 7)
    assert not found.content.too_few
    assert ratings([visit(score=5, state="finished")]).content.too_few


def test_a_service_that_left_the_settings_keeps_its_row_and_a_quiet_one_has_zeros() -> None:
    found = today([visit(service="gone")], day="2026-11-22", services=["chung-thuc"], now_ms=NOW, target_s=1200)
    assert [(r.service, r.counts.issued) for r in found.services] == [("chung-thuc", 0), ("gone", 1)]
    assert found.everyone.counts.issued == 1


# -- against SQL ------------------------------------------------------------------------------------

_VISITS = st.lists(st.builds(
    lambda state, wait, score, service: (state, wait, score if state == "finished" else None, service),
    st.sampled_from(STATES), st.none() | st.floats(0, 7200), st.none() | st.integers(1, 5),
    st.sampled_from(["a", "b"])), max_size=60)


@given(_VISITS)
def test_the_same_figures_come_from_sql(rows: list[tuple[str, float | None, int | None, str]]) -> None:
    visits = [visit(n, state=s, wait_s=w, score=r, service=v) for n, (s, w, r, v) in enumerate(rows)]
    found = today(visits, day="d", services=["a", "b"], now_ms=NOW, target_s=1200)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE v (state, wait_s, score, service)")
    db.executemany("INSERT INTO v VALUES (?,?,?,?)", rows)

    def one(sql: str) -> object:
        return db.execute(f"SELECT {sql} FROM v").fetchone()[0]

    assert found.everyone.counts.served == one("count(*) FILTER (WHERE state = 'finished')")
    assert found.everyone.waits.n == one("count(wait_s)")
    assert found.everyone.waits.longest_s == one("max(wait_s)")
    assert found.everyone.waits.over.k == one("count(*) FILTER (WHERE wait_s > 1200)")
    assert found.everyone.ratings.n == one("count(score)")
    assert found.everyone.ratings.content.k == one("count(*) FILTER (WHERE score >= 4)")
    by = dict(db.execute("SELECT service, count(*) FROM v GROUP BY service"))
    assert {r.service: r.counts.issued for r in found.services if r.counts.issued} == by
    db.close()


# -- alarms -----------------------------------------------------------------------------------------

def machines(**fields: object) -> Machines:
    well = {"broker": True, "free_bytes": 10**10, "low_bytes": 10**9, "storage_failed_s": None,
            "expected": ("kiosk-1",), "online": {"kiosk-1": True}, "paper": {}}
    return Machines(**{**well, **fields})  # type: ignore[arg-type]


def test_a_good_day_has_no_alarm() -> None:
    assert alarms(machines(), []) == []


@pytest.mark.parametrize(("fields", "code", "grave"), [
    ({"broker": False}, "broker-lost", True), ({"free_bytes": 10**8}, "disk-low", True),
    ({"storage_failed_s": 5.0}, "storage-failed", True), ({"online": {"kiosk-1": False}}, "device-lost", False),
    ({"online": {}}, "device-never", False), ({"paper": {"printer-1": "out"}}, "paper-out", True),
    ({"paper": {"printer-1": "low"}}, "paper-low", False), ({"clock_steps_s": (-3.0,)}, "clock-adjusted", False)])
def test_each_trouble_has_its_alarm(fields: dict[str, object], code: str, grave: bool) -> None:
    found = alarms(machines(**fields), [])
    assert [(a.code, a.grave) for a in found] == [(code, grave)]


def test_a_write_that_failed_long_ago_is_no_alarm_and_the_late_are_named() -> None:
    assert alarms(machines(storage_failed_s=10**6), []) == []
    late = [Waiting(f"A{n:03d}", "a", "normal", 2000.0) for n in range(1, 9)]
    [found] = alarms(machines(), late)
    assert (found.code, found.n, found.about) == ("waiting-late", 8, ("A001", "A002", "A003", "A004", "A005"))
