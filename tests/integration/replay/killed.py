"""Runs the command and kills its process outright just before its N-th commit or renaming of a file: ``killed N WORD…``.

What a dead process leaves behind changes only there, so every N is another moment to die at.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import sqlalchemy as sa

_left = 0


def _count(*_: Any) -> None:
    global _left
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _audit(event: str, _arguments: tuple[Any, ...]) -> None:
    if event == "os.rename":
        _count()


if __name__ == "__main__":
    from monitor.cli.__main__ import main

    _left = int(sys.argv[1])
    sa.event.listen(sa.engine.Engine, "commit", _count)
    sys.addaudithook(_audit)
    sys.exit(main(sys.argv[2:]))
