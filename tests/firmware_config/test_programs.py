"""The settings of each device's program: right, or every mistake at once with its cure."""

from pathlib import Path

import pytest

from firmware_config import programs, settings_command
from firmware_config.programs import Box, Kiosk, Printer, Tv, load_program
from firmware_config.settings import BadSettings
from tests.firmware_config.office_folder import RIGHT, write

DEMO = Path(programs.__file__).parent / "sites" / "trung-tu"
DEVICES = RIGHT["devices.toml"] + """
[[device]]
id = "kiosk-1"
role = "kiosk"
printer = "self"

[[device]]
id = "kiosk-2"
role = "kiosk"

[[device]]
id = "counter-1"
role = "counter"
counter = 1

[[device]]
id = "tv-1"
role = "tv"
"""
PRINTS = "[printer]\n"


def office(folder: Path, **files: str) -> Path:
    """An office with those program files, named with _ for -."""
    files = {"kiosk_1": PRINTS, **files}
    write(folder, devices=DEVICES)
    (folder / "programs").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "programs" / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_device_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    where = office(tmp_path)
    assert load_program(where, "kiosk-2", "kiosk") == Kiosk()
    assert load_program(where, "printer-1", "printer") == Printer()
    assert load_program(where, "counter-1", "box") == Box()
    assert load_program(where, "tv-1", "tv") == Tv()


def test_a_device_that_the_settings_do_not_name_may_still_be_tried(tmp_path: Path) -> None:
    assert load_program(office(tmp_path), "kiosk-99", "kiosk") == Kiosk()


def test_a_kiosk_is_read_with_its_buttons_and_its_own_printer(tmp_path: Path) -> None:
    where = office(tmp_path, kiosk_1="""
        board = "kiosk-6"
        size = "800x480"
        diagonal_in = 7
        reserve = 0
        [buttons]
        service-1 = "ho-tich"
        [printer]
        transport = "serial"
        address = "/dev/ttyUSB0"
        header = { vi = "Một cửa", en = "One-stop desk" }
        logo = "logo.png"
        """)
    (where / "logo.png").touch()
    read = load_program(where, "kiosk-1", "kiosk")
    assert read == Kiosk(board="kiosk-6", buttons={"service-1": "ho-tich"}, size="800x480", diagonal_in=7.0, reserve=0,
                         printer=Printer(transport="serial", address="/dev/ttyUSB0", logo=str(where / "logo.png"),
                                         header={"vi": "Một cửa", "en": "One-stop desk"}))
    assert read.pixels == (800, 480)


@pytest.mark.parametrize("file, text, said", [
    ("kiosk_2", "resreve = 5", "programs/kiosk-2.toml: unknown key 'resreve'; did you mean 'reserve'?"),
    ("kiosk_2", "reserve = 51", "programs/kiosk-2.toml: reserve = 51 is out of range; choose 0 to 50"),
    ("kiosk_2", "size = '1024'", "programs/kiosk-2.toml: size = '1024' is not WIDTHxHEIGHT; write it as '1920x1080'"),
    ("kiosk_2", "board = 'kiosk6'", "board = 'kiosk6': there is no board 'kiosk6'; did you mean 'kiosk-6'?"),
    ("kiosk_2", "board = 'kiosk-6'\nbuttons = { service-9 = 'ho-tich' }",
     "buttons: service-9 = 'ho-tich': kiosk-6 has no such button; did you mean 'service-"),
    ("kiosk_2", "board = 'kiosk-6'\nbuttons = { service-1 = 'hotich' }",
     "buttons: service-1 = 'hotich' is not in services.toml; did you mean 'ho-tich'?"),
    ("kiosk_2", "board = 'kiosk-6'\nbuttons = { help = 'ho-tich' }", "that button calls for help and takes no service"),
    ("kiosk_2", "board = 'kiosk-6'\nbuttons = ['ho-tich']",
     "buttons = ['ho-tich'] must be ids by name; write it as { name = 'id' }"),
    ("kiosk_2", "buttons = { service-1 = 'ho-tich' }", "buttons need a board; write board = 'kiosk-6'"),
    ("kiosk_2", "screen = false", "without a screen it needs a board of buttons"),
    ("kiosk_2", PRINTS, "devices.toml does not say printer = 'self' for kiosk-2, so the hub would have each slip "
                        "printed a second time; write it there"),
    ("kiosk_1", "", "[printer] is missing; devices.toml says that kiosk-1 prints its own slips"),
    ("kiosk_1", "printer = 'printer-1'", "printer = 'printer-1' must be a section; write [printer] on a line"),
    ("kiosk_1", "[printer]\nbuad = 9600", "programs/kiosk-1.toml, [printer]: unknown key 'buad'; did you mean 'baud'?"),
    ("printer_1", "transport = 'usb'", "transport = 'usb' is not known; choose from network, serial, file"),
    ("printer_1", "address = '192.168.1.50'", "is not HOST:PORT; write it as '192.168.1.50:9100'"),
    ("printer_1", "transport = 'serial'", "address = '127.0.0.1:9100' is no serial port; write it as '/dev/ttyUSB0'"),
    ("printer_1", "transport = 'file'\naddress = ''", "address = '' names no file"),
    ("printer_1", "header = { vi = 'Một cửa' }", "header has no text for 'en'; add en = '…'"),
    ("printer_1", "logo = 'no.png'", "logo = 'no.png' is not there; put the file at "),
    ("counter_1", "board = ''", "board = '' leaves no button; choose from box-5"),
    ("counter_1", "long_press_s = 0", "long_press_s = 0 is out of range; choose 0.5 to 10"),
    ("tv_1", "zone = 'tang-2'", "zone = 'tang-2' has no counter in counters.toml; did you mean 'tang-1'?"),
    ("tv_1", "theme = 'drak'", "theme = 'drak' is not known; did you mean 'dark'?"),
    ("tv_1", "theme dark", "programs/tv-1.toml: line 1"),
    ("tv_9", "", "programs/tv-9.toml: 'tv-9' is no device of devices.toml; did you mean 'tv-1'?"),
    ("tablet_1", "", "programs/tablet-1.toml: a tablet has no program with settings of its own; remove the file"),
])
def test_each_mistake_is_told_with_its_cure(file: str, text: str, said: str, tmp_path: Path) -> None:
    told = programs.complaints(office(tmp_path, **{file: text}))
    assert len(told) == 1 and said in told[0], told


def test_an_office_without_mistakes_has_none() -> None:
    assert programs.complaints(DEMO) == ()


def test_every_program_of_the_demo_can_be_read() -> None:
    assert load_program(DEMO, "kiosk-1", "kiosk").buttons == {
        "service-1": "chung-thuc", "service-2": "ho-tich", "service-3": "dat-dai", "service-4": "kinh-te",
        "service-5": "chinh-sach", "service-6": "nhan-ket-qua"}
    assert load_program(DEMO, "kiosk-1", "kiosk").printer is not None
    assert load_program(DEMO, "lookup-1", "kiosk").printer is None
    assert load_program(DEMO, "counter-3", "box").board == "box-5"
    assert load_program(DEMO, "tv-1", "tv").pixels == (1920, 1080)


def test_a_device_of_another_role_is_told_how_to_start(tmp_path: Path) -> None:
    where = office(tmp_path)
    with pytest.raises(BadSettings, match="tv-1 has the role tv and can not run as a kiosk; start it with `motcua tv`"):
        load_program(where, "tv-1", "kiosk")
    with pytest.raises(BadSettings, match=r"counter-1 has the role counter .* start it with `motcua counter`"):
        load_program(where, "counter-1", "printer")
    with pytest.raises(BadSettings, match=r"tablet-1 has the role tablet .* it is a page in a browser"):
        load_program(where, "tablet-1", "tv")


def test_all_mistakes_of_a_file_come_at_once(tmp_path: Path) -> None:
    where = office(tmp_path, tv_1="zone = 'x'\ntheme = 'blue'\nvolume = 3")
    with pytest.raises(BadSettings) as refused:
        load_program(where, "tv-1", "tv")
    assert len(refused.value.complaints) == 3


def test_a_mistake_in_another_file_is_not_the_programs(tmp_path: Path) -> None:
    where = office(tmp_path, tv_1="zone = 'tang-1'", printer_1="transport = 'usb'")
    (where / "counters.toml").write_text("not toml", encoding="utf-8")
    assert load_program(where, "tv-1", "tv").zone == "tang-1"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="is not a folder"):
        load_program(tmp_path / "nowhere", "tv-1", "tv")


def test_settings_check_tells_the_programs_mistakes_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = office(tmp_path, tv_1="theme = 'drak'")
    (where / "hub.toml").write_text("htpp = 1", encoding="utf-8")
    assert settings_command.check(where) == 2
    said = capsys.readouterr().err
    assert said.startswith("2 mistakes in the settings:") and "htpp" in said and "did you mean 'dark'?" in said
    assert settings_command.check(office(tmp_path / "right")) == 0
