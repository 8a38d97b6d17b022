"""A number by phone, and following it to the end."""

from __future__ import annotations

import re

import pytest

from tests.web.office import Browser, WebOffice


def _take(browser: Browser, service: str = "ho-tich", form_id: str = "") -> str:
    """Take a number; the path of its page."""
    page = browser.get("/take").text
    answer = browser.post("/take", data={"csrf": browser.field(page, "csrf"), "service": service,
                                         "id": form_id or browser.field(page, "id")})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def _fields(browser: Browser, page: str, nth: int = 0) -> dict[str, str]:
    ids = re.findall(r'name="id" value="([^"]+)"', page)
    return {"csrf": browser.field(page, "csrf"), "id": ids[nth]}


def test_the_tiles_show_plain_words_examples_letter_and_who_waits(office: WebOffice, stranger: Browser) -> None:
    office.take("ho-tich")
    office.take("ho-tich")
    office.state("state/services")
    page = stranger.get("/take").text
    for text in ("Khai sinh, khai tử, kết hôn", "Hộ tịch", "Giấy khai sinh", ">B<", "2 người đang chờ", "Không ai chờ",
                 "Người được ưu tiên được gọi trước"):
        assert text in page
    assert "Births, deaths, marriages" in stranger.get("/take?lang=en").text


def test_a_touch_gives_a_number_and_leads_to_its_page(office: WebOffice, stranger: Browser) -> None:
    path = _take(stranger)
    assert re.fullmatch(r"/t/[a-z2-7]{16,}", path)
    page = stranger.get(path)
    assert "B001" in page.text
    assert "Số này sẽ được gọi tiếp theo." in page.text
    ticket = office.loop.ask(lambda floor: next(iter(floor.tickets.values())))
    assert (ticket.device, ticket.service) == ("web", "ho-tich")


def test_a_form_that_is_sent_twice_gives_one_number(office: WebOffice, stranger: Browser) -> None:
    assert _take(stranger, form_id="form-id-0001") == _take(stranger, form_id="form-id-0001")
    assert len(office.loop.ask(lambda floor: list(floor.tickets))) == 1


def test_going_back_and_choosing_another_service_is_another_wish(stranger: Browser) -> None:
    first = _take(stranger, "ho-tich", form_id="form-id-0001")
    assert _take(stranger, "dat-dai", form_id="form-id-0001") != first


@pytest.mark.parametrize(("service", "status"), [
    ("khong-co", 409), ("", 409), ("a" * 33, 400), ("<script>", 409), ("Ố", 409), ("a b/c", 409)])
def test_a_service_that_is_none_of_ours_is_refused_in_words(stranger: Browser, service: str, status: int) -> None:
    page = stranger.get("/take").text
    answer = stranger.post("/take", data={"csrf": stranger.field(page, "csrf"), "service": service,
                                          "id": stranger.field(page, "id")})
    assert answer.status_code == status
    assert "<script>" not in answer.text


def test_a_flood_of_one_address_is_stopped_and_others_go_on(office: WebOffice) -> None:
    flood, other = Browser(office, "10.0.0.66"), Browser(office, "10.0.0.7")
    page = flood.get("/take").text
    fields = {"csrf": flood.field(page, "csrf"), "service": "ho-tich"}
    statuses = [flood.post("/take", data={**fields, "id": f"flood-{n:04d}"}).status_code for n in range(25)]
    assert statuses[:20] == [303] * 20
    assert set(statuses[20:]) == {429}
    assert _take(other)


def test_the_page_tells_how_many_are_ahead_and_that_it_may_change(office: WebOffice, stranger: Browser) -> None:
    for _ in range(3):
        office.take("chung-thuc")
    page = stranger.get(_take(stranger)).text
    assert "Hiện còn 3 người chờ trước." in page
    assert "Người được ưu tiên có thể được gọi trước." in page
    assert "Trang này không báo được khi điện thoại tắt màn hình" in page


def test_the_address_is_told_to_nobody_and_found_by_no_search_engine(stranger: Browser) -> None:
    answer = stranger.get(_take(stranger))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in answer.text


def test_a_call_a_missed_call_and_a_restore_are_told(office: WebOffice, stranger: Browser) -> None:
    path = _take(stranger)
    called = office.call(3)
    assert "Mời đến quầy 3" in stranger.get(path).text
    office.send("no-show", counter=3)
    assert "xin báo cán bộ hướng dẫn".lower() in stranger.get(path).text.lower()
    office.send("restore", ticket=called["id"])
    assert "Số này sẽ được gọi tiếp theo." in stranger.get(path).text


def test_the_holder_can_cancel_and_nobody_else_is_touched(office: WebOffice, stranger: Browser) -> None:
    path, other = _take(stranger), office.take("ho-tich")
    page = stranger.get(path).text
    assert stranger.post(f"{path}/cancel", data=_fields(stranger, page)).status_code == 303
    assert "Số này đã được hủy." in stranger.get(path).text
    assert office.loop.ask(lambda floor: floor.tickets[other["id"]].state.value) == "waiting"


def test_cancelling_after_the_call_is_refused_in_words(office: WebOffice, stranger: Browser) -> None:
    path = _take(stranger)
    page = stranger.get(path).text
    office.call(1)
    answer = stranger.post(f"{path}/cancel", data=_fields(stranger, page))
    assert answer.status_code == 409
    assert "không còn trong hàng chờ" in answer.text


def test_the_holder_rates_once_after_the_visit(office: WebOffice, stranger: Browser) -> None:
    path = _take(stranger)
    assert "Rất hài lòng" not in stranger.get(path).text
    office.call(1)
    office.send("finish", counter=1)
    page = stranger.get(path).text
    assert "Ông/Bà có hài lòng với lần phục vụ vừa rồi không?" in page
    told = {**_fields(stranger, page), "score": "2", "reason": ["long-wait", "impolite", "other", "no-seats", "evil"]}
    assert stranger.post(f"{path}/rate", data=told).status_code == 303
    assert "Cảm ơn Ông/Bà đã góp ý." in stranger.get(path).text
    visit = office.app.extensions["motcua"].archive.visits(office.loop.ask(lambda floor: floor.day))[0]
    assert visit.score == 2
    again = stranger.post(f"{path}/rate", data={**told, "id": "another-id-1", "score": "5"})
    assert again.status_code == 409


@pytest.mark.parametrize("score", ["", "0", "6", "5.0", "x", "-1", "٥"])
def test_a_score_that_is_none_is_refused(office: WebOffice, stranger: Browser, score: str) -> None:
    path = _take(stranger)
    office.call(1)
    office.send("finish", counter=1)
    answer = stranger.post(f"{path}/rate", data={**_fields(stranger, stranger.get(path).text), "score": score})
    assert answer.status_code == 409


@pytest.mark.parametrize("code", [
    "short", "a" * 20, "../../etc/passwd", "%00" * 16, "0" * 16, "x" * 300, "'%20or%201=1--"])
def test_a_code_that_is_none_finds_nothing(stranger: Browser, code: str) -> None:
    assert stranger.get(f"/t/{code}").status_code == 404


def test_the_number_of_yesterday_is_told_as_over_and_can_still_be_rated(office: WebOffice, stranger: Browser) -> None:
    waits, served = _take(stranger), _take(stranger)
    first = office.call(1)
    second = office.call(1)
    office.send("no-show", counter=1)
    assert first and second
    office.pass_time(26 * 3600)
    assert "Số chỉ có giá trị trong ngày" in stranger.get(served).text
    page = stranger.get(waits).text
    assert "Gửi đánh giá" in page
    answer = stranger.post(f"{waits}/rate", data={**_fields(stranger, page), "score": "5"})
    assert answer.status_code == 303


def test_the_address_on_the_slip_leads_to_the_same_page(stranger: Browser) -> None:
    path = _take(stranger)
    assert stranger.get(path.replace("/t/", "/r/")).headers["Location"] == path


def test_nobody_is_led_to_the_number_of_another_by_its_form_or_its_command(
        office: WebOffice, stranger: Browser, clerk: Browser) -> None:
    page = _take(stranger, form_id="form-id-0001")
    events = clerk.get("/api/v1/events?limit=1000").get_json()["events"]
    told = next(e["command_id"] for e in events if e["event"] == "ticket-issued")
    other = Browser(office, "10.0.0.7")
    assert len({page, _take(other, form_id="form-id-0001"), _take(other, form_id=told[:24])}) == 3
    said = clerk.post("/api/v1/commands", json={"id": told, "command": "recall", "counter": 1},
                      headers={"X-CSRF-Token": clerk.csrf})
    assert page not in said.text
