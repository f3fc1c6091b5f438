"""The stand-in's reading of HTML: plain text, entities in UTF-16 units, and refusals."""

import pytest

from sandbox.telegram.entities import formatted, utf16_length
from sandbox.telegram.errors import ApiError


def test_offsets_and_lengths_count_utf16_units() -> None:
    text, entities = formatted("😀 <b>Ж😀</b> <i>x</i>", "HTML")
    assert text == "😀 Ж😀 x"
    assert utf16_length(text) == 8
    assert entities == [
        {"type": "bold", "offset": 3, "length": 3},
        {"type": "italic", "offset": 7, "length": 1},
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<strong>x</strong>", [{"type": "bold", "offset": 0, "length": 1}]),
        ("<u>x</u>", [{"type": "underline", "offset": 0, "length": 1}]),
        ("<del>x</del>", [{"type": "strikethrough", "offset": 0, "length": 1}]),
        ("<tg-spoiler>x</tg-spoiler>", [{"type": "spoiler", "offset": 0, "length": 1}]),
        ('<span class="tg-spoiler">x</span>', [{"type": "spoiler", "offset": 0, "length": 1}]),
        ("<code>x</code>", [{"type": "code", "offset": 0, "length": 1}]),
        ("<pre>x</pre>", [{"type": "pre", "offset": 0, "length": 1}]),
        (
            '<pre><code class="language-sql">x</code></pre>',
            [{"type": "pre", "offset": 0, "length": 1, "language": "sql"}],
        ),
        ("<blockquote>x</blockquote>", [{"type": "blockquote", "offset": 0, "length": 1}]),
        (
            "<blockquote expandable>x</blockquote>",
            [{"type": "expandable_blockquote", "offset": 0, "length": 1}],
        ),
        (
            '<a href="https://a.b/?x=1&amp;y=2">x</a>',
            [{"type": "text_link", "url": "https://a.b/?x=1&y=2", "offset": 0, "length": 1}],
        ),
    ],
)
def test_every_supported_tag(source: str, expected: list[dict[str, object]]) -> None:
    assert formatted(source, "HTML") == ("x", expected)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("Tom & Jerry", 'Unescaped "&" at byte offset 4'),
        ("&nbsp;", 'Unescaped "&" at byte offset 0'),
        ("ж > x", 'Unescaped ">" at byte offset 3'),
        ("1 < 2", "Unclosed or unescaped start tag at byte offset 2"),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b" at byte offset 0'),
        ("x</b>", 'Unexpected end tag "b" at byte offset 1'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<code><b>x</b></code>", 'Tag "b" inside of code at byte offset 6'),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "Block quotes can't be nested"),
        ("<a>x</a>", 'must have attribute "href"'),
        ('<span class="big">x</span>', 'must have class "tg-spoiler"'),
    ],
)
def test_broken_html_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(ApiError) as refusal:
        formatted(source, "HTML")
    assert refusal.value.code == 400
    assert refusal.value.description.startswith("Bad Request: can't parse entities: ")
    assert complaint in refusal.value.description


def test_escaped_text_arrives_as_written() -> None:
    assert formatted("&lt;&amp;&gt; &quot;&#39;&#x416;", "HTML") == ("<&> \"'Ж", [])


def test_white_space_is_cut_at_both_ends_and_entities_move() -> None:
    assert formatted("\n <b> x </b>\n", "HTML") == ("x", [{"type": "bold", "offset": 0, "length": 1}])


def test_links_commands_and_hashtags_are_found() -> None:
    text, entities = formatted("/movie 603, see https://tmdb.example/movie. #films <code>/no</code>", "HTML")
    found = [(one["type"], text[one["offset"] : one["offset"] + one["length"]]) for one in entities]
    assert found == [
        ("bot_command", "/movie"),
        ("url", "https://tmdb.example/movie"),
        ("hashtag", "#films"),
        ("code", "/no"),
    ]


def test_entities_may_be_given_instead_of_a_parse_mode() -> None:
    bold = {"type": "bold", "offset": 0, "length": 2}
    assert formatted("😀", entities=[bold]) == ("😀", [bold])
    with pytest.raises(ApiError, match="ends after the end of the text"):
        formatted("x", entities=[bold])
