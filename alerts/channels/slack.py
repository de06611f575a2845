"""Slack by bot token (one message a case, edited to its present state, changes in its thread) and by incoming webhook.

Sends once: the SDK's own retries are off, because a lost reply must not become a second message. Tokens and webhook addresses
appear in no error and no log.
"""

from __future__ import annotations

import http.client
import logging
import urllib.error
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from alerts.channels.base import Receipt
from alerts.channels.slack_blocks import payload, reply
from alerts.config import SlackSettings
from alerts.message import Message
from storage.errors import DeliveryError, Outcome

# Codes after which Slack says that part of the work may have been done.
_UNCLEAR = frozenset({"internal_error", "fatal_error", "request_timeout"})
# Busy, or a fault of the account that a person can put right: the message is kept and tried again.
_LATER = frozenset({
    "ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", "message_limit_exceeded",
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
})  # fmt: skip
_ROOT_GONE = frozenset({"message_not_found"})
_ROOT_FIXED = frozenset({"cant_update_message", "edit_window_closed"})
_DEFAULT_WAIT_S = 30.0


class _Refused(Exception):
    """Slack answered, and the answer is no."""

    def __init__(self, code: str, outcome: Outcome, retry_after_s: float | None = None) -> None:
        super().__init__(code)
        self.code, self.outcome, self.retry_after_s = code, outcome, retry_after_s


class SlackChannel:
    """Sends to a channel by name or id."""

    name = "slack"

    def __init__(self, settings: SlackSettings, token: str) -> None:
        self._interactive = settings.interactive
        self._client = WebClient(
            token=token, base_url=settings.base_url, timeout=settings.timeout_s, retry_handlers=[], logger=_silent_logger()
        )

    def send(self, message: Message, thread: Mapping[str, Any] | None = None) -> Receipt:
        try:
            if thread and thread.get("ts") and thread.get("channel") and message.kind == "alert":
                return self._follow_up(message, thread)
            return self._open(message)
        except _Refused as exc:
            raise DeliveryError(
                f"Slack did not take the message for {message.to.target}: {exc.code}",
                outcome=exc.outcome,
                channel=self.name,
                retry_after_s=exc.retry_after_s,
            ) from None

    def _open(self, message: Message) -> Receipt:
        answer = self._post(message.to.target, payload(message, interactive=self._interactive))
        detail = {"channel": answer.get("channel"), "ts": answer.get("ts")}
        return Receipt(self.name, detail | ({"shared": True} if message.kind == "group" else {}))

    def _follow_up(self, message: Message, thread: Mapping[str, Any]) -> Receipt:
        root = {"channel": thread["channel"], "ts": thread["ts"]}
        if not thread.get("shared"):
            try:
                body = payload(message, interactive=self._interactive)
                self._call("chat.update", root | body | {"parse": "none", "link_names": False}, is_repeatable=True)
            except _Refused as exc:
                if exc.code in _ROOT_GONE:
                    return self._open(message)
                if exc.code not in _ROOT_FIXED:
                    raise
        answer = self._post(str(root["channel"]), reply(message) | {"thread_ts": root["ts"]})
        shared = {"shared": True} if thread.get("shared") else {}
        return Receipt(self.name, root | {"reply_ts": answer.get("ts")} | shared)

    def _post(self, channel: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        plain = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
        return self._call("chat.postMessage", {"channel": channel} | dict(body) | plain)

    def _call(self, method: str, body: dict[str, Any], *, is_repeatable: bool = False) -> Mapping[str, Any]:
        """One request. ``is_repeatable``: doing it twice shows as once, so a lost reply may simply be tried again."""
        try:
            answer = self._client.api_call(method, json=body)
        except SlackApiError as exc:
            raise _refusal(exc, is_repeatable) from None
        except (SlackClientError, OSError, http.client.HTTPException, ValueError) as exc:
            raise _lost(exc, is_repeatable) from None
        data = answer.data
        return data if isinstance(data, dict) else {}


class WebhookChannel:
    """Sends to an incoming webhook by the name it has in the settings. It has no threads: each change is a new message."""

    name = "slack-webhook"

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings

    def send(self, message: Message, thread: Mapping[str, Any] | None = None) -> Receipt:
        try:
            self._post(message)
        except _Refused as exc:
            raise DeliveryError(
                f"the Slack webhook '{message.to.target}' did not take the message: {exc.code}",
                outcome=exc.outcome,
                channel=self.name,
                retry_after_s=exc.retry_after_s,
            ) from None
        return Receipt(self.name, {"webhook": message.to.target})

    def _post(self, message: Message) -> None:
        address = self._settings.webhooks.get(message.to.target)
        if address is None:
            raise _Refused("no webhook of that name in the settings", "retry")
        client = WebhookClient(
            address.get_secret_value(), timeout=self._settings.timeout_s, retry_handlers=[], logger=_silent_logger()
        )
        try:
            answer = client.send_dict(payload(message))
        except (SlackClientError, OSError, http.client.HTTPException, ValueError) as exc:
            raise _lost(exc, is_repeatable=False) from None
        if answer.status_code == 200 and answer.body == "ok":
            return
        if answer.status_code == 429:
            raise _Refused("ratelimited", "retry", _retry_after(answer.headers))
        if answer.status_code == 503:
            raise _Refused("service_unavailable", "retry")
        # The body of a refusal is one of Slack's codes; anything longer is somebody else's page and is not repeated.
        code = answer.body if answer.body.isascii() and answer.body.replace("_", "").isalnum() and len(answer.body) < 60 else ""
        unclear = answer.status_code >= 500 or answer.status_code < 300
        raise _Refused(code or f"HTTP {answer.status_code}", "unknown" if unclear else "permanent")


def _refusal(exc: SlackApiError, is_repeatable: bool) -> _Refused:
    response = exc.response
    status = int(getattr(response, "status_code", 0) or 0)
    data = getattr(response, "data", response)
    code = str(data.get("error", "")) if isinstance(data, Mapping) else ""
    if not code.replace("_", "").isalnum() or len(code) > 60:
        code = ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return _Refused("ratelimited", "retry", _retry_after(getattr(response, "headers", {})))
    if status == 503 or code in _LATER:
        return _Refused(code or "service_unavailable", "retry")
    if status >= 500 or code in _UNCLEAR or not code:
        return _Refused(code or f"HTTP {status}", "retry" if is_repeatable else "unknown")
    return _Refused(code, "permanent")


def _lost(exc: Exception, is_repeatable: bool) -> _Refused:
    """The network's failure: nothing sent when the connection never stood, otherwise nobody knows."""
    reason = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    # urllib wraps what fails before the request is handed over in URLError; a failure to read the answer comes bare.
    nothing_sent = isinstance(exc, urllib.error.URLError) and not isinstance(reason, ConnectionResetError | BrokenPipeError)
    if isinstance(exc, SlackClientError | http.client.InvalidURL | ValueError) and not isinstance(exc, OSError):
        return _Refused("the address in the settings is not usable", "retry")
    if nothing_sent:
        return _Refused(f"cannot be reached ({type(reason).__name__})", "retry")
    return _Refused(f"the answer was lost ({type(reason).__name__})", "retry" if is_repeatable else "unknown")


def _retry_after(headers: Mapping[str, Any]) -> float:
    for name, value in headers.items():
        if str(name).lower() == "retry-after":
            try:
                return max(float(value[0] if isinstance(value, list) else value), 0.0)
            except ValueError:
                break
    return _DEFAULT_WAIT_S


def _silent_logger() -> logging.Logger:
    # The SDK logs addresses and bodies; ours are secrets and readers' texts. A logger of its own is attached to nothing.
    return logging.Logger("alerts.slack.silenced", level=logging.CRITICAL + 1)
