"""docs/SETTINGS.md, made from the settings' own descriptions: `motcua settings page > docs/SETTINGS.md`."""

import sys
from dataclasses import MISSING, Field, fields
from typing import Any

from firmware_config.forms import HOST_PORT, ID, LINE, sentence
from firmware_config.programs import COMMAND_OF_KIND, KINDS, Kind, Printer
from firmware_config.settings import FILES
from firmware_config.values import type_name

_INTRO = """\
# Settings

<!-- Made by `motcua settings page`. Do not edit: change the descriptions in firmware_config/settings.py and
programs.py. -->

An office is described by a folder of [TOML](https://toml.io) files. Start from a copy of
`firmware_config/sites/trung-tu`, the demo office, and check yours with

    motcua settings check FOLDER

which tells every mistake at once, each with its cure. Give the folder to the programs with `--settings FOLDER`.
A file that is left out takes its defaults; `services.toml` and `counters.toml` need at least one entry each.
What concerns one device alone is in `programs/<device>.toml`: see [Programs](#programs).

*Text by language* is written `{ vi = "Hộ tịch", en = "Civil status" }`, with every language of the site.
*An id* is 1 to 32 of a–z, 0–9 and `-`.
"""

_ABOUT = {
    "site.toml": "The office and the rules of its hall; plain keys.",
    "services.toml": "What people come for: one `[[service]]` section for each, in the order of the kiosk's buttons.",
    "counters.toml": "The desks: one `[[counter]]` section for each.",
    "devices.toml": "The programs at their places: one `[[device]]` section for each.",
    "policies.toml": "Who is called next: one `[[policy]]` section for each. Without this file both orders are there.",
    "accounts.toml": "Who may sign in: one `[[account]]` section for each.",
    "hub.toml": "The hub's addresses and limits; plain keys.",
}

_PROGRAMS = """
## Programs

A kiosk, a printer, a counter's box and a TV are programs of their own. Each may have a file `programs/<device>.toml`
with plain keys, named by the device's id in `devices.toml`; without it the defaults hold. Boards and their pins are in
[WIRING.md](WIRING.md).
"""

_ABOUT_PROGRAMS: dict[Kind, str] = {
    "kiosk": "Its own printer, if it has one, is a section `[printer]` with the keys of a printer; say "
             "`printer = \"self\"` in `devices.toml` too. `buttons` is a section `[buttons]`, with a line such as "
             "`service-1 = \"ho-tich\"` for each.",
    "printer": "The same keys are those of a kiosk's `[printer]`.",
    "box": "Its counter is in `devices.toml`.",
    "tv": "",
}


def page() -> str:
    """The whole page, as Markdown."""
    parts = [_INTRO]
    for name, file in FILES.items():
        parts.append(f"\n## {name}\n\n{_ABOUT[name]}\n\n" + _table(file.kind))
    parts.append(_PROGRAMS)
    for kind, shape in KINDS.items():
        about = f" {_ABOUT_PROGRAMS[kind]}".rstrip()
        parts.append(f"\n### motcua {COMMAND_OF_KIND[kind]}\n\n{str(shape.__doc__).partition(chr(10))[0]}{about}\n\n"
                     + _table(shape))
    return "".join(parts)


def _table(kind: type) -> str:
    rows = "".join(_row(setting) for setting in fields(kind))
    return f"| key | type | default | meaning |\n| --- | --- | --- | --- |\n{rows}"


def _row(setting: "Field[Any]") -> str:
    return f"| `{setting.name}` | {_type(setting)} | {_default(setting)} | {sentence(setting)} |\n"


def _type(setting: "Field[Any]") -> str:
    """The type in words, with what narrows it."""
    if setting.type == Printer | None:
        return "section `[printer]`"
    about, words = setting.metadata, type_name(setting)
    if about["choices"]:
        return " or ".join(f"`{choice}`" for choice in about["choices"])
    if about["low"] is not None:
        return f"{words}, {about['low']:g} to {about['high']:g}"
    if about["form"] is ID:
        return "ids, as a list" if words == "list of text" else "an id"
    if about["form"] is HOST_PORT:
        return "`HOST:PORT`"
    if about["form"] not in (None, LINE):
        return f"{words}: {about['form'].name}"
    return words


def _default(setting: "Field[Any]") -> str:
    if setting.default is not MISSING:
        return "none" if setting.default in (None, "", ()) else f"`{_toml(setting.default)}`"
    return "none" if setting.default_factory is not MISSING else "**required**"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    sys.stdout.write(page())
