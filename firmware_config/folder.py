"""A settings folder read into plain values: files found, TOML parsed, each value checked by its own field.

Whether the values agree with each other is for `checks`. Nothing here raises for a mistake in the settings: it is
written down, and reading goes on, so that one look tells everything.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from firmware_config.guesses import guess
from firmware_config.values import checked, show


@dataclass(frozen=True, slots=True)
class File:
    """What one file holds: entries of `kind`, as `[[table]]` sections; with no `table`, one entry as plain keys."""

    kind: type
    table: str


@dataclass(slots=True)
class Entry:
    """One section as read: where it stands, and the values that were right (defaults included)."""

    where: str
    values: dict[str, Any]


@dataclass(slots=True)
class Folder:
    """All that was read from one folder, and everything wrong with it so far."""

    path: Path
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    replaced: set[tuple[str, str]] = field(default_factory=set)
    """File and key of each value that the command line gave instead."""
    unread: set[str] = field(default_factory=set)
    """Files that could not be read at all: names that they may have declared are not complained about."""

    def place(self, file: str, key: str) -> str:
        """Where a value of a file of plain keys was given, as a complaint begins."""
        if (file, key) in self.replaced:
            return f"command line: {file.removesuffix('.toml')}.{key}"
        return f"{file}: {key}"

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the site, as far as they could be read."""
        site = self.entries.get("site.toml", [])
        return tuple(site[0].values.get("languages", ())) if site else ()


def read(path: Path, files: Mapping[str, File], overrides: Mapping[str, object]) -> Folder:
    """Read every file of the folder; `overrides` are dotted names of site.toml and hub.toml."""
    found = Folder(path)
    if not path.is_dir():
        near = guess(path.name, (p.name for p in path.parent.glob("*") if p.is_dir())) if path.parent.is_dir() else ""
        found.complaints.append(f"{path} is not a folder; give the folder that holds site.toml and services.toml{near}")
        found.unread.update(files)
        found.entries = {name: [] for name in files}
        return found
    _look_for_strays(found, files)
    given = _by_file(found, files, overrides)
    for name, file in files.items():
        table = parse(found, name)
        found.entries[name] = list(_entries(found, name, file, table, given.get(name, {})))
    return found


def _look_for_strays(found: Folder, files: Mapping[str, File]) -> None:
    """A misspelt file would be silently left out, so every TOML file and every near miss must be a known one."""
    for stray in sorted(p.name for p in found.path.iterdir() if p.is_file() and p.name not in files):
        near = get_close_matches(stray.lower(), list(files), n=1, cutoff=0.75)
        if near and not stray.endswith(("~", ".bak", ".orig", ".swp")):
            found.complaints.append(f"{stray} is not a settings file; did you mean {near[0]!r}?")
        elif stray.endswith(".toml"):
            found.complaints.append(f"{stray} is not a settings file; remove it, or choose from {', '.join(files)}")


def _by_file(found: Folder, files: Mapping[str, File], overrides: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Sort overrides to the files they belong to; only files of a single entry can be overridden."""
    single = {name.removesuffix(".toml"): name for name, file in files.items() if not file.table}
    names = {f"{short}.{f.name}": (name, f.name) for short, name in single.items() for f in fields(files[name].kind)}
    given: dict[str, dict[str, object]] = {}
    for dotted, value in overrides.items():
        if dotted not in names:
            found.complaints.append(f"command line: there is no setting {dotted!r} to replace"
                                    + guess(dotted, names))
        elif value is not None:
            file, key = names[dotted]
            given.setdefault(file, {})[key] = value
            found.replaced.add((file, key))
    return given


def parse(found: Folder, name: str) -> dict[str, Any]:
    """The TOML of one file; empty where there is none, or where it can not be read, which is complained about."""
    path = found.path / name
    try:
        # Notepad puts a byte order mark before UTF-8, which TOML does not allow: take it off, it is harmless.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as wrong:
        line = wrong.object[:wrong.start].count(b"\n") + 1
        found.complaints.append(f"{name}, line {line}: not UTF-8; save the file again with the encoding UTF-8")
    except tomllib.TOMLDecodeError as wrong:
        found.complaints.append(f"{name}: {_plain(str(wrong))}")
    except OSError as wrong:
        found.complaints.append(f"{name} can not be read ({wrong.strerror}); let this user read it")
    found.unread.add(name)
    return {}


def _plain(parser_words: str) -> str:
    """The parser's message with the line first, which is what a person looks for."""
    message, _, place = parser_words.partition(" (at ")
    return f"{place.rstrip(')')}: {message}; see https://toml.io for the form" if place else message


def _entries(found: Folder, name: str, file: File, table: dict[str, Any],
             given: dict[str, object]) -> Iterable[Entry]:
    if not file.table:
        if name not in found.unread or given:
            yield checked_entry(found, name, file.kind, table, given, whole=name not in found.unread)
        else:
            yield Entry(name, {})
        return
    for key in table:
        if key != file.table:
            found.complaints.append(f"{name}: {key} is not known here; each entry is a section [[{file.table}]]")
    sections = table.get(file.table, [])
    if not isinstance(sections, list) or not all(isinstance(section, dict) for section in sections):
        found.complaints.append(f"{name}: {file.table} must be sections; write [[{file.table}]] with two brackets")
        found.unread.add(name)
        return
    handle = fields(file.kind)[0].name
    for place, section in enumerate(sections, 1):
        called = f" ({show(section[handle])})" if handle in section else ""
        yield checked_entry(found, f"{name}, {file.table} {place}{called}", file.kind, section)


def checked_entry(found: Folder, where: str, kind: type, table: Mapping[str, Any],
                  given: Mapping[str, object] | None = None, *, whole: bool = True) -> Entry:
    """Check one section field by field; with `whole` false (file unreadable) nothing is missed in it."""
    given = given or {}
    known = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {}
    for key in table:
        if key not in known:
            found.complaints.append(f"{where}: unknown key {key!r}{guess(key, known)}")
    for key, setting in known.items():
        if key in given or key in table:
            value = given[key] if key in given else table[key]
            found.complaints += checked(found.place(where, key), setting, value, values)
        elif setting.default is not MISSING:
            values[key] = setting.default
        elif setting.default_factory is not MISSING:
            values[key] = setting.default_factory()
        elif whole:
            found.complaints.append(f"{where}: {key} is missing; {setting.metadata['doc'][0].lower()}"
                                    f"{setting.metadata['doc'][1:].rstrip('.')}")
    return Entry(where, values)
