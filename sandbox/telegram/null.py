"""A Bot API that takes every call and answers a constant, as fast as it can: the floor of benchmarks.

It checks nothing. Updates are handed out in a closed loop: at most `window` of them are unanswered, and a
call of send… or edit… with an update's chat_id answers it, or answerInlineQuery with the query's id. Run it
as `python -m sandbox.telegram.null`.
"""

import argparse
import asyncio
import re
import signal
import sys
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import orjson

Json = dict[str, Any]

BOT = {"id": 42, "is_bot": True, "first_name": "Null", "username": "null_bot"}
_PHOTO = [
    {
        "file_id": f"AgACAgIAAxkBAAIconstant{size}",
        "file_unique_id": f"AQADconstant{size}",
        "width": w,
        "height": h,
    }
    for size, w, h in (("s", 60, 90), ("m", 213, 320), ("x", 500, 750))
]
MESSAGE = {
    "message_id": 1,
    "from": BOT,
    "chat": {"id": 1, "first_name": "Nobody", "type": "private"},
    "date": 1_700_000_000,
    "photo": _PHOTO,
    "caption": "A constant",
}


def _response(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )


def _result(result: Any) -> bytes:
    return _response(orjson.dumps({"ok": True, "result": result}))


_ANSWERS = {
    b"getMe": _result(BOT),
    b"sendMediaGroup": _result([MESSAGE]),
    b"copyMessage": _result({"message_id": 1}),
    b"getMyCommands": _result([]),
    b"getWebhookInfo": _result({"url": "", "has_custom_certificate": False, "pending_update_count": 0}),
    b"getChatMember": _result(
        {"status": "administrator", "user": BOT}
        | dict.fromkeys(
            (
                "can_be_edited",
                "is_anonymous",
                "can_manage_chat",
                "can_delete_messages",
                "can_manage_video_chats",
                "can_restrict_members",
                "can_promote_members",
                "can_change_info",
                "can_invite_users",
                "can_post_stories",
                "can_edit_stories",
                "can_delete_stories",
                "can_post_messages",
                "can_edit_messages",
                "can_send_welcome_messages",
            ),
            True,
        )
    ),
}
_MESSAGE_ANSWER = _result(MESSAGE)
_TRUE = _result(True)
# The chat of a message, or the inline query, whose id is its person's here.
_ANSWERED = re.compile(
    rb'(?:^|&)(?:chat|inline_query)_id=(\d+)|"(?:chat|inline_query)_id":\s*"?(\d+)'
    rb'|name="?(?:chat|inline_query)_id"?\r\n(?:[^\r\n]+\r\n)*\r\n(\d+)'
)


class NullBotApi:
    """The server's state; one connection is one `_Connection`."""

    def __init__(self) -> None:
        self.calls = 0
        self._updates: deque[Json] = deque()
        self._given: dict[int, float] = {}
        self._window = 1
        self._waiting: list[tuple[_Connection, asyncio.TimerHandle]] = []
        self._started = 0.0
        self._ended = 0.0
        self._latencies: list[float] = []
        self._next_update_id = 1
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Returns the Bot API's base URL."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port)
        return f"http://{host}:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for _, timer in self._waiting:
            timer.cancel()

    def push(
        self,
        texts: list[str],
        count: int,
        window: int = 1,
        first_chat_id: int = 1_000_000,
        is_inline: bool = False,
    ) -> None:
        """Queues `count` messages or inline queries of these texts in turn, each from a person of its own."""
        self._latencies.clear()
        self._started = self._ended = 0.0
        self._window = window
        for number in range(count):
            chat_id = first_chat_id + number
            person = {"id": chat_id, "is_bot": False, "first_name": "Somebody", "language_code": "en"}
            text = texts[number % len(texts)]
            message = {
                "message_id": number + 1,
                "from": person,
                "chat": {"id": chat_id, "first_name": "Somebody", "type": "private"},
                "date": 1_700_000_000,
                "text": text,
            }
            query = {"id": str(chat_id), "from": person, "query": text, "offset": ""}
            said = {"inline_query": query} if is_inline else {"message": message}
            self._updates.append({"update_id": self._next_update_id} | said)
            self._next_update_id += 1
        self._hand_out()

    def stats(self) -> Json:
        """Answered updates, seconds from the first handed out to the last answered, latencies in seconds."""
        ordered = sorted(self._latencies)
        return {
            "calls": self.calls,
            "waiting": len(self._updates) + len(self._given),
            "answered": len(ordered),
            "seconds": max(0.0, self._ended - self._started),
            "p50": ordered[len(ordered) // 2] if ordered else None,
            "p95": ordered[len(ordered) * 95 // 100] if ordered else None,
        }

    def poll(self, connection: "_Connection", timeout: float) -> None:
        """getUpdates: at once if the window has room, else when it has or the timeout is over."""
        timer = asyncio.get_running_loop().call_later(timeout, self._end_poll, connection)
        self._waiting.append((connection, timer))
        self._hand_out()

    def forget(self, connection: "_Connection") -> None:
        """Ends the connection's poll without an answer."""
        for entry in [entry for entry in self._waiting if entry[0] is connection]:
            entry[1].cancel()
            self._waiting.remove(entry)

    def _end_poll(self, connection: "_Connection") -> None:
        self.forget(connection)
        connection.answer(_result([]))

    def _hand_out(self) -> None:
        free = min(self._window - len(self._given), 100)
        if not self._waiting or not self._updates or free <= 0:
            return
        connection, timer = self._waiting.pop()
        timer.cancel()
        batch = [self._updates.popleft() for _ in range(min(free, len(self._updates)))]
        now = time.perf_counter()
        self._started = self._started or now
        for update in batch:
            self._given[(update.get("message") or update["inline_query"])["from"]["id"]] = now
        connection.answer(_result(batch))

    def answered(self, body: bytes) -> None:
        found = _ANSWERED.search(body)
        if found is None:
            return
        given = self._given.pop(int(found[1] or found[2] or found[3]), None)
        if given is not None:
            self._ended = time.perf_counter()
            self._latencies.append(self._ended - given)
            self._hand_out()


class _Connection(asyncio.Protocol):
    """Just enough HTTP/1.1: keep-alive and Content-Length."""

    def __init__(self, api: NullBotApi) -> None:
        self._api = api
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._api.forget(self)

    def answer(self, response: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(response)

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        while (head_end := received.find(b"\r\n\r\n")) >= 0:
            head = bytes(received[:head_end])
            length = re.search(rb"(?i)\r\ncontent-length:\s*(\d+)", head)
            end = head_end + 4 + (int(length[1]) if length else 0)
            if length is None and b"chunked" in head.lower():
                self.answer(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n")
                assert self._transport is not None
                self._transport.close()
                return
            if len(received) < end:
                return
            body = bytes(received[head_end + 4 : end])
            del received[:end]
            self._request(head.split(b" ", 2)[1], body)

    def _request(self, path: bytes, body: bytes) -> None:
        api = self._api
        method = path.rpartition(b"/")[2].partition(b"?")[0]
        if path.startswith(b"/_control/"):
            if method == b"push":
                api.push(**orjson.loads(body))
            self.answer(_response(orjson.dumps(api.stats())))
            return
        if method == b"getUpdates":
            timeout = re.search(rb"timeout\"?[=:]\s*(\d+)", body + b"&" + urlsplit(path).query)
            api.poll(self, float(timeout[1]) if timeout else 0.0)
            return
        api.calls += 1
        if method.startswith((b"send", b"edit")) and method != b"sendChatAction":
            self.answer(_ANSWERS.get(method, _MESSAGE_ANSWER))
            api.answered(body)
        elif method == b"answerInlineQuery":
            self.answer(_TRUE)
            api.answered(body)
        else:
            self.answer(_ANSWERS.get(method, _MESSAGE_ANSWER if method == b"forwardMessage" else _TRUE))


async def _main(host: str, port: int) -> None:
    api = NullBotApi()
    url = await api.start(host, port)
    sys.stdout.write(orjson.dumps({"api_url": url}).decode() + "\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    api.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.host, arguments.port))
