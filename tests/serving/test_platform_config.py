"""Platform config files (tensorflow-serving.md §8)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from serving.rest_calls import RestCalls
from tfsctl.errors import InvalidArgumentError
from tfsctl.protos import ConfigProto
from tfsctl.serving import ModelConfig, Server
from tfsctl.serving.flags.config import server_config
from tfsctl.serving.flags.platform_config import read_platform_config
from tfsctl.serving.flags.table import ServerFlags

ADAPTER = "[type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig]"
OTHER = "platform_configs { key: 'other' value { source_adapter_config { } } }"


def platform_file(directory: Path, legacy_config: str, *, key: str = "tensorflow", more: str = "") -> Path:
    file = directory / "platforms.txt"
    file.write_text(
        f"platform_configs {{ key: '{key}' value {{ source_adapter_config {{ {ADAPTER} {{ legacy_config {{"
        f" {legacy_config} }} }} }} }} }} {more}"
    )
    return file


def test_what_the_file_says_is_read(tmp_path: Path) -> None:
    settings = read_platform_config(
        platform_file(
            tmp_path,
            "session_config { intra_op_parallelism_threads: 3 gpu_options { allow_growth: true } }"
            " batching_parameters { max_batch_size { value: 7 } allowed_batch_sizes: [1, 7] }"
            " saved_model_tags: ['serve', 'gpu'] enable_model_warmup: true"
            " model_warmup_options { num_request_iterations { value: 3 } }"
            " prefer_tflite_model: true num_tflite_pools: 2 session_target: '' enable_session_metadata: true",
        )
    )
    config = ConfigProto.FromString(settings.session_options.config_proto)
    assert (config.intra_op_parallelism_threads, config.gpu_options.allow_growth) == (3, True)
    assert settings.batching_parameters is not None
    assert (settings.batching_parameters.max_batch_size, settings.batching_parameters.allowed_batch_sizes) == (
        7,
        (1, 7),
    )
    assert settings.saved_model_tags == ("serve", "gpu")
    assert (settings.enable_model_warmup, settings.num_request_iterations_for_warmup) == (True, 3)
    assert (settings.prefer_tflite_model, settings.num_tflite_pools) == (True, 2)


def test_what_the_file_leaves_out_is_as_in_tf_serving(tmp_path: Path) -> None:
    settings = read_platform_config(platform_file(tmp_path, ""))
    assert settings.batching_parameters is None
    assert settings.saved_model_tags == ("serve",)
    assert not settings.enable_model_warmup
    assert settings.num_tflite_interpreters_per_pool == 1


def test_other_platforms_are_told_of_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        read_platform_config(platform_file(tmp_path, "", more=OTHER))
    assert "platform other is ignored" in caplog.text


@pytest.mark.parametrize("text", [OTHER, "platform_configs { key: 'tensorflow' value { } }", "\n"])
def test_a_file_that_says_nothing_of_tensorflow_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "platforms.txt"
    file.write_text(text)
    with pytest.raises(InvalidArgumentError, match="tensorflow"):
        read_platform_config(file)


@pytest.mark.parametrize("legacy_config", ["no_such_field: 1", "saved_model_tags: 1", "session_config { nope: 1 }"])
def test_another_text_is_refused_in_tf_servings_words(legacy_config: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Invalid protobuf file: '.*platforms\.txt'$"):
        read_platform_config(platform_file(tmp_path, legacy_config))


def test_flags_that_the_file_settles_do_not_count_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = platform_file(tmp_path, "saved_model_tags: 'serve'")
    flags = ServerFlags(
        platform_config_file=str(file), enable_batching=True, batching_parameters_file="missing", saved_model_tags="gpu"
    )
    with caplog.at_level(logging.WARNING):
        config = server_config(flags, models=(), port=0, rest_api_port=0)
    assert (config.enable_batching, config.saved_model_tags) == (False, ("serve",))
    assert [name for name in ("enable_batching", "batching_parameters_file", "saved_model_tags") if name in caplog.text]
    assert len(caplog.records) == 3


def test_a_server_batches_as_the_file_says(zoo: Path, tmp_path: Path) -> None:
    file = platform_file(tmp_path, "batching_parameters { max_batch_size { value: 1 } }")
    model = ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two")
    flags = ServerFlags(platform_config_file=str(file), host="127.0.0.1")
    with Server(server_config(flags, models=(model,), port=None, rest_api_port=0)) as server:
        calls = RestCalls(server.rest_address)
        assert calls.predict("half_plus_two", [1.0]) == (200, {"predictions": [2.5]})
        status, answer = calls.predict("half_plus_two", [1.0, 2.0])
        calls.close()
    assert (status, "maximum input batch size 1" in answer["error"]) == (400, True)
