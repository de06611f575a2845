"""The reference pages and the example settings file, written from the code so that they cannot lag behind it."""

from __future__ import annotations

import json
from typing import Any

import typer

from monitor.config import FILE_NAME, FILE_VARIABLE, NESTING, PREFIX, Entry, Settings, entries

_INTRODUCTION = f"""# Settings of Zoom-Avant. Every setting is listed with its default; take away the "# " of a line to change it.
# The environment wins over this file: {PREFIX}CRAWLER{NESTING}CONCURRENCY=4 sets crawler.concurrency.
# 'zoom-avant config check' says whether the file is right.
"""


def example_toml() -> str:
    """A settings file with every setting commented out."""
    tables: dict[str, list[Entry]] = {}
    for entry in entries():
        if entry.type != "tables":
            tables.setdefault(entry.key.rpartition(".")[0], []).append(entry)
    order = list(Settings.model_fields)
    parts = [_INTRODUCTION.rstrip()]
    for table in sorted(tables, key=lambda name: (order.index(name.partition(".")[0]), name.count("."))):
        parts.append(f"\n{_header(table)}")
        for entry in tables[table]:
            parts += [f"# {entry.description}", f"# {entry.key.rpartition('.')[2]} = {_toml(entry)}"]
    return "\n".join(parts) + "\n"


def settings_page() -> str:
    """``docs/settings.md``."""
    parts = [
        "# Settings",
        "",
        f"One TOML file: `--config FILE`, else `${FILE_VARIABLE}`, else `./{FILE_NAME}`. A command-line option wins over the",
        "environment, the environment over the file, the file over the defaults. The variable of `section.key` is",
        f"`{PREFIX}SECTION{NESTING}KEY`; `{PREFIX}DATABASE_URL` is short for `{PREFIX}DATABASE{NESTING}URL`.",
        "An unknown key is an error. Relative paths start in the folder the command runs in.",
        "",
        "`zoom-avant config show` prints each value, its origin, and secrets masked. A key with `[]` belongs to a table that may",
        "be written several times, as `[[section.table]]`.",
    ]
    for section, field in Settings.model_fields.items():
        parts += [
            "",
            f"## {section}",
            "",
            f"{field.description}.",
            "",
            "| setting | type | default | meaning |",
            "|---|---|---|---|",
        ]
        for entry in entries():
            if entry.key.partition(".")[0] == section:
                kind, meaning = (_in_table(text) for text in (entry.type, entry.description))
                parts.append(f"| `{entry.key}` | {kind} | {_in_table(_shown(entry.default))} | {meaning} |")
    return "\n".join(parts) + "\n"


def commands_page(app: typer.Typer) -> str:
    """``docs/commands.md``."""
    parts = [
        "# Commands",
        "",
        "Results go to standard output, progress and logs to standard error. Exit codes: 0 done, 1 failed, 2 wrong use",
        "(arguments or settings), 130 interrupted. The options `--config`, `--database` and `--debug` may be written anywhere.",
    ]
    root = typer.main.get_command(app)
    parts += ["", "## zoom-avant", "", *_options(root)]
    for path, command in sorted(_leaves(root, ())):
        usage = " ".join(["zoom-avant", *path, *_arguments(command)])
        parts += [
            "",
            f"## {' '.join(path)}",
            "",
            f"`{usage}`",
            "",
            " ".join((command.help or "").split()),
            "",
            *_options(command),
        ]
    return "\n".join(line for n, line in enumerate(parts) if line or parts[n - 1 : n] != [""]).rstrip() + "\n"


def _leaves(command: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        return [(path, command)]
    return [leaf for name, one in below.items() for leaf in _leaves(one, (*path, name))]


def _arguments(command: Any) -> list[str]:
    found = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = (parameter.metavar or parameter.name.upper().rstrip("_")).strip("[]")
            found.append(name if parameter.required else f"[{name}]")
    return found


def _options(command: Any) -> list[str]:
    rows = []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            name = (parameter.metavar or parameter.name.upper().rstrip("_")).strip("[]")
            rows.append(f"| `{name}` | {_in_table(parameter.help or '')} |")
            continue
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        default = (
            ""
            if parameter.default in (None, False, True, [])
            else f" Default: `{getattr(parameter.default, 'value', parameter.default)}`."
        )
        rows.append(f"| {names} | {_in_table((parameter.help or '').rstrip('.') + '.')}{default} |")
    return ["| option | meaning |", "|---|---|", *rows] if rows else []


def _header(table: str) -> str:
    return f"# [[{table.removesuffix('[]')}]]" if table.endswith("[]") else f"# [{table}]" if _optional(table) else f"[{table}]"


def _optional(table: str) -> bool:
    """Whether a table may only be written with its required keys: a bare header would be an error."""
    return any(entry.key.rpartition(".")[0] == table and entry.default == "required" for entry in entries())


def _toml(entry: Entry) -> str:
    if entry.default in ("none", "required"):
        return "…"
    try:
        value = json.loads(entry.default)
    except ValueError:
        return json.dumps(entry.default, ensure_ascii=False)
    return entry.default if not isinstance(value, dict) else "{}"


def _shown(default: str) -> str:
    return default if default in ("none", "required") else f"`{default}`"


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")
