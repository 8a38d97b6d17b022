"""A kiosk and the hub: what a person gets when the line, the hub, the paper or the power fails."""

from __future__ import annotations

import pytest

from kiosk.stages import Choosing, Sorry, Taken, Waiting
from kiosk.views import ChooseView, SorryView, TakenView, WaitingView
from tests.kiosk.world import World
from wire.commands import ReportTickets, TakeTicket


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.hub.say_services()
    world.wait(10)
    return world


def test_the_screen_says_that_a_number_is_on_its_way_before_the_hub_knows(world):
    world.hub.mute = True
    world.kiosk.choose("chung-thuc")
    assert isinstance(world.views[-1], WaitingView)


def test_a_press_brings_a_number_of_the_hub_and_its_slip(world):
    world.kiosk.choose("chung-thuc")
    world.turn()
    assert isinstance(world.stage, Taken)
    assert world.stage.ticket.number == "A001"
    assert world.views[-1].number == "A001"
    world.slip_ends()
    assert world.hub.slips == [(world.stage.ticket.id, None)]


def test_ten_presses_in_a_hurry_are_one_command(world):
    for _ in range(10):
        world.kiosk.choose("chung-thuc")
    for _ in range(10):
        world.kiosk.press("service-2")
    world.turn()
    assert [type(c) for c in world.hub.heard].count(TakeTicket) == 1


def test_a_silent_hub_makes_the_kiosk_give_a_reserved_number_after_its_patience(world):
    world.hub.mute = True
    world.kiosk.choose("chung-thuc")
    old = world.stage.command
    world.wait(1.5)
    assert isinstance(world.stage, Waiting)
    world.wait(1.0)
    assert world.stage.ticket.number == "A900"
    assert world.numbers.unreported()[0].instead_of == old


def test_the_old_command_is_never_sent_again_and_the_hub_takes_its_ticket_back(world):
    world.hub.deaf_mouth = True
    world.kiosk.choose("chung-thuc")
    world.wait(3)
    world.hub.deaf_mouth = False
    world.wait(20)
    assert [type(c) for c in world.hub.heard].count(TakeTicket) == 1
    assert world.hub.cancelled == {"hub-0"}
    assert world.numbers.unreported() == []


def test_a_kiosk_that_knows_that_the_hub_is_lost_gives_at_once_and_names_no_old_command(world):
    world.cut()
    world.wait(6)
    assert isinstance(world.views[-1], ChooseView)
    assert "bình thường" in world.views[-1].notice
    world.kiosk.choose("ho-tich")
    assert world.stage.ticket.number == "B900"
    world.slip_ends()
    world.mend()
    world.wait(4)
    [reported] = [t for c in world.hub.heard if isinstance(c, ReportTickets) for t in c.tickets]
    assert not isinstance(reported.instead_of, str)
    assert reported.age_s == pytest.approx(world.clock.mono - world.stage.since, abs=5) if isinstance(
        world.stage, Taken) else reported.age_s >= 0


def test_what_was_given_is_reported_before_anything_else_is_asked(world):
    world.cut()
    world.wait(6)
    for _ in range(3):
        world.kiosk.choose("chung-thuc")
        world.slip_ends()
        world.wait(20)
    before = len(world.hub.heard)
    world.mend()
    world.wait(4)
    assert isinstance(world.hub.heard[before], ReportTickets)
    assert [t.number for t in world.hub.heard[before].tickets] == ["A900", "A901", "A902"]


def test_a_slip_printed_without_the_hub_is_told_after_the_hub_knows_its_ticket(world):
    world.cut()
    world.wait(6)
    world.kiosk.choose("chung-thuc")
    world.slip_ends()
    world.mend()
    world.wait(10)
    assert [error for _, error in world.hub.slips] == [None]
    assert world.device.unanswered == 0


def test_the_age_is_told_as_it_is_when_the_report_goes_and_not_when_the_number_was_given(world):
    world.cut()
    world.wait(6)
    world.kiosk.choose("chung-thuc")
    world.wait(600)
    world.mend()
    world.wait(4)
    [[report]] = world.hub.reports.values()
    assert 595 <= report.age_s <= 606


def test_after_a_power_cut_no_clock_knows_the_age(world):
    world.cut()
    world.wait(6)
    world.kiosk.choose("chung-thuc")
    world.power_cut()
    world.wait(8)
    assert [one.age_s for [one] in world.hub.reports.values()] == [None]


def test_a_kiosk_without_numbers_says_whom_to_ask(tmp_path):
    world = World(tmp_path)
    world.hub.mute = True
    world.wait(7)
    world.kiosk.choose("chung-thuc")
    world.wait(3)
    assert isinstance(world.stage, Sorry)
    assert isinstance(world.views[-1], SorryView)
    assert "cán bộ hướng dẫn" in world.views[-1].ask
    world.wait(15)
    assert isinstance(world.stage, Choosing)
    assert world.views[-1].notice_is_trouble


def test_a_closed_service_says_why_and_asks_nothing_of_the_hub(world):
    world.hub.say_services(**{"ho-tich": "limit"})
    world.turn()
    world.kiosk.choose("ho-tich")
    assert world.views[-1].why == "Hôm nay đã hết số."
    assert not [c for c in world.hub.heard if isinstance(c, TakeTicket)]


def test_a_refusal_is_told_in_words(world):
    world.hub.refuse["take-ticket"] = "outside-hours"
    world.kiosk.choose("ho-tich")
    world.turn()
    assert "giờ lấy số" in world.views[-1].why
    assert "-" not in world.views[-1].why


def test_without_paper_the_number_stays_and_the_person_is_asked_to_remember_it(world):
    world.kiosk.choose("chung-thuc")
    world.turn()
    world.slip_ends("paper-out")
    assert isinstance(world.views[-1], TakenView)
    assert world.views[-1].trouble
    assert "Máy hết giấy. Số của Ông/Bà là A001" in world.views[-1].say
    world.wait(20)
    assert isinstance(world.stage, Taken)
    world.wait(10)
    assert isinstance(world.stage, Choosing)
    assert world.hub.slips == [("hub-0", "paper-out")]


def test_another_fault_of_the_printer_is_not_called_a_lack_of_paper(world):
    world.kiosk.choose("chung-thuc")
    world.turn()
    world.slip_ends("cover-open")
    assert world.views[-1].say.startswith("Máy không in được")


def test_a_kiosk_without_a_screen_gives_no_number_that_nobody_would_see(tmp_path):
    world = World(tmp_path, screen=False)
    world.wait(10)
    world.kiosk.flow.paper_out = True
    world.kiosk.press("service-1")
    assert isinstance(world.stage, Sorry)
    assert world.lamps["sorry"] == "on"
    assert world.hub.tickets == {}


def test_lamps_tell_ready_coming_and_taken(world):
    assert world.lamps["ready"] == "on"
    world.hub.mute = True
    world.kiosk.press("service-1")
    assert (world.lamps["service-1"], world.lamps["service-2"]) == ("fast", "off")
    world.wait(3)
    assert (world.lamps["taken"], world.lamps["ready"]) == ("on", "off")


def test_a_kill_between_number_and_slip_shows_the_number_again_and_prints_it(world):
    world.kiosk.choose("chung-thuc")
    world.turn()
    number = world.stage.ticket.number
    world.power_cut(reboot=False)
    assert isinstance(world.stage, Taken)
    assert world.stage.ticket.number == number
    [(_, ticket, _)] = world.paper.jobs
    assert ticket.number == number


def test_a_slip_that_a_power_cut_swallowed_is_not_printed_for_nobody_but_told_as_failed(world):
    world.kiosk.choose("chung-thuc")
    world.turn()
    world.power_cut()
    assert list(world.paper.until.values()) == [world.clock.mono]
    world.slip_ends("too-late")
    world.wait(8)
    assert world.hub.slips == [("hub-0", "too-late")]
    assert isinstance(world.stage, Choosing)


def test_numbers_are_reserved_for_tomorrow_in_the_afternoon(world):
    tomorrow = "2026-11-24"
    assert world.numbers.free("chung-thuc", tomorrow) == 0
    world.clock.mono += 7.5 * 3600
    world.wait(30)
    assert world.numbers.free("chung-thuc", tomorrow) == 5


def test_a_kiosk_that_wakes_after_midnight_without_the_hub_gives_tomorrows_numbers(world):
    world.clock.mono += 7.5 * 3600
    world.wait(30)
    world.cut()
    world.clock.mono += 10 * 3600
    world.wait(6)
    world.kiosk.choose("chung-thuc")
    assert world.numbers.unreported()[0].day == "2026-11-24"


def test_a_clock_that_woke_in_1970_gives_the_numbers_of_the_day_the_hub_last_told(world):
    world.cut()
    world.clock.wall = lambda: world.hub.clock.__class__.wall(world.clock).replace(year=1970)
    world.hub.mute = True
    world.power_cut()
    world.wait(6)
    world.kiosk.choose("chung-thuc")
    assert world.stage.ticket.number == "A900"


def test_numbers_kept_by_another_journal_are_dropped(world):
    world.hub.epoch = "epoch-2"
    world.wait(20)
    assert {row[0] for row in world.numbers._read("SELECT DISTINCT epoch FROM free")} == {"epoch-2"}
    assert world.numbers.free("chung-thuc", "2026-11-23") == 5


def test_a_lost_answer_about_a_block_is_asked_for_again_with_the_same_id(tmp_path):
    world = World(tmp_path)
    world.hub.deaf_mouth = True
    world.wait(10)
    world.hub.deaf_mouth = False
    world.wait(40)
    assert world.numbers.free("chung-thuc", "2026-11-23") == 5
    assert next(world.hub.reserved["chung-thuc"]) == 905


def test_a_hub_that_keeps_no_numbers_is_not_asked_again_and_again(tmp_path):
    world = World(tmp_path)
    world.hub.refuse["reserve-numbers"] = "not-supported"
    asked = len(world.broker.published)
    world.wait(120)
    assert sum(b"reserve-numbers" in p.payload for p in world.broker.published[asked:]) <= 2


def test_a_call_for_help_that_the_hub_does_not_know_still_shows_examples_and_whom_to_ask(world):
    world.kiosk.act(world.kiosk.flow.ask_guide)
    world.turn()
    assert world.views[-1].guide
    assert "hỏi cán bộ hướng dẫn" in world.views[-1].title


def test_the_hub_may_have_a_copy_printed_here(world):
    from wire import codec
    from wire.commands import PrintTicket
    ticket = world.hub.ticket("hub-7", "A007", "chung-thuc", "normal")
    world.hub.tickets["hub-7"] = ticket
    command = PrintTicket(id="print-0001", ticket=codec.read_object(codec.encode(ticket)), copy=True)
    world.hub.link.publish("motcua/v1/trung-tu/device/kiosk-1/command", codec.encode(command), qos=1)
    world.turn()
    world.slip_ends()
    assert world.hub.slips == [("hub-7", None)]
