"""Telegram's refusals as errors of ours: the one place that knows their wording."""

from collections.abc import Mapping

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from core import errors

# Lower-case pieces of descriptions; the first that is found decides.
_BAD_REQUESTS: Mapping[str, type[errors.TelegramError]] = {
    "message is not modified": errors.NotModified,
    "there is no text in the message to edit": errors.NothingToEdit,
    "there is no caption in the message to edit": errors.NothingToEdit,
    "wrong file identifier": errors.BadFileId,
    "wrong remote file identifier": errors.BadFileId,
    "invalid file_id": errors.BadFileId,
    "wrong file_id": errors.BadFileId,
    "file reference": errors.BadFileId,  # "FILE_REFERENCE_EXPIRED" and its prose
    "file_reference": errors.BadFileId,
    "failed to get http url content": errors.UrlNotFetched,
    "wrong type of the web page content": errors.UrlNotFetched,
    "webpage_media_empty": errors.UrlNotFetched,
    "webpage_curl_failed": errors.UrlNotFetched,
    "query is too old": errors.QueryTooOld,
    "query_id_invalid": errors.QueryTooOld,
    "message to edit not found": errors.MessageGone,
    "message to delete not found": errors.MessageGone,
    "message can't be edited": errors.MessageGone,
    "message to forward not found": errors.MessageGone,
    "message can't be forwarded": errors.MessageGone,
    "message_id_invalid": errors.MessageGone,
    "image_process_failed": errors.PhotoRefused,
    "photo_invalid_dimensions": errors.PhotoRefused,
    "photo_save_file_invalid": errors.PhotoRefused,
    "too big for a photo": errors.PhotoRefused,
    "file must be non-empty": errors.PhotoRefused,
    "chat not found": errors.ChatUnusable,
    "not enough rights to send photos": errors.PhotosForbidden,
    "chat_send_photos_forbidden": errors.PhotosForbidden,
    "chat_send_media_forbidden": errors.PhotosForbidden,
    "chat_send_plain_forbidden": errors.ChatUnusable,
    "chat_restricted": errors.ChatUnusable,
    "topic_closed": errors.ChatUnusable,
    "need administrator rights": errors.ChatUnusable,
    "not enough rights": errors.ChatUnusable,
    "have no rights": errors.ChatUnusable,
    "chat_write_forbidden": errors.ChatUnusable,
    "chat_admin_required": errors.ChatUnusable,
    "member list is inaccessible": errors.ChatUnusable,
    "peer_id_invalid": errors.ChatUnusable,
}


def refusal(label: str, error: TelegramAPIError | ClientDecodeError) -> errors.TelegramError:
    """Our error for one of aiogram's; its text is Telegram's description, or what became of the call."""
    match error:
        case TelegramRetryAfter():
            return errors.RetryAfter(f"{label}: retry after {error.retry_after} s", seconds=error.retry_after)
        case TelegramNetworkError():
            # The cause's own words may name addresses and proxies: its type says enough.
            cause = type(error.__cause__).__name__ if error.__cause__ else "no answer"
            return errors.TelegramUnavailable(f"{label}: {cause}")
        case ClientDecodeError():
            return errors.TelegramUnavailable(f"{label}: an answer that is not Telegram's")
        case TelegramServerError():
            kind: type[errors.TelegramError] = errors.TelegramUnavailable
        case TelegramUnauthorizedError():
            kind = errors.TelegramUnauthorised
        case TelegramNotFound():
            # The answer to a token that is not even shaped like one, and to a method a server does not have.
            kind = errors.TelegramUnauthorised if label == "getMe" else errors.TelegramError
        case TelegramConflictError():
            kind = errors.TelegramConflict
        case TelegramEntityTooLarge():
            kind = errors.PhotoRefused
        case TelegramMigrateToChat():
            return errors.ChatMoved(f"{label}: {error.message}", chat_id=error.migrate_to_chat_id)
        case TelegramForbiddenError():
            kind = _forbidden(error.message.lower())
        case _:
            said = error.message.lower()
            kind = next(
                (kind for piece, kind in _BAD_REQUESTS.items() if piece in said), errors.TelegramError
            )
    return kind(f"{label}: {error.message}")


def _forbidden(said: str) -> type[errors.TelegramError]:
    """403: a person who does not want the bot, or a chat it is not in."""
    person = "by the user" in said or "user is deactivated" in said or "initiate conversation" in said
    return errors.BotBlocked if person else errors.ChatUnusable
