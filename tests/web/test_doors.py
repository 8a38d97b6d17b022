"""Who may open what: every route, every role, every method."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from flask import Flask

from hub.web.doors import UndeclaredDoor, Who, check, door, door_of
from hub.web.limits import Limits
from hub.web.sessions import Session
from tests.web.office import Browser, WebOffice

# The whole table; a new route is written here or this file fails.
TABLE: dict[tuple[str, str], Who] = {
    ("GET", "/"): Who.PUBLIC,
    ("GET", "/board"): Who.PUBLIC,
    ("GET", "/take"): Who.PUBLIC,
    ("POST", "/take"): Who.PUBLIC,
    ("GET", "/t/<code>"): Who.PUBLIC,
    ("POST", "/t/<code>/cancel"): Who.PUBLIC,
    ("POST", "/t/<code>/rate"): Who.PUBLIC,
    ("GET", "/r/<code>"): Who.PUBLIC,
    ("GET", "/rate/<int:n>"): Who.PUBLIC,
    ("POST", "/rate/<int:n>"): Who.PUBLIC,
    ("GET", "/rate/<int:n>/live"): Who.PUBLIC,
    ("GET", "/live"): Who.PUBLIC,
    ("GET", "/live/now"): Who.PUBLIC,
    ("GET", "/signin"): Who.PUBLIC,
    ("POST", "/signin"): Who.PUBLIC,
    ("POST", "/signout"): Who.STAFF,
    ("GET", "/counter"): Who.STAFF,
    ("GET", "/counter/<int:n>"): Who.STAFF,
    ("GET", "/counter/<int:n>/now"): Who.STAFF,
    ("GET", "/stats"): Who.STAFF,
    ("POST", "/api/v1/session"): Who.PUBLIC,
    ("DELETE", "/api/v1/session"): Who.STAFF,
    ("POST", "/api/v1/commands"): Who.STAFF,
    ("GET", "/api/v1/events"): Who.NEAR_IN_DEMO,
    ("GET", "/api/v1/openapi.json"): Who.PUBLIC,
    ("GET", "/healthz"): Who.PUBLIC,
    ("GET", "/metrics"): Who.NEAR,
    ("GET", "/static/tokens.css"): Who.PUBLIC,
    ("GET", "/static/<path:name>"): Who.PUBLIC,
    ("GET", "/favicon.ico"): Who.PUBLIC,
    ("GET", "/robots.txt"): Who.PUBLIC,
}
STREAMS = ("/live", "/rate/<int:n>/live")
FAR = "192.0.2.7"
_hours = itertools.count()


def test_an_app_with_a_route_of_nobodys_does_not_start() -> None:
    app = Flask("bare", static_folder=None)
    app.add_url_rule("/secret", view_func=lambda: "x", endpoint="secret")
    with pytest.raises(UndeclaredDoor, match="/secret"):
        check(app)
    app.view_functions["secret"] = door(Who.HEAD)(lambda: "x")
    check(app)


def test_the_table_has_every_route_and_nothing_else(office: WebOffice) -> None:
    found = {}
    for rule in office.app.url_map.iter_rules():
        declared = door_of(office.app, rule.endpoint)
        assert declared
        for method in rule.methods - {"HEAD"}:
            found[method, str(rule)] = declared.who
    assert found == TABLE


def _path(rule: str) -> str:
    return (rule.replace("<int:n>", "1").replace("<code>", "abcdefghij234567")
            .replace("<path:name>", "pages.css"))


def _lets_in(browser: Browser, method: str, rule: str) -> bool:
    answer = browser.request(method, _path(rule), headers={"X-CSRF-Token": browser.csrf},
                             buffered=rule not in STREAMS)
    answer.close()
    if (method, rule) == ("POST", "/signin"):
        return answer.status_code in (401, 403)     # let in, and told what is wrong with the form
    refused = answer.status_code == 401 or (
        answer.status_code == 303 and answer.headers["Location"].startswith("/signin"))
    return not refused


@pytest.mark.parametrize(("method", "rule"), sorted(TABLE))
@pytest.mark.parametrize("role", ["nobody", "clerk", "head"])
@pytest.mark.parametrize("address", ["127.0.0.1", FAR])
def test_each_route_lets_in_whom_the_table_says(
    shared_browsers: dict[tuple[str, str], Browser], method: str, rule: str, role: str, address: str,
) -> None:
    who = TABLE[method, rule]
    near = address == "127.0.0.1"
    allowed = (
        who is Who.PUBLIC or role == "head" or (role == "clerk" and who is not Who.HEAD)
        or (near and who in (Who.NEAR, Who.NEAR_IN_DEMO)))
    assert _lets_in(shared_browsers[role, address], method, rule) == allowed


@pytest.mark.parametrize(("method", "rule"), sorted(k for k in TABLE if k[0] != "GET"))
def test_nothing_changes_without_a_form_token_or_from_a_foreign_page(
    shared_browsers: dict[tuple[str, str], Browser], method: str, rule: str,
) -> None:
    browser = shared_browsers["clerk", "127.0.0.1"]
    session_api = (method, rule) == ("POST", "/api/v1/session")
    bare = browser.request(method, _path(rule), data={"x": "1"})
    assert bare.status_code == (400 if session_api else 403)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-site"}):
        foreign = browser.request(method, _path(rule), json={"user": "quanly", "password": "demo"},
                                  headers={"X-CSRF-Token": browser.csrf, **headers})
        assert foreign.status_code == 403, headers


def test_no_route_answers_options_or_trace(shared_browsers: dict[tuple[str, str], Browser]) -> None:
    for _, rule in TABLE:
        for method in ("OPTIONS", "TRACE", "PUT", "PATCH"):
            answer = shared_browsers["nobody", "127.0.0.1"].request(method, _path(rule))
            assert answer.status_code == 405, (method, rule)


@pytest.fixture(scope="module")
def shared_browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Browser]]:
    """Browsers by role and address, in one office for the whole table."""
    office = WebOffice(tmp_path_factory.mktemp("doors")).start()
    house = office.app.extensions["motcua"]

    class Everlasting(Browser):
        """A browser that is signed in anew before each request: some of them sign it out."""

        role = "nobody"

        def request(self, method: str, path: str, **kwargs: object) -> object:
            if self.role != "nobody":
                user = {"clerk": "can-bo-1", "head": "quanly"}[self.role]
                session: Session = house.sessions.begin(user, self.role, self.address)
                self.client.set_cookie("motcua-session", session.key, domain="127.0.0.1")
                token = house.sessions.form_token(session.key)
                headers = kwargs.setdefault("headers", {})
                assert isinstance(headers, dict)
                if "X-CSRF-Token" in headers:
                    headers["X-CSRF-Token"] = token
            return super().request(method, path, **kwargs)

    browsers: dict[tuple[str, str], Browser] = {}
    for address in ("127.0.0.1", FAR):
        for role in ("nobody", "clerk", "head"):
            browser = Everlasting(office, address)
            browser.role = role
            browsers[role, address] = browser
    # What counts floods must not decide here: an hour goes by between two requests.
    house.limits = Limits(clock=lambda: 3600.0 * next(_hours))
    yield browsers
    office.stop()
