"""`python -m tfsctl.serving` in place of `tensorflow_model_server`: a real process (tensorflow-serving.md §8)."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from serving.grpc_calls import connected, floats
from serving.rest_calls import RestCalls
from serving.stand_in_process import StandIn, free_port, run_stand_in, stand_in
from tfsctl.protos import PredictRequest

MISSING = "Both server_options.model_base_path and server_options.model_config_file are empty!"
NO_GRPC = "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set."
NO_BATCHING = "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
ALL_THREADS = (
    "Either configure server_options.tensorflow_session_parallelism or"
    " (server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism)"
    " separately. You cannot configure all."
)


def ask(port: int, *, model: str = "default") -> list[float]:
    with connected(f"localhost:{port}") as calls:
        answer: list[float] = calls.predict(model, {"x": floats(1.0)})["y"].tolist()
    return answer


def check_rest(port: int, *, host: str = "localhost", model: str = "default") -> None:
    calls = RestCalls(f"{host}:{port}")
    assert calls.predict(model, [1.0, 2.0, 5.0]) == (200, {"predictions": [2.5, 3.0, 4.5]})
    calls.close()


def wait_until_ready(server: StandIn, port: int, rest_port: int | None = None) -> None:
    server.wait_for(f"Running gRPC ModelServer at 0.0.0.0:{port} ...")
    if rest_port is not None:
        server.wait_for(f"Exporting HTTP/REST API at:localhost:{rest_port} ...")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_on_all_addresses_and_stops_when_asked_to(zoo: Path, number: signal.Signals) -> None:
    """With the flags of TF Serving's own integration tests, empty ones among them."""
    port, rest_port = free_port(), free_port()
    flags = (f"--port={port}", f"--rest_api_port={rest_port}", "--rest_api_timeout_in_ms=5000", "--model_name=default")
    empty = ("--batching_parameters_file=", "--grpc_channel_arguments=", "--monitoring_config_file=", "--host=")
    with stand_in(*flags, f"--model_base_path={zoo / 'half_plus_two'}", *empty) as server:
        wait_until_ready(server, port, rest_port)
        assert ask(port) == [2.5]
        for host in ("localhost", "127.0.0.1"):
            check_rest(rest_port, host=host)
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""


def test_by_default_there_is_no_rest(zoo: Path) -> None:
    port = free_port()
    with stand_in("--port", str(port), "--model_base_path", str(zoo / "half_plus_two")) as server:
        wait_until_ready(server, port)
        assert ask(port) == [2.5]
        assert server.stop() == 0
        assert "REST" not in server.log


def test_a_model_config_file_and_batching(zoo: Path, tmp_path: Path) -> None:
    port = free_port()
    models, batching = tmp_path / "models.config", tmp_path / "batching.txt"
    path = zoo / "half_plus_two"
    models.write_text(
        f"model_config_list {{ config {{ name: 'm' base_path: '{path}' model_platform: 'tensorflow' }} }}"
    )
    batching.write_text("max_batch_size { value: 8 } num_batch_threads { value: 2 }")
    flags = (f"--model_config_file={models}", "--model_config_file_poll_wait_seconds=1", "--model_name=ignored")
    batched = ("--enable_batching", f"--batching_parameters_file={batching}", "--tensorflow_session_parallelism=2")
    with stand_in(f"--port={port}", *flags, *batched) as server:
        wait_until_ready(server, port)
        assert ask(port, model="m") == [2.5]
        assert server.stop() == 0


def test_a_unix_socket_goes_to_the_last_server_that_starts(zoo: Path, tmp_path: Path) -> None:
    """TF Serving's own integration tests give all their servers the same path."""
    path, port = tmp_path / "grpc.sock", free_port()
    flags = (f"--grpc_socket_path={path}", f"--model_base_path={zoo / 'half_plus_two'}")
    ready = f"Running gRPC ModelServer at UNIX socket {path} ..."
    with stand_in(*flags, f"--port={port}") as first:
        first.wait_for(ready)
        with stand_in(*flags, "--port=0", "--model_name=second") as second:
            second.wait_for(ready)
            assert ask(port) == [2.5]
            with connected(f"unix:{path}") as calls:
                assert calls.predict("second", {"x": floats(1.0)})["y"].tolist() == [2.5]
            assert (first.stop(), second.stop()) == (0, 0)
    assert not path.exists()


def test_values_as_tensor_content_where_they_were_asked_for(zoo: Path) -> None:
    port = free_port()
    flags = (f"--port={port}", f"--model_base_path={zoo / 'half_plus_two'}")
    with stand_in(*flags, "--enable_serialization_as_tensor_content=true") as server:
        wait_until_ready(server, port)
        assert ask(port) == [2.5]
        with connected(f"localhost:{port}") as calls:
            request = PredictRequest(inputs={"x": floats(1.0)})
            request.model_spec.name = "default"
            tensor = calls.send_predict(request).outputs["y"]
        assert (list(tensor.float_val), len(tensor.tensor_content)) == ([], 4)


@pytest.mark.parametrize("kind", ["taken", "equal"])
def test_where_rest_cannot_be_served_grpc_is(zoo: Path, kind: str) -> None:
    port = free_port()
    with socket.create_server(("", 0)) as taken:
        rest_port = taken.getsockname()[1] if kind == "taken" else port
        flags = (f"--port={port}", f"--rest_api_port={rest_port}", f"--model_base_path={zoo / 'half_plus_two'}")
        with stand_in(*flags) as server:
            wait_until_ready(server, port)
            assert ask(port) == [2.5]
            if kind == "taken":
                server.wait_for(f"Failed to start HTTP Server at localhost:{rest_port}")
            else:
                assert "server_options.http_port cannot be same as grpc_port." in server.log
            assert server.stop() == 0


def test_flags_without_effect_are_told_of_in_one_line_each(zoo: Path) -> None:
    port = free_port()
    flags = ("--skip_initialize_tpu", "--flush_filesystem_caches=false", "--use_alts_credentials=1")
    usual = ("--remove_unused_fields_from_bundle_metagraph=true", "--thread_pool_factory_config_file=")
    with stand_in(f"--port={port}", f"--model_base_path={zoo / 'half_plus_two'}", *flags, *usual) as server:
        wait_until_ready(server, port)
        lines = [line for line in server.log.splitlines() if "has no effect" in line]
        assert server.stop() == 0
    assert sorted(line.split("--")[1].split(" ")[0] for line in lines) == [
        "flush_filesystem_caches",
        "skip_initialize_tpu",
        "use_alts_credentials",
    ]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((), f"INVALID_ARGUMENT: {MISSING}"),
        (("--model_base_path=", "--model_config_file="), f"INVALID_ARGUMENT: {MISSING}"),
        (
            ("--model_base_path=/m", "--port=0"),
            f"INVALID_ARGUMENT: {NO_GRPC}",
        ),
        (
            ("--model_base_path=/m", "--use_alts_credentials", "--ssl_config_file=x"),
            "INVALID_ARGUMENT: Either use_alts_credentials must be false or ssl_config_file must be empty.",
        ),
        (
            ("--model_base_path=/m", "--batching_parameters_file=x"),
            f"INVALID_ARGUMENT: {NO_BATCHING}",
        ),
        (
            (
                "--model_base_path=/m",
                *(f"--tensorflow_{kind}_parallelism=1" for kind in ("session", "intra_op", "inter_op")),
            ),
            f"INVALID_ARGUMENT: {ALL_THREADS}",
        ),
        (("--model_base_path=/m", "--port={taken}"), "INVALID_ARGUMENT: Failed to BuildAndStart gRPC server"),
        (("--model_config_file={text}", "--port={free}"), "INVALID_ARGUMENT: Invalid protobuf file: '{text}'"),
        (("--model_config_file=/no/such", "--port={free}"), "NOT_FOUND: /no/such; No such file or directory"),
    ],
    ids=str,
)
def test_what_keeps_it_from_starting_stands_on_stdout(args: tuple[str, ...], error: str, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("nothing of the kind")
    with socket.create_server(("", 0)) as taken:
        values = {"taken": taken.getsockname()[1], "free": free_port(), "text": text}
        result = run_stand_in(*(arg.format(**values) for arg in args))
    assert result.stdout == f"Failed to start server. Error: {error.format(**values)}\n"
    assert (result.returncode, "Traceback" in result.stderr) == (255, False)


def test_a_model_that_cannot_be_loaded_keeps_it_from_starting(tmp_path: Path) -> None:
    (tmp_path / "m" / "1").mkdir(parents=True)
    result = run_stand_in(f"--port={free_port()}", f"--model_base_path={tmp_path / 'm'}", "--max_num_load_retries=0")
    assert result.stdout.startswith("Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available: ")
    assert result.returncode == 255


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("--rest_api_prt=1",), "unknown argument: --rest_api_prt\nDid you mean --rest_api_port?\n"),
        (("--enable_batching=yes",), "Invalid value for --enable_batching: 'yes' is not true or false.\n"),
    ],
)
def test_a_wrong_command_line_shows_usage(args: tuple[str, ...], complaint: str) -> None:
    result = run_stand_in(*args)
    assert (result.returncode, result.stderr) == (255, complaint)
    assert result.stdout.startswith("usage: ")


def test_help_and_version_end_well() -> None:
    shown, version = run_stand_in("--help"), run_stand_in("--version")
    assert (shown.returncode, shown.stderr, version.returncode, version.stderr) == (0, "", 0, "")
    assert "\t--rest_api_port=0" in shown.stdout
    first, second = version.stdout.splitlines()
    assert (first.split(": ")[0], second.split(": ")[0]) == ("TensorFlow ModelServer", "TensorFlow Library")
