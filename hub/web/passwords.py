"""Whether a password is right, told in the same time whether or not somebody of that name exists."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from firmware_config.settings import Account

LONGEST = 256
_AT_ONCE = 2
"""Each check takes tens of MB and one core; a burst of tries must not take the office's memory."""


class Passwords:
    """The accounts of the settings, by name."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = {a.user: a for a in accounts}
        self._hasher = PasswordHasher()
        self._room = threading.Semaphore(_AT_ONCE)
        # Somebody who does not exist is checked at the price of somebody who does.
        known = next(iter(self._accounts.values()), None)
        like = PasswordHasher.from_parameters(extract_parameters(known.password_hash)) if known else self._hasher
        self._nobody = like.hash("nobody has this password")

    def check(self, user: str, password: str) -> Account | None:
        """The account of that name, if the password is theirs."""
        account = self._accounts.get(user)
        hashed = account.password_hash if account else self._nobody
        with self._room:
            try:
                self._hasher.verify(hashed, password[:LONGEST])
            except (VerificationError, InvalidHashError):
                return None
        return account

    def account(self, user: str) -> Account | None:
        """The account of that name; sessions of accounts that left the settings end with it."""
        return self._accounts.get(user)
