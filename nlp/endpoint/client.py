"""Asks an OpenAI-compatible endpoint one thing and gives back its JSON. Knows HTTP and its manners, nothing of what is asked.

Waits and asks again when the endpoint is busy or failing; never follows a redirect, since that would carry the key elsewhere;
never reads more than it was told to. No message of its own or of the endpoint's shows the key.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import random
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import structlog

from nlp.endpoint.config import EndpointSettings
from storage.addresses import RefusedAddress, named_by_operator, permitted
from storage.errors import ConfigError, ModelError

_FIRST_WAIT_S = 1.0
_BUSY = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_SHOWN = 200

log = structlog.get_logger()


class _TryAgain(Exception):
    """This attempt failed in a way that the next may not. ``after_s`` is what the endpoint asked us to wait."""

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Endpoint:
    """One endpoint. ``failure`` is the error it raises when nothing came of it; ``sleep`` waits, and tests give their own."""

    def __init__(
        self, settings: EndpointSettings, failure: type[ModelError], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.settings = settings
        self.failure = failure
        self.sleep = sleep

    def ask(self, path: str, body: Mapping[str, object], *, max_bytes: int) -> Any:
        """The endpoint's JSON answer to ``body`` posted to ``path``. Raises ``failure``, and ConfigError for an unusable key."""
        key = _key(self.settings)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "zoom-avant"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        # A proxy of the environment has no business between this machine and itself.
        with httpx.Client(
            headers=headers, timeout=self.settings.timeout_s, follow_redirects=False, trust_env=not self.settings.is_loopback
        ) as client:
            for attempt in range(1, self.settings.attempts + 1):
                try:
                    return self._once(client, path, body, max_bytes, key)
                except _TryAgain as exc:
                    wait_s = _FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, no secret
                    wait_s = max(min(wait_s, self.settings.patience_s), exc.after_s or 0.0)
                    if attempt == self.settings.attempts:
                        raise self.failure(
                            f"{self._name} failed {attempt} times, the last time: {exc}; run the step later"
                        ) from exc
                    if wait_s > self.settings.patience_s:
                        raise self.failure(f"{self._name} asks to wait {wait_s:.0f} s ({exc}): run the step after that") from exc
                    log.warning("endpoint asked again", host=self._host, attempt=attempt, wait_s=round(wait_s, 1), cause=str(exc))
                self.sleep(wait_s)
        raise AssertionError("attempts is at least one")

    @property
    def _host(self) -> str:
        return httpx.URL(self.settings.base_url).host

    @property
    def _name(self) -> str:
        return f"the endpoint {self._host}"

    def _once(self, client: httpx.Client, path: str, body: Mapping[str, object], max_bytes: int, key: str | None) -> Any:
        until = time.monotonic() + self.settings.timeout_s
        address = f"{self.settings.base_url.rstrip('/')}{path}"
        content = bytearray()
        try:
            url, headers, extensions = self._pinned(httpx.URL(address))
            with client.stream("POST", url, json=dict(body), headers=headers, extensions=extensions) as response:
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > max_bytes:
                        raise self.failure(f"{self._name} answered with more than {max_bytes} bytes: it was not read further")
                    if time.monotonic() > until:
                        raise _TryAgain(f"no complete answer within {self.settings.timeout_s:g} s")
        except RefusedAddress as exc:
            raise self.failure(f"{self._name}: {exc}: set private_network if that is meant") from None
        except OSError as exc:
            raise _TryAgain(f"no address ({type(exc).__name__})") from None
        except httpx.TransportError as exc:  # its text may quote a header; its name says enough
            raise _TryAgain(f"no answer ({type(exc).__name__})") from None
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise self.failure(f"{self._name} could not be asked ({type(exc).__name__}): check base_url") from None
        if response.status_code in _BUSY:
            raise _TryAgain(f"status {response.status_code}", _retry_after_s(response.headers))
        if response.is_redirect:
            raise self.failure(
                f"{self._name} redirects elsewhere, which is not followed: set base_url to the address it leads to"
            )
        if response.status_code in {401, 403}:
            raise self.failure(f"{self._name} refused the key (status {response.status_code}): check api_key or api_key_file")
        if response.status_code != 200:
            raise self.failure(f"{self._name} refused the request (status {response.status_code}){_said(content, key)}")
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as exc:
            raise self.failure(f"{self._name} did not answer in JSON: is base_url the address of its API?") from exc

    def _pinned(self, url: httpx.URL) -> tuple[httpx.URL, dict[str, str], dict[str, str]]:
        """``url`` with a checked address instead of the name, and what keeps the name in the request and the certificate's check.

        An address or ``localhost`` in the settings is the operator's word, and so is ``private_network``; behind a proxy it is
        the proxy that connects. Raises OSError.
        """
        rules = named_by_operator(url.host)
        proxies = urllib.request.getproxies()
        if (
            self.settings.private_network
            or rules.has_exceptions
            or ((url.scheme in proxies or "all" in proxies) and not urllib.request.proxy_bypass(url.host))
        ):
            return url, {}, {}
        address = permitted(url.host, url.port or (443 if url.scheme == "https" else 80), rules)[0]
        return url.copy_with(host=address), {"Host": url.netloc.decode("ascii")}, {"sni_hostname": url.host}


def _key(settings: EndpointSettings) -> str | None:
    """Read at each use, so that a key that was replaced is taken up."""
    if settings.api_key_file is not None:
        try:
            key = settings.api_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"api_key_file: cannot read {settings.api_key_file}: {type(exc).__name__}") from exc
        if not key:
            raise ConfigError(f"api_key_file: {settings.api_key_file} is empty")
    else:
        key = settings.api_key.get_secret_value().strip() if settings.api_key is not None else ""
    if not (key.isascii() and key.isprintable()):
        raise ConfigError("the key of the endpoint holds characters no key has: is it the right file or variable?")
    return key or None


def _retry_after_s(headers: httpx.Headers) -> float | None:
    """Seconds the header Retry-After asks for, as a number or as a date; None when it says nothing we can use."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    return max(0.0, (at - dt.datetime.now(dt.UTC)).total_seconds())


def _said(content: bytes | bytearray, key: str | None) -> str:
    """The endpoint's own words on an error, short, on one line, without the key."""
    try:
        error = json.loads(content)["error"]
        text = str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    if key:
        text = text.replace(key, "***")
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f": {line[:_SHOWN]}" if line else ""
