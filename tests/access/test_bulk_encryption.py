"""Tokens made in bulk are ordinary Fernet tokens."""

from __future__ import annotations

from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from cogov.access.bulk_encryption import encrypt_batch
from cogov.access.encryption import decrypt_text, encrypt_texts

KEY = Fernet.generate_key().decode()


@given(st.lists(st.text(max_size=120), max_size=20))
def test_fernet_reads_every_token(texts: list[str]) -> None:
    tokens = encrypt_batch(KEY, texts)
    fernet = Fernet(KEY)
    assert [fernet.decrypt(token.encode()).decode() if token else "" for token in tokens] == texts


def test_equal_texts_give_different_tokens() -> None:
    first, second = encrypt_batch(KEY, ["42122319900101001X", "42122319900101001X"])
    assert first != second
    assert len(first) == len(Fernet(KEY).encrypt(b"42122319900101001X"))


def test_a_token_changed_anywhere_is_refused() -> None:
    import pytest
    from cryptography.fernet import InvalidToken

    token = encrypt_batch(KEY, ["13800138000"])[0]
    for position in (5, 40, len(token) - 10):
        other = "A" if token[position] != "A" else "B"
        with pytest.raises(InvalidToken):
            Fernet(KEY).decrypt((token[:position] + other + token[position + 1 :]).encode())


def test_the_configured_key_is_used() -> None:
    assert [decrypt_text(token) for token in encrypt_texts(["13800138000", "", "张三"])] == [
        "13800138000",
        "",
        "张三",
    ]
