"""The operator's figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stats:
    """One look at the whole; ages in seconds, None: nothing waits.

    `films_estimated` and `posters_estimated` say that these counts are the planner's: a state too rare
    for its statistics counts as none, and posters are those of all bots.
    """

    users: int
    users_linked: int
    users_active: int
    ratings: int
    films_stub: int
    films_full: int
    films_estimated: bool
    posters_missing: int
    posters_wanted: int
    posters_on_disk: int
    posters_in_telegram: int
    posters_estimated: bool
    asked_posters: int
    asked_posters_age: float | None
    imports: int
    imports_age: float | None
    pushes: int
    pushes_age: float | None
    pushes_parked: int
    notices: int
    notices_age: float | None
