"""Configuration is checked when it is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.serving import ModelConfig, ServerConfig
from tfsctl.versions import LatestPolicy


def model(name: str = "m", path: str = "/models/m") -> ModelConfig:
    return ModelConfig(name=name, base_path=Path(path))


def test_defaults_are_tf_servings_on_the_loopback_address() -> None:
    config = ServerConfig(models=(model(),))
    assert (config.host, config.port, config.rest_api_port) == ("127.0.0.1", 8500, 8501)
    assert (config.file_system_poll_wait_seconds, config.max_num_load_retries) == (1.0, 5)
    assert (config.load_retry_interval_seconds, config.rest_api_timeout_seconds) == (60.0, 30.0)
    assert config.models[0].version_policy == LatestPolicy(1)


def test_a_relative_base_path_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert model(path="models/m").base_path == tmp_path / "models" / "m"


def test_a_list_of_models_becomes_a_tuple() -> None:
    config = ServerConfig(models=[model("a"), model("b")])  # type: ignore[arg-type]  # What people write.
    assert [entry.name for entry in config.models] == ["a", "b"]


def test_a_model_listed_twice_is_refused_in_tf_servings_words() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Illegal to list model m multiple times in config list$"):
        ServerConfig(models=(model(), model("other"), model(path="/models/again")))


def test_slashes_and_colons_in_a_name_are_allowed() -> None:
    assert model("team/model:v2").name == "team/model:v2"


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 8501},
        {"port": None, "rest_api_port": None},
        {"port": 65536},
        {"rest_api_port": -1},
        {"max_num_load_retries": -1},
        {"load_retry_interval_seconds": -0.1},
        {"num_load_threads": -1},
        {"drain_seconds": -1.0},
        {"grpc_max_threads": -4},
        {"runtime": "tflite"},
    ],
    ids=str,
)
def test_impossible_settings_are_usage_errors(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        ServerConfig(models=(model(),), **wrong)


@pytest.mark.parametrize(
    "right",
    [{"port": 0, "rest_api_port": 0}, {"file_system_poll_wait_seconds": -1}, {"rest_api_timeout_seconds": 0}],
    ids=str,
)
def test_numbers_that_mean_any_never_or_none_are_accepted(right: dict[str, Any]) -> None:
    ServerConfig(models=(model(),), **right)


def test_a_model_without_a_name_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no name"):
        model("")
