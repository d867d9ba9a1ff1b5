"""The providers that the settings choose, one by channel."""

from __future__ import annotations

from collections.abc import Mapping

from activities.sending import Post
from config.settings import Settings
from config.tracing import watched
from notifications.outbox.sender import OutboxSender
from notifications.ports import Sender
from notifications.sendgrid.sender import SendGridSender
from notifications.twilio.sender import TwilioSender

TWILIO_CALLBACK = "/webhooks/twilio/status"


def posts(settings: Settings) -> Mapping[str, Post]:
    """Who delivers SMS, who delivers mail."""
    return {"sms": _post(settings.sms, _sms(settings)), "mail": _post(settings.mail, _mail(settings))}


def _post(name: str, sender: Sender) -> Post:
    return Post(name, watched(name, sender))


def _sms(settings: Settings) -> Sender:
    if settings.sms == "outbox":
        return OutboxSender()
    return TwilioSender(
        settings.twilio_account_sid or "",
        settings.twilio_auth_token.get_secret_value() if settings.twilio_auth_token else "",
        settings.twilio_from or "",
        f"{settings.public_url}{TWILIO_CALLBACK}",
        settings.twilio_base_url,
    )


def _mail(settings: Settings) -> Sender:
    if settings.mail == "outbox":
        return OutboxSender()
    key = settings.sendgrid_api_key.get_secret_value() if settings.sendgrid_api_key else ""
    return SendGridSender(key, settings.mail_from or "", base_url=settings.sendgrid_base_url)
