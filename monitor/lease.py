"""One holder at a time for a piece of work, across processes and machines.

``held`` renews the lease in the background for as long as the work lasts. Leases are about processes, not about
the data, so they run on the real clock even when the step inside works at some other ``now``. A lease whose process died on this
machine is taken at once.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import structlog

from storage import leases
from storage.errors import AppError
from storage.store import Store
from storage.tables import leases as table

log = structlog.get_logger()

_ours: set[str] = set()  # every name under which this process has held a lease


class Busy(AppError):
    """Somebody else holds the lease."""

    def __init__(self, name: str, holder: str) -> None:
        super().__init__(f"'{name}' is already running elsewhere ({holder}): wait for it to end, or stop it")
        self.name = name
        self.holder = holder


def holder_name(store: Store) -> str:
    """This process, as it is named in lease rows: machine/pid-random."""
    return f"{socket.gethostname()}/{store.holder}"


@contextmanager
def held(store: Store, name: str, ttl: dt.timedelta) -> Iterator[threading.Event]:
    """Holds the lease ``name`` while the block runs. Yields an event that is set when the lease was lost to somebody else.

    Raises Busy when another living process has it.
    """
    holder = holder_name(store)
    _ours.add(holder)
    with store.transaction() as conn:
        other = conn.scalar(sa.select(table.c.holder).where(table.c.name == name))
        if other is not None and other != holder and _is_dead(other):
            leases.release(conn, name, other)
            log.warning("lease of a dead process taken", lease=name, holder=other)
        if not leases.acquire(conn, name, holder, _clock(), ttl):
            raise Busy(name, str(other))
    done, lost = threading.Event(), threading.Event()
    renewer = threading.Thread(target=_renew, args=(store, name, holder, ttl, done, lost), name=f"lease-{name}", daemon=True)
    renewer.start()
    try:
        yield lost
    finally:
        done.set()
        renewer.join()
        with store.transaction() as conn:
            leases.release(conn, name, holder)


def _renew(store: Store, name: str, holder: str, ttl: dt.timedelta, done: threading.Event, lost: threading.Event) -> None:
    while not done.wait(ttl.total_seconds() / 3):
        try:
            with store.transaction() as conn:
                kept = leases.acquire(conn, name, holder, _clock(), ttl)
        except sa.exc.DBAPIError as exc:  # a long write transaction, or a server restart: the next beat tries again
            log.warning("lease not renewed", lease=name, error=str(exc.orig))
            continue
        if not kept:
            log.error("lease lost", lease=name)
            lost.set()
            return


def _is_dead(holder: str) -> bool:
    """True when the holder was a process of this machine that is gone, or had our pid before us (a restarted container)."""
    parts = re.fullmatch(r"(?P<host>.+)/(?P<pid>\d+)-[0-9a-f]+", holder)
    if parts is None or parts["host"] != socket.gethostname():
        return False
    pid = int(parts["pid"])
    if pid == os.getpid():
        return holder not in _ours
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
