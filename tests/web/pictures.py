"""The pictures in docs/screens: each page in the states that matter, drawn by a real browser from a real hub."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from tests.web.office import WebOffice, demo_settings, large_settings

WHERE = Path(__file__).resolve().parents[2] / "docs" / "screens"
PHONE, TABLET, DESK, WALL = (360, 740), (1024, 600), (1366, 768), (1920, 1080)
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--font-render-hinting=none"]
Shot = Callable[[Chromium, "Camera"], None]


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Debian's chromium, without a window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        yield browser
        browser.close()


def busy_day(office: WebOffice, *, people: int = 34, seed: int = 3) -> None:
    """A morning: people came, were called, served, rated, missed their call; some wait too long."""
    chance = random.Random(seed)
    services = [s.id for s in office.settings.services]
    counters = [c.n for c in office.settings.counters]
    came = iter([chance.choice(services) for _ in range(people * 2)])

    def arrive(n: int) -> None:
        for _ in range(n):
            office.take(next(came), lane="priority" if chance.random() < 0.12 else "normal")
            office.late_ms += 20_000

    arrive(people // 2)
    for _ in range(people // 2):
        n = chance.choice(counters)
        called = office.call(n)
        office.late_ms += 70_000
        if called is None:
            continue
        if chance.random() < 0.12:
            office.send("no-show", counter=n)
            continue
        office.send("start-service", counter=n)
        office.late_ms += 150_000
        office.send("finish", counter=n)
        if chance.random() < 0.6:
            office.send("rate", counter=n, score=chance.choice([5, 5, 5, 4, 4, 3, 2]))
        arrive(1)
    arrive(people // 2)
    for n in counters[:-1] if len(counters) > 6 else counters:
        office.call(n)
        if n % 2 == 0:
            office.send("start-service", counter=n)
        office.late_ms += 9_000
    if len(counters) > 6:
        office.send("pause-counter", counter=counters[-1], reason="break")
        office.send("finish", counter=counters[4])
        office.send("close-counter", counter=counters[4])


class Camera:
    """Takes pictures of one office; ``only`` chooses by the beginning of their names."""

    def __init__(self, browser: Chromium, office: WebOffice, only: str = "") -> None:
        self._browser, self.office, self._only = browser, office, only
        self.taken: list[str] = []

    def wants(self, name: str) -> bool:
        """Whether that picture is asked for."""
        return name.startswith(self._only)

    def shot(self, name: str, path: str, size: tuple[int, int], *, user: str = "", whole: bool = False,
             before: Callable[[Page], Any] | None = None) -> None:
        """One picture of one page; ``before`` brings it into its state."""
        if not self.wants(name):
            return
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="vi-VN",
                                            timezone_id="Asia/Ho_Chi_Minh")
        page = context.new_page()
        if user:
            sign_in(page, self.office.url, user)
        page.goto(self.office.url + path)
        page.wait_for_timeout(700)
        if before:
            before(page)
            page.wait_for_timeout(500)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=WHERE / f"{name}.png", full_page=whole)
        self.taken.append(name)
        context.close()


def sign_in(page: Page, url: str, user: str, password: str = "demo") -> None:
    """Sign in as people do."""
    page.goto(f"{url}/signin")
    page.fill("input[name=user]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]:not(.quiet)")
    page.wait_for_url(lambda address: "/signin" not in address)


def hold_counter(page: Page) -> None:
    """Open the counter of the page, if it is not held yet."""
    page.wait_for_selector("#open:enabled, #pause:enabled")
    if page.is_visible("#open"):
        page.click("#open")
        page.wait_for_selector("#pause:enabled")


def of_a_busy_day(camera: Camera) -> None:
    """The pages on an ordinary morning."""
    office = camera.office
    busy_day(office)
    for name, size in (("phone", PHONE), ("desk", DESK)):
        camera.shot(f"home-{name}", "/", size, whole=True)
        camera.shot(f"take-{name}", "/take", size, whole=True)
    camera.shot("home-en", "/?lang=en", DESK)
    camera.shot("take-en-phone", "/take?lang=en", PHONE, whole=True)
    office.pass_time(13)
    camera.shot("board-wall", "/board", WALL)
    camera.shot("board-dark", "/board?theme=dark", WALL)
    camera.shot("board-en", "/board?lang=en", DESK)
    camera.shot("board-phone", "/board", PHONE, whole=True)
    camera.shot("board-called", "/board", WALL, before=lambda _: office.call(2))
    camera.shot("counter-desk", "/counter/2", DESK, user="can-bo-2", before=hold_counter)
    camera.shot("counter-phone", "/counter/2", PHONE, user="can-bo-2", whole=True)
    camera.shot("counter-called", "/counter/2", DESK, user="can-bo-2", before=lambda p: p.keyboard.press("n"))
    camera.shot("counter-not-mine", "/counter/1", DESK, user="can-bo-2")
    camera.shot("counter-choose", "/counter?choose=1", DESK, user="can-bo-2")
    camera.shot("counter-paused", "/counter/3", DESK, user="can-bo-3", before=lambda p: (
        hold_counter(p), p.keyboard.press("f"), p.wait_for_timeout(400), p.keyboard.press("p")))
    camera.shot("stats-desk", "/stats", DESK, user="quanly", whole=True)
    camera.shot("stats-en", "/stats?lang=en", DESK, user="quanly", whole=True)
    camera.shot("stats-phone", "/stats", PHONE, user="quanly", whole=True)
    camera.shot("signin-desk", "/signin", DESK)
    camera.shot("signin-wrong", "/signin", PHONE, before=lambda p: (
        p.fill("input[name=user]", "quanly"), p.fill("input[name=password]", "sai"),
        p.click(".signin button"), p.wait_for_load_state()))
    camera.shot("wrong-404", "/khong-co", DESK)
    _turn(camera)
    _tablet(camera)


def _code(office: WebOffice, ticket: str) -> str:
    code = office.app.extensions["motcua"].archive.code_of_ticket(ticket)
    assert code
    return str(code)


def _turn(camera: Camera) -> None:
    office = camera.office
    waits = office.take("ho-tich")
    camera.shot("turn-waiting", f"/t/{_code(office, waits['id'])}", PHONE, whole=True)
    first = office.take("chung-thuc", lane="priority")
    for n in (1, 2, 3):
        if office.call(n)["id"] == first["id"]:
            break
    camera.shot("turn-called", f"/t/{_code(office, first['id'])}", PHONE, whole=True)
    at = office.loop.ask(lambda floor: floor.tickets[first["id"]].counter)
    office.send("finish", counter=at)
    camera.shot("turn-rate", f"/t/{_code(office, first['id'])}", PHONE, whole=True)
    office.send("cancel-ticket", ticket=waits["id"])
    camera.shot("turn-cancelled-en", f"/t/{_code(office, waits['id'])}?lang=en", PHONE, whole=True)


def _tablet(camera: Camera) -> None:
    office = camera.office

    def finished(page: Page) -> None:
        office.take("chung-thuc", lane="priority")
        office.call(1)
        office.send("finish", counter=1)
        page.wait_for_selector("#ask:not([hidden])")

    camera.shot("rate-ask", "/rate/1", TABLET, before=finished)
    camera.shot("rate-ask-en", "/rate/1?lang=en", TABLET, before=finished)
    camera.shot("rate-ask-phone", "/rate/1", PHONE, before=finished)
    camera.shot("rate-why", "/rate/1", TABLET, before=lambda p: (
        finished(p), p.click("[data-score='2']"), p.click("[data-reason='long-wait']")))
    camera.shot("rate-thanks", "/rate/1", TABLET, before=lambda p: (finished(p), p.click("[data-score='5']")))


def of_the_worst_case(camera: Camera) -> None:
    """Twelve counters, long names, ten services."""
    busy_day(camera.office, people=70, seed=5)
    camera.shot("large-board-wall", "/board", WALL)
    camera.shot("large-board-desk", "/board", DESK)

    def priority(_: Page) -> None:
        camera.office.take("dat-dai", lane="priority")
        camera.office.call(12)

    camera.shot("large-board-priority-en", "/board?lang=en", WALL, before=priority)
    camera.shot("large-board-phone", "/board", PHONE, whole=True)
    camera.shot("large-take-phone", "/take", PHONE, whole=True)
    camera.shot("large-counter", "/counter/3", DESK, user="can-bo-3", before=hold_counter)
    camera.shot("large-stats", "/stats", DESK, user="quanly", whole=True)


def of_an_empty_office(camera: Camera) -> None:
    """Before the first number, and when the hub is gone."""
    office = camera.office
    camera.shot("empty-board", "/board", WALL)
    camera.shot("rate-rest", "/rate/1", TABLET)
    camera.shot("empty-stats", "/stats", DESK, user="quanly")
    camera.shot("empty-counter", "/counter/1", DESK, user="can-bo-1", before=hold_counter)

    def silence(page: Page) -> None:
        office.silence()
        page.wait_for_timeout(5000)

    office.take("chung-thuc")
    office.call(1)
    camera.shot("lost-board", "/board", WALL, before=silence)


def lost_counter(camera: Camera) -> None:
    """The clerk's desk while the hub is gone."""
    office = camera.office
    office.take("chung-thuc")

    def silence(page: Page) -> None:
        hold_counter(page)
        office.silence()
        page.wait_for_timeout(5000)

    camera.shot("lost-counter", "/counter/1", DESK, user="can-bo-1", before=silence)


def main(only: str = "") -> None:
    """Draw them all, or those whose name begins with ``only``."""
    WHERE.mkdir(parents=True, exist_ok=True)
    rounds = ((of_a_busy_day, demo_settings), (of_the_worst_case, large_settings),
              (of_an_empty_office, demo_settings), (lost_counter, demo_settings))
    with chromium() as browser:
        for draw, settings in rounds:
            with tempfile.TemporaryDirectory() as folder:
                office = WebOffice(Path(folder), settings()).start(serve=True)
                camera = Camera(browser, office, only)
                began = time.monotonic()
                draw(camera)
                office.stop()
                sys.stdout.write(f"{len(camera.taken)} pictures in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
