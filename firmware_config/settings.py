"""The settings of one office: typed, frozen, defaulted, read whole from a folder of TOML files.

1. `load` gives settings in which every name that is mentioned exists, or raises with all mistakes at once.
2. Nothing here changes after it was read; a program that wants other settings is started again.
3. Every field says in one sentence what it means; docs/SETTINGS.md is made from these sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firmware_config import checks, folder, forms
from firmware_config.codes import LANES, ORDERS, OUTCOMES, PAUSE_REASONS, ROLES
from firmware_config.forms import says

Texts = dict[str, str]
"""Words for people, by language: `{"vi": "Hộ tịch", "en": "Civil status"}`."""


class BadSettings(ValueError):
    """The settings can not be used. `complaints` holds every mistake, one sentence each, with its cure."""

    def __init__(self, complaints: tuple[str, ...]) -> None:
        self.complaints = complaints
        count = "1 mistake" if len(complaints) == 1 else f"{len(complaints)} mistakes"
        super().__init__("\n".join([f"{count} in the settings:", *(f"  {line}" for line in complaints)]))


@dataclass(frozen=True, slots=True)
class Site:
    """The office itself and the rules of its hall (site.toml)."""

    id: str = field(metadata=says("Id of the office in every address on the wire.", form=forms.ID))
    names: Texts = field(metadata=says("Name of the office as printed and shown, in every language."))
    languages: tuple[str, ...] = field(default=("vi", "en"), metadata=says(
        "Languages of the office, the first being the one used when nobody chose.", form=forms.LANGUAGE))
    utc_offset: str = field(default="+07:00", metadata=says(
        "Local time as an offset from UTC; the day turns at local midnight.", form=forms.OFFSET))
    lanes: tuple[str, ...] = field(default=LANES, metadata=says(
        "Lanes in rising rank: the first is everybody's, later ones are called earlier.", form=forms.ID))
    outcomes: tuple[str, ...] = field(default=OUTCOMES, metadata=says(
        "What a visit may end as; `not-stated` is always one of them.", form=forms.ID))
    pause_reasons: tuple[str, ...] = field(default=PAUSE_REASONS, metadata=says(
        "Why a counter may pause.", form=forms.ID))
    code_names: dict[str, Texts] = field(default_factory=dict, metadata=says(
        "Words for each lane, outcome or pause reason that this office added."))
    policy: str = field(default="lane-then-time", metadata=says(
        "Name of the calling policy in use, one of policies.toml.", form=forms.ID))
    wait_target_min: int = field(default=20, metadata=says(
        "Minutes that nobody should wait longer than; reports count those who did.", low=1, high=480))
    call_guard_s: float = field(default=2.0, metadata=says(
        "Seconds after a call in which a second press of the call button does nothing.", low=0, high=60))
    rating_window_days: int = field(default=7, metadata=says(
        "Days after a visit in which it can still be rated.", low=1, high=90))
    reserved_from: int = field(default=900, metadata=says(
        "First number of each series kept for kiosks that lost the hub.", low=1, high=999))
    reserved_to: int = field(default=999, metadata=says(
        "Last number of each series kept for kiosks that lost the hub.", low=1, high=999))
    upcoming: int = field(default=3, metadata=says(
        "How many of the next numbers of each service the screens show.", low=0, high=20))
    printer: str = field(default="", metadata=says(
        "Device that prints for every device with no printer of its own; empty for none."))
    demo: bool = field(default=False, metadata=says(
        "Marks a trial office: pages carry a banner and published passwords are allowed."))
    public_url: str = field(default="", metadata=says(
        "Address at which phones reach the hub's pages; empty when phones can not.", form=forms.WEB_ADDRESS))
    open_counters_at_start: bool = field(default=False, metadata=says(
        "Opens every counter with no clerk when a new day opens at the hub."))
    unknown_devices: bool = field(default=False, metadata=says(
        "Lets a device that is not in devices.toml do everything; for a trial only."))


@dataclass(frozen=True, slots=True)
class Service:
    """What people come for, with its own series of numbers (services.toml)."""

    id: str = field(metadata=says("Id of the service.", form=forms.ID))
    series: str = field(metadata=says("First character of its numbers: `A` gives A001, A002, …",
                                      form=forms.SERIES))
    names: Texts = field(metadata=says("Official name, in every language."))
    plain: Texts = field(default_factory=dict, metadata=says(
        "Name in everyday words, shown large; the official name when left out."))
    examples: Texts = field(default_factory=dict, metadata=says(
        "A few things people come for, shown below the name."))
    closed: bool = field(default=False, metadata=says("Stops giving numbers for this service."))


@dataclass(frozen=True, slots=True)
class Counter:
    """A numbered desk (counters.toml)."""

    n: int = field(metadata=says("Number of the counter, as on its sign.", low=1, high=999))
    zone: str = field(default="tang-1", metadata=says("Part of the building it stands in.", form=forms.ID))
    services: tuple[str, ...] = field(default=(), metadata=says(
        "Services it may call; empty for all.", form=forms.ID))
    names: Texts = field(default_factory=dict, metadata=says(
        "Name as shown; `Quầy n` and `Counter n` when left out."))


@dataclass(frozen=True, slots=True)
class Device:
    """One program at one place: a kiosk, a button box, a tablet, a screen … (devices.toml)."""

    id: str = field(metadata=says("Id of the device, also its user name at the broker.", form=forms.ID))
    role: str = field(metadata=says("What it is, and so what it may ask of the hub.", choices=ROLES))
    counter: int | None = field(default=None, metadata=says(
        "Counter it belongs to; required for the roles `counter` and `tablet`.", low=1, high=999))
    printer: str = field(default="", metadata=says(
        "Printer for the tickets taken here: a device, `self` if it prints them itself, empty for the site's."))


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule for who is called next (policies.toml)."""

    name: str = field(metadata=says("Name of the policy.", form=forms.ID))
    order: str = field(metadata=says("The order of calling it stands for.", choices=ORDERS))
    sentence: Texts = field(metadata=says("The rule in one sentence for the public, in every language."))


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in to the pages (accounts.toml)."""

    user: str = field(metadata=says("Name to sign in with.", form=forms.ID))
    name: str = field(metadata=says("Name of the person, or of the desk.", form=forms.LINE))
    role: str = field(metadata=says("`clerk` serves at a counter, `head` also directs the hall.",
                                    choices=("clerk", "head")))
    password_hash: str = field(metadata=says(
        "Hash of the password, made with `motcua settings password`.", form=forms.PASSWORD_HASH, secret=True))
    admin: bool = field(default=False, metadata=says("May see and change how the office is set up."))


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub's own addresses and limits (hub.toml)."""

    http: str = field(default="127.0.0.1:8080", metadata=says(
        "Where the hub serves its pages.", form=forms.HOST_PORT))
    mqtt: str = field(default="127.0.0.1:1883", metadata=says(
        "Where the hub finds the broker.", form=forms.HOST_PORT))
    mqtt_user: str = field(default="", metadata=says(
        "The hub's user name at the broker; empty for none.", form=forms.LINE))
    mqtt_password_file: str = field(default="", metadata=says(
        "File with the hub's password at the broker; a relative path starts at the settings folder."))
    mqtt_ca: str = field(default="", metadata=says(
        "Certificate of the authority that signed the broker's; empty for a connection without TLS."))
    web_threads: int = field(default=64, metadata=says(
        "How many web requests are answered at once.", low=4, high=1024))
    sse_limit: int = field(default=48, metadata=says(
        "How many pages may follow live at once; must be less than `web_threads`.", low=1, high=1000))
    min_free_mb: int = field(default=16, metadata=says(
        "Free disk space, in MiB, below which nothing is started or written.", low=1, high=100_000))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is true of one office. `warnings` are sentences worth a look that forbid nothing."""

    site: Site
    services: tuple[Service, ...]
    counters: tuple[Counter, ...]
    devices: tuple[Device, ...]
    policies: tuple[Policy, ...]
    accounts: tuple[Account, ...]
    hub: Hub
    warnings: tuple[str, ...] = ()

    def device(self, device_id: str) -> Device | None:
        """The device of that id, or None when the settings name none."""
        return next((device for device in self.devices if device.id == device_id), None)

    def printer_of(self, device_id: str) -> str | None:
        """Id of the printer the hub must send that device's tickets to.

        None when the device prints them itself or nothing prints them; unknown devices use the site's printer.
        """
        known = self.device(device_id)
        named = known.printer if known else ""
        return None if named == "self" else (named or self.site.printer or None)


DEFAULT_POLICIES = (
    Policy("lane-then-time", "lane-then-time", {
        "vi": "Người được ưu tiên được gọi trước, sau đó theo thứ tự lấy số.",
        "en": "People with priority are called first, then everyone in the order of taking a number."}),
    Policy("first-come", "first-come", {
        "vi": "Ai lấy số trước được gọi trước.",
        "en": "Whoever took a number first is called first."}),
)

FILES: Mapping[str, folder.File] = {
    "site.toml": folder.File(Site, ""),
    "services.toml": folder.File(Service, "service"),
    "counters.toml": folder.File(Counter, "counter"),
    "devices.toml": folder.File(Device, "device"),
    "policies.toml": folder.File(Policy, "policy"),
    "accounts.toml": folder.File(Account, "account"),
    "hub.toml": folder.File(Hub, ""),
}


def load(where: Path, *, overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the settings folder `where`.

    `overrides` replaces single values of site.toml and hub.toml, as a command line does, by dotted name:
    `{"site.policy": "first-come", "hub.http": "127.0.0.1:0"}`; a value of None replaces nothing.
    Raises BadSettings with every mistake at once.
    """
    where = Path(where)
    read = folder.read(where, FILES, overrides or {})
    checks.check(read)
    if read.complaints:
        raise BadSettings(tuple(read.complaints))
    policies = tuple(Policy(**entry.values) for entry in read.entries["policies.toml"])
    return Settings(
        site=Site(**read.entries["site.toml"][0].values),
        services=tuple(Service(**checks.with_plain_name(entry.values))
                       for entry in read.entries["services.toml"]),
        counters=tuple(Counter(**checks.with_counter_name(entry.values, read.languages))
                       for entry in read.entries["counters.toml"]),
        devices=tuple(Device(**entry.values) for entry in read.entries["devices.toml"]),
        policies=policies or DEFAULT_POLICIES,
        accounts=tuple(Account(**entry.values) for entry in read.entries["accounts.toml"]),
        hub=Hub(**checks.with_whole_paths(read.entries["hub.toml"][0].values, where)),
        warnings=tuple(checks.warnings(read)),
    )
