"""Linking a TMDB account, leaving it, and being forgotten."""

from typing import Annotated, Literal

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton
from pydantic import Field

from core.reader import Reader
from views.locale import Locale
from views.screen import Screen, rows
from views.typography import cut_line, escape

NAME_UNITS = 64


class LinkStep(CallbackData, prefix="link"):
    """A button on the way to a linked account."""

    step: Literal["begin", "check", "no"]


class ConfirmAccount(CallbackData, prefix="mine"):
    """Yes to exactly the account that was shown above the button."""

    account_id: Annotated[int, Field(ge=1, le=2**31 - 1)]


class UnlinkStep(CallbackData, prefix="unlink"):
    """An answer to /unlink."""

    step: Literal["keep", "remove", "stay"]


class OfferStep(CallbackData, prefix="offer"):
    """What to do with what was done before the link."""

    step: Literal["send", "later"]


class ForgetStep(CallbackData, prefix="forget"):
    """An answer to /forget."""

    step: Literal["yes", "no"]


def approval(t: Locale, approval_url: str) -> Screen:
    """The way to TMDB's page, and back where the browser does not bring the person back."""
    return Screen(t("link-approval"), rows(*_approval_buttons(t, approval_url)))


def expired(t: Locale, approval_url: str) -> Screen:
    """The earlier approval ran out: a fresh button."""
    return Screen(t("link-expired"), rows(*_approval_buttons(t, approval_url)))


def _approval_buttons(t: Locale, approval_url: str) -> tuple[list[InlineKeyboardButton], ...]:
    return (
        [InlineKeyboardButton(text=t("link-approve"), url=approval_url)],
        [_check_button(t)],
    )


def away(t: Locale) -> Screen:
    """TMDB does not answer."""
    return Screen(t("link-away"), rows([_button(t("link-try-again"), LinkStep(step="begin"))]))


def away_on_return(t: Locale) -> Screen:
    """TMDB does not answer, and cannot tell yet whether it was approved; the text serves as an alert too."""
    return Screen(t("link-away-on-return"), rows([_check_button(t)]))


def not_approved(t: Locale) -> Screen:
    """TMDB has no approval; the text serves as an alert too."""
    return Screen(t("link-not-approved"), rows([_check_button(t)]))


def already_linked(t: Locale, username: str) -> Screen:
    """There is an account."""
    return Screen(t("link-already", username=escape(username)))


def is_this_you(t: Locale, account_id: int, username: str, name: str | None) -> Screen:
    """The account TMDB named, before anything is imported from it."""
    account = f"<b>{escape(username)}</b>"
    if name and name != username:
        account += f" ({escape(cut_line(name, NAME_UNITS))})"
    return Screen(
        t("link-is-this-you", account=account),
        rows(
            [
                _button(t("link-yes"), ConfirmAccount(account_id=account_id)),
                _button(t("link-no"), LinkStep(step="no")),
            ]
        ),
    )


def linked(t: Locale, username: str) -> Screen:
    """The account is linked; its import has a message of its own."""
    return Screen(t("link-linked", username=escape(username)))


def declined(t: Locale, *, ended: bool) -> Screen:
    """It was not the account that was meant."""
    return Screen(t("link-declined", ended=_yes(ended)), rows([_link_button(t)]))


def voided(t: Locale, *, is_own: bool) -> Screen:
    """Somebody else came back with the link."""
    return Screen(t("link-voided-own" if is_own else "link-voided-other"), rows([_link_button(t)]))


def nothing_open(t: Locale) -> Screen:
    """No approval is on its way."""
    return Screen(t("link-nothing-open"), rows([_link_button(t)]))


def not_linked(t: Locale) -> Screen:
    """What was asked for needs an account."""
    return Screen(t("link-needed"), rows([_link_button(t)]))


def offer(t: Locale, ratings: int, watchlist: int) -> Screen:
    """Changes made before the link, to be sent only if the person says so."""
    return Screen(
        t("offer", what=_changes(t, ratings, watchlist)),
        rows(
            [
                _button(t("offer-send"), OfferStep(step="send")),
                _button(t("offer-later"), OfferStep(step="later")),
            ]
        ),
    )


def offer_sent(t: Locale, ratings: int, watchlist: int) -> Screen:
    """They are on their way."""
    return Screen(t("offer-sent", what=_changes(t, ratings, watchlist)))


def _changes(t: Locale, ratings: int, watchlist: int) -> str:
    said = [
        t(key, count=count)
        for key, count in (("offer-ratings", ratings), ("offer-watchlist", watchlist))
        if count
    ]
    return t("offer-both", ratings=said[0], watchlist=said[1]) if len(said) == 2 else "".join(said)


def offer_kept(t: Locale) -> Screen:
    """They stay here."""
    return Screen(t("offer-kept"))


def unlink(t: Locale, reader: Reader) -> Screen:
    """Whether to keep the ratings here."""
    if reader.ratings_count:
        ways = [
            _button(t("unlink-keep"), UnlinkStep(step="keep")),
            _button(t("unlink-remove"), UnlinkStep(step="remove")),
        ]
    else:
        ways = [_button(t("unlink-only"), UnlinkStep(step="keep"))]
    return Screen(
        t("unlink", username=escape(reader.tmdb_username or ""), count=reader.ratings_count),
        rows(*([way] for way in ways), [_button(t("unlink-stay"), UnlinkStep(step="stay"))]),
    )


def unlinked(t: Locale, *, ended: bool, removed: int | None, kept: int) -> Screen:
    """The account is gone from here; `removed` is None where the ratings were kept."""
    text = t("unlinked-kept") if removed is None else t("unlinked-removed", removed=removed, kept=kept)
    return Screen(f"{text}\n{t('unlinked-session', ended=_yes(ended))}")


def still_linked(t: Locale) -> Screen:
    """Nothing was changed."""
    return Screen(t("unlink-stayed"))


def forget(t: Locale, reader: Reader) -> Screen:
    """What would go, and what would not."""
    return Screen(
        t("forget", count=reader.ratings_count),
        rows(
            [_button(t("forget-yes"), ForgetStep(step="yes"))],
            [_button(t("forget-no"), ForgetStep(step="no"))],
        ),
    )


def forgotten(t: Locale, *, ended: bool | None) -> Screen:
    """Everything is gone; `ended` says whether the session is gone at TMDB too, None: there was none."""
    text = t("forgotten")
    return Screen(text if ended is None else f"{text}\n{t('unlinked-session', ended=_yes(ended))}")


def not_forgotten(t: Locale) -> Screen:
    """Nothing was deleted."""
    return Screen(t("forget-kept"))


def _check_button(t: Locale) -> InlineKeyboardButton:
    return _button(t("link-have-approved"), LinkStep(step="check"))


def _link_button(t: Locale) -> InlineKeyboardButton:
    return _button(t("link-button"), LinkStep(step="begin"))


def _button(text: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data.pack())


def _yes(value: bool) -> str:
    return "yes" if value else "no"
