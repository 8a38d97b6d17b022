"""What stands before every page: names, headers, sizes, words for what went wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hub.web
from tests.web.office import Browser, WebOffice, demo_settings

WEB = Path(hub.web.__file__).parent
PAGES = ("/", "/board", "/take", "/signin", "/rate/1", "/nowhere", "/t/abcdefghij234567")
CSP = ("default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
       "require-trusted-types-for 'script'")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_carries_the_headers_that_protect_its_reader(stranger: Browser, path: str) -> None:
    headers = stranger.get(path).headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_that_points_at_us_gets_no_word(stranger: Browser, host: str) -> None:
    answer = stranger.get("/board", headers={"Host": host}) if host else stranger.get("/", base_url="http://x.test")
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.168.1.20"])
def test_names_of_this_machine_and_bare_addresses_are_ours(stranger: Browser, host: str) -> None:
    assert stranger.get("/", headers={"Host": host}).status_code == 200


def test_the_offices_public_name_is_ours_and_brings_strict_cookies(new_office) -> None:
    office = new_office(demo_settings(public_url="https://mot-cua.example.vn"))
    browser = Browser(office)
    answer = browser.get("/take", base_url="https://mot-cua.example.vn")
    assert answer.status_code == 200
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-motcua-visitor=")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"]


def test_a_proxy_on_this_machine_is_not_taken_for_a_program_on_this_machine(stranger: Browser) -> None:
    assert stranger.get("/metrics").status_code == 200
    assert stranger.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 303
    assert stranger.get("/api/v1/events", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 401


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/t/abcdefghij234567", 404), ("/rate/99", 404)])
def test_what_is_not_there_is_told_in_the_readers_language(stranger: Browser, path: str, status: int) -> None:
    vietnamese, english = stranger.get(path), stranger.get(f"{path}?lang=en")
    assert (vietnamese.status_code, english.status_code) == (status, status)
    assert "Không tìm thấy" in vietnamese.text
    assert "There is no such page" in english.text


def test_a_fault_shows_nothing_of_its_insides(office: WebOffice, stranger: Browser) -> None:
    (office.folder / "journal.db").rename(office.folder / "gone.db")
    office.app.extensions["motcua"].archive = type(office.app.extensions["motcua"].archive)(office.folder)
    answer = stranger.get("/t/abcdefghij234567")
    assert answer.status_code == 500
    assert "Máy chủ gặp sự cố" in answer.text
    assert "sqlite" not in answer.text.lower()
    assert "Traceback" not in answer.text


def test_a_body_over_the_limit_is_refused(stranger: Browser) -> None:
    page = stranger.get("/take").text
    answer = stranger.post("/take", data={"csrf": stranger.field(page, "csrf"), "id": "x" * 70_000})
    assert answer.status_code == 413
    assert "quá dài" in answer.text


def test_a_silent_hub_is_told_as_such(office: WebOffice, clerk: Browser) -> None:
    office.silence()
    house = office.app.extensions["motcua"]
    house.loop = _Silent(house.loop)
    answer = clerk.command("call-next", counter=1)
    assert answer.status_code == 503
    assert answer.get_json()["error"] == "hub-silent"
    page = clerk.get("/counter")
    assert page.status_code == 503
    assert "Máy chủ đang bận" in page.text


class _Silent:
    """A hub that never answers, without the wait."""

    def __init__(self, loop: object) -> None:
        self._loop = loop

    def submit(self, who: object, payload: bytes, respond: object) -> None:
        raise TimeoutError

    def ask(self, look: object, **_: object) -> None:
        raise TimeoutError


def test_no_page_or_script_can_turn_text_into_code() -> None:
    for path in [*WEB.rglob("*.html"), *WEB.rglob("*.js")]:
        text = path.read_text("utf-8")
        for forbidden in ("|safe", "| safe", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                          "eval(", "new Function", "style=", "onclick=", "onload=", "javascript:"):
            assert forbidden not in text, f"{path.name}: {forbidden}"
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), f"{path.name}: a script inside the page"
        assert "<style" not in text, path.name


def test_no_statement_of_sql_is_put_together_from_values() -> None:
    for path in [*WEB.rglob("*.py"), *(WEB.parent / "statistics").glob("*.py")]:
        for line in re.findall(r'execute\(\s*f"([^"]*)"', path.read_text("utf-8")):
            assert set(re.findall(r"\{(\w+)\}", line)) <= {"_COLUMNS"}, f"{path.name}: {line}"


def test_names_of_clerks_stand_on_no_public_page(office: WebOffice, stranger: Browser, clerk: Browser) -> None:
    assert clerk.command("open-counter", counter=1).status_code == 200
    office.serve_one(1)
    for path in ("/board", "/take", "/rate/1", "/live/now?topics=state/board,state/counter/1,state/services",
                 "/api/v1/events", "/metrics"):
        text = stranger.get(path).text
        assert "can-bo-1" not in text, path
        assert "Cán bộ 1" not in text, path


def test_an_https_proxy_before_an_office_without_a_public_name_is_served(stranger: Browser) -> None:
    answer = stranger.get("/take", headers={"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "https"})
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("origin", ["http://[", "//[::", "http://[v1.x]/", "https://evil.example"])
def test_an_origin_that_is_not_ours_or_no_address_at_all_is_refused(stranger: Browser, origin: str) -> None:
    answer = stranger.post("/api/v1/session", json={"user": "x", "password": "y"}, headers={"Origin": origin})
    assert answer.status_code == 403
