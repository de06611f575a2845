"""``serve``, ``web`` and ``scheduler``: the processes that stay."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Shell, shell

WEB_APPLICATION = "web.app:create_from_environment"  # by name: the web layer lies above this one


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(web)
    app.command()(scheduler)


def scheduler(
    ctx: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help="Print the jobs and their next run, and end.")] = False,
    as_json: Json = False,
) -> None:
    """Run every step on time until stopped. One at a time; SIGTERM ends it after the step in progress."""
    from monitor.scheduler import planned, run

    current = shell(ctx)
    with current.store(service=not plan) as store:
        if plan:
            rows = [{"job": name, "next_run": at} for name, at in planned(store)]
            output.show(rows, as_json=as_json, columns=("job", "next_run"), empty="no jobs: the scheduler has never run here")
            return
        run(store, current.settings)


def web(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of the one in the settings.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, instead of the one in the settings.")] = None,
) -> None:
    """Serve the web pages and the REST API."""
    import uvicorn

    current = shell(ctx)
    with current.store(service=True):  # a wrong database is said now, not at the first page
        pass
    settings = current.settings.web
    os.environ.update(_web_environment(current, host, port))
    uvicorn.run(
        WEB_APPLICATION,
        factory=True,
        host=host or settings.host,
        port=settings.port if port is None else port,
        log_config=None,
        server_header=False,
    )


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of the one in the settings.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, instead of the one in the settings.")] = None,
) -> None:
    """Run the scheduler and the web pages together, the pages in a process of their own."""
    from monitor.scheduler import run

    current = shell(ctx)
    with current.store(service=True) as store:
        command = [sys.executable, "-m", "monitor.cli", *_same_globals(current), "web"]
        command += ["--host", host] if host else []
        command += ["--port", str(port)] if port is not None else []
        environment = os.environ | {"ZOOM_AVANT_DATABASE__URL": current.database_url}
        pages = subprocess.Popen(command, env=environment)  # noqa: S603 - our own program and our own options
        stop = threading.Event()
        watcher = threading.Thread(target=_stop_with, args=(pages, stop), name="web-watch", daemon=True)
        watcher.start()
        try:
            run(store, current.settings, stop)
        finally:
            ended_by_itself = pages.poll() is not None
            if not ended_by_itself:
                pages.send_signal(signal.SIGTERM)
            pages.wait(timeout=30)
    if ended_by_itself and pages.returncode:
        output.note("zoom-avant: the web server ended, so the scheduler was stopped too")
        raise typer.Exit(1)


def _stop_with(process: subprocess.Popen[bytes], stop: threading.Event) -> None:
    process.wait()
    stop.set()


def _same_globals(current: Shell) -> list[str]:
    """The global options for a child; the database goes by environment, where a password is not shown by ``ps``."""
    options = ["--config", str(current.config)] if current.config else []
    return options + (["--debug"] if current.debug else [])


def _web_environment(current: Shell, host: str | None, port: int | None) -> dict[str, str]:
    """The web section, the database and what links in messages need of the alerts, as the variables ``web.app`` reads."""
    settings = current.settings.web
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    values |= ({"host": host} if host else {}) | ({"port": port} if port is not None else {})
    found = {"ZOOM_AVANT_DATABASE_URL": current.database_url, "ZOOM_AVANT_WEB_ALERTS": json.dumps(_link_settings(current))}
    for name, value in values.items():
        if value is not None:
            found[f"ZOOM_AVANT_WEB_{name.upper()}"] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found


def _link_settings(current: Shell) -> dict[str, Any]:
    """The alerts' settings without the ways out: the pages send nothing."""
    alerts = current.settings.alerts
    values: dict[str, Any] = alerts.model_dump(
        mode="json", include={"public_url", "link_secret_file", "timezone", "mutes", "digest"}, exclude_none=True
    )
    return values | ({"link_secret": alerts.link_secret.get_secret_value()} if alerts.link_secret else {})
