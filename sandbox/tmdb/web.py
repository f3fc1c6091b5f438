"""www.themoviedb.org: the page on which a person approves a request token."""

from __future__ import annotations

from html import escape
from typing import Final, Literal
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.tmdb.accounts import Accounts, TokenState
from sandbox.tmdb.errors import TmdbError

RedirectJoin = Literal["&", "?"]

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} — TMDB stand-in</title>
<style>
  body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; color: #0d253f;
         font: 17px/1.5 system-ui, sans-serif; background: linear-gradient(135deg, #0d253f, #01b4e4 130%); }}
  main {{ background: #fff; border-radius: 14px; padding: 2.2rem 2.4rem; width: min(25rem, 82vw);
         box-shadow: 0 18px 50px #0006; }}
  h1 {{ font-size: 1.35rem; margin: 0 0 .6rem; }}
  p {{ margin: 0 0 1rem; color: #44566b; }}
  fieldset {{ border: 1px solid #d5dde5; border-radius: 10px; margin: 0 0 1.2rem; padding: .5rem .9rem; }}
  legend {{ font-size: .85rem; color: #6b7b8c; }}
  label {{ display: block; padding: .35rem 0; cursor: pointer; }}
  button {{ font: inherit; font-weight: 600; border: 0; border-radius: 999px; padding: .6rem 1.5rem; }}
  button[value=approve] {{ background: #01b4e4; color: #fff; }}
  button[value=deny] {{ background: #eef2f5; color: #44566b; margin-left: .5rem; }}
</style>
<main>{body}</main>
</html>
"""


def _page(title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(
        text=_PAGE.format(title=escape(title), body=body), status=status, content_type="text/html"
    )


def joined(redirect_to: str, answer: str, join: RedirectJoin) -> str:
    """The redirect with TMDB's answer behind it.

    "&" joins as one should; "?" is the other behaviour seen: always a ?, a second one where the
    redirect has a query already.
    """
    if join == "&" and urlsplit(redirect_to).query:
        return f"{redirect_to}&{answer}"
    return f"{redirect_to}?{answer}"


class Web:
    def __init__(self, accounts: Accounts, *, app_name: str, redirect_join: RedirectJoin) -> None:
        self._accounts = accounts
        self._app_name = app_name
        self.redirect_join: RedirectJoin = redirect_join
        self.link_base = "https://t.me"
        """Where redirects to https://t.me go instead: a chat page of one's own."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/authenticate/{request_token}", self.ask),
            web.post("/authenticate/{request_token}", self.answer),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        try:
            token = self._accounts.token(request.match_info["request_token"])
        except TmdbError:
            return _page(
                "Link expired", "<h1>This link has expired</h1><p>Ask the app for a new one.</p>", 404
            )
        if token.state is not TokenState.PENDING:
            return _page("Answered", "<h1>You have answered already</h1><p>Go back to the app.</p>")
        choices = "".join(
            f'<label><input type="radio" name="username" value="{escape(account.username)}"'
            f"{' checked' if place == 0 else ''}> {escape(account.name or account.username)}"
            f" <small>@{escape(account.username)} · {len(account.ratings)} ratings</small></label>"
            for place, account in enumerate(self._accounts)
        )
        app = escape(self._app_name)
        return _page(
            "Third party authentication request",
            f"<h1>{app} wants to use your TMDB account</h1>"
            f"<p>It will be able to read and change your ratings and lists. You can take this back at any "
            f"time in your account's settings.</p>"
            f'<form method="post"><fieldset><legend>Signed in as</legend>{choices}</fieldset>'
            f'<button name="decision" value="approve">Approve</button>'
            f'<button name="decision" value="deny">Deny</button></form>',
        )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        request_token = request.match_info["request_token"]
        form = await request.post()
        decision, username = form.get("decision"), form.get("username")
        try:
            if decision == "approve" and isinstance(username, str):
                self._accounts.approve(request_token, username)
            elif decision == "deny":
                self._accounts.deny(request_token)
            else:
                return _page("Bad request", "<h1>Approve or deny?</h1>", 400)
        except (TmdbError, KeyError):
            return _page(
                "Link expired", "<h1>This link has expired</h1><p>Ask the app for a new one.</p>", 404
            )
        redirect_to = request.query.get("redirect_to")
        if not redirect_to:
            return _page("Done", "<h1>Done</h1><p>Go back to the app.</p>")
        redirect_to = redirect_to.replace("https://t.me", self.link_base, 1)
        verdict = "approved" if decision == "approve" else "denied"
        location = joined(redirect_to, f"request_token={request_token}&{verdict}=true", self.redirect_join)
        return web.Response(status=302, headers={"Location": location})
