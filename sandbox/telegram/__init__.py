"""A stand-in for Telegram on loopback: the Bot API with its limits, and people to talk to a bot."""

from sandbox.telegram.limits import Fault, Limits, Rate
from sandbox.telegram.server import Call, TelegramStandIn
from sandbox.telegram.world import Bot, Button, CallbackQuery, Chat, InlineQuery, Message, Person

__all__ = [
    "Bot",
    "Button",
    "Call",
    "CallbackQuery",
    "Chat",
    "Fault",
    "InlineQuery",
    "Limits",
    "Message",
    "Person",
    "Rate",
    "TelegramStandIn",
]
