"""Signing in and out."""

from __future__ import annotations

import threading

import pytest
from argon2 import extract_parameters

from hub.web.passwords import Passwords
from tests.web.office import Browser, WebOffice


def _form(browser: Browser, user: str, password: str, **more: str):
    page = browser.get("/signin").text
    return browser.post("/signin", data={"csrf": browser.field(page, "csrf"), "user": user,
                                         "password": password, **more})


def test_a_clerk_goes_to_the_counter_and_a_head_to_the_figures(office: WebOffice) -> None:
    assert _form(Browser(office), "can-bo-1", "demo").headers["Location"] == "/counter"
    assert _form(Browser(office), "quanly", "demo").headers["Location"] == "/stats"


def test_who_was_sent_to_sign_in_goes_on_where_they_wanted(office: WebOffice) -> None:
    browser = Browser(office)
    sent = browser.get("/counter/2")
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/signin?next=%2Fcounter%2F2"
    assert _form(browser, "can-bo-2", "demo", next="/counter/2").headers["Location"] == "/counter/2"


@pytest.mark.parametrize("elsewhere", [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil", "javascript:x", "/a\nb",
    "//[", "http://["])
def test_nobody_is_sent_to_another_site(office: WebOffice, elsewhere: str) -> None:
    assert _form(Browser(office), "quanly", "demo", next=elsewhere).headers["Location"] == "/stats"


def test_the_cookie_can_not_be_read_or_sent_by_foreign_pages(office: WebOffice) -> None:
    cookie = next(c for c in _form(Browser(office), "quanly", "demo").headers.getlist("Set-Cookie")
                  if c.startswith("motcua-session="))
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    assert "Max-Age" not in cookie
    assert "Domain" not in cookie


def test_signing_in_makes_a_new_key_and_ends_the_old_session(office: WebOffice) -> None:
    browser = Browser(office)
    browser.sign_in("can-bo-1")
    old = browser.client.get_cookie("motcua-session", domain="127.0.0.1").value
    browser.sign_in("can-bo-1")
    assert browser.client.get_cookie("motcua-session", domain="127.0.0.1").value != old
    assert office.app.extensions["motcua"].sessions.find(old) is None


def test_after_signing_out_the_old_cookie_is_worth_nothing(office: WebOffice) -> None:
    browser = Browser(office)
    browser.sign_in("can-bo-1")
    key = browser.client.get_cookie("motcua-session", domain="127.0.0.1").value
    assert browser.request("DELETE", "/api/v1/session", headers={"X-CSRF-Token": browser.csrf}).status_code == 204
    browser.client.set_cookie("motcua-session", key, domain="127.0.0.1")
    assert browser.command("call-next", counter=1).status_code == 401


def test_the_form_of_the_page_signs_out(office: WebOffice) -> None:
    browser = Browser(office)
    _form(browser, "quanly", "demo")
    page = browser.get("/stats").text
    assert "Quản lý" in page
    assert browser.post("/signout", data={"csrf": browser.field(page, "csrf")}).headers["Location"] == "/"
    assert browser.get("/stats").status_code == 303


def test_a_wrong_name_and_a_wrong_password_get_the_same_words(office: WebOffice) -> None:
    wrong_name, wrong_password = Browser(office), Browser(office)
    one, other = _form(wrong_name, "nobody", "demo"), _form(wrong_password, "quanly", "wrong")
    assert one.status_code == other.status_code == 401
    text = "Tên đăng nhập hoặc mật khẩu không đúng."
    assert text in one.text
    assert text in other.text


class NotingPasswords(Passwords):
    """Notes which hash each try was checked against."""

    checked: list[str]

    def _fits(self, hashed: str, password: str) -> bool:
        self.checked.append(hashed)
        return super()._fits(hashed, password)


def test_a_wrong_name_is_checked_at_the_price_of_a_right_one(office: WebOffice) -> None:
    """The same work is done for a name that nobody has, so the time of the answer tells nothing."""
    passwords = NotingPasswords(office.settings.accounts)
    passwords.checked = []
    for user in ("quanly", "no-such-name"):
        assert passwords.check(user, "wrong") is None
    known, unknown = (extract_parameters(hashed) for hashed in passwords.checked)
    assert known == unknown


def test_trying_too_often_is_slowed_at_that_address_and_nowhere_else(office: WebOffice) -> None:
    thief, owner = Browser(office, "10.0.0.66"), Browser(office, "10.0.0.7")
    statuses = [thief.sign_in("quanly", f"guess-{n}").status_code for n in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    refused = thief.sign_in("quanly", "demo")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert owner.sign_in("quanly", "demo").status_code == 200
    page = thief.get("/signin").text
    shown = thief.post("/signin", data={"csrf": thief.field(page, "csrf"), "user": "quanly", "password": "x"})
    assert shown.status_code == 429
    assert "Vui lòng thử lại sau" in shown.text


def test_signing_in_stands_in_the_journal_without_leaving_the_office(office: WebOffice, stranger: Browser) -> None:
    Browser(office).sign_in("quanly")
    events = stranger.get("/api/v1/events?limit=1000").get_json()["events"]
    assert events[-1]["event"] == "private"
    assert set(events[-1]) == {"epoch", "seq", "at", "event"}


def test_a_session_of_somebody_who_left_the_settings_is_worth_nothing(office: WebOffice) -> None:
    house = office.app.extensions["motcua"]
    session = house.sessions.begin("left-last-year", "head", "127.0.0.1")
    browser = Browser(office)
    browser.client.set_cookie("motcua-session", session.key, domain="127.0.0.1")
    assert browser.get("/stats").status_code == 303


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"user":"quanly"}', b'{"user":1,"password":2}',
                                  b'{"user":"quanly","password":null}', b'{"user":"\\ud800","password":"demo"}',
                                  b'{"user":"quanly","password":"\\udc00"}', b"[" * 9000 + b"]" * 9000,
                                  b'{"user":"quanly","password":1' + b"0" * 5000 + b"}"])
def test_what_is_no_name_and_password_is_the_senders_fault(stranger: Browser, body: bytes) -> None:
    answer = stranger.post("/api/v1/session", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_however_many_try_at_once_two_threads_pay_for_the_passwords(office: WebOffice) -> None:
    """Each keeps the tens of MB that one check takes, also when it is over."""
    before = set(threading.enumerate())
    tries = [threading.Thread(target=_form, args=(Browser(office, f"10.0.0.{n}"), f"nobody-{n}", "wrong"))
             for n in range(6)]
    for one in tries:
        one.start()
    for one in tries:
        one.join()
    assert 1 <= len(set(threading.enumerate()) - before) <= 2
