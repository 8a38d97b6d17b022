"""Offices for the contract suite: one per broker for the tests that share, and the shape of failures."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# The suite is also handed to outsiders and run alone, where nothing else puts the root on the path.
_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from tests.contract.desk import Desk  # noqa: E402
from tests.contract.office import STATES, Office  # noqa: E402

BROKERS = tuple(
    name.strip() for name in os.environ.get("MOTCUA_CONTRACT_BROKERS", "mosquitto,amqtt").split(",") if name.strip()
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "contract: an outside client's test against docs/wire.md")
    config.addinivalue_line("markers", "slow: takes longer than a few seconds by its nature")


def _why_missing(broker: str) -> str:
    """Why that broker can not be had here; empty when it can."""
    if broker == "mosquitto":
        search = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
        return "" if shutil.which("mosquitto", path=search) else "mosquitto is not installed (apt install mosquitto)"
    if broker == "amqtt":
        return "" if importlib.util.find_spec("amqtt") else "amqtt is not installed (pip install amqtt)"
    return f"MOTCUA_CONTRACT_BROKERS names {broker!r}; known are mosquitto and amqtt"


# The quick run holds the office to its contract over one broker, the full run over each.
_EACH = [pytest.param(name, marks=[pytest.mark.slow] if name != BROKERS[0] else []) for name in BROKERS]


@pytest.fixture(scope="session", params=_EACH)
def broker(request: pytest.FixtureRequest) -> str:
    """Each broker the demo can run."""
    name = str(request.param)
    why = _why_missing(name)
    if why and os.environ.get("CI") == "true":
        pytest.fail(why)
    if why:
        pytest.skip(why)
    return name


@pytest.fixture(scope="session")
def shared_office(broker: str) -> Iterator[Office]:
    """The office whose hall the tests share; it is never killed."""
    running = Office(broker).start()
    yield running
    running.stop()


@pytest.fixture
def office(shared_office: Office) -> Iterator[Office]:
    """The shared office with an empty hall; afterwards everything heard must obey the laws of wire.md."""
    shared_office.empty_hall()
    yield shared_office
    shared_office.check_laws()


@pytest.fixture(scope="session")
def first_day(broker: str) -> Iterator[tuple[Office, dict[str, Any]]]:
    """An office without --site, and what a TV would have heard from it before anybody did anything.

    The tests of restarts go on to kill its hub; so what is true at the start is written down here.
    """
    running = Office(broker, site=None)
    try:
        running.start()
        seen = {topic: running.line.state(topic) for topic in (*STATES, "hub/status")}
        yield running, seen
    finally:
        running.stop()


@pytest.fixture
def new_office(broker: str) -> Iterator[Callable[[], Office]]:
    """Offices of a test's own, ended with it."""
    opened: list[Office] = []

    def start() -> Office:
        opened.append(Office(broker))
        return opened[-1].start()

    yield start
    for one in opened:
        one.stop()


@pytest.fixture
def head(office: Office) -> Desk:
    """A browser signed in as quanly (head, admin)."""
    return office.desk("quanly")


@pytest.fixture
def clerk(office: Office) -> Desk:
    """A browser signed in as can-bo-1."""
    return office.desk("can-bo-1")


@pytest.fixture
def other_clerk(office: Office) -> Desk:
    """A browser signed in as can-bo-2."""
    return office.desk("can-bo-2")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A failure shows the end of what the office logged."""
    report = yield
    if report.failed and "tests/contract" in item.nodeid:  # type: ignore[attr-defined]
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Office):
                report.sections.append((f"log of {name}", value.stderr_tail()))  # type: ignore[attr-defined]
    return report  # type: ignore[return-value]
