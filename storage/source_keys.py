"""The independent voice behind a document: its source, or one of forty stable parts of a source that speaks for many actors.

A patent office, an archive of papers or a newspaper that is the only one read says nothing itself: those who publish in it do.
"""

from __future__ import annotations

import hashlib

BUCKETS = 40


def source_key(source: str, actor: str) -> str:
    """One of forty stable parts of a source that speaks for many actors. The same actor is always in the same part."""
    digest = hashlib.blake2b(actor.strip().casefold().encode(), digest_size=4).digest()
    return f"{source}#{int.from_bytes(digest, 'big') % BUCKETS}"


def source_of(key: str) -> str:
    """The source a key belongs to."""
    return key.split("#", 1)[0]
