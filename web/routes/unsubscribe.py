"""Where the unsubscribe links of mails lead (RFC 8058). The link's own signature is the right to use it: no session, no token.

Opening the link changes nothing, since mail scanners open every link; only the form, or the mail program's own request, does.
"""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from alerts.config import AlertSettings, secret
from alerts.links import is_signed
from storage import deliveries
from web.access import AlertSettingsDep, StoreDep
from web.render import page

router = APIRouter(include_in_schema=False)

FIELD, ANSWER = "List-Unsubscribe", "One-Click"
MAX_BODY = 4096

Token = Annotated[str, Query()]


async def _form(request: Request) -> dict[str, str]:
    """The fields of the request's body, urlencoded or multipart: mail programs send either. Raises 413 when it is long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413, "the body of an unsubscribe request is one short field")
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "multipart/form-data":
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    head = f"Content-Type: {kind}\r\n\r\n".encode("utf-8", "replace")
    parts = BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
    return {
        str(part.get_param("name", "", "content-disposition")): str(part.get_payload()).strip()
        for part in parts
        if not part.is_multipart()
    }


def _is_allowed(settings: AlertSettings, subscription_id: str, token: str) -> None:
    key = secret("link_secret", settings.link_secret, settings.link_secret_file)
    if key is None or not is_signed(key, "unsubscribe", subscription_id, token):
        raise HTTPException(403, "this link was not made here, or the key that signed it has been changed")


@router.get("/unsubscribe/{subscription_id:path}")
def confirm(
    request: Request, store: StoreDep, settings: AlertSettingsDep, subscription_id: str, token: Token = ""
) -> HTMLResponse:
    """Asks whether to end the subscription; ends nothing. 403 for a wrong signature, 404 for an unknown subscription."""
    _is_allowed(settings, subscription_id, token)
    with store.reading() as conn:
        found = deliveries.subscription(conn, subscription_id)
    return page(request, "unsubscribe.html", lang=found.lang, subscription=found, ended=not found.enabled)


@router.post("/unsubscribe/{subscription_id:path}")
def unsubscribe(
    request: Request,
    store: StoreDep,
    settings: AlertSettingsDep,
    form: Annotated[dict[str, str], Depends(_form)],
    subscription_id: str,
    token: Token = "",
) -> HTMLResponse:
    """Ends the subscription, as often as it is asked. 400 when the body does not say so, 403 and 404 as above."""
    _is_allowed(settings, subscription_id, token)
    if form.get(FIELD) != ANSWER:
        raise HTTPException(400, f"the body must be {FIELD}={ANSWER}")
    with store.transaction() as conn:
        deliveries.unsubscribe(conn, subscription_id)
        found = deliveries.subscription(conn, subscription_id)
    return page(request, "unsubscribe.html", lang=found.lang, subscription=found, ended=True)
