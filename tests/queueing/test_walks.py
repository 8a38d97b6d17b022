"""Thousands of small offices: each walks its own way by its own seed, and the model walks beside it.

    MOTCUA_SEED=4711 python -m pytest tests/queueing/test_walks.py     one walk again, the one that failed
    MOTCUA_QUICK=1                                                     300 walks instead of 10,000
"""

from __future__ import annotations

import os
import random

import pytest

from tests.queueing.habits import an_office, something

CHUNKS = 20
WALKS = 300 if os.environ.get("MOTCUA_QUICK") == "1" else 10_000
ONE = os.environ.get("MOTCUA_SEED")


def walk(seed: int) -> None:
    """One office from its first moment, 25 to 40 things long."""
    dice = random.Random(seed)
    office = an_office(dice)
    for _ in range(dice.randint(25, 40)):
        something(dice, office)
    office.compare_disk()
    office.journal.close()


def walk_all(seeds: range) -> None:
    for seed in seeds:
        try:
            walk(seed)
        except Exception as wrong:
            wrong.add_note(f"walk {seed}: run it alone with MOTCUA_SEED={seed}")
            raise


@pytest.mark.skipif(ONE is not None, reason="one walk was asked for")
def test_the_first_walks_agree_with_the_model_at_every_step() -> None:
    walk_all(range(300))


@pytest.mark.slow
@pytest.mark.skipif(ONE is not None or WALKS <= 300, reason="a quick run, or one walk was asked for")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_walk_agrees_with_the_model_at_every_step(chunk: int) -> None:
    size = (WALKS - 300) // CHUNKS
    walk_all(range(300 + chunk * size, 300 + (chunk + 1) * size))


@pytest.mark.skipif(ONE is None, reason="MOTCUA_SEED names no walk")
def test_the_walk_that_was_asked_for() -> None:
    walk_all(range(int(ONE or 0), int(ONE or 0) + 1))
