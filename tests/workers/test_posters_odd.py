"""Posters where TMDB's image host, Telegram or the disk answers what nobody expects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from db.posters import Priority
from services.poster_files import PosterFiles
from tests.workers.conftest import CHANNEL, Stage


def picture(kind: str, width: int = 92, height: int = 138) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (width, height), "navy").save(drawn, kind)
    return drawn.getvalue()


@asynccontextmanager
async def image_host(body: bytes, announced: int | None = None) -> AsyncIterator[str]:
    """Answers 200 with the same bytes to everything, whatever it announces."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
        response.content_length = len(body) if announced is None else announced
        await response.prepare(request)
        if request.transport is not None:
            request.transport.write(body)
            request.transport.close()
        return response

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.mark.parametrize(
    ("body", "announced", "error"),
    [
        pytest.param(b"", None, "not a whole JPEG or PNG", id="nothing"),
        pytest.param(b"<html>sorry</html>", None, "not a whole JPEG or PNG", id="a page"),
        pytest.param(picture("WEBP"), None, "not a whole JPEG or PNG", id="webp"),
        pytest.param(picture("GIF"), None, "not a whole JPEG or PNG", id="gif"),
        pytest.param(picture("PNG", 2100, 100), None, "2100 x 100", id="too wide"),
        pytest.param(picture("PNG", 5001, 5000), None, "5001 x 5000", id="too large"),
        pytest.param(picture("JPEG") + bytes(10 << 20), None, "more than 10485760", id="over 10 MB"),
        pytest.param(picture("JPEG"), 1 << 20, "the connection broke", id="less than announced"),
        pytest.param(picture("JPEG"), 500, "the connection broke", id="more than announced"),
    ],
)
async def test_bytes_that_are_no_photo_are_not_kept_but_asked_for_again(
    stage: Stage, body: bytes, announced: int | None, error: str
) -> None:
    await stage.want()
    async with image_host(body, announced) as url:
        await stage.drain("download", tmdb_image_base_url=url)
    row = await stage.row()
    assert (row["poster_status"], row["attempts"], row["lease_until"]) == (0, 1, None)
    assert error in row["last_error"]
    assert row["missing_at"] is None
    assert stage.files == []


async def test_a_png_named_jpg_is_stored_as_what_it_is(stage: Stage) -> None:
    body = picture("PNG", 90, 140)
    await stage.want()
    async with image_host(body) as url:
        await stage.drain("download", tmdb_image_base_url=url)
    row = await stage.row()
    assert (row["poster_status"], row["width"], row["height"], row["byte_size"]) == (1, 90, 140, len(body))
    assert row["local_path"].endswith(".png")
    await stage.drain("upload")
    assert (await stage.row())["poster_status"] == 2


async def test_a_disk_that_takes_no_file_pauses_downloads_and_blames_no_poster(stage: Stage) -> None:
    in_the_way = stage.settings.data_dir / "posters"
    in_the_way.write_bytes(b"")
    await stage.want()
    await stage.drain("download")
    row = await stage.row()
    assert (row["poster_status"], row["attempts"], row["lease_until"]) == (0, 0, None)
    in_the_way.unlink()
    await stage.drain("download", "upload")
    assert (await stage.row())["poster_status"] == 2


async def test_a_file_that_cannot_be_read_is_downloaded_again(stage: Stage) -> None:
    await stage.want()
    await stage.drain("download")
    [file] = stage.files
    file.unlink()
    file.mkdir()
    await stage.drain("upload", "download", "upload")
    assert (await stage.row())["poster_status"] == 2
    assert stage.posts == 1


@pytest.mark.parametrize(("job", "broken"), [("download", "save"), ("upload", "read")])
async def test_a_poster_that_trips_the_code_is_put_back_with_the_error(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, job: str, broken: str
) -> None:
    async def trip(*_: object) -> None:
        raise RuntimeError("nobody thought of this")

    await stage.want(1, Priority.PREWARM)
    if job == "upload":
        await stage.drain("download")
    with monkeypatch.context() as patched:
        patched.setattr(PosterFiles, broken, trip)
        with pytest.raises(RuntimeError):
            await stage.drain(job)
    row = await stage.row()
    assert (row["lease_until"], row["last_error"]) == (None, "RuntimeError")
    waiting = await stage.database.fetchval("SELECT next_attempt_at > tmdb.now() FROM tmdb.posters")
    assert waiting


async def test_a_channel_the_bot_was_put_out_of_is_used_again_once_it_is_back(stage: Stage) -> None:
    await stage.want(2)
    await stage.drain("download")
    rights = stage.channels[0].rights
    stage.channels[0].rights = dict.fromkeys(rights, frozenset())
    await stage.drain("upload")
    assert stage.posts == 0
    assert {row["attempts"] for row in await stage.rows()} == {1}
    stage.channels[0].rights = rights
    await stage.database.execute(
        "UPDATE tmdb.poster_channels SET paused_until = paused_until - interval '5 minutes'"
    )
    async with stage.working("upload"):
        await stage.in_telegram(2)
    assert (await stage.channel(CHANNEL))["last_error"] is None
