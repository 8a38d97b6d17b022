"""Whether the values of a settings folder agree with each other: names that are mentioned must exist, once.

Values that were already complained about are left out here, so that one mistake makes one complaint.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from firmware_config import rhymes
from firmware_config.codes import LANES, ORDERS, OUTCOMES, PAUSE_REASONS, TAKEN_IDS
from firmware_config.folder import Folder
from firmware_config.guesses import guess
from firmware_config.values import show

DEMO_ACCOUNTS = Path(__file__).parent / "sites" / "trung-tu" / "accounts.toml"


def check(read: Folder) -> None:
    """Add to the folder's complaints everything in which its entries disagree."""
    rules: tuple[Callable[[Folder], Iterator[str]], ...] = (
        _something_to_serve, _nothing_twice, _texts_in_every_language, _site_agrees, _counters_agree,
        _devices_agree, _hub_agrees, _no_published_password)
    for rule in rules:
        read.complaints += rule(read)


def warnings(read: Folder) -> Iterator[str]:
    """Sentences worth a look; none of them stops the office."""
    services = {str(e.values["series"]): str(e.values["id"]) for e in read.entries["services.toml"]}
    for letters, sounds in rhymes.rhyming(services):
        yield (f"services.toml: the series {', '.join(letters)} ({', '.join(services[c] for c in letters)}) rhyme "
               f"when called aloud in Vietnamese ({', '.join(sounds)}); letters such as A, H, O, U, X or digits "
               "are easier to tell apart")
    site, accounts = read.entries["site.toml"][0].values, read.entries["accounts.toml"]
    if not any(account.values["admin"] for account in accounts):
        yield "accounts.toml: no account has admin = true, so nobody can change how the office is set up"
    if site["unknown_devices"] and not site["demo"]:
        yield "site.toml: unknown_devices = true lets anybody who reaches the broker call numbers; only for a trial"
    for key in ("mqtt_password_file", "mqtt_ca"):
        path = read.entries["hub.toml"][0].values[key]
        if path and not (read.path / path).exists():
            yield f"hub.toml: {key} = {path!r} does not exist yet; `motcua broker-files` makes it"


def _of(read: Folder, file: str, key: str) -> list[Any]:
    return [entry.values[key] for entry in read.entries[file] if key in entry.values]


def _something_to_serve(read: Folder) -> Iterator[str]:
    for file, table in (("services.toml", "service"), ("counters.toml", "counter")):
        if not read.entries[file] and file not in read.unread:
            yield f"{file}: there is no {table}; write at least one section [[{table}]]"


def _nothing_twice(read: Folder) -> Iterator[str]:
    for file, key in (("services.toml", "id"), ("services.toml", "series"), ("counters.toml", "n"),
                      ("devices.toml", "id"), ("policies.toml", "name"), ("accounts.toml", "user")):
        first: dict[object, str] = {}
        for entry in read.entries[file]:
            value = entry.values.get(key)
            if value in first:
                yield f"{entry.where}: {key} = {show(value)} is already that of {first[value]}; choose another"
            elif value is not None:
                first[value] = entry.where.partition(", ")[2]


def _texts_in_every_language(read: Folder) -> Iterator[str]:
    languages = read.languages
    if not languages:
        if "site.toml" not in read.unread and _of(read, "site.toml", "languages"):
            yield "site.toml: languages = () is empty; name at least one, such as ['vi', 'en']"
        return
    for entries in read.entries.values():
        for entry in entries:
            for key, value in entry.values.items():
                if isinstance(value, dict) and value:
                    several = {f"{key}.{code}": texts for code, texts in value.items() if isinstance(texts, dict)}
                    for name, texts in (several or {key: value}).items():
                        yield from languages_of(f"{entry.where}: {name}", texts, languages)


def languages_of(place: str, texts: dict[str, str], languages: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with one text that should be there in every language of the site and no other."""
    for language in languages:
        if language not in texts:
            yield f"{place} has no text for {language!r}; add {language} = '…'"
    for language in texts:
        if language not in languages:
            yield (f"{place} has a text for {language!r}, which is no language of the site"
                   f"{guess(language, languages)}")


def _site_agrees(read: Folder) -> Iterator[str]:
    site = read.entries["site.toml"][0].values if read.entries["site.toml"] else {}
    names = _of(read, "policies.toml", "name") or list(ORDERS)
    if "policy" in site and "policies.toml" not in read.unread and site["policy"] not in names:
        yield (f"{read.place('site.toml', 'policy')} = {show(site['policy'])} is not in policies.toml"
               f"{guess(site['policy'], names)}")
    if site.get("reserved_from", 0) >= site.get("reserved_to", 1000):
        yield (f"site.toml: reserved_to = {site['reserved_to']} must be more than "
               f"reserved_from = {site['reserved_from']}")
    if "outcomes" in site and "not-stated" not in site["outcomes"]:
        yield "site.toml: outcomes has no 'not-stated', which a box without outcome keys needs; add it"
    own = {"lanes": LANES, "outcomes": OUTCOMES, "pause_reasons": PAUSE_REASONS}
    words = site.get("code_names", {})
    for key, built_in in own.items():
        codes = site.get(key, built_in)
        if not codes:
            yield f"site.toml: {key} = () is empty; leave the line out for {list(built_in)}"
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            yield f"site.toml: {key} names {code!r} twice; once is enough"
        for code in codes:
            if code not in built_in and code not in words:
                yield (f"site.toml: {key} has {code!r}, for which nobody has words; add "
                       f"[code_names.{code}] with a text for each language{_near(code, built_in)}")
    printers = _printers(read)
    if site.get("printer") and site["printer"] not in printers and "devices.toml" not in read.unread:
        yield (f"site.toml: printer = {show(site['printer'])} is no device of role printer"
               f"{guess(site['printer'], printers)}")


def _near(code: str, built_in: tuple[str, ...]) -> str:
    said = guess(code, built_in)
    return said.replace("; did you", "; or did you") if "did you mean" in said else ""


def _printers(read: Folder) -> list[str]:
    return [e.values["id"] for e in read.entries["devices.toml"]
            if e.values.get("role") == "printer" and "id" in e.values]


def _counters_agree(read: Folder) -> Iterator[str]:
    if "services.toml" in read.unread:
        return
    known = _of(read, "services.toml", "id")
    for entry in read.entries["counters.toml"]:
        for service in entry.values.get("services", ()):
            if service not in known:
                yield f"{entry.where}: services has {service!r}, which is not in services.toml{guess(service, known)}"


def _devices_agree(read: Folder) -> Iterator[str]:
    counters, printers = _of(read, "counters.toml", "n"), _printers(read)
    for entry in read.entries["devices.toml"]:
        counter, role, printer = (entry.values.get(key) for key in ("counter", "role", "printer"))
        if entry.values.get("id") in TAKEN_IDS:
            yield f"{entry.where}: id = {show(entry.values['id'])} is taken: {TAKEN_IDS[entry.values['id']]}"
        if role in ("counter", "tablet") and counter is None and "counter" in entry.values:
            yield f"{entry.where}: counter is missing; a {role} stands at a counter, write its number"
        if counter is not None and counter not in counters and "counters.toml" not in read.unread:
            yield f"{entry.where}: counter = {counter} is not in counters.toml{guess(counter, counters)}"
        if printer and printer != "self" and printer not in printers:
            yield (f"{entry.where}: printer = {show(printer)} is no device of role printer"
                   f"{guess(printer, [*printers, 'self'])}")


def _hub_agrees(read: Folder) -> Iterator[str]:
    hub = read.entries["hub.toml"][0].values if read.entries["hub.toml"] else {}
    threads, pages = hub.get("web_threads"), hub.get("sse_limit")
    if threads is not None and pages is not None and pages >= threads:
        yield (f"hub.toml: sse_limit = {pages} must be less than web_threads = {threads}, "
               "or pages that follow live would leave no thread for anybody's press")
    if hub.get("mqtt_password_file") and not hub.get("mqtt_user"):
        yield "hub.toml: mqtt_password_file needs mqtt_user; write mqtt_user = 'hub'"


def _no_published_password(read: Folder) -> Iterator[str]:
    """The demo's password is known to everybody, so a real office must not start with it."""
    site = read.entries["site.toml"][0].values if read.entries["site.toml"] else {}
    published = DEMO_ACCOUNTS.read_text(encoding="utf-8")
    for entry in read.entries["accounts.toml"]:
        if site.get("demo") is False and entry.values.get("password_hash", "no hash") in published:
            yield (f"{entry.where}: password_hash is the demo's, which everybody knows; "
                   "make a new one with `motcua settings password`")


def with_plain_name(service: dict[str, Any]) -> dict[str, Any]:
    """The values of a service, its everyday name being the official one when it has no other."""
    return {**service, "plain": service["plain"] or dict(service["names"])}


def with_counter_name(counter: dict[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    """The values of a counter, named by its number when it has no name."""
    words = {"vi": "Quầy"}
    return {**counter, "names": counter["names"] or {lang: f"{words.get(lang, 'Counter')} {counter['n']}"
                                                     for lang in languages}}


def with_whole_paths(hub: dict[str, Any], where: Path) -> dict[str, Any]:
    """The hub's values, its relative file names starting at the settings folder."""
    return {**hub, **{key: str(where / hub[key]) for key in ("mqtt_password_file", "mqtt_ca") if hub[key]}}
