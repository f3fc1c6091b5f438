"""A film's posters of one bot, for whoever runs it."""

from core.posters import FilmPoster
from db.pool import Executor


class FilmPosters:
    """Rows of tmdb.posters by film."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    # tmdb.posters knows the film a poster was first wanted for; the film knows all of its posters.
    OF_FILM = """
        SELECT poster.poster_path, poster.poster_status AS status,
          poster.telegram_file_id IS NOT NULL AS has_file_id, poster.channel_id, poster.message_id,
          poster.width, poster.height, poster.byte_size, poster.attempts, poster.last_error
        FROM tmdb.posters AS poster
        WHERE poster.bot_id = $1 AND poster.poster_path IN (
          SELECT movie.poster_path FROM tmdb.movies AS movie WHERE movie.tmdb_id = $2
          UNION
          SELECT best.value FROM tmdb.movies AS movie, jsonb_each_text(movie.posters) AS best
          WHERE movie.tmdb_id = $2
        )
        ORDER BY poster.poster_path
    """

    async def of_film(self, bot_id: int, movie_id: int) -> list[FilmPoster]:
        """The film's posters that this bot has or wants."""
        return [FilmPoster(**dict(row)) for row in await self._db.fetch(self.OF_FILM, bot_id, movie_id)]
