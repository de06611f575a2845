"""What routes ask of the application: its store, its settings, those of the messages that link to it, the key of its forms."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from alerts.config import AlertSettings
from storage.store import Store
from web.config import WebSettings


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _settings(request: Request) -> WebSettings:
    settings: WebSettings = request.app.state.settings
    return settings


def _alert_settings(request: Request) -> AlertSettings:
    settings: AlertSettings = request.app.state.alert_settings
    return settings


def _form_key(request: Request) -> bytes:
    key: bytes = request.app.state.form_key
    return key


StoreDep = Annotated[Store, Depends(_store)]
SettingsDep = Annotated[WebSettings, Depends(_settings)]
AlertSettingsDep = Annotated[AlertSettings, Depends(_alert_settings)]
FormKeyDep = Annotated[bytes, Depends(_form_key)]
"""What forms are signed with: new at every start, so that a form left open over a restart is asked for again."""
