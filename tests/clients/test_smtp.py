"""Mail to operators, against a real server on loopback."""

import asyncio
import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from clients.smtp import Mailer
from core.errors import MailNotSent
from tests.mail import PASSWORD, Inbox, serving

QUOTED = "p%40ss%2Fword%3A1"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for "localhost", signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime(2020, 1, 1)  # noqa: DTZ001 - the library takes UTC without saying so
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def mailer(url: str, certificate: Path) -> Mailer:
    return Mailer(
        SecretStr(url), "filmoteka@example.org", tls=ssl.create_default_context(cafile=str(certificate))
    )


async def send(mailer: Mailer) -> None:
    await mailer.send("ops@example.org", "Фильмы: 5 %", "Ничего не потеряно.\n", message_id="alert-7-raised")


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_mail_with_a_password_goes_over_tls(certificate: Path, scheme: str) -> None:
    inbox = Inbox()
    async with serving(inbox, tls=server_tls(certificate), at_once=scheme == "smtps") as port:
        await send(mailer(f"{scheme}://ops%40example.org:{QUOTED}@localhost:{port}", certificate))
    assert inbox.logins == [(b"ops@example.org", PASSWORD.encode())]
    [mail] = inbox.mails
    assert inbox.recipients == ["ops@example.org"]
    assert mail["Subject"] == "Фильмы: 5 %"
    assert mail["From"] == "filmoteka@example.org"
    assert mail["Message-ID"] == "<alert-7-raised@example.org>"
    assert mail.get_content().splitlines() == ["Ничего не потеряно."]


async def test_without_tls_no_password_is_sent(certificate: Path) -> None:
    inbox = Inbox()
    async with serving(inbox) as port:
        with pytest.raises(MailNotSent, match="STARTTLS"):
            await send(mailer(f"smtp://ops:{QUOTED}@localhost:{port}", certificate))
        assert inbox.logins == []
        await send(mailer(f"smtp://localhost:{port}", certificate))
    assert len(inbox.mails) == 1, "a relay that asks for no password may do without"


async def test_a_strangers_certificate_is_refused(certificate: Path) -> None:
    inbox = Inbox()
    async with serving(inbox, tls=server_tls(certificate)) as port:
        stranger = Mailer(SecretStr(f"smtp://ops:{QUOTED}@localhost:{port}"), "filmoteka@example.org")
        with pytest.raises(MailNotSent, match="certificate"):
            await send(stranger)
    assert inbox.logins == []


async def test_what_went_wrong_is_told_without_the_password(certificate: Path) -> None:
    inbox = Inbox()
    async with serving(inbox, tls=server_tls(certificate), at_once=True) as port:
        wrong = mailer(f"smtps://ops:wrong-{QUOTED}@localhost:{port}", certificate)
        with pytest.raises(MailNotSent, match=f"localhost:{port}: .*535") as refused:
            await send(wrong)
        inbox.answer = f"554 {PASSWORD} is no way to greet"
        with pytest.raises(MailNotSent, match="is no way to greet") as told:
            await send(mailer(f"smtps://ops:{QUOTED}@localhost:{port}", certificate))
    for error in (refused, told):
        assert PASSWORD not in str(error.value)
        assert error.value.__context__ is None, "the library's own error may quote what was sent"
    assert PASSWORD not in repr(wrong.__dict__)


async def test_a_server_that_is_away_or_silent_is_given_up(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MailNotSent):
        await send(mailer("smtp://localhost:9", certificate))

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    held: list[asyncio.StreamWriter] = []
    monkeypatch.setattr("clients.smtp.TIMEOUT_SECONDS", 0.05)
    server = await asyncio.start_server(silent, "localhost", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(MailNotSent, match="Timed out"):
        await send(mailer(f"smtp://localhost:{port}", certificate))
    for writer in held:
        writer.close()
    server.close()
    await server.wait_closed()
