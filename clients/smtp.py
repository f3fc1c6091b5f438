"""Mail to the operators, through one server."""

import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib
from pydantic import SecretStr

from core.errors import MailNotSent
from core.log import Redaction

# For the whole of one mail, from the connection to the server's promise to deliver it.
TIMEOUT_SECONDS = 20.0
_TLS_PORT, _STARTTLS_PORT = 465, 587


class Mailer:
    """One server, one sender; a connection for each mail, since there are few.

    A password goes only over TLS: smtps:// begins with it, smtp:// turns to it by STARTTLS and does
    without only where the URL holds no password and the server offers none (a relay on the same host).
    """

    def __init__(self, url: SecretStr, sender: str, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url.get_secret_value())
        self._tls_at_once = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (_TLS_PORT if self._tls_at_once else _STARTTLS_PORT)
        self._user = unquote(parts.username) if parts.username else None
        self._password = SecretStr(unquote(parts.password)) if parts.password else None
        self._sender = sender
        self._tls = tls or ssl.create_default_context()

    async def send(self, to: str, subject: str, text: str, *, message_id: str) -> None:
        """Plain text; the same `message_id` twice is one mail repeated. MailNotSent."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message_id}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
        mail.set_content(text)
        password = self._password.get_secret_value() if self._password else None
        start_tls = None if self._user is None else True
        try:
            await aiosmtplib.send(
                mail,
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=password,
                use_tls=self._tls_at_once,
                start_tls=False if self._tls_at_once else start_tls,
                tls_context=self._tls,
                timeout=TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            said = Redaction([password] if password else []).text(str(error) or type(error).__name__)
        else:
            return
        # Raised here, not in the handler: what the library says may quote what was sent.
        raise MailNotSent(f"{self._host}:{self._port}: {said}")
