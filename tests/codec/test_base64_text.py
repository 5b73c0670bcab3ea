from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.codec import base64_text


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"", b""),
        (b"aGk=", b"hi"),
        (b"aGk", b"hi"),
        (b"aGk.", b"hi"),
        (b"aA==", b"h"),
        (b"aA..", b"h"),
        (b"aA=.", b"h"),
        (b" a\tG\nk\r\v\f= ", b"hi"),
        (b"a A = =", b"h"),
        (b"/+8=", b"\xff\xef"),
        (b"aGl=", b"hi"),  # Bits that are left over do not count.
    ],
)
def test_decode_takes_what_absl_takes(text: bytes, data: bytes) -> None:
    assert base64_text.decode(text) == data


@pytest.mark.parametrize(
    "text", [b"a", b"aGk==", b"aGkh=", b"aA=", b"=", b"aGk=a", b"a-b_", b"aG\0k", b"aGk=!", b"\xc3\xa9", b"aGk=x="]
)
def test_decode_of_what_is_not_base64_is_none(text: bytes) -> None:
    assert base64_text.decode(text) is None


@given(st.binary())
def test_decode_of_encode_is_the_same(data: bytes) -> None:
    text = base64_text.encode(data)
    assert base64_text.decode(text) == data
    assert base64_text.decode(text.rstrip(b"=")) == data


@given(st.text("aGk=. \n!", max_size=12))
def test_decode_of_anything_never_raises(text: str) -> None:
    assert isinstance(base64_text.decode(text.encode()), bytes | None)
