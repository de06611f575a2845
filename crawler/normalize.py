"""Canonical addresses and plain text. Pure: same input, same output, and a second pass changes nothing.

Nothing that comes out holds markup, control characters or lone surrogates, whatever went in. Dates are in ``crawler.dates``.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

MAX_TITLE = 500
MAX_TEXT = 20_000
MAX_URL = 2_000
_MAX_RAW = 200_000

_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|twclid|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|at_\w+|xtor|xtref"
    r"|wt_mc|ns_\w+|pk_\w+|piwik_\w+|mtm_\w+|cmpid|ncid|sr_share|s_cid|vero_\w+|oly_\w+|__twitter_impression|source_rss|rss_id)$",
    re.IGNORECASE,
)
# An element of XHTML may be empty. A script or style that never ends takes the rest with it, as in a browser; a frame does not.
_SCRIPT = re.compile(r"<(script|style)\b(?:[^<>]*/>|.*?(?:</\1\s*>|\Z))", re.IGNORECASE | re.DOTALL)
_FRAMES = [
    (
        re.compile(rf"<{name}\b(?:[^<>]*/>|.*?</{name}\s*>)", re.IGNORECASE | re.DOTALL),
        re.compile(rf"</{name}\s*>", re.IGNORECASE),
    )
    for name in ("noscript", "iframe", "template", "svg")
]
_HIDDEN = re.compile(r"<(?:script|style|noscript|iframe|template|svg)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_ATTRIBUTES = r"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*+"""
_INLINE_NAMES = "a|abbr|b|bdi|cite|code|em|font|i|mark|q|s|small|span|strong|sub|sup|u|wbr"
_INLINE = re.compile(rf"</?(?:{_INLINE_NAMES})(?:\s{_ATTRIBUTES}|/)?>|</?(?:{_INLINE_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_TAG = re.compile(rf"</?[a-zA-Z!?]{_ATTRIBUTES}>|</?[a-zA-Z!?][^<>]*>")
_CUT_TAG = re.compile(  # a summary that was cut inside a tag
    r"""<(?:/?[a-zA-Z!][\w:-]{0,14}+(?:\s++[\w:-]++\s*+=\s*+(?:["'][^<>]*+)?|\s++[\w:-]*+)?|/)?\s*+/?\s*+\Z"""
)
_CONTROL = re.compile(  # marks of direction, soft hyphens, controls but white space, lone surrogates, non-characters
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)
_SPACE = re.compile(r"\s+")
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
# An address that is canonical but for its query, which is most of them: no need to take it apart and put it together again.
_PLAIN_URL = re.compile(
    r"(https?)://((?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63})(?::([1-9]\d{0,4}))?(/[A-Za-z0-9/_.~-]*)(?:\?([\w.~=&-]*))?\Z", re.A
)
_PLAIN_PAIR = re.compile(r"([\w.~-]+)=([\w.~-]*)\Z", re.A)


def canonical_url(url: str | None, base: str | None = None) -> str | None:
    """The address under which a page is known: absolute http(s), without fragment, credentials or tracking parameters.

    None for anything that is not a web address. Idempotent.
    """
    if not url:
        return None
    return _plain_url(url) or _any_url(url, base)


def _plain_url(url: str) -> str | None:
    """What ``_any_url`` makes of a simple address, or None where it is not simple."""
    match = _PLAIN_URL.match(url)
    if match is None or len(url) > MAX_URL or "/." in url:
        return None
    scheme, host, port, path, query = match.groups()
    if port is not None:
        if int(port) > 65_535:
            return None
        host = host if int(port) == (443 if scheme == "https" else 80) else f"{host}:{port}"
    pairs = []
    for pair in query.split("&") if query else ():
        if not pair or _TRACKING.match(pair.split("=", 1)[0]):
            continue
        parts = _PLAIN_PAIR.match(pair)
        if parts is None:
            return None
        pairs.append(parts.groups())
    return f"{scheme}://{host}{path}" + ("?" + "&".join(f"{key}={value}" for key, value in sorted(pairs)) if pairs else "")


def _any_url(url: str, base: str | None) -> str | None:
    cleaned = _SPACE.sub("", _printable(url[: MAX_URL * 4]))
    try:
        absolute = urljoin(base, cleaned) if base else cleaned
        parts = urlsplit(absolute)
        host, port = parts.hostname, parts.port
        if parts.scheme.lower() not in ("http", "https") or not host:
            return None
        host = _ascii_host(host)
        if port and port != (443 if parts.scheme.lower() == "https" else 80):
            host = f"{host}:{port}"
        query = "&".join(pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair.split("=", 1)[0]))
        bare = urlunsplit((parts.scheme.lower(), host, parts.path or "/", query, ""))
        canonical: str = canonicalize_url(canonicalize_url(bare, keep_fragments=False), keep_fragments=False)
    except ValueError:
        return None
    return canonical if len(canonical) <= MAX_URL else None


def plain_text(raw: str | None, limit: int = MAX_TEXT) -> str:
    """Readable text of a title or body: no markup, entities resolved (also twice escaped), NFC, cut at ``limit``."""
    if not raw:
        return ""
    text = raw[:_MAX_RAW]
    if "<" in text or "&" in text:
        for _ in range(3):  # markup, escaped markup, twice escaped markup
            stripped = html.unescape(_without_tags(text))
            if stripped == text:
                break
            text = stripped
        text = _without_tags(text)
    return shorten(" ".join(unicodedata.normalize("NFC", _printable(text)).split()), limit)


def shorten(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, cut between words where it can be, with an ellipsis."""
    if len(text) <= limit:
        return text
    if limit <= 1:
        return ""
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    if space > limit * 0.5:
        cut = cut[:space]
    return cut.rstrip(" ,;:.–-") + "…"


def without_mail(text: str) -> str:
    """A plain text without e-mail addresses: they are persons', and none is stored."""
    return " ".join(_MAIL.sub("", text).split()) if "@" in text and _MAIL.search(text) else text


def clean_json(value: Any, depth: int = 0) -> Any:
    """A JSON value fit for any database: text without NUL or lone surrogates, bounded in depth."""
    if isinstance(value, str):
        return _printable(value)[:MAX_TEXT]
    if depth > 5:
        return None
    if isinstance(value, dict):
        return {_printable(str(key)): clean_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [clean_json(item, depth + 1) for item in value]
    return value


def slug(name: str) -> str:
    """An identifier made from a name: lower-case ASCII letters, digits and hyphens."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:80]


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _CDATA.sub(r"\1", text)
    text = _COMMENT.sub(" ", text)
    if _HIDDEN.search(text):
        text = _without_hidden(text)
    return _CUT_TAG.sub("", _TAG.sub(" ", _INLINE.sub("", text)))


def _without_hidden(text: str) -> str:
    text = _SCRIPT.sub(" ", text)
    for frame, closing in _FRAMES:
        ends = [found.end() for found in closing.finditer(text)]
        if ends:  # beyond the last of them nothing ends: looking for it there, start by start, would take for ever
            text = frame.sub(" ", text[: ends[-1]]) + text[ends[-1] :]
    return text


def _printable(text: str) -> str:
    return text if text.isascii() and text.isprintable() else _CONTROL.sub("", text)


def _ascii_host(host: str) -> str:
    host = host.rstrip(".").lower()
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as exc:
        raise ValueError(host) from exc
