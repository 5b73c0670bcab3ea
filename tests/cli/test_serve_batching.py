"""The batching flags of `tfsctl serve`."""

from __future__ import annotations

from pathlib import Path

from cli.runner import Runner
from cli.terminal import serving

NO_BATCHING = "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."


def test_serve_batches_where_asked_to_in_tensorflow_servings_spelling(
    zoo: Path, tmp_path: Path, tfsctl: Runner
) -> None:
    file = tmp_path / "batching.txt"
    file.write_text("max_batch_size { value: 1 }")
    flags = ("--enable_batching=true", f"--batching_parameters_file={file}")
    with serving(str(zoo / "half_plus_two"), *flags, stderr=tmp_path / "log") as server:
        address = ("--server", server.ready["rest"])
        assert tfsctl("predict", "half_plus_two", "[1.0]", *address).json == [2.5]
        refused = tfsctl("predict", "half_plus_two", "[1.0, 2.0]", *address)
        assert "Task size 2 is larger than maximum input batch size 1" in refused.stderr


def test_serve_takes_parameters_of_models(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    flags = ("--enable_batching", "--enable_per_model_batching_parameters")
    with serving(str(zoo / "half_plus_two"), *flags, stderr=tmp_path / "log") as server:
        assert tfsctl("predict", "half_plus_two", "[1.0, 2.0]", "--server", server.ready["rest"]).json == [2.5, 3.0]


def test_serve_with_a_parameters_file_but_no_batching_is_a_usage_error(zoo: Path, tfsctl: Runner) -> None:
    result = tfsctl("serve", str(zoo / "half_plus_two"), "--batching_parameters_file=some.txt")
    assert result.exit_code == 2
    assert NO_BATCHING in result.stderr


def test_serve_with_a_malformed_parameters_file_does_not_start(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    file = tmp_path / "batching.txt"
    file.write_text("max_batch_size { value: 1 }\nnum_threads: 3\n")
    flags = ("--enable-batching", "--port=0", "--rest-api-port=0", "--batching-parameters-file", str(file))
    result = tfsctl("serve", str(zoo / "half_plus_two"), *flags)
    assert result.exit_code == 3
    assert f"Invalid protobuf file: '{file}'" in result.stderr.replace("\n", "")
    assert "2:1" in result.stderr
