"""What collectors of databases share: options checked before the first request, and JSON answers read strictly. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from crawler.collectors.base import Payload
from crawler.collectors.markup import is_html
from crawler.reasons import Unreadable
from storage.errors import ConfigError
from storage.model import Source

_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")

Options = TypeVar("Options", bound=BaseModel)


def options_of(model: type[Options], source: Source) -> Options:
    """``source.options`` as the frozen ``model`` of its collector. Raises ConfigError that names the source, option and fault."""
    try:
        return model.model_validate(dict(source.options))
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, error['loc'])) or 'options'}: {error['msg']}" for error in exc.errors()[:3])
        raise ConfigError(f"source '{source.id}', options of its collector '{source.collector}': {faults}") from exc


def endpoint_of(source: Source) -> str:
    """The address of a source's service. Raises ConfigError where it has none."""
    if not source.url:
        raise ConfigError(f"source '{source.id}' has no address: give it the one of its service")
    return source.url


def json_object(payload: Payload, source: Source) -> dict[str, Any]:
    """The object an answer holds. Raises Unreadable for a web page, broken JSON, NaN, a key given twice, or no object."""
    if not payload.body.strip():
        raise Unreadable("no_body", source.id)
    try:
        found = storable(json.loads(payload.body, parse_constant=_refuse, object_pairs_hook=_once), payload.body)
    except (ValueError, RecursionError) as exc:
        raise Unreadable("html" if is_html(payload.body) else "bad_json", source.id) from exc
    if not isinstance(found, dict):
        raise Unreadable("shape", source.id, "JSON object")
    return found


def storable(value: Any, body: bytes) -> Any:
    """``value``, read from the JSON ``body``, without the NULs and lone surrogates that its escapes may write: no database or
    address takes them. Raises RecursionError.
    """
    return _storable(value) if _UNSTORABLE.search(body) else value


def whole_number(value: object) -> int | None:
    """A count as services give it: a number that is no boolean, or its digits. None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return None


def told(value: object, limit: int = 160) -> str:
    """What a service says of an error, fit for a reason: one line, short, of text only."""
    return " ".join(value.split())[:limit] if isinstance(value, str) else ""


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
