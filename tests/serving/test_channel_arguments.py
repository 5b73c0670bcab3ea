"""Settings for the gRPC engine: tensorflow-serving.md §2.3."""

from __future__ import annotations

import pytest

from tfsctl.errors import UsageError
from tfsctl.serving import ServerConfig
from tfsctl.serving.grpc.channel_arguments import parse_channel_arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=1", {"a": 1}),
        ("a=-1, b=x,c=2147483647", {"a": -1, "b": "x", "c": 2147483647}),
        ("a=2147483648", {"a": "2147483648"}),
        ("a=-2147483648", {"a": -2147483648}),
        ("a=1.5,b=1_0,c=٣", {"a": "1.5", "b": "1_0", "c": "٣"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=", {"a": ""}),
        ("a=1,a=2,", {"a": 2}),
    ],
)
def test_numbers_become_ints_and_the_last_of_a_name_counts(text: str, expected: dict[str, int | str]) -> None:
    assert parse_channel_arguments(text) == expected


@pytest.mark.parametrize("text", ["nonsense", "a=1,nonsense", "nonsense,a=1", "=nonsense"])
def test_item_that_is_no_pair_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="nonsense"):
        ServerConfig(grpc_channel_arguments=text)
