"""wire.md, HTTP, served by the hub."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.desk import Answer, Desk
from tests.contract.line import new_id
from tests.contract.office import ANYONE, PASSWORD, Office

pytestmark = pytest.mark.contract

REDIRECTS = (301, 302, 303, 307, 308)


def _taken(office: Office, answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer
    reply: dict[str, Any] = answer.json()
    office.issued.add(reply["ticket"]["id"])
    return reply


# -- pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/board"])
def test_where_to_go_and_the_board_need_no_sign_in(office: Office, path: str) -> None:
    """HTTP: '/', '/board': '(all but / and /board signed in)'."""
    answer = office.stranger().get(path)
    assert answer.status == 200, answer
    assert answer.header("Content-Type").startswith("text/html")


@pytest.mark.parametrize(("path", "user"), [("/counter", "can-bo-1"), ("/stats", "quanly")])
def test_the_pages_of_staff_need_a_sign_in(office: Office, path: str, user: str) -> None:
    """HTTP: /counter, /stats: signed in. What the unsigned get is not said; a refusal or a redirect passes."""
    answer = office.stranger().get(path)
    assert answer.status in (401, 403, *REDIRECTS), answer
    assert office.desk(user).get(path).status == 200


# -- session ----------------------------------------------------------------------------------------


def test_signing_in_sets_the_cookie_and_returns_the_csrf_token(office: Office) -> None:
    """HTTP: 'POST /api/v1/session {"user", "password"} sets the cookie, returns {"csrf"}'."""
    desk = Desk(office.ready["http"])
    answer = desk.sign_in("can-bo-2", PASSWORD)
    assert answer.status == 200
    assert isinstance(answer.json()["csrf"], str)
    assert answer.json()["csrf"]
    assert desk.cookies


def test_a_wrong_password_signs_nobody_in(office: Office) -> None:
    """HTTP: POST /api/v1/session: without the right password there is no csrf, and no right to command."""
    desk = Desk(office.ready["http"])
    for user, password in (("quanly", "not-it"), ("nobody-at-all", PASSWORD)):
        answer = desk.sign_in(user, password)
        assert 400 <= answer.status < 500, answer
        assert b'"csrf"' not in answer.body
    assert desk.command("take-ticket", service="dat-dai").status == 401


def test_signing_out_ends_the_session(office: Office) -> None:
    """HTTP: 'DELETE signs out': the same cookie and token command nothing any more."""
    desk = Desk(office.ready["http"])
    assert desk.sign_in("can-bo-3", PASSWORD).status == 200
    cookies = dict(desk.cookies)
    _taken(office, desk.command("take-ticket", service="dat-dai"))
    assert desk.send("DELETE", "/api/v1/session").status in (200, 204)
    desk.cookies = cookies
    before = office.last()
    assert desk.command("take-ticket", service="dat-dai").status == 401
    office.nothing_since(before)


def test_a_signed_in_command_without_the_csrf_token_is_not_obeyed(office: Office, head: Desk) -> None:
    """HTTP: the csrf is 'to be sent as X-CSRF-Token'. The status is not said; any refusal passes."""
    before = office.last()
    body = {"id": new_id(), "command": "take-ticket", "service": "dat-dai"}
    answer = head.post("/api/v1/commands", body, csrf=False)
    assert 400 <= answer.status < 500, answer
    forged = Desk(office.ready["http"])
    forged.cookies, forged.csrf = dict(head.cookies), "not-the-token"
    assert 400 <= forged.post("/api/v1/commands", body).status < 500
    office.nothing_since(before)


# -- commands ---------------------------------------------------------------------------------------


def test_a_command_of_a_signed_in_page_gets_the_same_reply_with_200(office: Office, head: Desk) -> None:
    """HTTP: 'POST /api/v1/commands: the same envelope and reply; signed in. 200'."""
    id_ = new_id()
    reply = _taken(office, head.command("take-ticket", id=id_, service="dat-dai", channel="desk"))
    assert (reply["id"], reply["ok"]) == (id_, True)
    laws.check_ticket(reply["ticket"])


def test_an_unsigned_command_is_401(office: Office) -> None:
    """HTTP: 'unsigned 401'."""
    before = office.last()
    assert office.stranger().command("take-ticket", service="dat-dai").status == 401
    office.nothing_since(before)


@pytest.mark.parametrize(
    ("refusal", "command", "fields"),
    [
        ("counter-idle", "finish", {"counter": 1}),
        ("unknown-service", "take-ticket", {"service": "khong-co"}),
        ("bad-message", "take-ticket", {}),
        ("not-supported", "walk-up", {"counter": 1}),
        ("not-allowed", "rate", {"counter": 1, "score": 5}),
    ],
    ids=["state", "unknown", "fields", "known command", "role"],
)
def test_a_refusal_is_409_with_the_same_reply(
    office: Office, head: Desk, refusal: str, command: str, fields: dict[str, Any]
) -> None:
    """HTTP: 'refusals 409'."""
    before, id_ = office.last(), new_id()
    answer = head.command(command, id=id_, **fields)
    assert answer.status == 409, answer
    laws.check_refusal(answer.json(), refusal)
    assert answer.json()["id"] == id_
    office.nothing_since(before)


@pytest.mark.parametrize("body", [b"{nonsense", b"[]", b'{"id": "short", "command": "recall", "counter": 1}'])
def test_an_unusable_envelope_is_409_with_id_null(office: Office, head: Desk, body: bytes) -> None:
    """HTTP: 'the same envelope and reply'; Commands: no usable id is answered with "id": null."""
    answer = head.post("/api/v1/commands", body)
    assert answer.status == 409, answer
    laws.check_refusal(answer.json(), "bad-message")
    assert answer.json()["id"] is None


def test_a_body_over_16_kib_is_413(office: Office, head: Desk) -> None:
    """HTTP: 'too large 413'."""
    before = office.last()
    answer = head.command("take-ticket", service="dat-dai", padding="x" * 16 * 1024)
    assert answer.status == 413, answer
    office.nothing_since(before)


def test_a_signed_in_page_sends_as_device_web(office: Office, head: Desk, clerk: Desk) -> None:
    """HTTP: 'Signed-in pages send as device web': the event names it, and the id is one device's for all pages."""
    before, id_ = office.last(), new_id()
    first = _taken(office, head.command("take-ticket", id=id_, service="dat-dai"))
    (event,) = office.since(before)
    assert event.get("device", "web") == "web"
    assert clerk.command("take-ticket", id=id_, service="dat-dai").json() == first


def test_a_form_sent_twice_is_one_command(office: Office, head: Desk) -> None:
    """HTTP: 'with a command id made when the form is drawn'; Delivery rule 2: accepted and refused alike."""
    before, id_ = office.last(), new_id()
    answers = [head.command("take-ticket", id=id_, service="dat-dai") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    replies = [_taken(office, answer) for answer in answers]
    assert replies[0] == replies[1] == replies[2]
    assert len(office.since(before)) == 1
    refused = new_id()
    once, twice = (head.command("finish", id=refused, counter=1) for _ in range(2))
    assert (once.status, once.json()) == (409, twice.json())
    assert twice.status == 409


def test_a_page_and_a_device_work_on_the_same_office(office: Office, head: Desk) -> None:
    """HTTP and MQTT are two doors of one hall: what one does the other sees."""
    ticket = _taken(office, head.command("take-ticket", service="kinh-te"))["ticket"]
    assert office.ok("call-next", via="counter-1", counter=1, at_counter=None)["ticket"]["id"] == ticket["id"]
    assert head.command("finish", counter=1, at_counter=ticket["id"]).status == 200
    office.line.state("state/counter/1", lambda s: s["stage"] == "idle" and s["last"]["id"] == ticket["id"])


# -- the events API ---------------------------------------------------------------------------------


def test_the_events_api_is_open_on_loopback_in_the_demo(office: Office, head: Desk) -> None:
    """HTTP: GET /api/v1/events: 'signed in, open on loopback in the demo'."""
    for desk in (office.stranger(), head):
        answer = desk.get("/api/v1/events?after=0&limit=5")
        assert answer.status == 200, answer
        page = laws.has(answer.json(), ("epoch", "events", "last"), "the events API")
        assert page["epoch"] == office.line.state("hub/status", lambda s: s["online"])["epoch"]
        assert len(page["events"]) <= 5


def test_the_events_api_pages_with_after_and_limit(office: Office) -> None:
    """HTTP: 'after=<seq>&limit=<≤1000>': only later seqs, in order, at most `limit`."""
    after = office.last()
    for _ in range(5):
        office.take()
    assert [event["seq"] for event in office.page(after, 2)["events"]] == [after + 1, after + 2]
    assert [event["seq"] for event in office.page(after + 2, 1000)["events"]] == [after + 3, after + 4, after + 5]


def test_last_is_the_newest_seq_of_the_journal(office: Office) -> None:
    """HTTP: '`last` being the journal's newest seq', whatever was asked for."""
    before = office.last()
    office.take()
    assert office.page(0, 1)["last"] == before + 1
    page = office.page(before + 1)
    assert (page["events"], page["last"]) == ([], before + 1)


def test_the_events_api_tells_events_as_the_contract_does(office: Office) -> None:
    """Events: the envelope {epoch, seq, at, event}, for the whole journal."""
    office.finished()
    for event in office.since(0):
        laws.has(event, ("epoch", "seq", "at", "event"), "an event")
        assert laws.is_time(event["at"])
        laws.check_private("/api/v1/events", event, json.dumps(event, ensure_ascii=False), office.secrets)


# -- the rest ---------------------------------------------------------------------------------------


def test_openapi_describes_the_api(office: Office) -> None:
    """HTTP: /api/v1/openapi.json 'as named': a description of the paths of this page."""
    answer = office.stranger().get("/api/v1/openapi.json")
    assert answer.status == 200, answer
    found = laws.has(answer.json(), ("openapi", "info", "paths"), "openapi.json")
    assert found["openapi"].startswith("3.")
    assert {"/api/v1/session", "/api/v1/commands", "/api/v1/events"} <= set(found["paths"])


def test_healthz_names_the_pid_of_the_hub(office: Office) -> None:
    """HTTP: '/healthz includes the hub's pid', that of the ready line."""
    answer = office.stranger().get("/healthz")
    assert answer.status == 200, answer
    assert answer.json()["pid"] == office.ready["pids"]["hub"]


def test_metrics_are_there_to_be_scraped(office: Office) -> None:
    """HTTP: /metrics 'as named': the Prometheus text format."""
    office.take(via=ANYONE)
    answer = office.stranger().get("/metrics")
    assert answer.status == 200, answer
    assert answer.header("Content-Type").startswith("text/plain")
    assert b"# TYPE " in answer.body
