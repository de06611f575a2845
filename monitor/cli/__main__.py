"""The command ``zoom-avant``: parses, runs one command, and turns every error into one clear line and an exit code.

0 done, 1 failed, 2 wrong use (arguments or settings), 130 interrupted. With ``--debug`` the traceback is shown too.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.output import clean
from monitor.cli.shell import Shell
from storage.errors import AppError, ConfigError

# One module a noun; each has register(app). Those of the replay and the demo come with their own parts.
_MODULES = (
    "setup",
    "database",
    "settings",
    "sources",
    "documents",
    "steps",
    "themes",
    "signals",
    "rules",
    "alerts",
    "subscriptions",
    "digest",
    "query",
    "export",
    "services",
    "replay",
    "demo",
)
# Global options people like to write at the end. Commands with options of the same name keep them.
_GLOBAL = {"--config": True, "--database": True, "--debug": False}
_KEEP_THEIR_OWN = ("replay", "demo")


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="zoom-avant",
        help="Monitors trends, ruptures and weak signals in news, patents, funding announcements and papers.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_global_options)
    for name in _MODULES:
        if importlib.util.find_spec(f"monitor.cli.{name}"):
            importlib.import_module(f"monitor.cli.{name}").register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        typer.main.get_command(build()).main(args=_globals_first(given), prog_name="zoom-avant")
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    except BrokenPipeError:  # `zoom-avant … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as exc:
        if debug:
            raise
        _explain(exc)
        return 2 if isinstance(exc, ConfigError) else 1
    return 0


def _global_options(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings file; $ZOOM_AVANT_CONFIG, then ./zoom-avant.toml by default.")
    ] = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="Database URL, instead of the one in the settings.")] = None,
    debug: Annotated[bool, typer.Option(help="Show debug messages and the traceback of an error.")] = False,
) -> None:
    ctx.obj = Shell(config, database, debug)


def _globals_first(arguments: Sequence[str]) -> list[str]:
    """Moves the global options to the front, where the parser wants them."""
    front: list[str] = []
    rest: list[str] = []
    queue = list(arguments)
    while queue:
        word = queue.pop(0)
        if word == "--" or any(name in rest[:1] for name in _KEEP_THEIR_OWN):
            rest += [word, *queue]
            break
        name = word.partition("=")[0]
        if name in _GLOBAL:
            front.append(word)
            if _GLOBAL[name] and "=" not in word and queue:
                front.append(queue.pop(0))
        else:
            rest.append(word)
    return front + rest


def _explain(exc: Exception) -> None:
    from monitor.logs import cleaned

    if isinstance(exc, AppError):
        text = str(exc)
    elif isinstance(exc, ModuleNotFoundError):
        text = f"a part of the program is missing ({exc.name}): install zoom-avant again"
    else:
        text = f"unexpected {type(exc).__name__}: {str(exc).strip().splitlines()[0] if str(exc).strip() else 'no message'}"
        text += " (--debug shows where)"
    sys.stderr.write(f"zoom-avant: {clean(cleaned(text))}\n")


if __name__ == "__main__":
    sys.exit(main())
