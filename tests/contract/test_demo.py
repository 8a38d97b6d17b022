"""wire.md, The demo's fixed values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.desk import Desk
from tests.contract.office import COUNTERS, PASSWORD, Office

pytestmark = pytest.mark.contract

FirstDay = tuple[Office, dict[str, Any]]


def test_the_ready_line_is_one_line_of_json_with_all_its_fields(first_day: FirstDay) -> None:
    """The demo: 'Ready line: {"ready": true, "site", "http", "mqtt", "data", "pids": {"hub", "broker", …}}'."""
    office, _ = first_day
    lines = [json.loads(line) for line in office.said() if line.lstrip().startswith("{")]
    assert [line.get("ready") for line in lines] == [True]
    ready = laws.has(lines[0], ("ready", "site", "http", "mqtt", "data", "pids"), "the ready line")
    assert (ready["http"], ready["mqtt"]) == (office.http, office.mqtt)
    assert Path(ready["data"]).resolve() == (office.folder / "data").resolve()
    pids = laws.has(ready["pids"], ("hub", "broker"), "pids")
    assert all(isinstance(pids[name], int) and pids[name] > 1 for name in ("hub", "broker"))
    assert pids["hub"] != pids["broker"]


def test_the_site_is_trung_tu(first_day: FirstDay) -> None:
    """The demo: 'Site trung-tu'; the topics are below motcua/v1/trung-tu/ (or nothing had been heard)."""
    office, seen = first_day
    assert office.ready["site"] == "trung-tu"
    assert seen["hub/status"]["online"] is True


def test_the_site_is_another_when_told_so(office: Office) -> None:
    """The demo: the fixed values hold 'unless told otherwise': the ready line names the site it was given."""
    assert office.ready["site"] == office.site
    assert office.site != "trung-tu"
    assert laws.is_id(office.site)


def test_counters_1_to_3_are_open_from_the_start(first_day: FirstDay) -> None:
    """The demo: 'counters 1-3 open from the start', idle, nobody to call."""
    _, seen = first_day
    for counter in COUNTERS:
        state = seen[f"state/counter/{counter}"]
        assert (state["open"], state["stage"], state["ticket"], state["callable"]) == (True, "idle", None, 0)
    assert {c["counter"] for c in seen["state/board"]["counters"] if c["open"]} == set(COUNTERS)


def test_the_counters_were_opened_after_the_day_was(first_day: FirstDay) -> None:
    """The demo: 'open from the start with no clerk (journalled after the first day-opened)'."""
    office, _ = first_day
    events = office.page(0, 50)["events"]
    names = [event["event"] for event in events]
    day = names.index("day-opened")
    opened = [(i, event["counter"]) for i, event in enumerate(events) if event["event"] == "counter-opened"][:3]
    assert {counter for _, counter in opened} == set(COUNTERS)
    assert all(place > day for place, _ in opened), names


def test_the_services_are_the_six_and_all_are_open(first_day: FirstDay) -> None:
    """The demo: 'Services chung-thuc A, ho-tich B, dat-dai C, kinh-te K, chinh-sach E, nhan-ket-qua H'."""
    _, seen = first_day
    services = seen["state/services"]["services"]
    assert {row["service"]: row["series"] for row in services} == laws.SERVICES
    assert all(row["open"] is True and row["waiting"] == 0 for row in services)


def test_nobody_waits_and_nobody_was_called_on_the_first_day(first_day: FirstDay) -> None:
    """The demo without citizens starts empty; State: state/board."""
    _, seen = first_day
    assert seen["state/board"]["calls"] == []
    assert not any(seen["state/board"]["waiting"].values())


@pytest.mark.parametrize("service", laws.SERVICES)
@pytest.mark.parametrize("counter", COUNTERS)
def test_every_counter_serves_every_service(office: Office, counter: int, service: str) -> None:
    """The demo: 'every counter serves all of them under the default policy'."""
    ticket = office.take(service)
    called = office.ok("call-next", via=f"counter-{counter}", counter=counter, at_counter=None)["ticket"]
    assert called["id"] == ticket["id"]


@pytest.mark.parametrize("user", ["quanly", "can-bo-1", "can-bo-2", "can-bo-3"])
def test_the_demos_accounts_sign_in(office: Office, user: str) -> None:
    """The demo: 'Sign-in quanly/demo (head, admin), can-bo-1..3/demo (clerks)'."""
    answer = Desk(office.ready["http"]).sign_in(user, PASSWORD)
    assert answer.status == 200, answer
    assert answer.json()["csrf"]


def test_the_demos_devices_are_known(office: Office) -> None:
    """The demo: 'Devices kiosk-1 …, counter-1..3, tablet-1..3, tv-1, printer-1, lookup-1': each has its role, so
    none of them may do what an unknown device may."""
    for device in ("kiosk-1", "lookup-1", *(f"tablet-{n}" for n in COUNTERS), "tv-1", "printer-1"):
        office.refused("not-allowed", "pause-counter", via=device, counter=1)
    for counter in COUNTERS:
        office.refused("not-allowed", "pause-counter", via=f"counter-{counter}", counter=counter % 3 + 1)
        office.ok("pause-counter", via=f"counter-{counter}", counter=counter)
