"""wire.md, Commands: rate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.line import new_id
from tests.contract.office import Office

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_a_finished_visit_is_rated_from_1_to_5(office: Office, score: int) -> None:
    """Commands: rate: `score` 1-5, `ticket`, reply adds counted; Events: visit-rated."""
    ticket = office.finished()
    before = office.last()
    assert office.ok("rate", ticket=ticket["id"], score=score)["counted"] is True
    (event,) = office.since(before)
    assert (event["event"], event["ticket"]) == ("visit-rated", ticket["id"])


@pytest.mark.parametrize("score", [0, 6, -1, 3.5, "5", None], ids=str)
def test_a_score_outside_1_to_5_is_bad_message(office: Office, score: Any) -> None:
    """Commands: rate: `score` 1-5; 'fields … (bad-message)'."""
    ticket = office.finished()
    office.refused("bad-message", "rate", ticket=ticket["id"], score=score)


def test_a_rating_without_a_score_is_bad_message(office: Office) -> None:
    """Commands: rate: `score` is not optional."""
    office.refused("bad-message", "rate", ticket=office.finished()["id"])


def test_a_visit_is_rated_once(office: Office) -> None:
    """The life of a ticket: 'A visit can be rated once (already-rated)'."""
    ticket = office.finished()
    office.ok("rate", ticket=ticket["id"], score=5)
    office.refused("already-rated", "rate", ticket=ticket["id"], score=1)
    office.refused("already-rated", "rate", counter=1, score=1)


def test_only_a_finished_visit_is_rated(office: Office) -> None:
    """The life of a ticket: 'when finished (else not-finished)'."""
    cancelled = office.take()
    office.ok("cancel-ticket", ticket=cancelled["id"])
    for ticket in (office.take(), cancelled, office.missed(1), office.called(1), office.serving(2)):
        office.refused("not-finished", "rate", ticket=ticket["id"], score=5)


def test_rate_by_counter_means_the_one_last_finished_there(office: Office) -> None:
    """Commands: rate: `ticket` (or `counter`: the one last finished there)."""
    office.finished(2)
    last = office.finished(2)
    office.finished(1)
    before = office.last()
    office.ok("rate", counter=2, score=4)
    assert office.since(before)[0]["ticket"] == last["id"]


def test_rate_takes_the_id_and_not_the_number(office: Office) -> None:
    """Commands: 'rate takes the id'; a number names no ticket: unknown-ticket."""
    ticket = office.finished()
    office.refused("unknown-ticket", "rate", ticket=ticket["number"], score=5)


def test_a_comment_has_at_most_500_characters(office: Office) -> None:
    """Commands: '`comment` ≤ 500 … characters' (characters, not bytes); 'fields … (bad-message)'."""
    ticket = office.finished()
    office.refused("bad-message", "rate", ticket=ticket["id"], score=5, comment="ệ" * 501)
    office.ok("rate", ticket=ticket["id"], score=5, comment="ệ" * 500)


def test_a_comment_never_travels(office: Office) -> None:
    """Under the table of roles: 'Public codes, comments, … reasons … are never in MQTT state or events.'"""
    comment = f"Cán bộ nhiệt tình {new_id()}"
    office.secrets.add(comment)
    ticket, since, before = office.finished(), office.line.mark(), office.last()
    office.ok("rate", ticket=ticket["id"], score=5, comment=comment, channel="tablet")
    office.line.event("visit-rated", since=since, ticket=ticket["id"])
    office.check_laws()
    assert comment not in str(office.since(before)), "the open API leaves it out as well"


def test_a_rating_sent_again_counts_once(office: Office) -> None:
    """Delivery rule 2: the key is (device, id); 'A late rating is still a rating'."""
    ticket, id_ = office.finished(), new_id()
    before = office.last()
    replies = [office.ok("rate", via="tablet-1", id=id_, ticket=ticket["id"], score=5) for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    assert len(office.since(before)) == 1
