"""The open interface: commands, events, its own description; and what machines watch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from hub.web import contract
from tests.web.office import Browser, WebOffice

ROOT = Path(__file__).resolve().parents[2]


def test_a_command_gets_the_wires_reply(office: WebOffice, clerk: Browser) -> None:
    answer = clerk.command("take-ticket", service="ho-tich")
    assert answer.status_code == 200
    assert answer.get_json()["ticket"]["number"] == "B001"


def test_a_refusal_is_409_with_the_reason_in_words(clerk: Browser) -> None:
    answer = clerk.command("take-ticket", service="khong-co")
    assert answer.status_code == 409
    told = answer.get_json()
    assert (told["ok"], told["refusal"]) == (False, "unknown-service")
    assert "khong-co" in told["message"]["vi"]


def test_the_same_id_is_done_once(office: WebOffice, clerk: Browser) -> None:
    first = clerk.command("take-ticket", service="ho-tich", id="same-id-0001")
    again = clerk.command("take-ticket", service="ho-tich", id="same-id-0001")
    assert first.data == again.data
    assert len(office.loop.ask(lambda floor: list(floor.tickets))) == 1


def test_a_clerk_works_only_at_the_counter_they_hold(office: WebOffice, clerk: Browser, head: Browser) -> None:
    office.take()
    assert clerk.command("call-next", counter=2).get_json()["refusal"] == "not-allowed"
    assert clerk.command("open-counter", counter=2).status_code == 200
    assert clerk.command("call-next", counter=2).status_code == 200
    assert clerk.command("call-next", counter=3).get_json()["refusal"] == "not-allowed"
    office.take()
    assert head.command("call-next", counter=3).status_code == 200


def test_what_is_too_large_is_413_with_a_refusal(clerk: Browser) -> None:
    answer = clerk.command("take-ticket", service="ho-tich", procedure="x" * 17_000)
    assert answer.status_code == 413
    assert answer.get_json()["refusal"] == "too-large"
    assert answer.get_json()["id"] is None


@pytest.mark.parametrize("body", [
    b"", b"[]", b"null", b"{", b"\xff", b'{"command":"recall"}', b'{"id":"x"}', b'{"id":5}'])
def test_what_is_no_command_is_a_bad_message_each_time(clerk: Browser, body: bytes) -> None:
    for _ in range(3):
        answer = clerk.post("/api/v1/commands", data=body, content_type="application/json",
                            headers={"X-CSRF-Token": clerk.csrf})
        assert answer.status_code == 409
        assert answer.get_json()["refusal"] == "bad-message"


def test_without_a_session_it_is_401_and_with_a_wrong_token_403(office: WebOffice, clerk: Browser) -> None:
    assert Browser(office).command("take-ticket", service="ho-tich").status_code == 401
    assert clerk.command("take-ticket", service="ho-tich", csrf="").status_code == 403
    assert clerk.command("take-ticket", service="ho-tich", csrf="0" * 64).status_code == 403


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats() | st.text(max_size=20)
    | st.sampled_from(["ho-tich", "A001", "\u202e", "a\u0301" * 50, "\u200b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6)
_FIELDS = ("command", "service", "counter", "ticket", "score", "lane", "beat", "outcome", "at_counter", "reasons",
           "comment", "clerk", "services", "by")
_COMMANDS = st.fixed_dictionaries(
    {"id": st.text(alphabet="abcdef0123456789", min_size=8, max_size=20)}, optional=dict.fromkeys(_FIELDS, _JSON))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_COMMANDS, command=st.sampled_from(sorted(contract.commands.ALL)))
def test_whatever_a_signed_in_program_sends_gets_a_reply(clerk: Browser, body: dict[str, object], command: str) -> None:
    body = {"command": command, **body}
    answer = clerk.post("/api/v1/commands", data=json.dumps(body), content_type="application/json",
                        headers={"X-CSRF-Token": clerk.csrf})
    assert answer.status_code in (200, 409), answer.text
    told = answer.get_json()
    assert told["ok"] is (answer.status_code == 200)


def test_events_come_as_published_in_order_and_without_a_gap(office: WebOffice, stranger: Browser) -> None:
    office.serve_one()
    told = stranger.get("/api/v1/events?after=0&limit=1000").get_json()
    assert [e["seq"] for e in told["events"]] == list(range(1, told["last"] + 1))
    part = stranger.get("/api/v1/events?after=2&limit=2").get_json()
    assert [e["seq"] for e in part["events"]] == [3, 4]
    assert part["last"] == told["last"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=", "limit=1e3", "after=9" + "9" * 30])
def test_a_strange_place_in_the_journal_is_the_askers_fault(stranger: Browser, query: str) -> None:
    assert stranger.get(f"/api/v1/events?{query}").status_code == 400


def test_events_are_for_signed_in_people_where_it_is_no_demo(new_office) -> None:
    from tests.web.office import demo_settings
    office = new_office(demo_settings(demo=False))
    assert Browser(office).get("/api/v1/events").status_code == 401
    signed_in = Browser(office)
    signed_in.sign_in("quanly")
    assert signed_in.get("/api/v1/events").status_code == 200


def test_the_description_of_the_interface_is_current_and_valid(stranger: Browser) -> None:
    committed = (ROOT / "docs" / "openapi.json").read_text("utf-8")
    assert committed == contract.text(), "run: python -m hub.web.contract > docs/openapi.json"
    validate(json.loads(committed))
    assert stranger.get("/api/v1/openapi.json").get_json() == json.loads(committed)


def test_the_description_names_every_route_of_the_interface(office: WebOffice) -> None:
    described = {(method.upper(), path) for path, ways in contract.openapi()["paths"].items() for method in ways}
    served = {(method, str(rule)) for rule in office.app.url_map.iter_rules() for method in rule.methods - {"HEAD"}
              if str(rule).startswith("/api/")}
    assert {(m, p) for m, p in described if p.startswith("/api/")} == served - {("GET", "/api/v1/openapi.json")}


def test_a_well_hub_says_so_and_names_its_pid(office: WebOffice, stranger: Browser) -> None:
    answer = stranger.get("/healthz")
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["ok"], told["pid"], told["broker"], told["site"]) == (True, 4711, True, "trung-tu")
    assert told["beat"] >= 1


def test_a_hub_without_a_fresh_beat_is_not_well(office: WebOffice, stranger: Browser) -> None:
    from hub.web.live import Live

    office.silence()
    office.app.extensions["motcua"].live = Live()
    assert stranger.get("/healthz").status_code == 503


def test_the_figures_for_graphs_tell_tickets_commands_and_the_beat(office: WebOffice, stranger: Browser) -> None:
    office.serve_one()
    office.take("ho-tich")
    text = stranger.get("/metrics").text
    assert 'motcua_tickets{service="chung-thuc",state="finished"} 1.0' in text
    assert 'motcua_tickets{service="ho-tich",state="waiting"} 1.0' in text
    assert 'motcua_commands_total{command="take-ticket",result="ok"} 2.0' in text
    assert "motcua_calls_total 1.0" in text
    assert 'version="0.1.0"' in text
    assert "motcua_beat_age_seconds" in text
