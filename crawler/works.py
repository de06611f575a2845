"""Identifiers of works across databases: DOI, arXiv, HAL and OpenAlex numbers as keys, however a source writes them. Pure.

A key is ``scheme:value``. Two records that share one are the same work; ``title_key`` is the weak one, for records without.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import unquote, urlsplit

MAX_KEY = 300
MIN_TITLE_WORDS = 5
MIN_TITLE_CHARS = 30
"""Shorter titles (« Introduction », "Editorial board") name many works."""

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_HAL = re.compile(r"([a-z][a-z0-9]{1,19}-\d{6,9})(?:v\d+)?")
_OPENALEX = re.compile(r"W\d{1,12}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_MARKUP = re.compile(r"\\[a-zA-Z]+|[${}^_\\]")


def doi_key(raw: object) -> str | None:
    """``doi:10.9999/ex`` of a DOI or its link. arXiv's own DOIs give the arXiv key: they name the preprint, not the article."""
    if not isinstance(raw, str):
        return None
    found = _DOI.search(unquote(raw.strip()))
    if found is None or len(found[0]) > MAX_KEY:
        return None
    doi = found[0].rstrip(".,;)]").lower()
    if preprint := _ARXIV_DOI.fullmatch(doi):
        return arxiv_key(preprint[1])
    return f"doi:{doi}"


def arxiv_key(raw: object) -> str | None:
    """``arxiv:2609.00001``, without version, of an identifier, a link or an OAI identifier."""
    if not isinstance(raw, str):
        return None
    text = re.sub(r"^(?:oai:arxiv\.org:|arxiv:|https?://(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/)", "", raw.strip(), flags=re.I)
    found = _ARXIV.fullmatch(text.removesuffix(".pdf"))
    return f"arxiv:{found[1].lower()}" if found else None


def hal_key(raw: object) -> str | None:
    """``hal:hal-09990001``, without version, of an identifier as HAL gives it."""
    found = _HAL.fullmatch(raw.strip().lower()) if isinstance(raw, str) else None
    return f"hal:{found[1]}" if found else None


def openalex_key(raw: object) -> str | None:
    """``openalex:W999`` of an identifier or its link."""
    found = _OPENALEX.fullmatch(raw.strip().rsplit("/", 1)[-1]) if isinstance(raw, str) else None
    return f"openalex:{found[0].upper()}" if found else None


def link_key(url: str | None) -> str | None:
    """The key of the work a link leads to, where the link says it: a DOI resolver, arXiv, HAL, OpenAlex."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if host in ("doi.org", "dx.doi.org"):
        return doi_key(parts.path)
    if host == "arxiv.org" or host.endswith(".arxiv.org"):
        return arxiv_key(url.split("?", 1)[0].split("#", 1)[0])
    if host in ("hal.science", "hal.archives-ouvertes.fr") or host.endswith(".hal.science"):
        return hal_key(parts.path.strip("/").split("/", 1)[0])
    return openalex_key(parts.path) if host == "openalex.org" else None


def title_key(title: str, year: int | None) -> str | None:
    """``title:<hash>:<year>`` of a title long enough to name one work; case, accents, punctuation and markup don't count."""
    if year is None:
        return None
    folded = unicodedata.normalize("NFKD", _MARKUP.sub("", title.casefold())).encode("ascii", "ignore").decode()
    words = _WORD.findall(folded)
    if len(words) < MIN_TITLE_WORDS or len("".join(words)) < MIN_TITLE_CHARS:
        return None
    return f"title:{hashlib.blake2b(' '.join(words).encode(), digest_size=12).hexdigest()}:{year}"


def scheme_of(key: str) -> str:
    """``doi`` of ``doi:10.9999/ex``."""
    return key.split(":", 1)[0]
