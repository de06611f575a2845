"""The web application, put together. Serves pages, ``/api/v1`` and health probes from one database; starts without any model.

``create_app`` takes an open store; ``create_from_environment`` is the import string for ``uvicorn --factory``.
"""

from __future__ import annotations

import importlib.resources
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from storage.errors import ConfigError
from storage.store import Store
from web import problems
from web.api import v1
from web.config import WebSettings, from_environment
from web.guard import Guard
from web.routes import health, pages

DATABASE_VARIABLE = "ZOOM_AVANT_DATABASE_URL"

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(store: Store, settings: WebSettings) -> FastAPI:
    """The application over an open ``store``, which the caller closes. Raises ConfigError for an unusable token file."""
    return _build(store, settings, None)


def create_from_environment() -> FastAPI:
    """The application from ZOOM_AVANT_DATABASE_URL and ZOOM_AVANT_WEB_*. Raises ConfigError, StorageError, SchemaMismatch."""
    url = os.environ.get(DATABASE_VARIABLE)
    if not url:
        raise ConfigError(f"{DATABASE_VARIABLE} is not set: start the server with 'zoom-avant web'")
    settings = from_environment(os.environ)
    store = Store.open(url)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    return _build(store, settings, lifespan)


def _build(store: Store, settings: WebSettings, lifespan: Lifespan | None) -> FastAPI:
    app = FastAPI(
        title="Zoom-Avant",
        version=_version(),
        description="Themes, their dated signals and the alerts they raised. Read-only.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the usual documentation pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.store = store
    app.state.settings = settings
    problems.install(app)
    app.add_middleware(Guard, hosts=settings.allowed_hosts(), token=settings.token())
    app.include_router(health.router)
    app.include_router(v1.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=str(importlib.resources.files("web") / "static")), name="static")
    return app


def _version() -> str:
    try:
        return version("zoom-avant")
    except PackageNotFoundError:
        return "0"
