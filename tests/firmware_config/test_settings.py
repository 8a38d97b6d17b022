"""What a settings folder may say, and what is said about one that is wrong."""

from pathlib import Path

import pytest

from firmware_config.settings import BadSettings, Settings, load
from tests.firmware_config.office_folder import RIGHT, write

SITE, SERVICES, DEVICES, ACCOUNTS = (RIGHT[f"{name}.toml"] for name in ("site", "services", "devices", "accounts"))
DEMO = Path(__file__).parents[2] / "firmware_config" / "sites" / "trung-tu"


def complaints(folder: Path, **overrides: object) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as wrong:
        load(folder, overrides={key.replace("__", "."): value for key, value in overrides.items()})
    return wrong.value.complaints


BAD = {
    "a misspelt key": ({"site": SITE + "wait_target_mins = 15"},
        "site.toml: unknown key 'wait_target_mins'; did you mean 'wait_target_min'?"),
    "a number as text": ({"site": SITE + 'upcoming = "3"'},
        "site.toml: upcoming = '3' must be a whole number; write a number without quotes or point, such as 20"),
    "yes instead of true": ({"site": SITE + "demo = 1"},
        "site.toml: demo = 1 must be true or false; write true or false, without quotes"),
    "true is no number": ({"site": SITE + "upcoming = true"},
        "site.toml: upcoming = true must be a whole number; write a number without quotes or point, such as 20"),
    "too long a wait": ({"site": SITE + "wait_target_min = 900"},
        "site.toml: wait_target_min = 900 is out of range; choose 1 to 480"),
    "not a number at all": ({"site": SITE + "call_guard_s = nan"},
        "site.toml: call_guard_s = nan is out of range; choose 0 to 60"),
    "an offset in words": ({"site": SITE + 'utc_offset = "Asia/Ho_Chi_Minh"'},
        "site.toml: utc_offset = 'Asia/Ho_Chi_Minh' is not an offset from UTC; write it as '+07:00'"),
    "a policy nobody wrote": ({"site": SITE + 'policy = "lane-then-tme"'},
        "site.toml: policy = 'lane-then-tme' is not in policies.toml; did you mean 'lane-then-time'?"),
    "reserved numbers backwards": ({"site": SITE + "reserved_from = 950\nreserved_to = 900"},
        "site.toml: reserved_to = 900 must be more than reserved_from = 950"),
    "an outcome without words": ({"site": SITE + 'outcomes = ["received", "not-stated", "sent-on"]'},
        "site.toml: outcomes has 'sent-on', for which nobody has words; add [code_names.sent-on] with a text for "
        "each language"),
    "a language without a name": ({"site": SITE.replace('en = "One-stop desk"', 'eng = "One-stop desk"')},
        "site.toml: names has no text for 'en'; add en = '…'"),
    "a text in no language of the site": ({"site": SITE.replace('en = "One-stop desk"', 'eng = "One-stop desk"')},
        "site.toml: names has a text for 'eng', which is no language of the site; did you mean 'en'?"),
    "a site without id": ({"site": SITE.replace('id = "dong-da"', "")},
        "site.toml: id is missing; id of the office in every address on the wire"),
    "an id with capitals": ({"site": SITE.replace("dong-da", "Dong-Da")},
        "site.toml: id = 'Dong-Da' is not an id; write 1 to 32 of a–z, 0–9 and -, such as 'ho-tich'; "
        "did you mean 'dong-da'?"),
    "no services": ({"services": ""},
        "services.toml: there is no service; write at least one section [[service]]"),
    "one bracket too few": ({"services": SERVICES.partition("\n\n")[0].replace("[[service]]", "[service]")},
        "services.toml: service must be sections; write [[service]] with two brackets"),
    "sections of the wrong name": ({"services": SERVICES + "[[services]]\n"},
        "services.toml: services is not known here; each entry is a section [[service]]"),
    "a series of two letters": ({"services": SERVICES.replace('"H"', '"HT"')},
        "services.toml, service 2 ('ho-tich'): series = 'HT' is not one letter or one digit; "
        "write one of A–Z or 0–9, such as 'A'"),
    "a small letter": ({"services": SERVICES.replace('"H"', '"h"')},
        "services.toml, service 2 ('ho-tich'): series = 'h' is not one letter or one digit; "
        "write one of A–Z or 0–9, such as 'A'; did you mean 'H'?"),
    "the same series twice": ({"services": SERVICES.replace('"H"', '"A"')},
        "services.toml, service 2 ('ho-tich'): series = 'A' is already that of service 1 ('chung-thuc'); "
        "choose another"),
    "an empty name": ({"services": SERVICES.replace("Hộ tịch", " ")},
        "services.toml, service 2 ('ho-tich'): names = {'vi': ' ', 'en': 'Civil status'}: the text for 'vi' is empty, "
        "too long or of several lines; write one line of at most 300 characters"),
    "no counters": ({"counters": ""},
        "counters.toml: there is no counter; write at least one section [[counter]]"),
    "the same counter twice": ({"counters": "[[counter]]\nn = 1\n[[counter]]\nn = 1"},
        "counters.toml, counter 2 (1): n = 1 is already that of counter 1 (1); choose another"),
    "a counter for no service": ({"counters": '[[counter]]\nn = 1\nservices = ["ho-tic"]'},
        "counters.toml, counter 1 (1): services has 'ho-tic', which is not in services.toml; "
        "did you mean 'ho-tich'?"),
    "a role nobody has": ({"devices": DEVICES + '[[device]]\nid = "k"\nrole = "kisok"'},
        "devices.toml, device 4 ('k'): role = 'kisok' is not known; did you mean 'kiosk'?"),
    "a tablet nowhere": ({"devices": '[[device]]\nid = "t"\nrole = "tablet"'},
        "devices.toml, device 1 ('t'): counter is missing; a tablet stands at a counter, write its number"),
    "a box at a counter that is not": ({"devices": '[[device]]\nid = "c"\nrole = "counter"\ncounter = 7'},
        "devices.toml, device 1 ('c'): counter = 7 is not in counters.toml; choose from 1, 2"),
    "a printer that is none": ({"devices": DEVICES + '[[device]]\nid = "k"\nrole = "kiosk"\nprinter = "ioc"'},
        "devices.toml, device 4 ('k'): printer = 'ioc' is no device of role printer; "
        "choose from printer-1, self"),
    "the hub's own name": ({"devices": '[[device]]\nid = "hub"\nrole = "tv"'},
        "devices.toml, device 1 ('hub'): id = 'hub' is taken: the hub signs in to the broker as `hub`"),
    "the same account twice": ({"accounts": ACCOUNTS + ACCOUNTS},
        "accounts.toml, account 2 ('quanly'): user = 'quanly' is already that of account 1 ('quanly'); "
        "choose another"),
    "a password where its hash belongs": ({"accounts": ACCOUNTS.replace("$argon2id$", "bí mật ")},
        "accounts.toml, account 1 ('quanly'): password_hash = (hidden) is not an argon2id hash; "
        "make one with `motcua settings password`"),
    "the demo's password in a real office": ({"accounts": (DEMO / "accounts.toml").read_text(encoding="utf-8")},
        "accounts.toml, account 1 ('quanly'): password_hash is the demo's, which everybody knows; "
        "make a new one with `motcua settings password`"),
    "an address without a port": ({"hub": 'http = "127.0.0.1"'},
        "hub.toml: http = '127.0.0.1' is not HOST:PORT; write it as '127.0.0.1:8080', the port being 0 to 65535"),
    "a port too high": ({"hub": 'http = "127.0.0.1:80800"'},
        "hub.toml: http = '127.0.0.1:80800' has no such port; choose 0 to 65535"),
    "no thread left for presses": ({"hub": "web_threads = 8\nsse_limit = 8"},
        "hub.toml: sse_limit = 8 must be less than web_threads = 8, or pages that follow live would leave no thread "
        "for anybody's press"),
}


@pytest.mark.parametrize("spoilt, said", BAD.values(), ids=BAD.keys())
def test_a_mistake_is_told_with_its_file_key_value_and_cure(spoilt: dict[str, str], said: str, tmp_path: Path) -> None:
    assert said in complaints(write(tmp_path, **spoilt))


def test_one_mistake_makes_one_complaint(tmp_path: Path) -> None:
    spoilt_series = SERVICES.replace('"A"', '"AA"')
    assert len(complaints(write(tmp_path, services=spoilt_series))) == 1


def test_toml_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (said,) = complaints(write(tmp_path, site='id = "dong-da"\nnames = vi\n'))
    assert said.startswith("site.toml: line 2, column ")


def test_a_file_that_can_not_be_read_brings_no_complaints_about_the_others(tmp_path: Path) -> None:
    assert len(complaints(write(tmp_path, services="[[service]\n"))) == 1


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = write(tmp_path, site=SITE + "upcoming = 99", counters="[[counter]]\nn = 0",
                   hub='mqtt = "nowhere"', services=SERVICES.replace('"H"', '"Đ"'))
    assert [line.split(":")[0].split(",")[0] for line in complaints(folder)] == [
        "site.toml", "services.toml", "counters.toml", "hub.toml", "devices.toml"]


@pytest.mark.parametrize("stray, said", [
    ("servics.toml", "servics.toml is not a settings file; did you mean 'services.toml'?"),
    ("site.toml.txt", "site.toml.txt is not a settings file; did you mean 'site.toml'?"),
    ("printers.toml", "printers.toml is not a settings file; did you mean 'counters.toml'?"),
    ("zzz.toml", "zzz.toml is not a settings file; remove it, or choose from site.toml, services.toml, "
                 "counters.toml, devices.toml, policies.toml, accounts.toml, hub.toml"),
])
def test_a_file_of_an_unknown_name_is_not_passed_over(stray: str, said: str, tmp_path: Path) -> None:
    (write(tmp_path) / stray).write_text("", encoding="utf-8")
    assert complaints(tmp_path) == (said,)


def test_notes_and_backups_may_lie_in_the_folder(tmp_path: Path) -> None:
    for name in ("README.md", "site.toml~", "site.toml.bak"):
        (write(tmp_path) / name).write_text("anything", encoding="utf-8")
    assert load(tmp_path).site.id == "dong-da"


def test_a_folder_that_is_not_there_is_one_complaint(tmp_path: Path) -> None:
    write(tmp_path / "dong-da")
    (said,) = complaints(tmp_path / "dong-do")
    assert said.endswith("is not a folder; give the folder that holds site.toml and services.toml; "
                         "did you mean 'dong-da'?")


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    (write(tmp_path) / "hub.toml").write_bytes(b'# ok\nmqtt_user = "hub"\n# M\xe1y\n')
    assert complaints(tmp_path) == ("hub.toml, line 3: not UTF-8; save the file again with the encoding UTF-8",)


def test_the_mark_that_notepad_leaves_is_no_mistake(tmp_path: Path) -> None:
    (write(tmp_path) / "hub.toml").write_bytes(b"\xef\xbb\xbfmin_free_mb = 5\n")
    assert load(tmp_path).hub.min_free_mb == 5


def test_text_is_kept_as_single_letters_however_it_was_typed(tmp_path: Path) -> None:
    folder = write(tmp_path, services=SERVICES.replace("Hộ tịch", "Ho\u0302\u0323 ti\u0323ch"))
    assert load(folder).services[1].names["vi"] == "Hộ tịch"


def test_files_that_are_left_out_take_their_defaults(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("devices.toml", "accounts.toml"):
        (tmp_path / name).unlink()
    settings = load(tmp_path)
    assert (settings.devices, settings.accounts) == ((), ())
    assert [policy.name for policy in settings.policies] == ["lane-then-time", "first-come"]
    assert settings.hub.http == "127.0.0.1:8080"


def test_a_counter_without_a_name_is_called_by_its_number_and_a_service_by_its_official_name(tmp_path: Path) -> None:
    settings = load(write(tmp_path))
    assert settings.counters[1].names == {"vi": "Quầy 2", "en": "Counter 2"}
    assert settings.services[0].plain == {"vi": "Chứng thực", "en": "Certification"}


def test_an_office_may_add_an_outcome_with_words_of_its_own(tmp_path: Path) -> None:
    added = SITE + ('outcomes = ["received", "not-stated", "sent-on"]\n'
                    '[code_names.sent-on]\nvi = "Chuyển cơ quan khác"\nen = "Sent to another office"\n')
    site = load(write(tmp_path, site=added)).site
    assert site.outcomes[-1] == "sent-on"
    assert site.code_names["sent-on"]["vi"] == "Chuyển cơ quan khác"


def test_the_command_line_replaces_single_values_and_is_checked_alike(tmp_path: Path) -> None:
    write(tmp_path)
    settings = load(tmp_path, overrides={"site.policy": "first-come", "hub.http": "127.0.0.1:0", "site.id": None})
    assert (settings.site.policy, settings.hub.http, settings.site.id) == ("first-come", "127.0.0.1:0", "dong-da")
    assert complaints(tmp_path, hub__http="8080") == (
        "command line: hub.http = '8080' is not HOST:PORT; write it as '127.0.0.1:8080', the port being 0 to 65535",)
    assert complaints(tmp_path, site__polcy="x") == (
        "command line: there is no setting 'site.polcy' to replace; did you mean 'site.policy'?",)


def test_paths_start_at_the_settings_folder(tmp_path: Path) -> None:
    settings = load(write(tmp_path, hub='mqtt_user = "hub"\nmqtt_password_file = "secrets/hub"'))
    assert settings.hub.mqtt_password_file == str(tmp_path / "secrets" / "hub")
    assert settings.warnings == ("hub.toml: mqtt_password_file = 'secrets/hub' does not exist yet; "
                                 "`motcua broker-files` makes it",)


def test_letters_that_rhyme_in_the_loudspeaker_are_worth_a_warning(tmp_path: Path) -> None:
    folder = write(tmp_path, services=SERVICES.replace('"A"', '"B"').replace('"H"', '"D"'))
    assert load(folder).warnings == (
        "services.toml: the series B, D (chung-thuc, ho-tich) rhyme when called aloud in Vietnamese (bê, dê); "
        "letters such as A, H, O, U, X or digits are easier to tell apart",)


def test_an_office_that_nobody_can_set_up_or_that_trusts_strangers_is_worth_a_warning(tmp_path: Path) -> None:
    folder = write(tmp_path, accounts="", site=SITE + "unknown_devices = true")
    assert [line.split(":")[0] for line in load(folder).warnings] == ["accounts.toml", "site.toml"]


@pytest.fixture(scope="module")
def demo() -> Settings:
    return load(DEMO)


def test_the_demo_office_is_the_one_that_the_wire_page_fixes(demo: Settings) -> None:
    assert (demo.site.id, demo.site.languages, demo.site.utc_offset) == ("trung-tu", ("vi", "en"), "+07:00")
    assert demo.site.demo and demo.site.open_counters_at_start and demo.site.unknown_devices
    assert {service.id: service.series for service in demo.services} == {
        "chung-thuc": "A", "ho-tich": "B", "dat-dai": "C", "kinh-te": "K", "chinh-sach": "E", "nhan-ket-qua": "H"}
    assert [(counter.n, counter.zone, counter.services) for counter in demo.counters] == [
        (1, "tang-1", ()), (2, "tang-1", ()), (3, "tang-1", ())]
    assert {device.id: (device.role, device.counter) for device in demo.devices} == {
        "kiosk-1": ("kiosk", None), "lookup-1": ("kiosk", None), "tv-1": ("tv", None), "printer-1": ("printer", None),
        **{f"{role}-{n}": (role, n) for role in ("counter", "tablet") for n in (1, 2, 3)}}
    assert {account.user: (account.role, account.admin) for account in demo.accounts} == {
        "quanly": ("head", True), "can-bo-1": ("clerk", False), "can-bo-2": ("clerk", False),
        "can-bo-3": ("clerk", False)}
    assert demo.site.policy == "lane-then-time"


def test_every_demo_account_opens_with_the_password_that_the_banner_says(demo: Settings) -> None:
    from argon2 import PasswordHasher
    assert all(PasswordHasher().verify(account.password_hash, "demo") for account in demo.accounts)


def test_only_the_kiosk_with_its_own_printer_is_not_printed_for(demo: Settings) -> None:
    assert demo.printer_of("kiosk-1") is None
    assert {demo.printer_of(device) for device in ("lookup-1", "web", "somebody-else")} == {"printer-1"}
