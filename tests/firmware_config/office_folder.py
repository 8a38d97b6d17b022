"""A small, right settings folder for tests to spoil."""

from pathlib import Path

RIGHT = {
    "site.toml": 'id = "dong-da"\nnames = { vi = "Bộ phận Một cửa", en = "One-stop desk" }\n',
    "services.toml": """\
[[service]]
id = "chung-thuc"
series = "A"
names = { vi = "Chứng thực", en = "Certification" }

[[service]]
id = "ho-tich"
series = "H"
names = { vi = "Hộ tịch", en = "Civil status" }
""",
    "counters.toml": '[[counter]]\nn = 1\n\n[[counter]]\nn = 2\nservices = ["ho-tich"]\n',
    "devices.toml": """\
[[device]]
id = "tablet-1"
role = "tablet"
counter = 1

[[device]]
id = "printer-1"
role = "printer"

[[device]]
id = "ioc"
role = "integration"
""",
    "accounts.toml": """\
[[account]]
user = "quanly"
name = "Quản lý"
role = "head"
admin = true
password_hash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$aGFzaGhhc2hoYXNoaGFzaA"
""",
}


def write(folder: Path, **changed: str) -> Path:
    """Write the right folder, files named in `changed` (`site`, `hub`, …) having that text instead."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**RIGHT, **{f"{short}.toml": text for short, text in changed.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
