"""The text form of histograms against the library of those who thought of it."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.bench.statistics.hdr_format import LONGEST_NANOSECONDS, SIGNIFICANT_FIGURES, decode, encode
from tfsctl.errors import InvalidArgumentError

COUNTS = st.dictionaries(st.integers(0, 37_000), st.integers(1, 2**40), max_size=50)


@given(COUNTS)
def test_what_is_encoded_is_decoded(counts: dict[int, int]) -> None:
    assert decode(encode(counts)) == counts


@given(st.lists(st.integers(0, LONGEST_NANOSECONDS), max_size=50))
def test_the_library_reads_what_is_written_and_the_other_way_round(values: list[int]) -> None:
    theirs = HdrHistogram(1, LONGEST_NANOSECONDS, SIGNIFICANT_FIGURES)
    for value in values:
        theirs.record_value(value)
    counts = {bucket: count for bucket, count in enumerate(theirs.counts) if count}
    assert decode(theirs.encode().decode() if isinstance(theirs.encode(), bytes) else theirs.encode()) == counts
    again = HdrHistogram.decode(encode(counts))
    assert {bucket: count for bucket, count in enumerate(again.counts) if count} == counts
    assert again.get_total_count() == len(values)


@pytest.mark.parametrize("value", [2**62, 2**63 - 1])
def test_the_longest_numbers_fit(value: int) -> None:
    assert decode(encode({7: value})) == {7: value}


def wrapped(payload: bytes) -> str:
    deflated = zlib.compress(payload)
    return base64.b64encode(struct.pack(">II", 0x1C849314, len(deflated)) + deflated).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64",
        "AAAA",
        encode({1: 1})[:-8],
        wrapped(b"short"),
        wrapped(struct.pack(">IIIIQQd", 0x1C849313, 1, 0, 3, 1, 10, 1.0) + b"\x80"),
        wrapped(struct.pack(">IIIIQQd", 0x1C849313, 5, 0, 3, 1, 10, 1.0)),
        wrapped(struct.pack(">IIIIQQd", 0x1C849313, 0, 0, 2, 1, 10, 1.0)),
        wrapped(b"\0" * (2 << 20)),
        encode({2**40: 1}),
        "ä",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError, match="HDR histogram"):
        decode(text)
