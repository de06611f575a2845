"""Templates to pages: one Jinja environment, everything escaped, in the reader's language.

A link that did not come from us is drawn only when it is a plain web address: see ``web_address``.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from storage.model import Signal, Theme
from web.texts import LANGUAGES, choose_language, texts

LANGUAGE_COOKIE = "lang"
YEAR_S = 365 * 24 * 3600
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}")
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")


def page(request: Request, template: str, *, status: int = 200, lang: str | None = None, **values: Any) -> HTMLResponse:
    """A rendered page. Remembers the language when the reader chose one with ``?lang=``, which goes before ``lang``."""
    lang = lang if lang in LANGUAGES and request.query_params.get("lang") not in LANGUAGES else language(request)
    html = environment().get_template(template).render(t=texts(lang), lang=lang, here=_Here(request), **values)
    response = HTMLResponse(html, status_code=status)
    response.headers["Content-Language"] = lang
    response.headers["Vary"] = "Accept-Language, Cookie"
    if request.query_params.get("lang") == lang:
        response.set_cookie(
            LANGUAGE_COOKIE, lang, max_age=YEAR_S, samesite="lax", httponly=True, secure=request.url.scheme == "https"
        )
    return response


def language(request: Request) -> str:
    return choose_language(
        request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language")
    )


def page_number(request: Request) -> int:
    """The page of a long list that ``?page=`` asks for; 1 for anything unreadable."""
    number = request.query_params.get("page", "1")
    return max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1


@cache
def environment() -> Environment:
    env = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.globals.update(
        label=label,
        reason=reason,
        unbroken=unbroken,
        web_address=web_address,
        host_of=host_of,
        language_tag=language_tag,
        languages=LANGUAGES,
        as_day=as_day,
    )
    return env


def label(theme: Theme, lang: str) -> str:
    """The theme's name in a language, else in the other, else its id."""
    named = (theme.label_fr, theme.label_en) if lang == "fr" else (theme.label_en, theme.label_fr)
    return next((name.strip() for name in named if name.strip()), theme.id)


def reason(signal: Signal, lang: str) -> str:
    """Why a theme is in its state."""
    return unbroken(signal.reason_fr if lang == "fr" else signal.reason_en)


def unbroken(sentence: str) -> str:
    """The sentence with each factor kept on the line of its sign."""
    return sentence.replace("\u00d7 ", "\u00d7\u202f")


def web_address(url: str | None) -> str | None:
    """``url`` when a browser may safely be sent there: http or https, a host, no credentials, no control character; else None."""
    if not url or _CONTROL.search(url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            return None
    except ValueError:
        return None
    return url


def host_of(address: str) -> str:
    """The host a web address leads to, as the network writes it: letters that look like others are told from them."""
    host = urlsplit(address).hostname or ""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode()


def language_tag(lang: str | None) -> str | None:
    """``lang`` when it may stand in a ``lang`` attribute."""
    return lang if lang and _LANGUAGE_TAG.fullmatch(lang) else None


def as_day(value: object) -> dt.date | None:
    """A day from evidence's ISO text, None for anything else."""
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None


class _Here:
    """The address being shown, and its variations."""

    def __init__(self, request: Request) -> None:
        self.path = request.url.path
        self.query = {key: value for key, value in request.query_params.items() if value}

    def __call__(self, **changes: object) -> str:
        """This page with some parameters changed; None takes one away."""
        merged = {**self.query, **{key: "" if value is None else str(value) for key, value in changes.items()}}
        kept = {key: value for key, value in merged.items() if value}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path
