"""The written forms that a setting may take, and how each field of a setting is described.

A field's description lives beside the field (`field(metadata=says(...))`), once: the reader checks by it, the
complaints quote it and docs/SETTINGS.md is made from it.
"""

import ipaddress
import re
from dataclasses import Field, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Form:
    """One written form: what it is called, what matches it, and what to write instead of something else."""

    name: str
    pattern: re.Pattern[str]
    cure: str

    def fits(self, text: str) -> bool:
        """Tell whether the whole text has this form."""
        return self.pattern.fullmatch(text) is not None


ID = Form("an id", re.compile(r"[a-z0-9-]{1,32}"), "write 1 to 32 of a–z, 0–9 and -, such as 'ho-tich'")
SERIES = Form("one letter or one digit", re.compile(r"[A-Z0-9]"), "write one of A–Z or 0–9, such as 'A'")
LANGUAGE = Form("a language code", re.compile(r"[a-z]{2,3}"), "write a code such as 'vi' or 'en'")
OFFSET = Form("an offset from UTC", re.compile(r"[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00"), "write it as '+07:00'")
HOST_PORT = Form("HOST:PORT", re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}"),
                 "write it as '127.0.0.1:8080', the port being 0 to 65535")
WEB_ADDRESS = Form("a web address or empty", re.compile(r"(https?://[^\s/?#]+[^\s?#]*)?"),
                   "write it as 'https://mot-cua.example.vn', or leave it empty")
PASSWORD_HASH = Form("an argon2id hash",
                     re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"),
                     "make one with `motcua settings password`")
LINE = Form("a line of text", re.compile(r"[^\x00-\x1f\x7f\u2028\u2029]{0,300}"),
            "write one line of at most 300 characters")


def says(doc: str, *, form: Form | None = None, low: float | None = None, high: float | None = None,
         choices: tuple[str, ...] = (), secret: bool = False) -> dict[str, Any]:
    """Describe one field: one plain sentence, and the bounds, form or choices its value must keep.

    `secret` keeps the value itself out of every complaint.
    """
    return {"doc": doc, "form": form, "low": low, "high": high, "choices": choices, "secret": secret}


def sentence(setting: "Field[Any]") -> str:
    """The one sentence that says what a field means."""
    return str(setting.metadata["doc"])


class BadAddress(ValueError):
    """Not HOST:PORT; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a program listens: a host (a name or a number) and a port; port 0 means "any free one"."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> "Address":
        """Read HOST:PORT. Raises BadAddress when it is not one."""
        host, _, port = text.rpartition(":")
        if not HOST_PORT.fits(text) or int(port) > 65535:
            raise BadAddress(f"{text!r} is not HOST:PORT; {HOST_PORT.cure}")
        host = host.strip("[]")
        return cls("127.0.0.1" if host == "localhost" else host, int(port))

    @property
    def loopback(self) -> bool:
        """True when only programs on this machine can reach the address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def reachable(self) -> "Address":
        """The address a program on this machine connects to: "every interface" can be bound, not called."""
        inside = "::1" if ":" in self.host else "127.0.0.1"
        return Address(inside, self.port) if self.every else self

    @property
    def every(self) -> bool:
        """True when it means every interface of this machine."""
        try:
            return ipaddress.ip_address(self.host).is_unspecified
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
