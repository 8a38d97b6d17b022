"""The pages in a real browser: people's paths by keyboard, what the eye and a screen reader get, and trouble."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hub.web.reasons import REASONS_AT_MOST
from tests.web.office import WebOffice, demo_settings, large_settings
from tests.web.pictures import DESK, PHONE, TABLET, WALL, busy_day, chromium, hold_counter, sign_in

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("axe.min.js").read_text("utf-8")
XSS = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


class Eyes:
    """A person's browser; complaints are errors of the console, of scripts, of the content policy, and dialogs."""

    def __init__(self, browser: Browser, size: tuple[int, int] = DESK, *, bypass_csp: bool = False) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, bypass_csp=bypass_csp)
        self.complaints: list[str] = []

    def page(self, url: str = "") -> Page:
        """A new page, at that address."""
        page = self.context.new_page()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda wrong: self.complaints.append(str(wrong)))
        page.on("dialog", lambda d: (self.complaints.append(f"dialog {d.message}"), d.dismiss()))
        if url:
            page.goto(url)
        return page


@pytest.fixture
def eyes(browser: Browser) -> Iterator[Callable[..., Eyes]]:
    """Browsers of people; at the end none may have a complaint that the test did not take out."""
    opened: list[Eyes] = []

    def new(size: tuple[int, int] = DESK, **more: Any) -> Eyes:
        opened.append(Eyes(browser, size, **more))
        return opened[-1]

    yield new
    for each in opened:
        each.context.close()
    assert [c for each in opened for c in each.complaints] == []


@pytest.fixture
def served(new_office) -> WebOffice:
    return new_office(serve=True)


def _code(office: WebOffice, ticket: dict[str, Any]) -> str:
    return str(office.app.extensions["motcua"].archive.code_of_ticket(ticket["id"]))


# -- the whole way, without a mouse ------------------------------------------------------------------

def _tab_to(page: Page, matches: str, most: int = 40) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", matches):
            return
    raise AssertionError(f"no way to {matches} by keyboard")


def _press(page: Page, key: str, button: str) -> None:
    """Press a key once its button can be pressed: as long as a command is under way, none can."""
    expect(page.locator(button)).to_be_enabled()
    page.keyboard.press(key)


def test_a_visit_from_number_to_rating_by_keyboard_alone(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    citizen = eyes(PHONE).page(served.url + "/")
    _tab_to(citizen, "a[href='/take']")
    citizen.keyboard.press("Enter")
    citizen.wait_for_url("**/take")
    _tab_to(citizen, "button[value='ho-tich']")
    citizen.keyboard.press("Enter")
    citizen.wait_for_url("**/t/*")
    expect(citizen.locator(".slip-number")).to_have_text("B001")

    clerk = eyes().page(served.url + "/counter")
    clerk.wait_for_url("**/signin*")
    clerk.wait_for_selector("input[name=user]:focus")
    clerk.keyboard.type("can-bo-1")
    clerk.keyboard.press("Tab")
    clerk.keyboard.type("demo")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**/counter")
    _tab_to(clerk, "a[href='/counter/1']")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**/counter/1")
    expect(clerk.locator("#open")).to_be_enabled()
    tablet = eyes(TABLET).page(served.url + "/rate/1")
    expect(tablet.locator("#rest")).to_be_visible()

    clerk.keyboard.press("o")
    _press(clerk, "n", "#next")
    expect(clerk.locator("#there-number")).to_have_text("B001")
    _press(clerk, "r", "#recall")
    expect(clerk.locator("#there-stage")).to_contain_text("lần 2")
    expect(citizen.locator(".slip-state")).to_contain_text("Mời đến quầy 1", timeout=8000)
    _press(clerk, "s", "#start")
    expect(clerk.locator("#there-stage")).to_contain_text("Đang phục vụ")
    _press(clerk, "1", "#finish")
    expect(clerk.locator("#there-number")).to_have_text("–")

    expect(tablet.locator("#ask")).to_be_visible()
    expect(tablet.locator("#ask-number")).to_have_text("Số B001")
    _tab_to(tablet, "[data-score='2']")
    tablet.keyboard.press("Enter")
    expect(tablet.locator("#why")).to_be_visible()
    _tab_to(tablet, "[data-reason='impolite']")
    tablet.keyboard.press("Space")
    _tab_to(tablet, "#send")
    tablet.keyboard.press("Enter")
    expect(tablet.locator("#thanks")).to_be_visible()
    expect(tablet.locator("#rest")).to_be_visible(timeout=8000)
    visit = served.app.extensions["motcua"].archive.visits(served.loop.ask(lambda floor: floor.day))[0]
    assert (visit.score, visit.state) == (2, "finished")


# -- everybody can read it -----------------------------------------------------------------------------

PUBLIC = ("/", "/board", "/board?theme=dark", "/take", "/signin", "/rate/1", "/khong-co")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_checker_for_accessibility_finds_nothing(
    served: WebOffice, eyes: Callable[..., Eyes], language: str,
) -> None:
    busy_day(served, people=12)
    waits, called, done = served.take("ho-tich"), served.take("dat-dai", lane="priority"), None
    served.call(1)
    served.send("finish", counter=1)
    done = served.loop.ask(lambda floor: floor.counters[1].last.ticket)
    ids = {"waits": waits["id"], "called": called["id"], "done": done}
    sees = eyes(bypass_csp=True)
    page = sees.page()
    found = {}
    for path in (*PUBLIC, *(f"/t/{_code(served, {'id': i})}" for i in ids.values())):
        found[path] = _axe(page, served.url + path, language)
    page.goto(served.url + "/rate/2")
    served.send("finish", counter=2)
    page.wait_for_selector("#ask:not([hidden])")
    found["rate-ask"] = _axe(page)
    page.click("[data-score='1']")
    found["rate-why"] = _axe(page)
    staff = eyes(bypass_csp=True).page()
    sign_in(staff, served.url, "quanly")
    for path in ("/counter?choose=1", "/counter/1", "/counter/3", "/stats"):
        found[path] = _axe(staff, served.url + path, language)
    sees.complaints[:] = [c for c in sees.complaints if "404" not in c]
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def _axe(page: Page, url: str = "", language: str = "vi") -> list[str]:
    if url:
        page.goto(url + ("&" if "?" in url else "?") + f"lang={language}")
        assert page.get_attribute("html", "lang") == language
        page.wait_for_timeout(400)
    page.evaluate(AXE)
    wrong = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{w['id']}: {w['nodes'][0]['target']} {w['nodes'][0]['failureSummary']}" for w in wrong]


@pytest.mark.parametrize("size", [PHONE, TABLET, DESK, WALL])
def test_nothing_is_wider_than_the_window(new_office, eyes: Callable[..., Eyes], size: tuple[int, int]) -> None:
    office = new_office(large_settings(), serve=True)
    busy_day(office, people=50, seed=5)
    sees = eyes(size)
    page = sees.page()
    sign_in(page, office.url, "quanly")
    waits = office.take("dat-dai")
    for path in ("/", "/board", "/take", "/signin", "/rate/3", "/counter?choose=1", "/counter/3", "/stats",
                 f"/t/{_code(office, waits)}"):
        page.goto(office.url + path)
        page.wait_for_timeout(250)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("size", "settings"), [
    (WALL, large_settings), (DESK, large_settings), (WALL, demo_settings), (TABLET, large_settings)])
def test_the_wall_clips_nothing(new_office, eyes: Callable[..., Eyes], size: tuple[int, int],
                                settings: Callable[[], Any], language: str) -> None:
    office = new_office(settings(), serve=True)
    busy_day(office, people=50, seed=5)
    page = eyes(size).page(f"{office.url}/board?lang={language}")
    page.wait_for_selector("#desks li")
    for number in ("A001", "A1000", "W8888", "W88888"):
        board = office.state("state/board")
        newest = {**board["calls"][-1], "call": board["calls"][-1]["call"] + 1, "number": number,
                  "lane": "priority", "counter": 12, "ticket": f"t-{number}"}
        office.live.put("state/board", msgspec.json.encode({**board, "calls": [*board["calls"], newest]}))
        expect(page.locator("#hero-number")).to_have_text(number)
        page.wait_for_timeout(250)
        _look_for_clipping(page, size)


def _look_for_clipping(page: Page, size: tuple[int, int]) -> None:
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    clipped = page.evaluate("""() => {
        const all = '.n, .hero, .hero-number, .hero-where, .ns, .stage, .w';
        const wide = (e) => e.scrollWidth > e.clientWidth + 1;
        const tall = (e) => e.matches('.hero') && e.scrollHeight > e.clientHeight + 1;
        return [...document.querySelectorAll(all)]
            .filter((e) => (wide(e) || tall(e)) && getComputedStyle(e).display !== 'inline')
            .map((e) => e.className + ' ' + e.textContent); }""")
    assert clipped == []
    outside = page.evaluate("""() => {
        const hero = document.getElementById('hero').getBoundingClientRect();
        const window_ = { top: 0, left: 0, right: innerWidth, bottom: innerHeight };
        return [...document.querySelectorAll('main li, .hero, .hero-number, .hero-where')].filter((e) => {
            const box = e.getBoundingClientRect(), within = e.matches('.hero *') ? hero : window_;
            return box.right > within.right + 1 || box.left < within.left - 1 || box.bottom > within.bottom + 1
                || box.top < within.top - 1 || box.height < 8; }).length; }""")
    assert outside == 0


def test_numbers_on_a_43_inch_wall_are_as_tall_as_the_looks_say(new_office, eyes: Callable[..., Eyes]) -> None:
    from firmware_config import looks

    size = looks.load().size
    office = new_office(serve=True)
    busy_day(office)
    page = eyes(WALL).page(office.url + "/board")
    page.wait_for_selector("#last li")
    mm_a_pixel = 535.0 / 1080        # a 43-inch panel is 535 mm high
    caps = page.evaluate("""() => ['.hero-number', '.last .n', '.desks .n'].map((s) => {
        const style = getComputedStyle(document.querySelector(s));
        const draw = document.createElement('canvas').getContext('2d');
        draw.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        return draw.measureText('H').actualBoundingBoxAscent; })""")
    assert caps[0] * mm_a_pixel >= size["board_cap_mm"]
    assert caps[1] * mm_a_pixel >= size["board_last_cap_mm"]
    assert caps[2] * mm_a_pixel >= size["board_last_cap_mm"]


def test_a_tile_is_as_large_as_a_finger_needs(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    page = eyes(PHONE).page(served.url + "/take")
    heights = page.evaluate("[...document.querySelectorAll('.tile')].map((t) => t.getBoundingClientRect().height)")
    assert len(heights) == 6
    assert min(heights) >= 20 / 25.4 * 96


def test_the_page_is_drawn_in_the_houses_own_letters(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    page = eyes().page(served.url + "/take")
    page.wait_for_timeout(500)
    loaded = page.evaluate("[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)")
    assert any("Be Vietnam Pro" in f for f in loaded)


def test_nothing_moves_for_who_asked_for_that(served: WebOffice, browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    page.goto(served.url + "/board")
    page.wait_for_selector("#desks li")
    served.take()
    served.call(1)
    page.wait_for_selector(".hero.is-sliding")
    assert page.evaluate("getComputedStyle(document.querySelector('#hero-number')).animationName") == "none"
    context.close()


# -- the wall ------------------------------------------------------------------------------------------

def test_a_call_slides_in_is_marked_for_the_walk_and_priority_is_a_word(
    served: WebOffice, eyes: Callable[..., Eyes],
) -> None:
    page = eyes(WALL).page(served.url + "/board")
    expect(page.locator("#hero-number")).to_have_text("Chưa gọi số nào")
    served.take("ho-tich", lane="priority")
    served.call(3)
    expect(page.locator("#hero-number")).to_have_text("B001")
    expect(page.locator("#hero-where")).to_contain_text("★ Ưu tiên")
    expect(page.locator("#hero-where")).to_contain_text("Mời đến quầy 3")
    expect(page.locator("#hero")).to_have_class(re.compile("is-fresh"))
    slide = page.evaluate("getComputedStyle(document.querySelector('#hero-number')).animationDuration")
    assert float(slide.rstrip("s")) <= 0.2
    served.pass_time(21)
    expect(page.locator("#hero")).not_to_have_class(re.compile("is-fresh"), timeout=4000)
    expect(page.locator("#hero-number")).to_have_text("B001")


@pytest.mark.parametrize("trouble", ["the hub hangs", "the pages are gone"])
def test_a_wall_that_lost_the_hub_says_so_within_five_seconds(
    served: WebOffice, eyes: Callable[..., Eyes], trouble: str,
) -> None:
    sees = eyes(WALL)
    page = sees.page(served.url + "/board")
    page.wait_for_selector("#desks li")
    expect(page.locator("#lost")).to_be_hidden()
    if trouble == "the hub hangs":
        served.silence()
    else:
        served.server.stop()  # type: ignore[union-attr]
        served.server = None
    began = time.monotonic()
    page.wait_for_selector("#lost:not([hidden])", timeout=6000)
    assert time.monotonic() - began <= 5.2
    expect(page.locator("#lost")).to_contain_text("Mất liên lạc")
    sees.complaints.clear()          # the browser tells of each connection that failed


def test_a_wall_comes_back_by_itself_when_the_hub_does(
    tmp_path: Path, eyes: Callable[..., Eyes],
) -> None:
    first = WebOffice(tmp_path).start(serve=True)
    port = first.server.port  # type: ignore[union-attr]
    sees = eyes(WALL)
    page = sees.page(first.url + "/board")
    page.wait_for_selector("#desks li")
    first.take("kinh-te")
    first.call(2)
    first.stop()
    page.wait_for_selector("#lost:not([hidden])", timeout=6000)
    again = WebOffice(tmp_path).start(serve=True, port=port)
    page.wait_for_selector("#lost", state="hidden", timeout=6000)
    again.take("ho-tich", lane="priority")
    again.call(3)
    expect(page.locator("#hero-number")).to_have_text("B001")
    sees.complaints.clear()
    page.close()
    again.stop()


@pytest.mark.slow
def test_a_call_is_on_the_wall_within_thirty_milliseconds(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    page = eyes(WALL).page(served.url + "/board")
    page.wait_for_selector("#desks li")
    page.evaluate("""() => { window.seen = []; new MutationObserver(() => window.seen.push(
        [document.getElementById('hero-number').textContent, performance.timeOrigin + performance.now()]))
        .observe(document.getElementById('hero-number'), {childList: true, characterData: true, subtree: true}); }""")
    sent = {}
    for _ in range(25):
        ticket = served.take()
        time.sleep(0.12)
        sent[ticket["number"]] = time.time() * 1000
        served.call(1)
        time.sleep(0.1)
    seen = dict(page.evaluate("window.seen"))
    delays = sorted(seen[number] - at for number, at in sent.items())
    assert len(delays) == 25
    assert statistics.median(delays) <= 30, delays


# -- the desk ------------------------------------------------------------------------------------------

def test_two_browsers_at_one_counter_agree(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    served.take("ho-tich")
    sees = eyes()
    one, other = sees.page(), sees.page()
    sign_in(one, served.url, "can-bo-1")
    one.goto(served.url + "/counter/1")
    other.goto(served.url + "/counter/1")
    hold_counter(one)
    expect(other.locator("#next")).to_be_enabled()
    _press(other, "n", "#next")
    expect(one.locator("#there-number")).to_have_text("B001")
    _press(one, "v", "#no-show")
    expect(other.locator("#there-number")).to_have_text("–")
    expect(other.locator("#missed")).to_contain_text("B001")
    other.click("[data-restore]")
    expect(one.locator("#next-who")).to_contain_text("B001")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_call_button_never_moves(
    served: WebOffice, eyes: Callable[..., Eyes], size: tuple[int, int],
) -> None:
    page = eyes(size).page()
    sign_in(page, served.url, "can-bo-1")
    page.goto(served.url + "/counter/1")
    places = []

    def place() -> None:
        places.append(page.evaluate("""() => {
            const box = document.getElementById('next').getBoundingClientRect();
            return [box.x, box.y + scrollY, box.width, box.height]; }"""))

    def look(key: str, says: str, where: str = "#there-stage") -> None:
        page.wait_for_selector(f"[data-key='{key}']:enabled")
        page.keyboard.press(key)
        expect(page.locator(where)).to_contain_text(says)
        place()

    page.wait_for_selector("#open:enabled")
    place()
    hold_counter(page)
    place()
    served.take("dat-dai", lane="priority")
    look("n", "Đang gọi – lần 1")
    look("r", "Đang gọi – lần 2")
    look("s", "Đang phục vụ")
    look("f", "Chưa gọi ai")
    look("p", "Mở lại và gọi", "#next-word")
    look("p", "Gọi tiếp", "#next-word")
    served.silence()
    page.wait_for_selector("#lost:not([hidden])", timeout=6000)
    place()
    assert all(p == places[0] for p in places), places


def test_a_desk_that_lost_the_hub_refuses_and_says_so(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    served.take()
    sees = eyes()
    page = sees.page()
    sign_in(page, served.url, "can-bo-1")
    page.goto(served.url + "/counter/1")
    hold_counter(page)
    expect(page.locator("#next")).to_be_enabled()
    served.silence()
    page.wait_for_selector("#lost:not([hidden])", timeout=6000)
    expect(page.locator("#next")).to_be_disabled()
    asked = []
    page.on("request", lambda r: asked.append(r.url) if r.method == "POST" else None)
    page.keyboard.press("n")
    expect(page.locator("#said")).to_contain_text("Mất liên lạc")
    assert asked == []


def test_pressing_twice_calls_once(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    served.take("ho-tich")
    served.take("ho-tich")
    page = eyes().page()
    sign_in(page, served.url, "can-bo-1")
    page.goto(served.url + "/counter/1")
    hold_counter(page)
    expect(page.locator("#next")).to_be_enabled()
    page.evaluate("() => { const b = document.getElementById('next'); b.click(); b.click(); b.click(); }")
    expect(page.locator("#there-number")).to_have_text("B001")
    page.wait_for_timeout(300)
    assert served.loop.ask(lambda floor: floor.call) == 1


def test_a_refusal_is_told_in_the_readers_language(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    sees = eyes()
    page = sees.page()
    sign_in(page, served.url, "can-bo-1")
    page.goto(served.url + "/counter/1?lang=en")
    hold_counter(page)
    served.send("open-counter", counter=1, clerk="can-bo-2")
    expect(page.locator("#said")).to_contain_text("Cán bộ 2 holds this counter.")
    expect(page.locator("#next")).to_be_disabled()
    sees.complaints.clear()


# -- the tablet ----------------------------------------------------------------------------------------

def test_the_tablet_asks_only_the_one_just_served_and_rests_when_somebody_sits_down(
    served: WebOffice, eyes: Callable[..., Eyes],
) -> None:
    served.serve_one(1)
    served.pass_time(300)
    page = eyes(TABLET).page(served.url + "/rate/1")
    page.wait_for_timeout(500)
    expect(page.locator("#rest")).to_be_visible()
    served.serve_one(1)
    expect(page.locator("#ask-number")).to_have_text("Số A002")
    served.take()
    served.call(1)
    expect(page.locator("#ask")).to_be_visible()
    served.send("start-service", counter=1)
    expect(page.locator("#rest")).to_be_visible()


def test_three_reasons_are_enough(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    page = eyes(TABLET).page(served.url + "/rate/1")
    page.wait_for_timeout(300)
    served.serve_one(1)
    page.click("[data-score='1']")
    for reason in ("long-wait", "impolite", "other"):
        page.click(f"[data-reason='{reason}']")
    expect(page.locator("[data-reason='no-seats']")).to_be_disabled()
    assert page.locator(".why-button[aria-pressed='true']").count() == REASONS_AT_MOST


def test_a_rating_given_while_the_hub_is_away_is_sent_when_it_is_back(
    tmp_path: Path, eyes: Callable[..., Eyes],
) -> None:
    first = WebOffice(tmp_path).start(serve=True)
    port = first.server.port  # type: ignore[union-attr]
    sees = eyes(TABLET)
    page = sees.page(first.url + "/rate/1")
    page.wait_for_timeout(300)
    first.serve_one(1)
    expect(page.locator("#ask")).to_be_visible()
    first.stop()
    page.click("[data-score='4']")
    expect(page.locator("#thanks")).to_be_visible()
    again = WebOffice(tmp_path).start(serve=True, port=port)
    archive = again.app.extensions["motcua"].archive
    for _ in range(80):
        if archive.visits(archive.day())[0].score == 4:
            break
        page.wait_for_timeout(100)
    assert archive.visits(archive.day())[0].score == 4
    sees.complaints.clear()
    page.close()
    again.stop()


# -- names that bite -----------------------------------------------------------------------------------

def test_names_that_look_like_code_are_shown_as_text(new_office, eyes: Callable[..., Eyes]) -> None:
    demo = demo_settings()
    texts = {"vi": XSS, "en": XSS}
    office = new_office(replace(
        demo, site=replace(demo.site, names=texts),
        services=tuple(replace(s, names=texts, plain=texts, examples=texts) for s in demo.services),
        counters=tuple(replace(c, names=texts) for c in demo.counters),
        accounts=tuple(replace(a, name=XSS) for a in demo.accounts)), serve=True)
    busy_day(office, people=10)
    waits = office.take()
    sees = eyes()
    page = sees.page()
    sign_in(page, office.url, "quanly")
    for path in ("/", "/board", "/take", "/rate/1", "/counter?choose=1", "/counter/1", "/stats", "/khong-co",
                 f"/t/{_code(office, waits)}", f"/signin?next={XSS}"):
        page.goto(office.url + path)
        page.wait_for_timeout(300)
        assert page.locator("img").count() == 0, path
        assert XSS in page.inner_text("body"), path
        assert "49" not in page.title()
    sees.complaints[:] = [c for c in sees.complaints if "404" not in c]     # /khong-co


def test_a_page_that_asks_for_itself_keeps_what_somebody_opened(served: WebOffice, eyes: Callable[..., Eyes]) -> None:
    served.take("ho-tich")
    ticket = served.take("ho-tich")
    page = eyes(PHONE).page(f"{served.url}/t/{_code(served, ticket)}")
    page.click("summary")
    served.call(1)
    page.wait_for_timeout(6000)
    assert page.locator("details[open]").count() == 1
    page.click("summary")
    page.evaluate("document.activeElement.blur()")
    expect(page.locator(".slip-state")).to_contain_text("Số này sẽ được gọi tiếp theo.", timeout=8000)
