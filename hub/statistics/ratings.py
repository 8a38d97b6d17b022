"""How satisfied people said they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.statistics.intervals import Share, share_of
from hub.statistics.visits import Visit

SCORES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of finished visits: how many of each score, who answered, who was content (4 and 5).

    ``answered`` is the share of finished visits that were rated.
    """

    by_score: dict[int, int]
    content: Share
    answered: Share

    @property
    def n(self) -> int:
        """How many ratings there are."""
        return self.content.n


def ratings(visits: Sequence[Visit]) -> Ratings:
    """The ratings of these visits."""
    scores = [v.score for v in visits if v.score is not None]
    by_score = {score: scores.count(score) for score in SCORES}
    finished = sum(v.state == "finished" for v in visits)
    return Ratings(
        by_score=by_score, content=share_of(by_score[4] + by_score[5], len(scores)),
        answered=share_of(min(len(scores), finished), finished))
