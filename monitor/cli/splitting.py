"""The option that says which sources of an archive count by actor, and the remark on those for which that is an expedient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from storage.errors import ConfigError

if TYPE_CHECKING:  # `zoom-avant --help` must not load pydantic models
    from crawler.actors import Split

SplitByActor = Annotated[
    str,
    typer.Option(
        "--split-by-actor",
        metavar="auto|never|always",
        help="New sources whose documents count by actor (applicant, author, publisher) and not as one source: papers, patents,"
        " databases and sources with fewer than three of their kind; none; or all.",
    ),
]


def choice(text: str) -> Split:
    """What a person wrote. Raises ConfigError."""
    from crawler.actors import Split

    try:
        return Split(text)
    except ValueError:
        raise ConfigError(f"sources cannot be split by '{text}': choose {', '.join(Split)}") from None


def tell(lone: Sequence[str]) -> None:
    """Names the sources split only because they are so few: three voices in one paper are not three papers."""
    if lone:
        shown = ", ".join(lone[:5]) + (" …" if len(lone) > 5 else "")
        output.note(
            f"fewer than three publishers of a kind: the documents of {shown} count by actor, each unsigned one as its own;"
            " --split-by-actor never counts such a source as one voice"
        )
