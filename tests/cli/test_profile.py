"""`tfsctl profile`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.runner import Runner
from cli.terminal import on_terminal
from serving.model_directory import serve
from tfsctl.profile.trace import read_trace
from tfsctl.serving import Server

WIDTH = 80


def test_profile_shows_stages_and_operations(tfsctl: Runner, ask: tuple[str, ...], server: Server) -> None:
    result = tfsctl("profile", "half_plus_two", *ask, "--profiler", server.grpc_address, "--num-tests", "20")

    assert result.exit_code == 0, result.stderr
    first, second, _, heading, *rows = result.splitlines()
    assert first.startswith(f"half_plus_two version 1 at {server.grpc_address}: 20 requests in ")
    assert second.startswith(f"1 in flight over {ask[0][2:]}, ")
    assert heading.split() == ["STAGE", "MEAN", "P50", "P99", "SHARE"]
    assert [row[:15].rstrip() for row in rows[:6]] == ["queue", "parse", "run", "encode", "client and wire", "total"]
    # Where its operations are so quick that TensorFlow leaves them out, that is said instead.
    assert rows[7].split() == ["OPERATION", "CALLS", "TOTAL", "MEAN", "SHARE", "NAME"] or rows[7].startswith("Note: ")


def test_profile_has_as_many_operations_as_wanted(tfsctl: Runner, zoo: Path) -> None:
    with serve(zoo / "cnn") as server:
        result = tfsctl("profile", "cnn", "--server", server.grpc_address, "--num-tests", "20", "--top", "1")

    heading, first, rest = result.splitlines()[-3:]
    assert heading.split() == ["OPERATION", "CALLS", "TOTAL", "MEAN", "SHARE", "NAME"]
    assert "%" in first
    assert "more operations: --top " in rest


def test_profile_as_json_has_all_figures(tfsctl: Runner, server: Server, tmp_path: Path) -> None:
    result = tfsctl(
        *("profile", "half_plus_two", "--server", server.grpc_address, "--json", "--top", "1"),
        *("--num-tests", "10", "--logdir", str(tmp_path / "logs")),
    )

    shown = result.json
    assert (shown["model"], shown["versions"], shown["num_requests"], shown["has_spans"]) == (
        "half_plus_two",
        [1],
        10,
        True,
    )
    assert sum(stage["share"] for stage in shown["stages"]) == pytest.approx(1.0)
    assert len(shown["ops"]) <= 1
    assert shown["load"]["num_requests"] == 10
    assert len(read_trace(Path(shown["trace_file"]).read_bytes()).requests or ()) == 10


def test_profile_says_how_to_look_at_the_log_directory(tfsctl: Runner, server: Server) -> None:
    result = tfsctl("profile", "half_plus_two", "--server", server.grpc_address, "--num-tests", "5", "--logdir", "logs")

    (file,) = Path("logs/plugins/profile").glob("*/*.xplane.pb")
    assert result.splitlines()[-2:] == [
        f"Wrote {file}",
        "Look at it: tensorboard --logdir logs  (with tensorboard-plugin-profile)",
    ]


def test_profile_fits_a_terminal_of_80_columns(server: Server) -> None:
    with on_terminal(
        "-q", "profile", "half_plus_two", "--server", server.grpc_address, "--num-tests", "10"
    ) as terminal:
        text = terminal.read_to_end()
        assert terminal.wait() == 0

    lines = text.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    assert any("client and wire" in line for line in lines)
    assert max(map(len, lines)) <= WIDTH


def test_profile_takes_the_only_model(tfsctl: Runner, server_of_one: Server) -> None:
    result = tfsctl("profile", "--server", server_of_one.grpc_address, "--num-tests", "5")

    assert result.startswith("half_plus_two version 1 ")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--no-load", "--seconds", "0.05"), (1, "No request ran a model in 0.05 s.")),
        (("nix", "--num-tests", "5"), (4, "nix")),
        (("half_plus_two", "--seconds", "0"), (2, "0 seconds cannot be recorded")),
        (("--no-load", "--num-tests", "5"), (2, "With --no-load nothing is sent")),
    ],
)
def test_profile_that_cannot_be_ends_with_its_status(
    tfsctl: Runner, server: Server, args: tuple[str, ...], expected: tuple[int, str]
) -> None:
    result = tfsctl("profile", *args, "--server", server.grpc_address)

    status, message = expected
    assert (result.exit_code, result) == (status, "")
    assert message in result.stderr


def test_profile_without_requests_is_an_error_in_json(tfsctl: Runner, server: Server) -> None:
    result = tfsctl("profile", "--no-load", "--seconds", "0.05", "--server", server.grpc_address, "--json")

    assert (result.exit_code, result.error["exit_status"]) == (1, 1)


def test_profile_of_a_rest_server_asks_for_the_grpc_address(tfsctl: Runner, server: Server) -> None:
    result = tfsctl("profile", "half_plus_two", "--server", server.rest_address)

    assert result.exit_code == 2
    assert "--profiler HOST:PORT" in result.stderr


def test_profile_where_nobody_answers_is_unavailable(tfsctl: Runner) -> None:
    result = tfsctl("profile", "half_plus_two", "--server", "127.0.0.1:1")

    assert result.exit_code == 5
    assert "No server answers at 127.0.0.1:1." in result.stderr


def test_profile_of_a_server_without_profiler_is_refused(tfsctl: Runner, zoo: Path) -> None:
    with serve(zoo / "half_plus_two", enable_profiler=False) as server:
        result = tfsctl("profile", "half_plus_two", "--server", server.grpc_address)

    assert result.exit_code == 7
    assert "--enable_profiler=false" in result.stderr
