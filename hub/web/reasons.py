"""Why somebody is not content: the codes that a rating of 1 to 3 may carry, in the order they are shown."""

from __future__ import annotations

REASONS = (
    "long-wait", "no-seats", "hard-to-use", "papers-unclear", "papers-extra", "fees-unclear", "many-trips",
    "impolite", "hard-to-understand", "nobody-there", "result-late", "result-wrong", "no-answer",
    "extra-payment", "other",
)
REASONS_AT_MOST = 3
"""More than three touches tell less about each."""
