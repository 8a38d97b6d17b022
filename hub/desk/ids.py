"""Ids that nobody can guess, made where the hub is put together and handed to the rules."""

from __future__ import annotations

import base64
from collections.abc import Callable


class Ids:
    """``random`` gives that many random bytes (``secrets.token_bytes``, or a seeded one in a test)."""

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random

    def ticket(self, at_ms: int) -> str:
        """A ticket's id, unique for ever. It begins with the time, so that the journal's index grows
        at its end; 40 random bits follow."""
        return f"{at_ms:011x}{self._random(5).hex()}"

    def code(self) -> str:
        """A public code: 20 characters of lower-case base32, 100 random bits."""
        return base64.b32encode(self._random(13)).decode().lower()[:20]

    def salt(self) -> bytes:
        """Salt for the hash of a free text."""
        return self._random(16)
