"""Draws the pictures: one palette and one simple composition a film, its title set in type."""

from __future__ import annotations

import colorsys
import hashlib
import io
import math
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

Colour = tuple[int, int, int]

# Posters are drawn at one size and scaled down, which smooths every edge.
_WIDTH: Final = 1000
_HEIGHT: Final = 1500
_HORIZON: Final = 1020  # the picture is above it, the title below


@dataclass(frozen=True, slots=True)
class Poster:
    film_id: int
    variant: int
    title: str
    credit: str
    year: str
    genre_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Palette:
    sky: Colour
    glow: Colour
    dark: Colour
    accent: Colour
    paper: Colour


def drawable(text: str) -> str:
    """The text without accents, "" in other scripts: the font that Pillow brings is Latin alone."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return plain if plain.replace("·", "").isascii() else ""


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def _palette(dice: random.Random) -> _Palette:
    hue = dice.random()
    other = hue + dice.choice((0.08, -0.08, 0.42, 0.5, 0.58))
    return _Palette(
        sky=_colour(hue, 0.72, 0.34),
        glow=_colour(other, 0.45, 0.93),
        dark=_colour(hue + 0.02, 0.7, 0.12),
        accent=_colour(other + 0.03, 0.7, 0.95),
        paper=_colour(other, 0.1, 0.97),
    )


def _mixed(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _gradient(top: Colour, bottom: Colour, width: int, height: int) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((width, height))
    return ImageOps.colorize(ramp, black=top, white=bottom)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Colour) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _ridge(draw: ImageDraw.ImageDraw, dice: random.Random, base: float, rise: float, fill: Colour) -> None:
    """A chain of hills or peaks from edge to edge."""
    points = [(-50.0, base)]
    x = -50.0
    while x < _WIDTH + 50:
        x += dice.uniform(90, 210)
        points.append((x, base - dice.uniform(0.1, 1) * rise))
        x += dice.uniform(90, 210)
        points.append((x, base - dice.uniform(0, 0.35) * rise))
    draw.polygon([*points, (_WIDTH + 50, _HEIGHT), (-50, _HEIGHT)], fill=fill)


def _stars(draw: ImageDraw.ImageDraw, dice: random.Random, fill: Colour, number: int) -> None:
    for _ in range(number):
        _disc(draw, dice.uniform(0, _WIDTH), dice.uniform(0, _HORIZON), dice.uniform(1, 4), fill)


def _mountains(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    _disc(draw, dice.uniform(300, 700), dice.uniform(380, 520), dice.uniform(150, 230), colours.accent)
    for layer in range(4):
        share = layer / 3
        fill = _mixed(_mixed(colours.glow, colours.sky, 0.6), colours.dark, share)
        _ridge(draw, dice, 760 + 110 * layer, 330 - 50 * layer, fill)


def _planet(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    _stars(draw, dice, colours.paper, 170)
    x, y, radius = dice.uniform(380, 620), dice.uniform(480, 600), dice.uniform(230, 300)
    _disc(draw, x, y, radius, colours.accent)
    for band in range(1, 6):  # the shadow of a globe lit from the left
        shade = _mixed(colours.accent, colours.dark, band / 6)
        offset = radius * band * 0.12
        draw.chord((x - radius + offset, y - radius, x + radius, y + radius), -90, 90, fill=shade)
    for width in (0, 26, 52):
        box = (x - radius * 1.7 - width, y - 70 - width / 3, x + radius * 1.7 + width, y + 70 + width / 3)
        draw.arc(box, 0, 180, fill=colours.paper, width=9)
    _disc(draw, x + radius * 1.2, y - radius * 1.15, 34, colours.paper)


def _city(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    _disc(draw, dice.uniform(250, 750), dice.uniform(330, 450), 150, colours.accent)
    for layer in range(3):
        fill = _mixed(colours.sky, colours.dark, 0.35 + layer * 0.32)
        x = -20.0
        while x < _WIDTH:
            width = dice.uniform(70, 150)
            top = dice.uniform(430, 720) + layer * 110
            draw.rectangle((x, top, x + width, _HEIGHT), fill=fill)
            for _ in range(dice.randint(3, 9)):
                column, row = x + dice.randint(1, 5) * width / 6, top + dice.randint(1, 12) * 30
                draw.rectangle((column - 7, row, column + 5, row + 15), fill=colours.glow)
            x += width + dice.uniform(-4, 16)


def _sea(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    x, radius = dice.uniform(360, 640), dice.uniform(190, 250)
    _disc(draw, x, 650, radius, colours.accent)
    draw.rectangle((0, 660, _WIDTH, _HEIGHT), fill=_mixed(colours.sky, colours.dark, 0.45))
    for row in range(11):
        half = radius * (1 - row / 14) * dice.uniform(0.6, 1)
        y = 684 + row * 31
        draw.rounded_rectangle((x - half, y, x + half, y + 11), 5, fill=colours.accent)
    boat = dice.uniform(150, 850)
    draw.polygon([(boat - 50, 655), (boat + 50, 655), (boat + 32, 680), (boat - 32, 680)], fill=colours.dark)
    draw.polygon([(boat, 540), (boat, 648), (boat + 58, 648)], fill=colours.paper)


def _rings(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    x, y = dice.uniform(430, 570), dice.uniform(480, 560)
    for ring in range(12):
        fill = colours.dark if ring % 2 else _mixed(colours.accent, colours.glow, ring / 12)
        shift = dice.uniform(-12, 12)
        _disc(draw, x + shift, y + shift, 430 - ring * 36, fill)


def _stripes(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    slope = dice.uniform(-260, 260)
    for place in range(9):
        fill = _mixed(colours.accent, colours.dark, place / 9)
        left = 60 + place * 110
        draw.polygon(
            [(left, 0), (left + 56, 0), (left + 56 + slope, _HORIZON), (left + slope, _HORIZON)], fill=fill
        )
    x = dice.uniform(380, 620)
    _disc(draw, x, 540, 250, colours.paper)
    # Somebody in a long coat, seen from behind.
    draw.polygon([(x - 70, 600), (x + 70, 600), (x + 190, _HEIGHT), (x - 190, _HEIGHT)], fill=colours.dark)
    _disc(draw, x, 520, 62, colours.dark)
    draw.ellipse((x - 120, 462, x + 120, 500), fill=colours.dark)


def _hills(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    _disc(draw, dice.uniform(250, 750), 330, 120, colours.paper)
    for layer in range(4):
        fill = _mixed(colours.accent, colours.dark, 0.2 + layer * 0.25)
        for _ in range(3):
            x = dice.uniform(0, _WIDTH)
            _disc(draw, x, 1150 + layer * 130, dice.uniform(380, 520), fill)
    x, y = dice.uniform(250, 750), 560
    draw.rectangle((x - 16, y, x + 16, y + 250), fill=colours.dark)
    for angle in range(0, 360, 45):
        _disc(
            draw,
            x + 80 * math.cos(angle),
            y - 40 + 62 * math.sin(angle),
            82,
            _mixed(colours.glow, colours.dark, 0.35),
        )


def _fan(draw: ImageDraw.ImageDraw, dice: random.Random, colours: _Palette) -> None:
    x, y = dice.uniform(420, 580), 930
    for ray in range(0, 180, 12):
        fill = colours.accent if ray % 24 else _mixed(colours.glow, colours.sky, 0.4)
        draw.pieslice((x - 1100, y - 1100, x + 1100, y + 1100), 180 + ray, 186 + ray, fill=fill)
    _disc(draw, x, y, 250, colours.paper)
    _disc(draw, x, y, 205, _mixed(colours.accent, colours.dark, 0.3))
    draw.rectangle((0, y, _WIDTH, _HEIGHT), fill=colours.dark)


_COMPOSITIONS: Final[tuple[Callable[[ImageDraw.ImageDraw, random.Random, _Palette], None], ...]] = (
    _mountains,
    _planet,
    _city,
    _sea,
    _rings,
    _stripes,
    _hills,
    _fan,
)
# Which compositions suit a genre (TMDB's ids); the film's number chooses among them.
_SUITED: Final[dict[int, tuple[Callable[[ImageDraw.ImageDraw, random.Random, _Palette], None], ...]]] = {
    878: (_planet, _city, _rings),
    28: (_fan, _mountains, _city),
    12: (_mountains, _planet, _sea),
    16: (_hills, _sea, _fan),
    10751: (_hills, _fan),
    14: (_mountains, _hills),
    27: (_rings, _stripes),
    53: (_stripes, _rings),
    80: (_stripes, _city),
    10749: (_sea, _fan),
    35: (_fan, _hills, _sea),
    10752: (_mountains, _stripes),
}


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=86)
    return buffer.getvalue()


def _dice(*parts: object) -> random.Random:
    return random.Random(hashlib.sha256(repr(parts).encode()).digest())


def _lines(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _set_title(draw: ImageDraw.ImageDraw, poster: Poster, colours: _Palette) -> None:
    """The title as large as three lines allow, over the director's name and the year."""
    text = poster.title.upper()
    size = 132
    font = ImageFont.load_default(size)
    while size > 44:
        lines = _lines(text, font, 860)
        if len(lines) <= 3 and all(font.getlength(line) <= 860 for line in lines):
            break
        size -= 8
        font = ImageFont.load_default(size)
    lines = _lines(text, font, 860)[:4]
    y = 1350 - len(lines) * size * 1.12
    draw.rectangle((70, y - 34, 190, y - 26), fill=colours.accent)
    for line in lines:
        draw.text((70, y), line, font=font, fill=colours.paper)
        y += size * 1.12
    small = ImageFont.load_default(34)
    faint = _mixed(colours.paper, colours.dark, 0.25)
    draw.text((72, 1400), poster.credit, font=small, fill=faint)
    draw.text((_WIDTH - 70, 1400), poster.year, font=small, fill=faint, anchor="ra")


def draw_poster(poster: Poster, width: int) -> bytes:
    """The poster as a JPEG; variants of one film share palette and composition, not the details."""
    dice = _dice("film", poster.film_id)
    colours = _palette(dice)
    suited = (_SUITED[genre_id] for genre_id in poster.genre_ids if genre_id in _SUITED)
    choices = next(suited, _COMPOSITIONS)
    composition = choices[dice.randrange(len(choices))]
    picture = _gradient(colours.sky, _mixed(colours.glow, colours.sky, 0.25), _WIDTH, _HEIGHT)
    composition(ImageDraw.Draw(picture), _dice("variant", poster.film_id, poster.variant), colours)
    fade = Image.linear_gradient("L").resize((_WIDTH, 620)).point(lambda level: min(255, level * 2))
    picture.paste(Image.new("RGB", (_WIDTH, 620), colours.dark), (0, _HEIGHT - 620), fade)
    if poster.title:
        _set_title(ImageDraw.Draw(picture), poster, colours)
    return _jpeg(picture.resize((width, width * 3 // 2), Image.Resampling.LANCZOS))


def draw_flat(title: str, path: str, width: int, height: int) -> bytes:
    """A cheap picture for an invented film: two colours and the title."""
    colours = _palette(_dice("flat", path))
    picture = _gradient(colours.sky, colours.dark, width, height)
    if title:
        draw = ImageDraw.Draw(picture)
        font = ImageFont.load_default(max(10, width // 12))
        y = height * 0.6
        for line in _lines(title, font, width * 0.84)[:4]:
            draw.text((width * 0.08, y), line, font=font, fill=colours.paper)
            y += max(10, width // 12) * 1.2
    return _jpeg(picture)


def draw_face(name: str, path: str, width: int) -> bytes:
    """A head and shoulders with the initials."""
    colours = _palette(_dice("face", path))
    height = width * 3 // 2
    picture = _gradient(colours.glow, colours.sky, width, height).filter(ImageFilter.BLUR)
    draw = ImageDraw.Draw(picture)
    _disc(draw, width / 2, height * 0.42, width * 0.24, colours.dark)
    _disc(draw, width / 2, height * 1.05, width * 0.5, colours.dark)
    initials = "".join(word[0] for word in drawable(name).split()[:2])
    font = ImageFont.load_default(max(8, width // 8))
    draw.text((width / 2, height * 0.86), initials, font=font, fill=colours.paper, anchor="mm")
    return _jpeg(picture)
