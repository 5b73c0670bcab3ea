"""Command lines of `tensorflow_model_server` (tensorflow-serving.md §8, §14)."""

from __future__ import annotations

from typing import Any

import pytest

from tfsctl.errors import UsageError
from tfsctl.serving.flags.parser import parse_flags, usage
from tfsctl.serving.flags.table import ServerFlags, flags_of


def parse(*args: str) -> ServerFlags:
    return parse_flags(ServerFlags, args)


@pytest.mark.parametrize(
    ("args", "name", "value"),
    [
        ((), "port", 8500),
        (("--port=9000",), "port", 9000),
        (("--port", "9000"), "port", 9000),
        (("--port=9000", "--port=9001"), "port", 9001),
        (("--rest-api-port=9001",), "rest_api_port", 9001),
        (("--max_num_load_retries", "-1"), "max_num_load_retries", -1),
        (("--load_retry_interval_micros=10000000000",), "load_retry_interval_micros", 10_000_000_000),
        (("--file_system_poll_wait_seconds=0.5",), "file_system_poll_wait_seconds", 0.5),
        (("--per_process_gpu_memory_fraction=.25",), "per_process_gpu_memory_fraction", 0.25),
        (("--batching_parameters_file=",), "batching_parameters_file", ""),
        (("--grpc_channel_arguments=a=1,b=x",), "grpc_channel_arguments", "a=1,b=x"),
        (("--host=::1",), "host", "::1"),
        (("--port=1", "--"), "port", 1),
    ],
    ids=str,
)
def test_a_flag_is_read(args: tuple[str, ...], name: str, value: Any) -> None:
    assert getattr(parse(*args), name) == value


@pytest.mark.parametrize(
    ("form", "value"),
    [("", True), *((f"={text}", True) for text in ("true", "1", "True", "TRUE"))]
    + [(f"={text}", False) for text in ("false", "0", "False", "FALSE")],
)
@pytest.mark.parametrize("name", [flag.name for flag in flags_of(ServerFlags) if flag.type is bool])
def test_booleans_in_all_forms(name: str, form: str, value: bool) -> None:
    assert getattr(parse(f"--{name}{form}"), name) is value


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("--enable_batching=yes",), "--enable_batching: 'yes' is not true or false"),
        (("--enable_batching=on",), "'on' is not true or false"),
        (("--enable_batching=",), "'' is not true or false"),
        (("--enable_batching", "true"), "unknown argument: true"),
        (("--noenable_batching",), "unknown argument: --noenable_batching"),
        (("--port=x",), "--port: 'x' is not a whole number"),
        (("--port=",), "--port: '' is not a whole number"),
        (("--port=1_000",), "'1_000' is not a whole number"),
        (("--port=8.5",), "'8.5' is not a whole number"),
        (("--port=2147483648",), "does not fit into an int32"),
        (("--tensorflow_session_parallelism=9223372036854775808",), "does not fit into an int64"),
        (("--per_process_gpu_memory_fraction=half",), "'half' is not a number"),
        (("--port",), "--port needs a value"),
        (("--model_name", "--port=1"), "--model_name needs a value"),
        (("-port=1",), "unknown argument: -port"),
        (("models/m",), "unknown argument: models/m"),
        (("--", "models/m"), "unknown argument: models/m"),
    ],
    ids=str,
)
def test_what_is_no_flag_is_named(args: tuple[str, ...], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(*args)
    assert text in caught.value.message


def test_an_unknown_flag_comes_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as caught:
        parse("--rest_api_prt=1")
    assert caught.value.hint == "Did you mean --rest_api_port?"


def test_usage_has_a_line_for_each_flag() -> None:
    text = usage(ServerFlags, program="server")
    lines = text.splitlines()
    assert lines[:2] == ["usage: server [--flag=value ...]", "Flags:"]
    assert [line.split("=")[0].strip() for line in lines[2:]] == [f"--{flag.name}" for flag in flags_of(ServerFlags)]
    assert any(line.split()[:2] == ["--rest_api_port=0", "int32"] for line in lines)
