"""Reads the members of a ZIP held in memory, within bounds; nothing is ever written to a disk. Pure.

Refused before reading: too many members, names that climb, encryption, methods other than deflate, declared sizes or ratios of
a bomb. A member that lies about its size ends at the declared one with a checksum that is wrong.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from crawler.collectors.services import told
from crawler.reasons import Unreadable

LONGEST_DOWNLOAD_S = 600.0
"""An archive of 50 MB takes its time on a slow line."""
MAX_MEMBERS = 60_000
MAX_MEMBER_BYTES = 600_000_000
MAX_RATIO = 150
_SMALL = 1_000_000
# What zipfile raises on damage; the last two for a member without a name, or with a field shorter than it says.
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError),
    *(IndexError, struct.error),
)
_ENTRY = b"PK\x01\x02"
_CLIMBS = re.compile(r"(^|/)\.\.(/|$)|^/|^[a-zA-Z]:|\\|\x00")


class Archive:
    """The ZIP in ``body``. Every fault of it is an Unreadable of ``source_id``."""

    def __init__(self, body: bytes, source_id: str) -> None:
        self.source_id = source_id
        if body.count(_ENTRY) > MAX_MEMBERS:
            raise Unreadable("archive", source_id, f"more than {MAX_MEMBERS} members")
        with self.reading():
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}

    def names(self, suffix: str) -> list[str]:
        """The members whose name ends so, upper or lower case."""
        return [name for name in self._members if name.lower().endswith(suffix)]

    def one(self, name: str) -> str | None:
        """The only member called ``name``, in whatever folder; None where there is none, Unreadable where there are two."""
        found = [full for full in self._members if full.lower().rpartition("/")[2] == name]
        if len(found) > 1:
            raise Unreadable("archive", self.source_id, f"{len(found)} members are called {name}")
        return found[0] if found else None

    @contextmanager
    def open(self, name: str, limit: int = MAX_MEMBER_BYTES) -> Iterator[IO[bytes]]:
        """The bytes of a member, decompressed as they are read."""
        info = self._members[name]
        if fault := _fault(info, limit):
            raise Unreadable("archive", self.source_id, f"{name[:80]}: {fault}")
        with self.reading(), self._zip.open(info) as member:
            yield member

    def read(self, name: str, limit: int) -> bytes:
        """A whole member of at most ``limit`` bytes."""
        with self.open(name, limit) as member:
            return member.read(limit + 1)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around any use of the ZIP: its faults become an Unreadable."""
        try:
            yield
        except _FAULTS as exc:
            raise Unreadable("archive", self.source_id, told(str(exc)) or type(exc).__name__) from exc


def _fault(info: zipfile.ZipInfo, limit: int) -> str | None:
    if _CLIMBS.search(info.filename):
        return "a name that leaves its folder"
    if info.flag_bits & 0x1:
        return "encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"method {info.compress_type}"
    if info.file_size > limit:
        return f"{info.file_size} bytes, more than {limit}"
    if info.file_size > _SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return f"{info.file_size} bytes out of {info.compress_size}"
    return None
