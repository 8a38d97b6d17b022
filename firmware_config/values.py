"""One value against its field: the type, the bounds and the written form; complaints name value and cure."""

import types
import typing
import unicodedata
from collections.abc import Mapping
from dataclasses import Field
from typing import Any

from firmware_config.forms import LINE, Form
from firmware_config.guesses import guess

TYPE_NAMES: dict[object, str] = {
    str: "text", int: "whole number", float: "number", bool: "true or false",
    tuple[str, ...]: "list of text", dict[str, str]: "text by language",
    dict[str, dict[str, str]]: "text by language, by code", int | None: "whole number",
    Mapping[str, str]: "ids by name",
}
_WRITE = {
    "text": "put it in quotes", "whole number": "write a number without quotes or point, such as 20",
    "number": "write a number without quotes, such as 2.0",
    "true or false": "write true or false, without quotes",
    "list of text": "write a list such as ['a', 'b']",
    "text by language": "write it as { vi = '…', en = '…' }",
    "text by language, by code": "write it as { code = { vi = '…', en = '…' } }",
    "ids by name": "write it as { name = 'id' }",
}


def show(value: object) -> str:
    """A value as a complaint quotes it: as written in TOML, shortened."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…" + text[-1]


def type_name(setting: "Field[Any]") -> str:
    """What a person calls the field's type."""
    return TYPE_NAMES[setting.type]


def checked(place: str, setting: "Field[Any]", value: object, into: dict[str, Any]) -> list[str]:
    """Put the value, if it is right, under the field's name in `into`; return what is wrong with it.

    `place` opens each complaint: "services.toml, service 2 ('ho-tich'): series".
    """
    quoted = "(hidden)" if setting.metadata["secret"] else show(value)
    kind = type_name(setting)
    value = _read(setting.type, value)
    if value is _WRONG:
        return [f"{place} = {quoted} must be {_with_article(kind)}; {_WRITE[kind]}"]
    wrong = list(_in_bounds(f"{place} = {quoted}", setting, value))
    if not wrong:
        into[setting.name] = value
    return wrong


_WRONG = object()


def _read(kind: object, value: object) -> Any:
    """The value in the field's type, texts in NFC (one letter, one code point), or _WRONG."""
    if typing.get_origin(kind) is types.UnionType:
        return value if type(value) is int else _WRONG
    if kind in (int, bool):
        return value if type(value) is kind else _WRONG
    if kind is float:
        return float(value) if type(value) in (int, float) else _WRONG  # type: ignore[arg-type]  # just looked at
    if kind is str:
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else _WRONG
    if kind == tuple[str, ...]:
        whole = isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
        return tuple(_read(str, item) for item in typing.cast("list[str]", value)) if whole else _WRONG
    inner = dict[str, str] if kind == dict[str, dict[str, str]] else str
    if not isinstance(value, dict):
        return _WRONG
    read = {key: _read(inner, item) for key, item in value.items()}
    return _WRONG if _WRONG in read.values() else read


def _in_bounds(place: str, setting: "Field[Any]", value: Any) -> typing.Iterator[str]:
    bounds = setting.metadata
    low, high, form, choices = bounds["low"], bounds["high"], bounds["form"], bounds["choices"]
    if low is not None and value is not None and not low <= value <= high:
        yield f"{place} is out of range; choose {low:g} to {high:g}"
    if choices and value not in choices:
        yield f"{place} is not known{guess(value, choices)}"
    if form is not None:
        yield from _in_form(place, form, value)
    if isinstance(value, dict) and type_name(setting).startswith("text"):
        for texts in [value] if all(isinstance(item, str) for item in value.values()) else value.values():
            for language, text in texts.items():
                if not text.strip() or not LINE.fits(text):
                    yield (f"{place}: the text for {language!r} is empty, too long or of several lines; "
                           f"{LINE.cure}")


def _in_form(place: str, form: Form, value: Any) -> typing.Iterator[str]:
    """A list's items must each have the form; the one that does not is named."""
    for item in value if isinstance(value, tuple) else (value,):
        named = f"{place}: {show(item)}" if isinstance(value, tuple) else place
        if form.name == "HOST:PORT" and form.fits(item) and int(item.rpartition(":")[2]) > 65535:
            yield f"{named} has no such port; choose 0 to 65535"
        elif not form.fits(item):
            upper = item.upper() if form.fits(item.upper()) else ""
            lower = item.lower() if form.fits(item.lower()) else ""
            near = f"; did you mean {upper or lower!r}?" if upper or lower else ""
            yield f"{named} is not {form.name}; {form.cure}{near}"


def _with_article(kind: str) -> str:
    return kind if kind == "true or false" or kind.startswith(("text", "ids")) else f"a {kind}"
