"""Secrets at rest."""

import pytest
from pydantic import SecretStr

from core.errors import SecretKeyMissing
from core.vault import Vault

OLD, NEW = SecretStr("an old key of the operator"), SecretStr("ключ новее прежнего 🔑")


def test_what_is_encrypted_opens_again_and_looks_different_each_time() -> None:
    vault = Vault([NEW])
    first, second = (vault.encrypt(SecretStr("0f9e8d")) for _ in range(2))
    assert first != second
    assert "0f9e8d" not in first
    assert vault.decrypt(first).get_secret_value() == "0f9e8d"


def test_the_newest_key_encrypts_and_earlier_ones_still_open() -> None:
    before = Vault([OLD]).encrypt(SecretStr("0f9e8d"))
    rotated = Vault([NEW, OLD])
    assert rotated.decrypt(before).get_secret_value() == "0f9e8d"
    assert Vault([NEW]).decrypt(rotated.encrypt(SecretStr("1a2b"))).get_secret_value() == "1a2b"


@pytest.mark.parametrize("text", ["", "no token", "gAAAAAB"])
def test_without_the_key_it_says_what_to_do_and_not_what_it_is(text: str) -> None:
    with pytest.raises(SecretKeyMissing, match="add the earlier key"):
        Vault([NEW]).decrypt(text)
    with pytest.raises(SecretKeyMissing) as error:
        Vault([NEW]).decrypt(Vault([OLD]).encrypt(SecretStr("0f9e8d")))
    assert "0f9e8d" not in repr(error.value)
