"""Ids that nobody guesses, and that fit where they travel."""

from __future__ import annotations

import random
import re
import secrets

from hub.desk.ids import Ids


def test_tickets_and_codes_are_never_the_same_twice() -> None:
    ids = Ids(secrets.token_bytes)
    assert len({ids.ticket(1_795_305_600_000) for _ in range(2000)}) == 2000
    assert len({ids.code() for _ in range(2000)}) == 2000


def test_a_ticket_begins_with_its_time_so_that_later_ones_sort_after_earlier_ones() -> None:
    ids = Ids(secrets.token_bytes)
    assert sorted(made := [ids.ticket(ms) for ms in (0, 1, 255, 1_795_305_600_000, 4_000_000_000_000)]) == made
    assert all(re.fullmatch(r"[0-9a-f]{21}", ticket) for ticket in made)


def test_a_public_code_has_at_least_sixteen_characters_of_base32() -> None:
    assert re.fullmatch(r"[a-z2-7]{20}", Ids(secrets.token_bytes).code())


def test_the_same_seed_makes_the_same_ids() -> None:
    one, two = Ids(random.Random(1).randbytes), Ids(random.Random(1).randbytes)
    assert (one.ticket(5), one.code(), one.salt()) == (two.ticket(5), two.code(), two.salt())
    assert len(one.salt()) == 16
