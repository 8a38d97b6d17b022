"""Whole office days under trouble, told from one seed each.

    MOTCUA_SEED=4711 python -m pytest tests/simulation     one story again, the one that failed
    MOTCUA_QUICK=1                                         200 stories instead of 2,000
"""

from __future__ import annotations

import os

import pytest

from tests.simulation.story import tell

CHUNKS = 20
QUICK = os.environ.get("MOTCUA_QUICK") == "1"
ONE = os.environ.get("MOTCUA_SEED")


def tell_all(seeds: range) -> None:
    for seed in seeds:
        try:
            tell(seed)
        except Exception as wrong:
            wrong.add_note(f"story {seed}: tell it again with MOTCUA_SEED={seed}")
            raise


@pytest.mark.skipif(ONE is not None, reason="one story was asked for")
@pytest.mark.parametrize("chunk", range(4))
def test_the_laws_hold_in_the_first_stories(chunk: int) -> None:
    tell_all(range(chunk * 50, chunk * 50 + 50))


@pytest.mark.slow
@pytest.mark.skipif(ONE is not None or QUICK, reason="a quick run, or one story was asked for")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_laws_hold_in_every_story(chunk: int) -> None:
    tell_all(range(200 + chunk * 90, 200 + (chunk + 1) * 90))


@pytest.mark.skipif(ONE is None, reason="MOTCUA_SEED names no story")
def test_the_story_that_was_asked_for() -> None:
    tell_all(range(int(ONE or 0), int(ONE or 0) + 1))
