"""How a device's program signs in at the broker: by its id, and the secret that `motcua broker-files` made for it.

The secret lies in the settings folder as `secrets/<device>`. Where it is missing, the broker takes anyone (the demo).
"""

from pathlib import Path


class SecretUnreadable(OSError):
    """There is a secret, but this user may not read it; the text says what to do."""


def broker_account(folder: Path, device: str) -> tuple[str, str]:
    """User name and password of a device at the broker; two empty texts where it has no secret.

    `folder` is the settings folder. Raises SecretUnreadable.
    """
    secret = folder / "secrets" / device
    try:
        return device, secret.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "", ""
    except OSError as wrong:
        raise SecretUnreadable(
            f"can not read {secret} ({wrong.strerror}); run this program as the user that owns it") from None
