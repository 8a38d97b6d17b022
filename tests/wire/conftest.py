"""The real broker, for the tests that ask for one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.wire.broker import Mosquitto


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Callable[[str], Mosquitto]]:
    """Starts a broker with the given lines of settings; it is gone after the test."""
    running: list[Mosquitto] = []

    def start(settings: str = "allow_anonymous true") -> Mosquitto:
        broker = Mosquitto(tmp_path, settings)
        running.append(broker)
        broker.start()
        return broker

    yield start
    for broker in running:
        broker.kill()
