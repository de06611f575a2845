"""The pages keep their word: links lead somewhere, commands and make targets exist, every dependency has its row."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for folder in ("docs", "docs/adr", "docs/sources") for page in (ROOT / folder).glob("*.md"))]
)
COMMAND = re.compile(r"zoom-avant (?!\()([a-z][^`\n#│]*)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return re.sub(r"^(```+).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose(page), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            if file.suffix == ".png" and os.environ.get("CI") != "true":
                continue  # pictures are made by the demo
            dead.append(target)
        elif anchor and anchor not in anchors(file):
            dead.append(target)
    dead += [
        f"{{doc}} {target}" for target in re.findall(r"{doc}`(\w+)`", prose(page)) if not (ROOT / f"docs/{target}.md").exists()
    ]
    assert dead == []


def shown_commands() -> list[tuple[str, str]]:
    """Every zoom-avant command in a code block or in backticks, with its page."""
    found: dict[tuple[str, str], None] = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        spans = re.findall(r"^```(?:sh|console)?\n(.*?)^```", text, flags=re.M | re.S)
        spans += re.findall(r"`([^`\n]+)`", prose(page))
        for span in spans:
            for match in COMMAND.finditer(span):
                found[name(page), match[1].strip()] = None
    return list(found)


@pytest.fixture(scope="module")
def program() -> Any:
    from monitor.cli.__main__ import build

    return typer.main.get_command(build())


@pytest.mark.parametrize(("page", "command"), shown_commands())
def test_commands_shown_exist(program: Any, page: str, command: str) -> None:
    words = shlex.split(command.replace("[", "").replace("]", ""))
    found, path = program, "zoom-avant"
    while hasattr(found, "commands") and words:
        word = words.pop(0)
        path = f"{path} {word}"
        if word in ("demo", "replay") and word not in found.commands and not (ROOT / f"monitor/cli/{word}.py").exists():
            pytest.skip(f"{path} is not written yet")
        assert word in found.commands, f"{page}: there is no command '{path}'"
        found = found.commands[word]
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)} | {
        option for parameter in program.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known | {"--help"}]
    assert unknown == [], f"{page}: '{path}' has no such option"


def test_readme_shows_commands_at_all() -> None:
    assert len([command for page, command in shown_commands() if page == "README.md"]) >= 8


def test_make_targets_shown_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    shown = {
        (name(page), target)
        for page in PAGES
        for target in re.findall(r"(?:^|`|time )make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), flags=re.M)
    }
    assert {target for _, target in shown} >= {"demo", "test"}
    assert [(page, target) for page, target in sorted(shown) if target not in targets] == []


def test_every_dependency_has_its_row_with_the_locked_release() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], *project["dependency-groups"]["docs"]]
    direct = {match[0].lower() for line in lines if (match := re.match(r"[\w-]+", line))}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = {cells[0]: cells[3] for line in page.splitlines() if len(cells := re.split(r"\s*\|\s*", line.strip("| "))) == 5}
    locked = {
        tuple(match)
        for lock in ROOT.glob("requirements*.lock")
        for match in re.findall(r"^([\w-]+)(?:\[[\w,]+\])?==([^ ;]+)", lock.read_text(encoding="utf-8"), flags=re.M)
    }
    assert direct - rows.keys() == set()
    assert rows.keys() - direct == {"package", "---"}
    assert [(package, rows[package]) for package in sorted(direct) if (package, rows[package]) not in locked] == []
