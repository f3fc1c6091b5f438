"""What is wrong, told to whoever runs the bot: what happened, whose move it is, what was kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from core.alerts import Alert, Severity
from views.locale import Locale, locale
from views.runs import OpenRun
from views.screen import Screen, rows
from views.typography import cut_line, escape

# Colours stand beside the word, for whoever does not tell them apart.
_SYMBOLS: Mapping[Severity, str] = {"info": "🔵", "warning": "🟠", "error": "🔴"}
_OVER = "✅"
_UNITS = ((86_400, "alert-days"), (3_600, "alert-hours"), (60, "alert-minutes"))
ERROR_UNITS = 300
LISTED = 20

AlertId = Annotated[int, Field(gt=0, lt=2**63)]


class AcknowledgeAlert(CallbackData, prefix="seen"):
    """Somebody has seen it."""

    alert_id: AlertId


class AcceptExport(CallbackData, prefix="accept"):
    """The export an alert calls suspicious is all right: the one of that day, whatever came since."""

    alert_id: AlertId
    day: Annotated[int, Field(ge=1, le=date.max.toordinal())]


class OpenAlert(CallbackData, prefix="alert"):
    """One alert, from the list of the open ones."""

    alert_id: AlertId


class ListAlerts(CallbackData, prefix="alerts"):
    """Back to the list."""


class Mail(NamedTuple):
    """A plain text e-mail."""

    subject: str
    text: str


def raised(t: Locale, alert: Alert, *, seen_by: str | None = None, listed: bool = False) -> Screen:
    """An alert and what can be done about it; `seen_by` is the name of who acknowledged it, where known."""
    severity = f"{_SYMBOLS[alert.severity]} {t(f'alert-severity-{alert.severity}')}"
    lines = [t("alert-raised", severity=severity, title=escape(title(t, alert))), escape(_body(t, alert))]
    if alert.acknowledged_by is not None:
        name = escape(cut_line(seen_by or str(alert.acknowledged_by), ERROR_UNITS))
        who = f'<a href="tg://user?id={alert.acknowledged_by}">{name}</a>'
        lines.append(t("alert-seen", who=who))
    if alert.cleared:
        lines.append(f"{_OVER} {t('alert-over', duration=_duration(t, alert.seconds))}")
    return Screen("\n\n".join(lines), _keyboard(t, alert, listed=listed))


def _keyboard(t: Locale, alert: Alert, *, listed: bool) -> InlineKeyboardMarkup | None:
    buttons: list[tuple[str, CallbackData]] = []
    if alert.acknowledged_by is None and not alert.cleared:
        buttons.append(("alert-acknowledge", AcknowledgeAlert(alert_id=alert.id)))
    if alert.rule == "export_suspicious" and not alert.cleared:
        day = date.fromisoformat(alert.facts["day"]).toordinal()
        buttons.append(("alert-accept", AcceptExport(alert_id=alert.id, day=day)))
    if alert.run_id is not None:
        buttons.append(("alert-open-run", OpenRun(run_id=alert.run_id)))
    if listed:
        buttons.append(("alert-back", ListAlerts()))
    if not buttons:
        return None
    return rows(*([InlineKeyboardButton(text=t(key), callback_data=data.pack())] for key, data in buttons))


def cleared(t: Locale, alert: Alert) -> Screen:
    """It is over."""
    over = t("alert-over", duration=_duration(t, alert.seconds))
    return Screen(f"{_OVER} <b>{escape(title(t, alert))}</b>\n{over}")


def open_alerts(t: Locale, alerts: Sequence[Alert]) -> Screen:
    """What is wrong now, each with a button that opens it."""
    if not alerts:
        return Screen(t("alert-none"))
    shown = alerts[:LISTED]
    lines = [f"{number}. {_line(t, alert)}" for number, alert in enumerate(shown, 1)]
    buttons = [
        InlineKeyboardButton(text=str(number), callback_data=OpenAlert(alert_id=alert.id).pack())
        for number, alert in enumerate(shown, 1)
    ]
    in_rows = [buttons[first : first + 5] for first in range(0, len(buttons), 5)]
    return Screen("\n".join([t("alert-list"), "", *lines]), rows(*in_rows))


def _line(t: Locale, alert: Alert) -> str:
    facts = [escape(title(t, alert)), _duration(t, alert.seconds)]
    if alert.subject and alert.rule in ("error_rate", "channel_unusable", "poster_disk_full"):
        facts.insert(1, escape(alert.subject))
    if alert.acknowledged_by is not None:
        facts.append(t("alert-list-seen"))
    return f"{_SYMBOLS[alert.severity]} " + " · ".join(facts)


def mail(alert: Alert, *, over: bool) -> Mail:
    """The same for an e-mail, in English."""
    t = locale("en")
    what = title(t, alert)
    since = f"Since {alert.raised_at:%Y-%m-%d %H:%M} UTC."
    if over:
        ended = t("alert-over", duration=_duration(t, alert.seconds))
        return Mail(f"[Filmoteka] Over: {what}", f"{what}.\n{ended}\n")
    lines = [_body(t, alert), "", since, "In the bot's chat, /alerts shows it and what can be done."]
    return Mail(f"[Filmoteka] {t(f'alert-severity-{alert.severity}')}: {what}", "\n".join(lines) + "\n")


def title(t: Locale, alert: Alert) -> str:
    """The rule in a few words."""
    key = alert.rule.replace("_", "-")
    if alert.rule in ("no_daily_run", "slow_job"):
        return t(f"alert-{key}-title", run_type=alert.facts["run_type"])
    return t(f"alert-{key}-title")


def _body(t: Locale, alert: Alert) -> str:
    return t(f"alert-{alert.rule.replace('_', '-')}", **_values(t, alert))


def _values(t: Locale, alert: Alert) -> dict[str, str]:
    """The facts of each rule (core.alerts.Rule) as its text shows them."""
    facts: dict[str, Any] = alert.facts
    match alert.rule:
        case "no_daily_run":
            return {"hours": t.number(facts["hours"])}
        case "error_rate":
            statuses = sorted(facts["statuses"].items(), key=lambda status: -status[1])
            return {
                "percent": t.number(facts["percent"], 1),
                "threshold": t.number(facts["threshold"], 1),
                "calls": t.number(facts["calls"]),
                "job": facts["job"],
                "statuses": ", ".join(
                    f"{t('alert-no-answer') if status == '0' else status} × {t.number(calls)}"
                    for status, calls in statuses
                ),
            }
        case "slow_job":
            return {name: t.number(facts[name], 1) for name in ("rate", "average")}
        case "parked":
            return {name: t.number(facts[name]) for name in ("films", "threshold")}
        case "export_suspicious":
            return {
                "day": t.date(date.fromisoformat(facts["day"])),
                "kind": facts["kind"],
                "reason": _reason(t, facts),
            }
        case "poster_disk_full":
            return {
                "host": facts["host"],
                "used": t.number(facts["used_mb"]),
                "budget": t.number(facts["budget_mb"]),
                "hours": t.number(facts["hours"]),
            }
        case "database_disk_low":
            return {"free": t.number(facts["free_mb"]), "threshold": t.number(facts["threshold_mb"])}
        case "channel_unusable":
            return {
                "channel": str(facts["channel_id"]),
                "error": cut_line(facts["error"], ERROR_UNITS).rstrip("."),
            }
        case "oldest_row":
            return {"days": t.number(facts["days"])}
        case "tmdb_key_refused":
            return {}


def _reason(t: Locale, facts: Mapping[str, Any]) -> str:
    lines = t.number(facts["lines"])
    match facts["reason"]:
        case "shrunk":
            return t("alert-export-shrunk", lines=lines, before=t.number(facts["before"]))
        case "empty":
            return t("alert-export-empty")
        case "bad_lines":
            return t("alert-export-bad-lines", lines=lines)
        case _:
            return t("alert-export-cut", lines=lines)


def _duration(t: Locale, seconds: float) -> str:
    for size, key in _UNITS:
        if seconds >= size:
            return t(key, count=int(seconds // size))
    return t("alert-moment")


def acknowledged_already(t: Locale) -> str:
    """To a second admin, a toast."""
    return t("alert-acknowledged-already")


def ended(t: Locale) -> str:
    """To a button of an alert that is over, a toast."""
    return t("alert-ended")


def accepted(t: Locale, *, running: bool) -> str:
    """The export is taken, at once or after the one that is `running`."""
    return t("alert-accepted-later" if running else "alert-accepted")


def nothing_to_accept(t: Locale) -> str:
    """The alert is over, or was of another rule."""
    return t("alert-accepted-not")
