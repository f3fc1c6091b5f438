"""TMDB's status codes and the answers that carry them."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

# code: (HTTP status, message), as TMDB's list of errors states them.
STATUS: dict[int, tuple[int, str]] = {
    1: (200, "Success."),
    3: (401, "Authentication failed: You do not have permissions to access the service."),
    5: (422, "Invalid parameters: Your request parameters are incorrect."),
    6: (404, "Invalid id: The pre-requisite id is invalid or not found."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    10: (401, "Suspended API key: Access to your account has been suspended, contact TMDB."),
    11: (500, "Internal error: Something went wrong, contact TMDB."),
    12: (201, "The item/record was updated successfully."),
    13: (200, "The item/record was deleted successfully."),
    17: (401, "Session denied."),
    18: (400, "Validation failed."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    22: (400, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    23: (400, "Invalid date: Format needs to be YYYY-MM-DD."),
    24: (504, "Your request to the backend server timed out. Try again."),
    25: (429, "Your request count (#) is over the allowed limit of (40)."),
    27: (400, "Too many append to response objects: The maximum number of remote calls is 20."),
    33: (401, "Invalid request token: The request token is either expired or invalid."),
    34: (404, "The resource you requested could not be found."),
    37: (404, "The requested session could not be found."),
    41: (422, "This request token hasn't been approved by the user."),
    42: (405, "This request method is not supported for this resource."),
    43: (502, "Couldn't connect to the backend server."),
    46: (503, "The API is undergoing maintenance. Try again later."),
}


class TmdbError(Exception):
    """Ends a request with one of TMDB's status codes."""

    def __init__(self, code: int, message: str | None = None) -> None:
        status, text = STATUS[code]
        super().__init__(f"{code}: {message or text}")
        self.code = code
        self.status = status
        self.body: dict[str, Any] = {
            "success": False,
            "status_code": code,
            "status_message": message or text,
        }


class OldValidationError(Exception):
    """Ends a request as TMDB's older validation did: 422 and a list of sentences."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def json_response(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8"
    )


def done(code: int) -> web.Response:
    status, text = STATUS[code]
    return json_response({"success": True, "status_code": code, "status_message": text}, status)
