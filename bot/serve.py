"""The bot at work, from its first update to a stop that loses none."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.menu import publish
from bot.polling import Polling
from bot.webhook import Webhook
from bot.wiring import Application
from core.errors import (
    CredentialsRefused,
    RetryAfter,
    TelegramError,
    TelegramUnauthorised,
    TelegramUnavailable,
)

log = structlog.get_logger(__name__)

# Stopping takes 10 s at most: so long handlers may go on, the rest is for saying what was handled.
FINISH_SECONDS = 5.0
FLUSH_SECONDS = 1.0
REGISTER_RETRY_SECONDS = 5.0


async def serve(app: Application) -> None:
    """Receives updates until cancelled; then what is in hand is finished and confirmed.

    CredentialsRefused and TelegramUnauthorised end it too, in an ExceptionGroup.
    """
    async with asyncio.TaskGroup() as group:
        beside = [
            group.create_task(app.activity.run()),
            group.create_task(app.blocking.run()),
            group.create_task(app.requests.run()),
            group.create_task(app.budget.run()),
            group.create_task(app.startup.watch()),
            group.create_task(publish(app.bot, app.settings.admin_ids)),
        ]
        receiving = group.create_task(_webhook(app) if app.settings.webhook_listen else _poll(app))
        try:
            await asyncio.Event().wait()
        finally:
            log.info("stopping")
            receiving.cancel()
            await asyncio.wait({receiving})
            for task in beside:
                task.cancel()
            await _flush(app)


async def _poll(app: Application) -> None:
    allowed = app.dispatcher.resolve_used_update_types()
    try:
        await _answered(app.bot.delete_webhook, "the webhook could not be removed yet")
    except TelegramUnauthorised:
        raise
    except TelegramError as error:
        log.warning("the webhook was not removed", reason=str(error))
    polling = Polling(app.bot, app.updates, allowed)
    log.info("fetching updates")
    try:
        await polling.run()
    finally:
        await app.updates.close(FINISH_SECONDS)
        await polling.confirm()


async def _webhook(app: Application) -> None:
    settings = app.settings
    url, secret, listen = settings.webhook_url, settings.webhook_secret, settings.webhook_listen
    assert url and secret and listen, "the settings check that they come together"  # noqa: PT018 - one rule
    webhook = Webhook(app.bot, app.updates, url, secret, listen)
    await webhook.start()
    try:
        await _answered(
            lambda: app.bot.set_webhook(
                url,
                secret_token=secret.get_secret_value(),
                allowed_updates=app.dispatcher.resolve_used_update_types(),
            ),
            "the webhook could not be set yet",
        )
        log.info("listening for updates", address=listen)
        await asyncio.Event().wait()
    except TelegramUnauthorised:
        raise
    except TelegramError as error:
        raise CredentialsRefused([f"WEBHOOK_URL: refused ({error})"]) from error
    finally:
        webhook.refuse()
        await app.updates.close(FINISH_SECONDS)
        await webhook.close()


async def _answered(call: Callable[[], Awaitable[object]], failure: str) -> None:
    """Repeats a call until Telegram answers it; a refusal is raised."""
    while True:
        try:
            await call()
        except (TelegramUnavailable, RetryAfter) as error:
            log.warning(failure, reason=str(error))
        else:
            return
        await asyncio.sleep(REGISTER_RETRY_SECONDS)


async def _flush(app: Application) -> None:
    try:
        async with asyncio.timeout(FLUSH_SECONDS):
            await app.activity.flush()
    except TimeoutError:
        log.warning("who wrote last is not noted: the database does not answer")
    await app.requests.end()
