"""Encryption of what must be readable again: TMDB sessions and request tokens at rest."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from core.errors import SecretKeyMissing

# Binds the derived keys to this use: the same SECRET_KEY may serve another one day.
_PURPOSE = b"filmoteka: TMDB sessions"


class Vault:
    """Encrypts with the newest of the operator's keys and decrypts with any of them.

    The operator's text is of any length and alphabet; HKDF-SHA256 makes a Fernet key of it.
    """

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def encrypt(self, secret: SecretStr) -> str:
        """Text for a column; different each time."""
        return self._fernet.encrypt(secret.get_secret_value().encode()).decode("ascii")

    def decrypt(self, text: str) -> SecretStr:
        """What was encrypted; SecretKeyMissing where none of the keys opens it."""
        try:
            return SecretStr(self._fernet.decrypt(text).decode())
        except InvalidToken:
            raise SecretKeyMissing(
                "SECRET_KEY lacks the key this was encrypted with: add the earlier key behind the newest"
            ) from None


def _derived(key: SecretStr) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(kdf.derive(key.get_secret_value().encode()))
