"""Forms that change something: who sends them, and that it really was this site's page.

A reader is known by a random cookie, or by the name given with the access token. The form carries a signature of that cookie, so
another site can neither read nor make it (double submit); the guard has refused what browsers call cross-site before.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request
from fastapi.responses import Response

READER_COOKIE = "reader"
YEAR_S = 365 * 24 * 3600
MAX_BODY = 8192
_KEY_LENGTH = 32
_TOKEN = 32


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever looks at a page. ``key`` is the cookie's value; ``name`` is what their answers are kept under."""

    key: str
    name: str
    is_new: bool

    def remember(self, response: Response, *, secure: bool) -> None:
        """Sets the cookie on the first page that has a form."""
        if self.is_new:
            response.set_cookie(READER_COOKIE, self.key, max_age=YEAR_S, samesite="strict", httponly=True, secure=secure)


def reader(request: Request) -> Reader:
    """The reader of a request; a new one when the cookie is missing or not one of ours."""
    key = request.cookies.get(READER_COOKIE, "")
    is_known = len(key) == _KEY_LENGTH and key.isascii() and key.isalnum()
    if not is_known:
        key = secrets.token_hex(_KEY_LENGTH // 2)
    # The name is derived, so that it may be shown without giving the cookie away.
    name = _given_name(request) or f"web:{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    return Reader(key, name, not is_known)


def form_token(secret: bytes, who: Reader, purpose: str) -> str:
    """What a form of ``purpose`` must carry when ``who`` sends it."""
    return hmac.new(secret, f"{who.key}\0{purpose}".encode(), hashlib.sha256).hexdigest()[:_TOKEN]


def is_from_here(secret: bytes, who: Reader, purpose: str, token: str) -> bool:
    """Whether the form was made for this reader by this server."""
    return not who.is_new and hmac.compare_digest(form_token(secret, who, purpose).encode(), token.encode())


async def fields(request: Request) -> dict[str, str]:
    """The fields of a urlencoded form. Raises 413 when it is long, 415 when it is something else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "send the fields as application/x-www-form-urlencoded")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413, f"the form is longer than {MAX_BODY} bytes: shorten the note")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20))
    except ValueError as exc:
        raise HTTPException(400, "the form has more than 20 fields") from exc


def _given_name(request: Request) -> str:
    """The user name a browser sent beside the access token. Never the token."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        name = b64decode(value.strip(), validate=True).partition(b":")[0].decode("utf-8", "replace")
    except ValueError:
        return ""
    return " ".join("".join(c for c in name if c.isprintable()).split())[:80]
