"""The stand-in's Bot API: what methods do, and how each mistake is refused."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.telegram import Limits
from tests.sandbox.telegram_scene import CHANNEL_ID, TOKEN, RefusedError, Scene, a_scene, jpeg, keyboard


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with a_scene(Limits.unlimited()) as scene:
        yield scene


# Who is asked, and how


async def test_a_wrong_token_and_an_unknown_method(scene: Scene) -> None:
    with pytest.raises(RefusedError, match="Unauthorized") as refusal:
        await scene.call("getMe", token="42:other")
    assert refusal.value.code == 401
    with pytest.raises(RefusedError, match="Not Found") as refusal:
        await scene.call("sendTelepathy")
    assert refusal.value.code == 404


async def test_json_form_multipart_and_query_say_the_same(scene: Scene) -> None:
    url = f"{scene.tg.api_url}/bot{TOKEN}/sendMessage"
    multipart = aiohttp.FormData(default_to_multipart=True)
    multipart.add_field("chat_id", "1001")
    multipart.add_field("text", "Ж")
    for arguments in (
        {"json": {"chat_id": 1001, "text": "Ж"}},
        {"data": {"chat_id": "1001", "text": "Ж"}},
        {"data": multipart},
        {"params": {"chat_id": "1001", "text": "Ж"}},
    ):
        async with scene.http.post(url, **arguments) as response:
            assert (await response.json())["result"]["text"] == "Ж"


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 1001}, "message text is empty"),
        ({"chat_id": 1001, "text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"chat_id": 1001, "text": "x", "captoin": "y"}, 'no parameter "captoin"'),
        ({"chat_id": 1001, "text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"chat_id": 1001, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": 1001, "text": "😀" * 2049}, "message is too long"),
        ({"chat_id": 1001, "text": "a & b", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": 7, "text": "x"}, "chat not found"),
        ({"chat_id": -1009999999999, "text": "x"}, "chat not found"),
        (
            {"chat_id": 1001, "text": "x", "reply_parameters": {"message_id": 99}},
            "message to be replied not found",
        ),
    ],
)
async def test_bad_messages(scene: Scene, parameters: dict[str, Any], complaint: str) -> None:
    with pytest.raises(RefusedError, match=complaint) as refusal:
        await scene.call("sendMessage", **parameters)
    assert refusal.value.code == 400


async def test_lengths_count_after_entities_are_parsed(scene: Scene) -> None:
    sent = await scene.say("<b>" + "&amp;" * 4096 + "</b>", parse_mode="HTML")
    assert sent["text"] == "&" * 4096
    uploaded = await scene.photo(1001, jpeg(), caption="x" * 1024)
    with pytest.raises(RefusedError, match="message caption is too long"):
        await scene.photo(1001, uploaded["photo"][-1]["file_id"], caption="x" * 1025)


async def test_people_who_may_not_be_written_to(scene: Scene) -> None:
    with pytest.raises(
        RefusedError, match="Forbidden: bot can't initiate conversation with a user"
    ) as refusal:
        await scene.call("sendMessage", chat_id=scene.boris.id, text="x")
    assert refusal.value.code == 403
    scene.anna.block()
    with pytest.raises(RefusedError, match="Forbidden: bot was blocked by the user") as refusal:
        await scene.say("x")
    assert refusal.value.code == 403
    scene.anna.unblock()
    await scene.say("x")


# Keyboards


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        (keyboard([{"text": "x", "callback_data": "é" * 33}]), "BUTTON_DATA_INVALID"),
        (keyboard([{"text": "x", "callback_data": ""}]), "BUTTON_DATA_INVALID"),
        (keyboard([{"text": "x"}]), "Text buttons are unallowed"),
        (keyboard([{"text": " ", "callback_data": "x"}]), "non-empty"),
        (keyboard([{"text": "x", "url": "ftp://a.b"}]), "Unsupported URL protocol"),
        (keyboard([{"text": "x", "url": "https://"}]), "Wrong HTTP URL"),
        (keyboard([{"text": "x", "url": "https://t.me/films_bot?start=a%20b"}]), "START_PARAM_INVALID"),
        (keyboard([{"text": "x", "callback_data": "x"}] * 9), "at most 8 buttons"),
        (keyboard(*[[{"text": "x", "callback_data": "x"}] * 8] * 13), "REPLY_MARKUP_TOO_LONG"),
    ],
)
async def test_bad_keyboards(scene: Scene, markup: dict[str, object], complaint: str) -> None:
    with pytest.raises(RefusedError, match=complaint):
        await scene.say("x", reply_markup=markup)


async def test_a_hundred_buttons_and_loopback_addresses_are_fine(scene: Scene) -> None:
    rows = [[{"text": "x", "callback_data": "x" * 64}] * 8] * 12
    link = {"text": "Approve", "url": "http://127.0.0.1:8080/authenticate/abc?redirect_to=x"}
    sent = await scene.say("x", reply_markup=keyboard(*rows, [link]))
    assert sent["reply_markup"]["inline_keyboard"][-1] == [link]


async def test_a_press_is_answered_once_and_in_time(scene: Scene) -> None:
    await scene.say("x", reply_markup=keyboard([{"text": "Rate 8", "callback_data": "r:8"}]))
    query = scene.anna.press(scene.anna.chat.last, "Rate")
    await scene.call("answerCallbackQuery", callback_query_id=query.id, text="Saved", show_alert=True)
    answer = await scene.anna.wait_answer(query)
    assert (answer.text, answer.show_alert) == ("Saved", True)
    too_old = "query is too old and response timeout expired or query ID is invalid"
    with pytest.raises(RefusedError, match=too_old):
        await scene.call("answerCallbackQuery", callback_query_id=query.id)
    with pytest.raises(RefusedError, match=too_old):
        await scene.call("answerCallbackQuery", callback_query_id="1")
    late = scene.anna.press(scene.anna.chat.last, "r:8")
    scene.tg.clock.advance(16)
    with pytest.raises(RefusedError, match=too_old):
        await scene.call("answerCallbackQuery", callback_query_id=late.id)


async def test_forged_data_reaches_the_bot_as_it_is(scene: Scene) -> None:
    await scene.say("x")
    scene.anna.press_forged(scene.anna.chat.last, b"\xff\x00ok")
    updates = await scene.call("getUpdates")
    assert updates[-1]["callback_query"]["data"] == "\xff\x00ok"


# Photos and file_ids


async def test_a_photo_has_sizes_as_telegram_keeps_them(scene: Scene) -> None:
    small = await scene.photo(1001, jpeg(500, 750))
    assert [(p["width"], p["height"]) for p in small["photo"]] == [(60, 90), (213, 320), (500, 750)]
    large = await scene.photo(1001, jpeg(2000, 3000))
    assert (large["photo"][-1]["width"], large["photo"][-1]["height"]) == (853, 1280)


async def test_the_same_file_id_is_sent_without_bytes(scene: Scene) -> None:
    content = jpeg()
    first = (await scene.photo(1001, content))["photo"]
    again = (await scene.photo(CHANNEL_ID, first[-1]["file_id"]))["photo"]
    assert again == first
    by_bytes, by_id = scene.tg.calls("sendPhoto")
    assert by_bytes.files["photo"].size == len(content)
    assert by_bytes.bytes > len(content)
    assert by_id.files == {}
    assert by_id.bytes < 200


async def test_a_file_id_belongs_to_its_bot(scene: Scene) -> None:
    other = scene.tg.add_bot("43:other", "other_bot")
    scene.channel.rights[other] = scene.channel.rights[scene.bot]
    posted = await scene.photo(CHANNEL_ID, jpeg())
    mine = posted["photo"][-1]
    with pytest.raises(RefusedError, match="wrong file identifier/HTTP URL specified"):
        await scene.call("sendPhoto", token="43:other", chat_id=CHANNEL_ID, photo=mine["file_id"])
    source = {"chat_id": CHANNEL_ID, "from_chat_id": CHANNEL_ID, "message_id": posted["message_id"]}
    theirs = (await scene.call("forwardMessage", token="43:other", **source))["photo"][-1]
    assert theirs["file_unique_id"] == mine["file_unique_id"]
    assert theirs["file_id"] != mine["file_id"]
    await scene.call("sendPhoto", token="43:other", chat_id=CHANNEL_ID, photo=theirs["file_id"])
    copied = await scene.call("copyMessage", token="43:other", **source)
    assert list(copied) == ["message_id"]


async def test_a_dead_file_id_is_refused_and_new_bytes_heal(scene: Scene) -> None:
    content = jpeg()
    dead = (await scene.photo(1001, content))["photo"]
    scene.tg.kill_file_id(dead[-1]["file_id"])
    for size in dead:
        with pytest.raises(RefusedError, match="wrong file identifier/HTTP URL specified"):
            await scene.photo(1001, size["file_id"])
    healed = (await scene.photo(1001, content))["photo"][-1]["file_id"]
    await scene.photo(1001, healed)


async def test_ids_of_the_wrong_kind(scene: Scene) -> None:
    with pytest.raises(RefusedError, match="wrong remote file identifier specified"):
        await scene.photo(1001, "AgACnonsense")
    photo_id = (await scene.photo(1001, jpeg()))["photo"][0]["file_id"]
    with pytest.raises(RefusedError, match="can't use file of type Photo as Document"):
        await scene.call("sendDocument", chat_id=1001, document=photo_id)
    sent = await scene.call("sendDocument", chat_id=1001, document=jpeg(), caption="as a file")
    with pytest.raises(RefusedError, match="can't use file of type Document as Photo"):
        await scene.photo(1001, sent["document"]["file_id"])
    with pytest.raises(RefusedError, match="can't use file of type Thumbnail as Photo"):
        await scene.photo(1001, sent["document"]["thumbnail"]["file_id"])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "file must be non-empty"),
        (b"GIF? no", "IMAGE_PROCESS_FAILED"),
        (jpeg()[:1500], "IMAGE_PROCESS_FAILED"),
        (jpeg() + b"\0" * 10 * 1024 * 1024, "too big for a photo; the maximum size is 10485760 bytes"),
        (jpeg(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (jpeg(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
    ],
    ids=["empty", "no picture", "truncated", "heavy", "long", "wide"],
)
async def test_bad_photos(scene: Scene, content: bytes, complaint: str) -> None:
    with pytest.raises(RefusedError, match=complaint):
        await scene.photo(1001, content)


async def test_a_photo_by_url_is_fetched_and_a_failure_remembered(scene: Scene) -> None:
    status = 503

    async def poster(request: web.Request) -> web.Response:
        return web.Response(status=status, body=jpeg(), content_type="image/jpeg")

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="not a picture")

    app = web.Application()
    app.router.add_get("/poster.jpg", poster)
    app.router.add_get("/page.jpg", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        for _ in range(2):
            with pytest.raises(RefusedError, match="failed to get HTTP URL content"):
                await scene.photo(1001, f"{base}/poster.jpg")
            status = 200  # too late: the failure is cached
        with pytest.raises(RefusedError, match="wrong type of the web page content"):
            await scene.photo(1001, f"{base}/page.jpg")
        scene.tg.forget_failed_urls()
        assert (await scene.photo(1001, f"{base}/poster.jpg"))["photo"]
    finally:
        await runner.cleanup()
    with pytest.raises(RefusedError, match="failed to get HTTP URL content"):
        await scene.photo(1001, "https://image.tmdb.org/t/p/w500/x.jpg")


async def test_a_file_can_be_downloaded_again(scene: Scene) -> None:
    content = jpeg()
    photo = (await scene.photo(1001, content))["photo"]
    file = await scene.call("getFile", file_id=photo[-1]["file_id"])
    async with scene.http.get(f"{scene.tg.api_url}/file/bot{TOKEN}/{file['file_path']}") as response:
        assert await response.read() == content
    thumbnail = await scene.call("getFile", file_id=photo[0]["file_id"])
    assert thumbnail["file_size"] < len(content)


async def test_an_album_holds_two_to_ten(scene: Scene) -> None:
    file_id = (await scene.photo(1001, jpeg()))["photo"][-1]["file_id"]
    one = {"type": "photo", "media": file_id}
    for count in (1, 11):
        with pytest.raises(RefusedError, match="2 to 10 items"):
            await scene.call("sendMediaGroup", chat_id=1001, media=[one] * count)
    media = [one, {"type": "photo", "media": "attach://other"}]
    sent = await scene.call("sendMediaGroup", chat_id=1001, media=media, other=jpeg())
    assert len({message["media_group_id"] for message in sent}) == 1


# Editing and deleting


async def test_an_edit_must_change_something(scene: Scene) -> None:
    sent = await scene.say("<b>x</b>", parse_mode="HTML")
    here = {"chat_id": 1001, "message_id": sent["message_id"]}
    with pytest.raises(RefusedError, match="message is not modified: specified new message content"):
        await scene.call("editMessageText", **here, text="<b>x</b>", parse_mode="HTML")
    edited = await scene.call("editMessageText", **here, text="x")
    assert edited["edit_date"]
    keys = keyboard([{"text": "x", "callback_data": "x"}])
    await scene.call("editMessageReplyMarkup", **here, reply_markup=keys)
    with pytest.raises(RefusedError, match="message is not modified"):
        await scene.call("editMessageReplyMarkup", **here, reply_markup=keys)
    # A text edited without its keyboard loses it.
    assert "reply_markup" not in await scene.call("editMessageText", **here, text="y")


async def test_what_can_not_be_edited(scene: Scene) -> None:
    with pytest.raises(RefusedError, match="message to edit not found"):
        await scene.call("editMessageText", chat_id=1001, message_id=999, text="x")
    theirs = scene.anna.send("hello")
    with pytest.raises(RefusedError, match="message can't be edited"):
        await scene.call("editMessageText", chat_id=1001, message_id=theirs.message_id, text="x")
    text = await scene.say("x")
    with pytest.raises(RefusedError, match="there is no caption in the message to edit"):
        await scene.call("editMessageCaption", chat_id=1001, message_id=text["message_id"], caption="y")
    photo = await scene.photo(1001, jpeg())
    with pytest.raises(RefusedError, match="there is no text in the message to edit"):
        await scene.call("editMessageText", chat_id=1001, message_id=photo["message_id"], text="y")


async def test_a_text_gains_its_photo_in_place(scene: Scene) -> None:
    text = await scene.say("The Matrix")
    here = {"chat_id": 1001, "message_id": text["message_id"]}
    edited = await scene.call(
        "editMessageMedia",
        **here,
        media={"type": "photo", "media": "attach://poster", "caption": "The Matrix"},
        poster=jpeg(),
    )
    assert "text" not in edited
    assert edited["caption"] == "The Matrix"
    same = {"type": "photo", "media": edited["photo"][-1]["file_id"], "caption": "The Matrix"}
    with pytest.raises(RefusedError, match="message is not modified"):
        await scene.call("editMessageMedia", **here, media=same)
    message = await scene.anna.chat.wait_for(lambda message: message.photo is not None)
    assert message.message_id == text["message_id"]


async def test_deleting_has_its_limits(scene: Scene) -> None:
    here = {"chat_id": 1001, "message_id": (await scene.say("x"))["message_id"]}
    await scene.call("deleteMessage", **here)
    with pytest.raises(RefusedError, match="message to delete not found"):
        await scene.call("deleteMessage", **here)
    old = await scene.say("x")
    scene.tg.clock.advance(48 * 3600 + 1)
    with pytest.raises(RefusedError, match="message can't be deleted for everyone"):
        await scene.call("deleteMessage", chat_id=1001, message_id=old["message_id"])
    # An administrator who may delete is not bound to the 48 hours.
    post = await scene.photo(CHANNEL_ID, jpeg())
    scene.tg.clock.advance(48 * 3600 + 1)
    await scene.call("deleteMessages", chat_id=CHANNEL_ID, message_ids=[post["message_id"], 12345])
    assert scene.channel.messages == []


# Channels and groups


async def test_posting_needs_the_right_to_post(scene: Scene) -> None:
    scene.tg.add_bot("43:other", "other_bot")
    with pytest.raises(RefusedError, match="Forbidden: bot is not a member of the channel chat"):
        await scene.call("sendMessage", token="43:other", chat_id=CHANNEL_ID, text="x")
    scene.channel.rights[scene.bot] = frozenset({"can_delete_messages"})
    with pytest.raises(RefusedError, match="Bad Request: need administrator rights in the channel chat"):
        await scene.call("sendMessage", chat_id=CHANNEL_ID, text="x")
    member = await scene.call("getChatMember", chat_id=CHANNEL_ID, user_id=scene.bot.id)
    assert (member["status"], member["can_post_messages"]) == ("administrator", False)


async def test_privacy_mode_decides_what_a_bot_sees_in_a_group(scene: Scene) -> None:
    group = scene.tg.add_group(-1001111111111, "Films", [scene.anna, scene.boris], [scene.bot])
    said = await scene.call("sendMessage", chat_id=group.id, text="hello")
    scene.anna.send("not for bots", group)
    scene.anna.send("/movie@other_bot 1", group)
    scene.anna.send("/movie@films_bot 2", group)
    scene.boris.send("/movie 3", group)
    scene.boris.send("a reply", group, reply_to=group.get(said["message_id"]))
    updates = await scene.call("getUpdates")
    seen = [one["message"]["text"] for one in updates if "message" in one]
    assert seen == ["/start", "/movie@films_bot 2", "/movie 3", "a reply"]


async def test_a_command_without_a_name_goes_to_the_bot_that_wrote_last(scene: Scene) -> None:
    group = scene.tg.add_group(-1001111111111, "Films", [scene.anna], [scene.bot])
    for text in ("/movie 1", "@films_bot hello", "/movie@films_bot 2"):
        scene.anna.send(text, group)
    await scene.call("sendMessage", chat_id=group.id, text="hello")
    scene.anna.send("/movie 3", group)
    seen = [one["message"]["text"] for one in await scene.call("getUpdates") if "message" in one]
    assert seen == ["/start", "/movie@films_bot 2", "/movie 3"]


async def test_a_group_forbids_moves_and_has_topics(scene: Scene) -> None:
    group = scene.tg.add_group(-4001, "Films", [scene.anna], [scene.bot])
    group.forbidden = {"text messages"}
    with pytest.raises(RefusedError, match="not enough rights to send text messages to the chat"):
        await scene.call("sendMessage", chat_id=group.id, text="hello")
    moved = group.migrate(-1001111111111)
    with pytest.raises(RefusedError, match="group chat was upgraded to a supergroup chat"):
        await scene.call("sendMessage", chat_id=group.id, text="hello")
    with pytest.raises(RefusedError, match="message thread not found"):
        await scene.call("sendMessage", chat_id=moved.id, text="hello", message_thread_id=7)
    moved.topics = {7}
    sent = await scene.call("sendMessage", chat_id=moved.id, text="hello", message_thread_id=7)
    assert (sent["message_thread_id"], sent["chat"]["type"]) == (7, "supergroup")


# Inline mode


async def test_inline_results_are_checked_cached_and_chosen(scene: Scene) -> None:
    scene.bot.inline_feedback = True
    file_id = (await scene.photo(1001, jpeg()))["photo"][-1]["file_id"]
    keys = keyboard([{"text": "Rate", "callback_data": "r"}])
    result = {"type": "photo", "id": "603", "photo_file_id": file_id, "caption": "x", "reply_markup": keys}
    article = {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "x"}}
    query = scene.anna.inline_query("matrix" * 100)
    assert len(query.query) == 256
    for bad, complaint in (
        ([result | {"id": "x" * 65}], "RESULT_ID_INVALID"),
        ([result, result], "RESULT_ID_DUPLICATE"),
        ([result | {"id": str(number)} for number in range(51)], "RESULTS_TOO_MUCH"),
        ([result | {"photo_file_id": file_id[::-1]}], "wrong remote file identifier"),
        ([result | {"caption": "x" * 1025}], "caption is too long"),
        ([{"type": "article", "id": "1", "title": "x"}], "title and content are needed"),
        ([article | {"thumbnail_url": "posters/x.jpg"}], "WEBDOCUMENT_URL_INVALID"),
        ([article | {"input_message_content": {"message_text": ""}}], "message text is empty"),
    ):
        with pytest.raises(RefusedError, match=complaint):
            await scene.call("answerInlineQuery", inline_query_id=query.id, results=bad)
    for more, complaint in (
        ({"button": {"text": "x"}}, "exactly one action"),
        ({"button": {"text": "x", "start_parameter": "a b"}}, "START_PARAM_INVALID"),
        ({"next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
    ):
        with pytest.raises(RefusedError, match=complaint):
            await scene.call("answerInlineQuery", inline_query_id=query.id, results=[result], **more)
    await scene.call("answerInlineQuery", inline_query_id=query.id, results=[result], is_personal=True)
    sent = scene.anna.choose(query, 0)
    bare = scene.anna.inline_query("bare")
    await scene.call("answerInlineQuery", inline_query_id=bare.id, results=[article])
    scene.anna.choose(bare, 0)
    updates = await scene.call("getUpdates")
    [chosen, without_keyboard] = [
        one["chosen_inline_result"] for one in updates if "chosen_inline_result" in one
    ]
    assert chosen["inline_message_id"] == sent.inline_message_id
    assert "inline_message_id" not in without_keyboard
    edit: dict[str, Any] = {"inline_message_id": sent.inline_message_id}
    assert await scene.call("editMessageCaption", **edit, caption="y", reply_markup=keys) is True
    with pytest.raises(RefusedError, match="a file can't be uploaded"):
        await scene.call("editMessageMedia", **edit, media={"type": "photo", "media": "attach://p"}, p=jpeg())
    # The answer was personal: it is cached for her, not for him.
    assert scene.anna.inline_query(query.query).answer is not None
    assert scene.boris.inline_query(query.query).answer is None
    late = scene.boris.inline_query("alien")
    scene.tg.clock.advance(11)
    with pytest.raises(RefusedError, match="query is too old"):
        await scene.call("answerInlineQuery", inline_query_id=late.id, results=[])


# Commands


async def test_commands_by_scope_and_language(scene: Scene) -> None:
    english = [{"command": "search", "description": "Find a film"}]
    russian = [{"command": "search", "description": "Найти фильм"}]
    await scene.call("setMyCommands", commands=english)
    await scene.call("setMyCommands", commands=russian, language_code="ru")
    assert await scene.call("getMyCommands", language_code="ru") == russian
    assert await scene.call("getMyCommands", scope={"type": "all_private_chats"}) == []
    with pytest.raises(RefusedError, match="BOT_COMMAND_INVALID"):
        await scene.call("setMyCommands", commands=[{"command": "Search", "description": "x"}])
    with pytest.raises(RefusedError, match="chat not found"):
        await scene.call("setMyCommands", commands=english, scope={"type": "chat", "chat_id": 7})
