"""PROXY_URL as an operator has it: a proxy with a password, and hosts that nobody reaches without it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from core.settings import Settings
from tests.bot.conftest import Stage, running, until

USER, PASSWORD = "film", "pass:w@rd"


class Proxy:
    """Hands connections on to the stand-in a host is mapped to; `asked` is what came with the password."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._hosts = hosts
        self._credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode())
        self.asked: list[tuple[str, str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.decode().split(" ", 2)
        if b"Proxy-Authorization: Basic " + self._credentials in head:
            host = target.partition(":")[0] if method == "CONNECT" else str(urlsplit(target).hostname)
            self.asked.append((method, host))
            if method != "CONNECT":
                real = urlsplit(self._hosts[host])
                far_reader, far_writer = await asyncio.open_connection(real.hostname, real.port)
                far_writer.write(head)
                await asyncio.gather(_hand_on(reader, far_writer), _hand_on(far_reader, writer))
        writer.close()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def proxy(idle_stage: Stage) -> AsyncIterator[tuple[Proxy, SecretStr]]:
    settings = idle_stage.settings
    hosts = {
        "telegram.invalid": settings.telegram_api_base_url,
        "api.invalid": settings.tmdb_api_base_url,
        "images.invalid": settings.tmdb_image_base_url,
    }
    proxy = Proxy(hosts)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield proxy, SecretStr(f"http://{USER}:pass%3Aw%40rd@127.0.0.1:{port}")
    server.close()


async def test_telegram_tmdb_and_images_go_through_the_proxy(
    idle_stage: Stage, make_settings: Callable[..., Settings], proxy: tuple[Proxy, SecretStr]
) -> None:
    through, url = proxy
    settings = make_settings(
        proxy_url=url,
        telegram_api_base_url="http://telegram.invalid",
        tmdb_api_base_url="http://api.invalid",
        tmdb_image_base_url="http://images.invalid/t/p",
    )
    async with running(settings, idle_stage.database) as idle_stage.app:
        card = await idle_stage.ask(idle_stage.person(), "/movie 603")
        assert card.body.startswith("The Matrix")
        [call] = idle_stage.telegram.calls("sendPhoto", card.chat.id)
        assert call.files, "the poster's bytes came from the images' host"
    assert {host for _, host in through.asked} == {"telegram.invalid", "api.invalid", "images.invalid"}


async def test_https_goes_through_it_as_a_tunnel(
    idle_stage: Stage, make_settings: Callable[..., Settings], proxy: tuple[Proxy, SecretStr]
) -> None:
    through, url = proxy
    settings = make_settings(
        proxy_url=url,
        telegram_api_base_url="http://telegram.invalid",
        tmdb_api_base_url="https://api.invalid",
    )
    async with running(settings, idle_stage.database) as idle_stage.app:
        await until(lambda: ("CONNECT", "api.invalid") in through.asked)
