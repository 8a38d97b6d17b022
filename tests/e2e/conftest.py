"""Offices for the tests, each of its own programs in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.device import Device
from tests.e2e.office import Demo, Hub
from tests.e2e.world import World, build


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A running demo."""
    running = Demo(tmp_path).start()
    yield running
    running.end()


@pytest.fixture
def new_hub(tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    """Makes a hub that is not started yet; it is ended with the test."""
    made: list[Hub] = []

    def make(**options: Any) -> Hub:
        made.append(Hub(tmp_path, **options))
        return made[-1]

    yield make
    for hub in made:
        hub.end()


@pytest.fixture(scope="session")
def world_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled world.c."""
    return build(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(world_library: Path, tmp_path: Path) -> World:
    """A strange world to start a hub in: ``new_hub().start(**world.env())``."""
    return World(world_library, tmp_path)


@pytest.fixture
def join() -> Iterator[Callable[[Device], Device]]:
    """Lets a device leave in good order when the test is over."""
    with ExitStack() as stack:
        def joined(device: Device) -> Device:
            stack.callback(device.stop)
            return device

        yield joined
