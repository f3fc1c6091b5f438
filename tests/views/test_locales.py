"""Interface texts: complete in every language, each used, each well formed."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from views.locale import DIRECTORY, LANGUAGES, locale

ROOT = Path(__file__).parents[2]
# CLDR's plural categories; one of another language would never be chosen.
PLURALS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}, "zh": {"other"}}
TAGS = {"a", "b", "i", "u", "s", "code", "pre", "blockquote"}


class Variables(Visitor):
    """The variables of a message, those that are shown, and the categories of each choice in it."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.shown: set[str] = set()
        self.choices: list[set[str]] = []

    def visit_Placeable(self, node: ftl.Placeable) -> None:  # noqa: N802 - the visitor's protocol
        if isinstance(node.expression, ftl.VariableReference):
            self.shown.add(node.expression.id.name)
        self.generic_visit(node)

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 - the visitor's protocol
        self.names.add(node.id.name)

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:  # noqa: N802 - the visitor's protocol
        self.choices.append(
            {variant.key.name for variant in node.variants if isinstance(variant.key, ftl.Identifier)}
        )
        self.generic_visit(node)


def messages(language: str) -> dict[str, Variables]:
    found: dict[str, Variables] = {}
    for path in sorted((DIRECTORY / language).glob("*.ftl")):
        for entry in FluentParser().parse(path.read_text("utf-8")).body:
            assert not isinstance(entry, ftl.Junk), f"{path}: {entry.content!r}"
            if isinstance(entry, ftl.Message):
                assert entry.id.name not in found, f"{entry.id.name} stands twice in {language}"
                found[entry.id.name] = Variables()
                found[entry.id.name].visit(entry)
    return found


TEXTS = {language: messages(language) for language in LANGUAGES}
KEYS = set(TEXTS[LANGUAGES[0]])


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for room in ("views", "bot", "workers"):
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"))


def pattern_of(node: ast.expr) -> str | None:
    """A string, or an f-string with anything in its gaps, as a regular expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(value) or "[a-z0-9-]+" for value in node.values)
    return None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys(language: str) -> None:
    assert set(TEXTS[language]) == KEYS


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_text_shows_the_same_variables_in_every_language(language: str) -> None:
    first = TEXTS[LANGUAGES[0]]
    differing = {
        key: (first[key].shown, TEXTS[language][key].shown)
        for key in KEYS
        if first[key].shown != TEXTS[language][key].shown
    }
    assert differing == {}


def test_every_text_asked_for_exists() -> None:
    unknown = []
    for path, module in modules():
        for call in ast.walk(module):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "t"):
                continue
            asked = call.args[0]
            for node in (asked.body, asked.orelse) if isinstance(asked, ast.IfExp) else (asked,):
                pattern = pattern_of(node)
                if pattern is not None and not any(re.fullmatch(pattern, key) for key in KEYS):
                    unknown.append(f"{path.relative_to(ROOT)}:{call.lineno}: {pattern}")
    assert unknown == []


def test_every_text_is_used() -> None:
    patterns: set[str] = set()
    for _, module in modules():
        gaps = {
            id(value) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for value in node.values
        }
        for node in ast.walk(module):
            if isinstance(node, ast.expr) and id(node) not in gaps and (pattern := pattern_of(node)):
                patterns.add(pattern)
    # An f-string that begins with a gap says nothing about keys: it would use all of them.
    used = re.compile("|".join(p for p in patterns if not p.startswith("[")))
    assert {key for key in KEYS if not used.fullmatch(key)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_choices_by_number_have_the_languages_own_categories(language: str) -> None:
    foreign = set.union(*PLURALS.values()) - PLURALS[language]
    assert {
        key for key, text in TEXTS[language].items() for choice in text.choices if choice & foreign
    } == set()


class Html(HTMLParser):
    """Telegram refuses a message with an unknown tag, or with one that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag in TAGS, tag
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_renders_for_any_number(language: str) -> None:
    t = locale(language)
    for key, variables in TEXTS[language].items():
        for number in (0, 1, 2, 5, 11, 21, 1460):
            text = t(key, **dict.fromkeys(variables.names, number))
            html = Html()
            html.feed(text)
            html.close()
            assert html.open == [], key
            assert text, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_an_alert_fits_one(language: str) -> None:
    t = locale(language)
    alerts = [key for key in KEYS if key.startswith("error-")] + ["link-not-approved", "link-away-on-return"]
    for key in alerts:
        assert len(t(key).encode("utf-16-le")) // 2 <= 200, key
        assert "<" not in t(key), f"{key}: an alert shows no markup"


def test_command_descriptions_fit_telegrams_menu() -> None:
    for language in LANGUAGES:
        for key in KEYS:
            if key.startswith("command-"):
                assert 1 <= len(locale(language)(key)) <= 256
