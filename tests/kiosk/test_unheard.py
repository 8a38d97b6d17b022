"""A kiosk dies between its question and the hub's answer: the number that nobody saw is taken back."""

from __future__ import annotations

import pytest

from kiosk.stages import Choosing, Sorry, Taken
from tests.kiosk.world import World
from wire.commands import TakeTicket


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.hub.say_services()
    world.wait(10)
    return world


def questions(world):
    return [one.id for one in world.hub.heard if isinstance(one, TakeTicket)]


@pytest.mark.parametrize("reboot", [True, False])
def test_a_number_that_nobody_saw_is_taken_back_unseen_and_unprinted(world, reboot):
    world.hub.deaf_mouth = True
    world.kiosk.choose("chung-thuc")
    world.turn()
    world.power_cut(reboot=reboot)
    world.hub.deaf_mouth = False
    before = len(world.views)
    world.wait(10)
    assert isinstance(world.stage, Choosing)
    assert {type(view).__name__ for view in world.views[before:]} <= {"ChooseView"}
    assert world.paper.jobs == []
    assert world.hub.taken_back == ["hub-0"]
    assert len(questions(world)) == 1, "the hub carried it out once"
    assert world.numbers.asked() == []


def test_a_question_that_the_hub_never_heard_leaves_no_valid_number_either(world):
    world.hub.mute = True
    world.kiosk.choose("chung-thuc")
    asked = world.stage.command
    world.turn()
    world.power_cut()
    world.hub.mute = False
    world.wait(10)
    assert set(world.hub.taken_by) <= {asked}
    assert set(world.hub.tickets) == world.hub.cancelled
    assert world.numbers.asked() == []


def test_a_refusal_ends_the_old_question(world):
    world.hub.mute = True
    world.kiosk.choose("chung-thuc")
    world.power_cut()
    world.hub.mute, world.hub.refuse = False, {"take-ticket": "outside-hours"}
    world.wait(10)
    assert world.numbers.asked() == []
    assert world.hub.tickets == {}


@pytest.mark.parametrize(("why", "ends"), [("storage-failed", False), ("too-late", False), ("not-waiting", True)])
def test_a_hub_that_could_not_cancel_is_asked_again_and_one_that_may_not_is_left_alone(world, why, ends):
    world.hub.deaf_mouth = True
    world.kiosk.choose("chung-thuc")
    world.turn()
    world.power_cut()
    world.hub.deaf_mouth, world.hub.refuse = False, {"cancel-ticket": why}
    world.wait(12)
    assert (world.numbers.asked() == []) == ends
    world.hub.refuse = {}
    world.wait(12)
    assert world.numbers.asked() == []
    assert world.hub.taken_back == ([] if ends else ["hub-0"])


def test_a_person_who_presses_meanwhile_gets_a_number_that_stays(world):
    world.hub.deaf_mouth = True
    world.kiosk.choose("chung-thuc")
    world.turn()
    world.power_cut()
    world.hub.deaf_mouth = False
    world.hub.say_beat()
    world.device.step()
    world.kiosk.choose("chung-thuc")
    world.turn()
    assert isinstance(world.stage, Taken)
    kept = world.stage.ticket.id
    world.wait(10)
    assert world.hub.taken_back == ["hub-0"]
    assert kept not in world.hub.cancelled


@pytest.mark.parametrize("reboot", [True, False])
@pytest.mark.parametrize("printer", [True, False])
def test_a_number_that_somebody_saw_is_never_taken_back(tmp_path, printer, reboot):
    world = World(tmp_path, printer=printer)
    world.hub.say_services()
    world.wait(10)
    world.kiosk.choose("chung-thuc")
    world.turn()
    assert isinstance(world.stage, Taken)
    world.power_cut(reboot=reboot)
    world.wait(20)
    assert world.hub.taken_back == []
    assert len(questions(world)) == 1


def test_every_end_is_written_down_at_once(world):
    world.hub.refuse = {"take-ticket": "limit-reached"}
    world.kiosk.choose("chung-thuc")
    assert len(world.numbers.asked()) == 1
    world.turn()
    assert isinstance(world.stage, Sorry)
    assert world.numbers.asked() == []
    world.hub.refuse = {}
    world.wait(15)
    world.hub.mute = True
    world.kiosk.choose("ho-tich")
    world.wait(3)
    assert isinstance(world.stage, Taken) and world.stage.reserved
    assert world.numbers.asked() == []


def test_a_silent_hub_and_no_numbers_end_the_question_too(tmp_path):
    world = World(tmp_path)
    world.hub.say_beat()
    world.hub.mute = True
    world.kiosk.choose("ho-tich")
    world.wait(3)
    assert isinstance(world.stage, Sorry)
    assert world.numbers.asked() == []
