"""The clerk's desk, the tablet and the manager's figures, as the server draws and answers them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.office import Browser, WebOffice, demo_settings


def _now(browser: Browser, n: int = 1) -> dict[str, Any]:
    told: dict[str, Any] = browser.get(f"/counter/{n}/now").get_json()
    return told


def test_a_clerk_chooses_a_counter_and_then_goes_on_there(office: WebOffice, clerk: Browser) -> None:
    page = clerk.get("/counter").text
    assert page.count("Chưa có người") == 3
    clerk.command("open-counter", counter=2)
    assert clerk.get("/counter").headers["Location"] == "/counter/2"
    assert "Quầy của tôi" in clerk.get("/counter?choose=1").text


def test_others_see_who_holds_a_counter_by_name(office: WebOffice, clerk: Browser, head: Browser) -> None:
    clerk.command("open-counter", counter=2)
    assert "Cán bộ 1 đang giữ" in head.get("/counter").text
    assert _now(head, 2)["clerk_name"] == "Cán bộ 1"


def test_the_desk_tells_who_is_next_who_waits_and_who_missed(office: WebOffice, clerk: Browser) -> None:
    clerk.command("open-counter", counter=1)
    office.take("chung-thuc")
    office.take("ho-tich")
    urgent = office.take("dat-dai", lane="priority")
    told = _now(clerk)
    assert (told["next"], told["next_lane"], told["mine"]) == (urgent["number"], "priority", True)
    assert told["waiting"]["ho-tich"] == 1
    called = office.call(1)
    assert called["number"] == urgent["number"]
    told = _now(clerk)
    assert told["times"] == 1
    assert told["since_ms"] > 0
    office.send("no-show", counter=1)
    assert [m["number"] for m in _now(clerk)["missed"]] == [urgent["number"]]
    assert clerk.command("restore", ticket=called["id"]).status_code == 200
    assert _now(clerk)["missed"] == []


def test_a_counter_of_nobodys_is_not_a_clerks_but_is_a_heads(
    office: WebOffice, clerk: Browser, head: Browser,
) -> None:
    assert _now(clerk)["mine"] is False
    assert _now(head)["mine"] is True


@pytest.mark.parametrize("path", ["/counter/99", "/counter/99/now"])
def test_a_counter_that_is_not_there_is_not_found(clerk: Browser, path: str) -> None:
    assert clerk.get(path).status_code == 404


def test_an_offices_own_outcome_has_its_own_word(new_office) -> None:
    site = demo_settings().site
    office = new_office(demo_settings(outcomes=(*site.outcomes, "sent-home"),
                                      code_names={"sent-home": {"vi": "Hẹn ngày khác", "en": "Another day"}}))
    browser = Browser(office)
    browser.sign_in("can-bo-1")
    assert "Hẹn ngày khác" in browser.get("/counter/1").text
    assert "Another day" in browser.get("/counter/1?lang=en").text


# -- the tablet ------------------------------------------------------------------------------------

def _tablet(office: WebOffice, n: int = 1) -> Browser:
    browser = Browser(office)
    page = browser.get(f"/rate/{n}").text
    browser.csrf = page.split('data-csrf="', 1)[1].split('"', 1)[0]
    return browser


def _rate(browser: Browser, n: int = 1, **told: Any) -> Any:
    return browser.post(f"/rate/{n}", data=json.dumps({"id": "tablet-id-0001", **told}),
                        content_type="application/json", headers={"X-CSRF-Token": browser.csrf})


def test_the_tablet_rates_the_visit_of_its_counter_as_its_device(office: WebOffice) -> None:
    ticket = office.serve_one(1)
    tablet = _tablet(office)
    answer = _rate(tablet, ticket=ticket["id"], score=2, reasons=["impolite", "x", "long-wait", "other", "no-seats"])
    assert answer.get_json()["counted"] is True
    events = tablet.get("/api/v1/events?limit=1000").get_json()["events"]
    rated = next(e for e in events if e["event"] == "visit-rated")
    assert (rated["device"], rated["score"]) == ("tablet-1", 2)
    assert "reasons" not in rated


def test_the_same_rating_sent_again_is_one_and_another_is_refused(office: WebOffice) -> None:
    ticket, tablet = office.serve_one(1), _tablet(office)
    first, again = (_rate(tablet, ticket=ticket["id"], score=5) for _ in range(2))
    assert first.data == again.data
    other = _rate(tablet, id="tablet-id-0002", ticket=ticket["id"], score=1)
    assert (other.status_code, other.get_json()["refusal"]) == (409, "already-rated")


def test_a_tablet_can_not_rate_the_visit_of_another_counter(office: WebOffice) -> None:
    ticket = office.serve_one(2)
    answer = _rate(_tablet(office, 1), ticket=ticket["id"], score=1)
    assert answer.get_json()["refusal"] == "not-allowed"


def test_a_tablet_can_do_nothing_but_rate(office: WebOffice) -> None:
    tablet = _tablet(office)
    ticket = office.take()
    answer = _rate(tablet, command="cancel-ticket", ticket=ticket["id"], score=5, counter=2)
    assert answer.get_json()["refusal"] in ("not-finished", "not-allowed")
    assert tablet.post("/api/v1/commands", json={"id": "tablet-id-9", "command": "call-next", "counter": 1},
                       headers={"X-CSRF-Token": tablet.csrf}).status_code == 401


def test_the_reasons_and_scores_are_those_of_the_catalogue(office: WebOffice, stranger: Browser) -> None:
    page = stranger.get("/rate/1").text
    for text in ("Rất hài lòng", "Không hài lòng", "Bị gợi ý đưa thêm tiền", "Không ghi họ tên."):
        assert text in page
    assert stranger.get("/rate/4").status_code == 404


# -- the figures -----------------------------------------------------------------------------------

def test_an_empty_day_says_that_nothing_is_known_yet(head: Browser) -> None:
    page = head.get("/stats").text
    assert "Chưa có dữ liệu" in page
    assert "0 %" not in page


def test_the_figures_are_those_of_the_day(office: WebOffice, head: Browser) -> None:
    for score in (5, 5, 4, 4, 2):
        office.take("ho-tich")
        office.pass_time(12 * 60)
        office.call(1)
        office.pass_time(5 * 60)
        office.send("finish", counter=1)
        office.send("rate", counter=1, score=score)
    late = office.take("dat-dai", lane="priority")
    office.pass_time(31 * 60)
    page = head.get("/stats").text
    for text in ("12 phút", "80 %", "n = 5", "khoảng tin cậy 95 %: 38 % – 96 %", late["number"], "đã chờ 31 phút",
                 "1 người đang chờ quá thời gian mục tiêu", "trong đó 1 ưu tiên", "5 trên 5 lượt đã đánh giá"):
        assert text in page, text
    english = head.get("/stats?lang=en").text
    assert "95 % interval: 38 % – 96 %" in english


def test_too_few_ratings_make_no_share(office: WebOffice, head: Browser) -> None:
    office.serve_one()
    office.send("rate", counter=1, score=5)
    page = head.get("/stats").text
    assert "n = 1, chưa đủ để tính tỷ lệ" in page
    assert "100 %" not in page


def test_what_needs_a_look_is_told_in_words(office: WebOffice, head: Browser) -> None:
    assert "Thiết bị chưa kết nối từ khi máy chủ chạy: kiosk-1" in head.get("/stats").text
    for device, status in {
        "kiosk-1": {"online": False, "role": "kiosk"},
        "printer-1": {"online": True, "role": "printer", "health": {"paper": "out"}},
        "tv-1": {"online": True, "role": "tv", "health": ["odd"]},
        "tablet-1": ["odd"],
    }.items():
        office.live.put(f"device/{device}/status", json.dumps(status).encode())
    office.live.put("device/counter-1/status", b"\xff{")
    page = head.get("/stats").text
    assert "Thiết bị mất liên lạc: kiosk-1" in page
    assert "Hết giấy in: printer-1" in page


def test_a_clock_that_was_put_right_is_told(office: WebOffice, head: Browser) -> None:
    from hub.queueing.events import ClockAdjusted

    office.loop.note(ClockAdjusted(step_s=-90.0))
    assert "Đồng hồ máy chủ đã được chỉnh hôm nay: -90 giây" in head.get("/stats").text


@pytest.mark.parametrize("status", [b"[" * 9000, b'{"a":' * 3000 + b"1" + b"}" * 3000, b"\xff", b'{"a":"\xff"}',
                                    b'{"online":1' + b"0" * 5000 + b"}"])
def test_a_device_that_says_nonsense_hides_no_other(office: WebOffice, head: Browser, status: bytes) -> None:
    office.live.put("device/counter-1/status", status)
    office.live.put("device/kiosk-1/status", b'{"online":false,"role":"kiosk"}')
    assert "Thiết bị mất liên lạc: kiosk-1" in head.get("/stats").text


@pytest.mark.parametrize("body", [
    b"", b"[]", b'{"id":' + b"[" * 7000, b'{"id":"tablet-id-1","ticket":"\\ud800","score":1}',
    b'{"id":"tablet-id-1","ticket":"x","score":NaN}', b"x" * 20_000])
def test_what_is_no_rating_is_the_tablets_fault(office: WebOffice, body: bytes) -> None:
    tablet = _tablet(office)
    answer = tablet.post("/rate/1", data=body, content_type="application/json", headers={"X-CSRF-Token": tablet.csrf})
    assert answer.status_code == 400
