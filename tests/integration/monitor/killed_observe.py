"""Counts, and kills its own process outright just before its N-th statement: ``killed_observe URL NOW N``."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from typing import Any

import sqlalchemy as sa

from monitor.observe import observe
from storage.store import Store

_left = 0


def _count(*_: Any) -> None:
    global _left
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    store = Store.open(sys.argv[1])
    _left = int(sys.argv[3])
    sa.event.listen(store.engine, "before_cursor_execute", _count)
    sa.event.listen(store.engine, "commit", _count)
    observe(store, dt.datetime.fromisoformat(sys.argv[2]))
