"""What was probably meant: the closing phrase of a complaint about a name that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches


def guess(wrong: object, right: Iterable[object]) -> str:
    """A closing phrase: "; did you mean 'x'?", or what there is to choose from, or nothing."""
    known = [str(name) for name in right]
    near = get_close_matches(str(wrong).lower(), known, n=1, cutoff=0.55)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; choose from {', '.join(known)}" if 0 < len(known) <= 12 else ""
