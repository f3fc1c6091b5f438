"""The genres' names in all interface languages: loaded at the first start, then weekly."""

import structlog

from core.errors import TmdbError
from services.catalogue import Catalogue
from views.locale import LANGUAGES

log = structlog.get_logger(__name__)

LOOK_SECONDS = 3600.0
RETRY_SECONDS = 60.0


class LoadGenres:
    """A job; replicas that load at the same time store the same."""

    name = "genres"
    wakes_on = ()

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.poll_seconds = LOOK_SECONDS

    async def step(self) -> bool:
        """Loads what is due."""
        try:
            await self._catalogue.load_genres(LANGUAGES)
        except TmdbError as error:
            log.warning("genres are loaded later", reason=str(error), seconds=RETRY_SECONDS)
            self.poll_seconds = RETRY_SECONDS
        else:
            self.poll_seconds = LOOK_SECONDS
        return False
