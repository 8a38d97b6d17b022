"""What stands on the paper."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ticket_printer.office import HANOI, OFFICE, TRACK, ticket
from ticket_printer.slip import GLUE, QR, Cut, Mark, Number, Office, Text, _numbers, expected, slip_of
from ticket_printer.words import languages, words
from wire.messages import Wait

AT = datetime(2026, 11, 22, 8, 12, 31, tzinfo=HANOI)


def said(lines):
    return "\n".join(line.words for line in lines if isinstance(line, Text | Mark)).replace(GLUE, " ")


def test_a_slip_says_what_the_office_promises_in_its_own_words():
    text = said(slip_of(ticket(), OFFICE))
    for sentence in (
            "SỐ THỨ TỰ CỦA QUÝ ÔNG/BÀ", "Chứng thực", "Quầy: 1, 2", "Tầng 1", "Dự kiến được gọi: 08:20 – 08:40",
            "Hiện còn 6 người chờ trước.", "Người được ưu tiên có thể được gọi trước.",
            "Giờ lấy số: 08:12  22/11/2026", "Quét mã QR để theo dõi lượt",
            "Vui lòng giữ phiếu, theo dõi màn hình và loa gọi số.",
            "Phiếu chỉ có giá trị trong ngày 22/11/2026.",
            "Gọi 3 lần không có mặt, số sẽ tạm bỏ qua. Lỡ lượt, xin báo cán bộ hướng dẫn.",
            "Phiếu này không thay thế Giấy tiếp nhận hồ sơ và hẹn trả kết quả.",
            "Phản ánh, kiến nghị: 024 3852 4901"):
        assert sentence in text


def test_the_number_stands_alone_and_the_slip_ends_with_a_cut():
    lines = slip_of(ticket(number="A1000"), OFFICE)
    assert [line for line in lines if isinstance(line, Number)] == [Number("A1000")]
    assert isinstance(lines[-1], Cut)


def test_without_a_public_address_only_the_code_and_its_sentence_are_missing():
    with_it, without = slip_of(ticket(), OFFICE), slip_of(ticket(track=None), OFFICE)
    lost = [line for line in with_it if line not in without]
    assert lost == [QR(TRACK), Text("Quét mã QR để theo dõi lượt", "small")]


def test_an_address_that_no_phone_could_read_is_left_out():
    assert not any(isinstance(line, QR) for line in slip_of(ticket(track="https://x.vn/" + "a" * 400), OFFICE))


def test_priority_is_a_mark_and_promises_nobody_that_others_come_first():
    text = said(slip_of(ticket(lane="priority"), OFFICE))
    assert "ƯU TIÊN" in text and "có thể được gọi trước" not in text
    assert "ƯU TIÊN" not in said(slip_of(ticket(), OFFICE))


def test_where_everybody_is_called_in_order_nobody_is_told_otherwise():
    office = Office(names={"vi": "Xã"}, priority_first=False)
    assert "có thể được gọi trước" not in said(slip_of(ticket(), office))


def test_a_copy_is_marked_and_says_nothing_of_a_queue_that_has_moved():
    lines = slip_of(ticket(), OFFICE, copy=True)
    assert Mark("BẢN SAO") in lines
    assert "chờ trước" not in said(lines) and "Dự kiến" not in said(lines)
    assert "Hiện còn 6 người" in said(slip_of(ticket(), OFFICE, copy=True, at=AT))
    assert Mark("COPY") in slip_of(ticket(), OFFICE, copy=True, language="en")


def test_a_number_given_without_the_hub_says_nothing_of_people_it_can_not_know():
    text = said(slip_of(ticket(ahead=-1, lane="normal"), OFFICE))
    assert "-1" not in text
    assert "người chờ" not in text


@pytest.mark.parametrize("ahead, sentence", [
    (0, "Hiện không có ai chờ trước."), (1, "Hiện còn 1 người chờ trước."), (2, "Hiện còn 2 người chờ trước.")])
def test_the_people_ahead_are_counted_in_words(ahead, sentence):
    assert sentence in said(slip_of(ticket(ahead=ahead), OFFICE))


def test_without_enough_to_go_on_no_time_is_told():
    assert "Dự kiến" not in said(slip_of(ticket(wait=None), OFFICE))


def test_when_the_call_may_come_at_once_only_the_end_is_told():
    assert "Dự kiến được gọi: trước 08:20" in said(slip_of(ticket(wait=Wait(0, 100, 300)), OFFICE))


@pytest.mark.parametrize("zone, told", [
    ("tang-1", "Tầng 1"), ("khu-a", "Khu A"), ("hoang-hon", None), (None, None), ("tang-", None)])
def test_a_zone_is_told_in_words_or_not_at_all(zone, told):
    text = said(slip_of(ticket(zone=zone), OFFICE))
    assert (told in text) if told else (zone or "None") not in text


def test_an_office_may_name_its_zones_and_lanes():
    office = Office(names={"vi": "Xã"}, zones={"hoang-hon": {"vi": "Nhà kính"}},
                    lane_names={"priority": {"vi": "NGƯỜI CÓ CÔNG"}})
    text = said(slip_of(ticket(zone="hoang-hon", lane="priority"), office))
    assert "Nhà kính" in text and "NGƯỜI CÓ CÔNG" in text


def test_a_telephone_number_is_never_broken_between_lines():
    assert any(f"024{GLUE}3852{GLUE}4901" in line.words for line in slip_of(ticket(), OFFICE) if isinstance(line, Text))


def test_control_characters_never_reach_a_printer_as_commands():
    lines = slip_of(ticket(number="A\x1b@027", service="x"), Office(names={"vi": "Xã\x1dV\x00"}, services={
        "x": {"vi": "Hộ\x10\x04\x01tịch"}}))
    assert all(char.isprintable() or char == GLUE for line in lines for char in getattr(line, "words", ""))
    assert Number("A @027") in lines


def test_every_language_has_every_word_with_the_same_values_in_it():
    import re
    first = words("vi")
    for language in languages():
        texts = words(language)
        assert texts.keys() == first.keys()
        for key, text in texts.items():
            assert set(re.findall(r"\{\w+\}", text)) <= set(re.findall(r"\{\w+\}", first[key])), key
            assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("ahead", [0, 1, 9])
def test_no_slip_shows_a_value_that_was_not_filled_in(language, ahead):
    text = said(slip_of(ticket(ahead=ahead, lane="priority"), OFFICE, language=language))
    assert "{" not in text and "None" not in text


@given(st.integers(0, 24 * 3600 - 1), st.floats(0, 4 * 3600), st.floats(0, 4 * 3600))
def test_the_promised_range_is_never_narrower_than_what_is_known(second, low_s, more_s):
    at = datetime(2026, 11, 22, tzinfo=HANOI) + timedelta(seconds=second)
    low, high = expected(at, low_s, low_s + more_s)
    assert high > at and high >= at + timedelta(seconds=low_s + more_s) - timedelta(milliseconds=1)
    assert high.minute % 5 == 0 and high.second == 0
    assert high - at <= timedelta(seconds=low_s + more_s) + timedelta(minutes=5)
    if low is not None:
        assert at < low <= at + timedelta(seconds=low_s) and low < high and low.minute % 5 == 0


@given(st.lists(st.integers(1, 40), min_size=1))
def test_the_counters_are_all_named_whichever_way_they_are_drawn_together(counters):
    named = set()
    for part in _numbers(counters).split(", "):
        first, _, last = part.partition("–")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == set(counters)
