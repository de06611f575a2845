"""What the program says about itself, and what it never says."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from monitor.config import MASK, LogSettings
from monitor.logs import cleaned, configure


@pytest.fixture(autouse=True)
def _restored() -> object:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], _ = before
    root.setLevel(before[1])
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql://me:hunter2@db/x refused", "hunter2"),
        ("POST https://hooks.slack.com/services/T0/B0/abcdef failed", "abcdef"),
        ("token xoxb-12-34-abc", "xoxb-12-34-abc"),
        ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
        ("GET https://api.example/x?api_key=s3cr3t&page=2", "s3cr3t"),
    ],
)
def test_secrets_are_masked_in_any_text(text: str, secret: str) -> None:
    assert secret not in cleaned(text)
    assert MASK in cleaned(text)


def test_plain_text_is_left_alone() -> None:
    text = "source 'le-monde' failed: https://example.org/feed?page=2 returned 503"
    assert cleaned(text) == text


def test_json_lines_share_one_format_with_the_standard_library(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogSettings(level="info", format="json"))
    structlog.get_logger("ours").info("documents stored", source="a", new=12, api_token="abc")
    logging.getLogger("theirs").warning("from %s", "elsewhere")
    logging.getLogger("theirs").debug("not shown")
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in err.splitlines()]
    assert out == ""
    assert [line["event"] for line in lines] == ["documents stored", "from elsewhere"]
    assert lines[0] | {"timestamp": ""} == {
        "event": "documents stored",
        "source": "a",
        "new": 12,
        "api_token": MASK,
        "level": "info",
        "logger": "ours",
        "timestamp": "",
    }


def test_a_traceback_hides_secrets_and_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    for tracebacks in (True, False):
        configure(LogSettings(format="json"), tracebacks=tracebacks)
        try:
            int("postgresql://me:hunter2@db/x")
        except ValueError:
            structlog.get_logger().exception("step crashed")
        line = json.loads(capsys.readouterr().err)
        assert ("exception" in line) is tracebacks
        assert "hunter2" not in str(line)
