"""Whether a password is right, told in the same time whether or not somebody of that name exists."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from firmware_config.settings import Account

LONGEST = 256
_AT_ONCE = 2
"""Each check takes tens of MB and one core; a burst of tries must not take the office's memory. The C
library keeps that memory for the thread that used it, so these threads do nothing else."""


class Passwords:
    """The accounts of the settings, by name."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = {a.user: a for a in accounts}
        self._hasher = PasswordHasher()
        self._checking = ThreadPoolExecutor(_AT_ONCE, "password")
        # Somebody who does not exist is checked at the price of somebody who does.
        known = next(iter(self._accounts.values()), None)
        like = PasswordHasher.from_parameters(extract_parameters(known.password_hash)) if known else self._hasher
        self._nobody = like.hash("nobody has this password")

    def check(self, user: str, password: str) -> Account | None:
        """The account of that name, if the password is theirs."""
        account = self._accounts.get(user)
        hashed = account.password_hash if account else self._nobody
        right = self._checking.submit(self._fits, hashed, password[:LONGEST]).result()
        return account if right else None

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def account(self, user: str) -> Account | None:
        """The account of that name; sessions of accounts that left the settings end with it."""
        return self._accounts.get(user)
