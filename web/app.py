"""The web application, put together. Serves pages, ``/api/v1`` and health probes from one database; starts without any model.

``create_app`` takes an open store; ``create_from_environment`` is the import string for ``uvicorn --factory``.
"""

from __future__ import annotations

import importlib.resources
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import ValidationError

from alerts.config import AlertSettings
from storage.errors import ConfigError
from storage.store import Store
from web import problems
from web.api import v1
from web.config import WebSettings, from_environment
from web.guard import Guard
from web.routes import alerts as alert_routes
from web.routes import digests, documents, health, horizons, pages, unsubscribe
from web.routes import sources as source_routes

DATABASE_VARIABLE = "ZOOM_AVANT_DATABASE_URL"
ALERTS_VARIABLE = "ZOOM_AVANT_WEB_ALERTS"

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(store: Store, settings: WebSettings, alerts: AlertSettings | None = None) -> FastAPI:
    """The application over an open ``store``, which the caller closes. Raises ConfigError for an unusable token file.

    ``alerts``: the settings messages are written with, so that digests read the same here and unsubscribe links can be checked.
    """
    return _build(store, settings, alerts or AlertSettings(), None)


def create_from_environment() -> FastAPI:
    """The application from ZOOM_AVANT_DATABASE_URL and ZOOM_AVANT_WEB_*. Raises ConfigError, StorageError, SchemaMismatch.

    ZOOM_AVANT_WEB_ALERTS holds, as JSON, what the pages need of the section ``[alerts]``; without it, its defaults.
    """
    url = os.environ.get(DATABASE_VARIABLE)
    if not url:
        raise ConfigError(f"{DATABASE_VARIABLE} is not set: start the server with 'zoom-avant web'")
    settings, alerts = from_environment(os.environ), _alert_settings(os.environ)
    store = Store.open(url)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    return _build(store, settings, alerts, lifespan)


def _build(store: Store, settings: WebSettings, alerts: AlertSettings, lifespan: Lifespan | None) -> FastAPI:
    app = FastAPI(
        title="Zoom-Avant",
        version=_version(),
        description="Themes, their dated signals, the documents behind them, and the alerts they raised. "
        "Only answers to alerts (feedback) can be written.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the usual documentation pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.store = store
    app.state.settings = settings
    app.state.alert_settings = alerts
    app.state.form_key = secrets.token_bytes(32)
    problems.install(app)
    app.add_middleware(Guard, hosts=settings.allowed_hosts() | _linked_host(alerts), token=settings.token())
    app.include_router(health.router)
    app.include_router(v1.router)
    app.include_router(pages.router)
    app.include_router(horizons.router)
    app.include_router(alert_routes.router)
    app.include_router(digests.router)
    app.include_router(source_routes.router)
    app.include_router(documents.router)
    app.include_router(unsubscribe.router)
    app.mount("/static", StaticFiles(directory=str(importlib.resources.files("web") / "static")), name="static")
    return app


def _alert_settings(environ: Mapping[str, str]) -> AlertSettings:
    text = environ.get(ALERTS_VARIABLE)
    try:
        return AlertSettings.model_validate_json(text) if text else AlertSettings()
    except ValidationError as exc:
        wrong = ", ".join(sorted({".".join(str(part) for part in error["loc"]) or "JSON" for error in exc.errors()}))
        # Not chained: the cause quotes the value, which may hold the key of the links.
        raise ConfigError(f"{ALERTS_VARIABLE} cannot be read ({wrong}): it is set by 'zoom-avant web'") from None


def _linked_host(alerts: AlertSettings) -> frozenset[str]:
    """The host that links in messages lead to: a link we send is a link we answer."""
    host = urlsplit(alerts.public_url or "").hostname
    return frozenset([host]) if host else frozenset()


def _version() -> str:
    try:
        return version("zoom-avant")
    except PackageNotFoundError:
        return "0"
