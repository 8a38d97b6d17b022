"""Offices for the tests of the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_config.settings import Settings
from tests.web.office import Browser, WebOffice


@pytest.fixture
def new_office(tmp_path: Path) -> Iterator[Callable[..., WebOffice]]:
    """Offices of a test's own, ended with it."""
    opened: list[WebOffice] = []

    def start(settings: Settings | None = None, *, serve: bool = False) -> WebOffice:
        folder = tmp_path / f"office-{len(opened)}"
        folder.mkdir()
        opened.append(WebOffice(folder, settings).start(serve=serve))
        return opened[-1]

    yield start
    for office in opened:
        office.stop()


@pytest.fixture
def office(new_office: Callable[..., WebOffice]) -> WebOffice:
    """The demo's office."""
    return new_office()


@pytest.fixture
def stranger(office: WebOffice) -> Browser:
    """A browser that is not signed in."""
    return Browser(office)


@pytest.fixture
def clerk(office: WebOffice) -> Browser:
    """A browser in which clerk can-bo-1 is signed in."""
    browser = Browser(office)
    assert browser.sign_in("can-bo-1").status_code == 200
    return browser


@pytest.fixture
def head(office: WebOffice) -> Browser:
    """A browser in which the head is signed in."""
    browser = Browser(office)
    assert browser.sign_in("quanly").status_code == 200
    return browser
