"""A Slack on loopback that enforces Slack's own rules: tokens, channels, Block Kit's limits, one message a second and channel.

Its clock is its own (``advance``), its failures are ordered beforehand (``fail_next``): no test sleeps.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "xoxb-test-0123456789-secret"
HOOK = "T000/B000/hooksecret0123456789"


@dataclass
class Posted:
    """A message as Slack holds it."""

    channel: str
    ts: str
    body: dict[str, Any]
    thread_ts: str | None = None
    edits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shown(self) -> dict[str, Any]:
        return self.edits[-1] if self.edits else self.body

    @property
    def words(self) -> str:
        return json.dumps(self.shown, ensure_ascii=False)


@dataclass
class FakeSlack:
    """The workspace. ``messages`` is what people would see, ``calls`` every request that came in."""

    url: str = ""
    channels: dict[str, str] = field(default_factory=lambda: {"veille": "C0VEILLE", "presse": "C0PRESSE"})
    archived: set[str] = field(default_factory=set)
    messages: list[Posted] = field(default_factory=list)
    hooked: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    clock: float = 1_772_000_000.0
    _failures: deque[tuple[str, str]] = field(default_factory=deque)
    _last_post: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def api(self) -> str:
        return f"{self.url}/api/"

    @property
    def hook(self) -> str:
        return f"{self.url}/services/{HOOK}"

    def advance(self, seconds: float = 1.0) -> None:
        self.waits.append(seconds)
        self.clock += seconds

    def fail_next(self, failure: str, method: str = "") -> None:
        """How the next call (of ``method``) ends: ``ratelimited``, ``lost`` (done, not answered), an HTTP status or a code."""
        self._failures.append((failure, method))

    def roots(self) -> list[Posted]:
        return [message for message in self.messages if message.thread_ts is None]

    def failure_for(self, method: str) -> str | None:
        for pair in list(self._failures):
            if pair[1] in ("", method):
                self._failures.remove(pair)
                return pair[0]
        return None

    def api_call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        channel = str(body.get("channel", ""))
        known = channel if channel in self.channels.values() else self.channels.get(channel.removeprefix("#"))
        if known is None:
            return {"ok": False, "error": "channel_not_found"}
        if known in self.archived:
            return {"ok": False, "error": "is_archived"}
        wrong = _wrong(body)
        if wrong:
            return {"ok": False, "error": wrong}
        if method == "chat.postMessage":
            return self._post(known, body)
        if method == "chat.update":
            return self._update(channel, body)
        return {"ok": False, "error": "unknown_method"}

    def _post(self, channel: str, body: dict[str, Any]) -> dict[str, Any]:
        thread = body.get("thread_ts")
        if thread is not None and not any(m.ts == thread and m.channel == channel for m in self.messages):
            return {"ok": False, "error": "thread_not_found"}
        if self.clock - self._last_post.get(channel, 0.0) < 1.0:
            return {"ok": False, "error": "ratelimited"}
        self._last_post[channel] = self.clock
        posted = Posted(channel, f"{self.clock:.0f}.{len(self.messages):06d}", body, thread)
        self.messages.append(posted)
        return {"ok": True, "channel": channel, "ts": posted.ts, "message": {"text": body.get("text", "")}}

    def _update(self, channel: str, body: dict[str, Any]) -> dict[str, Any]:
        if len(str(body.get("text", ""))) > 4000:
            return {"ok": False, "error": "msg_too_long"}
        for message in self.messages:
            # chat.update takes the channel's id, never its name.
            if message.ts == body.get("ts") and message.channel == channel:
                message.edits.append(body)
                return {"ok": True, "channel": channel, "ts": message.ts, "text": body.get("text", "")}
        return {"ok": False, "error": "message_not_found"}


@contextmanager
def running_slack() -> Iterator[FakeSlack]:
    """A workspace with the channels #veille and #presse and one webhook."""
    slack = FakeSlack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with slack._lock:
                self._answer(raw)

        def _answer(self, raw: bytes) -> None:
            method = self.path.removeprefix("/api/")
            failure = slack.failure_for(method)
            if failure is not None and failure.isdigit():
                return self._send(int(failure), b"<html>upstream trouble</html>", "text/html")
            if failure == "ratelimited":
                return self._send(429, b'{"ok":false,"error":"ratelimited"}', retry_after="30")
            try:
                body = json.loads(raw)
            except ValueError:
                body = None
            slack.calls.append((method, body if isinstance(body, dict) else {}))
            if self.path.startswith("/services/"):
                return self._hook(body, failure)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                answer: dict[str, Any] = {"ok": False, "error": "invalid_auth"}
            elif not isinstance(body, dict):
                answer = {"ok": False, "error": "invalid_json"}
            elif failure not in (None, "lost"):
                answer = {"ok": False, "error": failure}
            else:
                answer = slack.api_call(method, body)
            if failure == "lost":
                return self._hang_up()
            if answer.get("error") == "ratelimited":
                return self._send(429, json.dumps(answer).encode(), retry_after="1")
            return self._send(200, json.dumps(answer).encode())

        def _hook(self, body: Any, failure: str | None) -> None:
            if self.path != f"/services/{HOOK}":
                return self._send(404, b"no_service", "text/plain")
            if not isinstance(body, dict):
                return self._send(400, b"invalid_payload", "text/plain")
            if not body.get("text"):
                return self._send(400, b"no_text", "text/plain")
            if _wrong(body):
                return self._send(400, b"invalid_blocks", "text/plain")
            slack.hooked.append(body)
            if failure == "lost":
                return self._hang_up()
            return self._send(200, b"ok", "text/plain")

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.close()

        def _send(self, status: int, body: bytes, kind: str = "application/json", retry_after: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(body)

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                return

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    slack.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield slack
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wrong(body: dict[str, Any]) -> str | None:
    """Slack's error code for a body that breaks a limit, None for a good one."""
    text, blocks = body.get("text", ""), body.get("blocks", [])
    if not text and not blocks:
        return "no_text"
    if len(text) > 40_000:
        return "msg_too_long"
    if len(blocks) > 50 or any(not _is_block(block) for block in blocks):
        return "invalid_blocks"
    return None


def _is_block(block: dict[str, Any]) -> bool:
    match block.get("type"):
        case "header":
            return _is_text(block["text"], 150, ("plain_text",))
        case "divider":
            return True
        case "section":
            fields = block.get("fields", [])
            fit = len(fields) <= 10 and all(_is_text(one, 2000) for one in fields)
            return fit and ("text" in block or bool(fields)) and ("text" not in block or _is_text(block["text"], 3000))
        case "context":
            return 1 <= len(block["elements"]) <= 10 and all(_is_text(one, 3000) for one in block["elements"])
        case "actions":
            return 1 <= len(block["elements"]) <= 25 and all(_is_button(one) for one in block["elements"])
        case _:
            return False


def _is_button(button: dict[str, Any]) -> bool:
    return (
        button.get("type") == "button"
        and _is_text(button["text"], 75, ("plain_text",))
        and len(button.get("value", "")) <= 2000
        and len(button.get("url", "")) <= 3000
        and len(button["action_id"]) <= 255
    )


def _is_text(value: dict[str, Any], limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if value.get("type") not in kinds or ("verbatim" in value and value["type"] != "mrkdwn"):
        return False
    return isinstance(value.get("text"), str) and 1 <= len(value["text"]) <= limit
