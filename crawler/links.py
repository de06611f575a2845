"""Links that lead to the same page: AMP and mobile editions, http and https, with or without ``www.``. Pure.

Addresses are kept and visited as they are; only their likeness is told here, so a wrong guess never sends anyone to a wrong page.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.normalize import canonical_url

_MOBILE = ("m", "mobile", "amp", "www")
_EDITION = re.compile(r"^(?:amp|print|printable|imprimer|outputtype)(?:=(?:1|true|yes|amp|oui))?$", re.IGNORECASE)
_AMP_END = re.compile(r"(?:/amp|\.amp)(?=(?:\.html?)?$)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[a-z]/)?(?:amp/)?s/(.+)$")


def same_page(url: str) -> str:
    """A string equal for links to the same page: host and path without the marks of an edition. ``url`` is canonical.

    It is not an address. Folds little on purpose: marks that could be a page of their own stay.
    """
    inner = _behind_amp_cache(url)
    parts = urlsplit(inner or url)
    host = parts.netloc
    while (label := host.split(".", 1)[0]) in _MOBILE and host.count(".") > 1:
        host = host.removeprefix(label + ".")
    path = parts.path
    if len(path) > 5:
        path = _AMP_END.sub("", path.rstrip("/"))
        path = path.removeprefix("/amp") if path.startswith("/amp/") else path
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _EDITION.match(pair))
    return f"{host}{path.rstrip('/')}" + (f"?{query}" if query else "")


def is_home(url: str) -> bool:
    """Whether a link leads to the front of a site: it identifies no document."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _behind_amp_cache(url: str) -> str | None:
    """The address a page of an AMP cache stands for."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.endswith(".cdn.ampproject.org") or (re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", host) and "/amp/s/" in parts.path):
        match = _AMP_CACHE.match(parts.path)
        if match and "." in match[1].split("/", 1)[0]:
            return canonical_url("https://" + match[1] + (f"?{parts.query}" if parts.query else ""))
    return None
