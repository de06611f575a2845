"""How Sphinx builds these pages. They are Markdown (MyST); every page can also be read as it is."""

import tomllib
from pathlib import Path

_project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Zoom-Avant"
author = "the Zoom-Avant contributors"
copyright = "the Zoom-Avant contributors, Apache-2.0"  # noqa: A001 - the name Sphinx asks for
release = version = _project["version"]
language = "en"

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"Zoom-Avant {release}"
html_show_sphinx = False
html_copy_source = False
