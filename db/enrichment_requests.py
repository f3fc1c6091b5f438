"""What was asked of TMDB while somebody waited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from core.payloads import canonical_json
from db.pool import Executor


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichmentRequest:
    """One request; `selected` and `candidates` are summaries of core.enrichment.Candidate, the best first.

    A request that failed has neither a raw answer nor candidates (None).
    """

    request_id: str
    user_id: int
    chat_id: int
    query_text: str
    endpoint: str
    role_hint: str | None
    extracted_entities: Mapping[str, object] | None
    selected: Mapping[str, Any] | None
    candidates: list[dict[str, Any]] | None
    multi_results_raw: Any
    discover_results_raw: Any
    language: str
    seconds: float


class EnrichmentRequests:
    """Rows of tmdb.enrichment_requests."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    ADD = """
        INSERT INTO tmdb.enrichment_requests (id, request_id, user_id, session_id, query_text, tmdb_endpoint,
          role_hint, extracted_entities, selected, selected_media_type, selected_tmdb_id, selected_score,
          candidates_top3, multi_results_raw, discover_results_raw, tmdb_language, duration_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (id) DO NOTHING
    """

    async def add(self, request: EnrichmentRequest) -> None:
        """Keeps one request."""
        selected = request.selected or {}
        await self._db.execute(
            self.ADD,
            # Made here, so that the statement may be repeated after a lost connection.
            *(uuid4(), request.request_id, str(request.user_id), str(request.chat_id), request.query_text),
            *(request.endpoint, request.role_hint, _json(request.extracted_entities)),
            *(_json(request.selected), selected.get("media_type"), selected.get("id"), selected.get("score")),
            *(_json(request.candidates and request.candidates[:3]), _json(request.multi_results_raw)),
            *(_json(request.discover_results_raw), request.language, request.seconds * 1000),
        )


def _json(value: Any) -> bytes | None:
    return None if value is None else canonical_json(value)
