"""The files around the code: locks, scripts, and words that must not be in the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh"))
# Written in pieces, so that this file does not hold them itself.
FORBIDDEN = {
    "a package host": ["pypi" + ".org", "python" + "hosted", "npm" + "js.", "conda" + ".anaconda", "hugging" + "face.co"],
    "a path of somebody's machine": ["/" + "work/", "/" + "root/", "/" + "home/", "/" + "Users/"],
}
SECRET = re.compile(r"PRIVATE KEY-{5}|AKIA[A-Z0-9]{16}|xox[bp]-\d{10,}-\w+|hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{20,}")


def tracked() -> list[Path]:
    """Files of the repository; without git, every file that is not plainly made by a tool."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [path for line in done.stdout.split("\0") if line and (path := ROOT / line).is_file()]
    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        made = ("_build", "build", "dist", "demo-output", "__pycache__")
        folders[:] = [
            name for name in folders if name == ".ci" or not (name.startswith(".") or name.endswith(".egg-info") or name in made)
        ]
        found += [Path(folder) / name for name in files]
    return found


def test_tracked_files_name_no_host_no_machine_and_no_secret() -> None:
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content[:8000]:
            continue
        text = content.decode("utf-8", errors="replace")
        for what, words in FORBIDDEN.items():
            found += [f"{path.relative_to(ROOT)}: {what} ({word})" for word in words if word in text]
        found += [f"{path.relative_to(ROOT)}: a secret ({match[0][:20]}…)" for match in SECRET.finditer(text)]
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-docs.lock"])
def test_locks_are_exact_hashed_hostless_and_lean(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 20
    assert [entry.splitlines()[0] for entry in entries if not re.match(r"[\w.\-\[\],]+==\S+", entry)] == []
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    heavy = re.compile(r"(torch|nvidia|triton|tensorflow|sentence-transformers|cuda|onnxruntime)")
    assert [entry.splitlines()[0] for entry in entries if heavy.match(entry)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_plain_posix_shell(script: Path) -> None:
    assert "set -eu" in script.read_text(encoding="utf-8")
    for shell in ("sh", "dash"):
        if shutil.which(shell):
            assert subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False).stderr == ""
    assert os.access(script, os.X_OK)


def run(script: str, *args: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("sh") or "/bin/sh", str(ROOT / "scripts" / script), *args],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def a_python(folder: Path, name: str, *, version_ok: bool = True, has_venv: bool = True) -> Path:
    """A stand-in that answers the two questions scripts/python asks."""
    path = folder / name
    path.write_text(
        f'#!/bin/sh\ncase "$2" in *version_info*) exit {0 if version_ok else 1} ;; *venv*) exit {0 if has_venv else 1} ;; esac\n'
    )
    path.chmod(0o755)
    return path


def test_the_newest_suitable_python_is_chosen(tmp_path: Path) -> None:
    a_python(tmp_path, "python3.11")
    newest = a_python(tmp_path, "python3.13")
    a_python(tmp_path, "python3.14", has_venv=False)
    a_python(tmp_path, "python3", version_ok=False)
    assert run("python", PATH=str(tmp_path)).stdout.strip() == str(newest)


@pytest.mark.parametrize(
    ("version_ok", "has_venv", "says"),
    [(False, True, "needs Python 3.11, 3.12, 3.13 or 3.14"), (True, False, "has no venv module")],
)
def test_without_a_suitable_python_it_says_what_to_do(tmp_path: Path, version_ok: bool, has_venv: bool, says: str) -> None:
    a_python(tmp_path, "python3", version_ok=version_ok, has_venv=has_venv)
    done = run("python", PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr


def test_an_unknown_set_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    done = run("install", "everything", PATH=os.environ["PATH"], VENV=str(tmp_path / "venv"))
    assert done.returncode == 2
    assert "knows run, dev and docs, not 'everything'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_lists_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("install", "demo", "test", "check", "docs", "lock", "clean"):
        assert re.search(rf"^  make {target} ", done.stdout, flags=re.M), target


def test_every_data_file_of_the_packages_goes_into_the_wheel() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]["*"]
    packages = ("alerts", "crawler", "monitor", "nlp", "storage", "web")
    files = [path for path in tracked() if path.relative_to(ROOT).parts[0] in packages and path.suffix != ".py"]
    assert files != []
    assert [str(path) for path in files if not any(path.match(pattern) for pattern in patterns)] == []
