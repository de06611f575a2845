"""An OpenAI-compatible embeddings endpoint on loopback that holds its callers to the API's rules, and fails on request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.servers.http import Handler, Site

MODEL = "tiny-embedding"
PATH = "/v1/embeddings"
MOST_TEXTS = 2048

Answer = dict[str, Any]
Fault = Callable[[Handler, Answer], None]


def embeddings_api(
    site: Site,
    *,
    dimension: int,
    key: str | None = None,
    faults: list[Fault] | None = None,
    vector: Callable[[str, int], list[float]] | None = None,
) -> str:
    """Serves the API on ``site``; each request takes the next of ``faults``, if any is left. Returns the base_url.

    ``vector`` gives a text's vector of so many numbers; without it, a bag of words.
    """
    model = vector or bag_of_words

    def answer(handler: Handler) -> None:
        try:
            request = json.loads(handler.body)
            refusal = _refusal(handler, request, key, dimension)
        except (ValueError, AttributeError):
            refusal = (400, "the body is not a JSON object")
        if refusal is not None:
            reply(handler, {"error": {"message": refusal[1], "type": "invalid_request_error"}}, status=refusal[0])
            return
        n = request.get("dimensions", dimension)
        data = [
            {"object": "embedding", "index": i, "embedding": model(text, dimension)[:n]}
            for i, text in enumerate(request["input"])
        ]
        right: Answer = {"object": "list", "model": MODEL, "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        if faults:
            faults.pop(0)(handler, right)
        else:
            reply(handler, right)

    return site.route(PATH, answer).removesuffix("/embeddings")


def _refusal(handler: Handler, request: Any, key: str | None, dimension: int) -> tuple[int, str] | None:
    given = handler.headers.get("Authorization")
    texts = request.get("input")
    if handler.command != "POST" or not handler.headers.get("Content-Type", "").startswith("application/json"):
        return 405, "post a JSON body"
    if key is not None and given != f"Bearer {key}":
        return 401, f"Incorrect API key provided: {given}"
    if request.get("model") != MODEL:
        return 404, f"The model '{request.get('model')}' does not exist; your key is {key}"
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS:
        return 400, f"input must hold 1 to {MOST_TEXTS} texts"
    if not all(isinstance(text, str) and text.strip() for text in texts):
        return 400, "input cannot be an empty string"
    if not 0 < request.get("dimensions", dimension) <= dimension:
        return 400, "this model has not so many dimensions"
    unknown = set(request) - {"model", "input", "encoding_format", "dimensions", "user"}
    return (400, f"unknown parameter {sorted(unknown)[0]}") if unknown else None


def bag_of_words(text: str, dimension: int) -> list[float]:
    """A vector, not of unit length, that depends on the text's words alone."""
    total = np.zeros(dimension)
    for word in text.lower().split():
        seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())
        total += np.random.default_rng(seed).normal(size=dimension)
    return [float(value) for value in total]


def reply(handler: Handler, content: object, *, status: int = 200, **headers: str) -> None:
    """Answers with ``content``: bytes as they are, anything else as JSON. Header names use underscores for hyphens."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)
