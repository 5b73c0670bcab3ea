"""ModelServerConfig files: what is read from them, and what is refused (tensorflow-serving.md §3.2, §3.6, §14)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from serving.grpc_calls import connected
from serving.model_directory import QUICK, add_counting_version
from serving.reload_calls import entry, label, listed, parsed, reload
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, TfsctlError
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.serving.models.model_config_file import models_of, read_model_config_file
from tfsctl.versions import AllPolicy, LatestPolicy, ServableVersionPolicy, SpecificPolicy


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_list_gives_models_in_its_order() -> None:
    text = listed(entry("b", "/models/b", label("stable", 3), label("canary", 4)), entry("a", "/models/a"))
    assert models_of(parsed(text)) == (
        ModelConfig(name="b", base_path=Path("/models/b"), version_labels={"stable": 3, "canary": 4}),
        ModelConfig(name="a", base_path=Path("/models/a")),
    )


def test_the_documentations_example_is_understood(tmp_path: Path) -> None:
    """With what text protos may have besides: comments, single quotes, commas, colons before braces."""
    text = """
    # two models
    model_config_list: {
      config: { name: 'my_first_model', base_path: '/tmp/my_first_model/', model_platform: 'tensorflow' }
      config { name: "my_second" "_model" base_path: "/tmp/my_second_model/" model_platform: "tensorflow" }
    }
    """
    models = models_of(read_model_config_file(write(tmp_path / "models.config", text)))
    assert models is not None
    assert [(model.name, str(model.base_path)) for model in models] == [
        ("my_first_model", "/tmp/my_first_model"),
        ("my_second_model", "/tmp/my_second_model"),
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", LatestPolicy(1)),
        ("model_version_policy { }", LatestPolicy(1)),
        ("model_version_policy { latest { } }", LatestPolicy(1)),
        ("model_version_policy { latest { num_versions: 0 } }", LatestPolicy(1)),
        ("model_version_policy { latest { num_versions: 3 } }", LatestPolicy(3)),
        ("model_version_policy { all { } }", AllPolicy()),
        ("model_version_policy: { specific: { versions: 2 versions: 1 } }", SpecificPolicy((2, 1))),
        ("model_version_policy { specific { } }", SpecificPolicy()),
    ],
)
def test_version_policies(policy: str, expected: ServableVersionPolicy) -> None:
    models = models_of(parsed(listed(entry("m", "/models/m", policy))))
    assert models is not None
    assert models[0].version_policy == expected


def test_the_deprecated_type_alone_is_accepted() -> None:
    text = 'model_config_list { config { name: "m" base_path: "/m" model_type: TENSORFLOW } }'
    assert models_of(parsed(text)) == (ModelConfig(name="m", base_path=Path("/m")),)


def test_a_relative_base_path_is_below_the_current_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    models = models_of(parsed(listed(entry("m", "models/m"))))
    assert models is not None
    assert models[0].base_path == tmp_path / "models/m"


NEITHER = 'config { name: "m" base_path: "/m" }'
BOTH = entry("m", "/m", "model_type: TENSORFLOW")
REFUSED = {
    "duplicate": (
        listed(entry("m", "/a"), entry("m", "/b")),
        "^Illegal to list model m multiple times in config list$",
    ),
    "duplicate comes before other mistakes": (listed(NEITHER, NEITHER), "^Illegal to list model m multiple times"),
    "neither platform nor type": (
        listed(NEITHER),
        r"^Illegal setting neither .*model_type \(deprecated\) nor .*model_platform, model name is m$",
    ),
    "both": (listed(BOTH), "^Illegal setting both"),
    "other type": (
        'model_config_list { config { name: "m" base_path: "/m" model_type: OTHER } }',
        "^ModelServerConfig::model_type choice 2 not supported.$",
    ),
    "no base path": (
        listed(entry("m", "")),
        r"^Expected model m to have an absolute path or URI; got base_path\(\)=$",
    ),
    "log without a file": (
        listed(entry("m", "/m", "logging_config { }")),
        '^filename_prefix "" of logging_config names no file, model name is m$',
    ),
    "no name": (listed(entry("", "/m")), "has no name"),
    "empty label": (listed(entry("m", "/m", label("", 1))), "label of model m is empty"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_list_is_an_invalid_argument(text: str, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        models_of(parsed(text))


CUSTOM = 'custom_model_config { type_url: "type.googleapis.com/x" }'


@pytest.mark.parametrize(
    ("text", "is_set", "error", "message"),
    [
        (CUSTOM, False, InvalidArgumentError, "ModelServer does not yet support custom model config."),
        (CUSTOM, True, FailedPreconditionError, "Cannot transition to requested config."),
        ("", True, FailedPreconditionError, "Cannot transition to requested config."),
    ],
    ids=["custom", "list to custom", "list to nothing"],
)
def test_only_a_list_may_be_set_and_follow(text: str, is_set: bool, error: type[TfsctlError], message: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        models_of(parsed(text), is_set=is_set)


@pytest.mark.parametrize("content", ["\n", "# nothing yet\n"])
def test_a_file_that_sets_nothing_asks_for_no_action(content: str, tmp_path: Path) -> None:
    assert models_of(read_model_config_file(write(tmp_path / "models.config", content))) is None
    assert models_of(parsed("model_config_list { }")) == ()


def test_an_unparsable_file_says_where_it_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path / "models.config", "model_config_list {\n  config { nmae: 'm' }\n}\n")
    with pytest.raises(InvalidArgumentError) as caught:
        read_model_config_file(path)
    assert caught.value.message == f"Invalid protobuf file: '{path}'"
    assert caught.value.hint is not None
    assert re.match("Error parsing text-format tensorflow.serving.ModelServerConfig: 2:12 : .*nmae", caught.value.hint)


def test_a_file_of_no_bytes_or_none_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError):
        read_model_config_file(write(tmp_path / "models.config", ""))
    with pytest.raises(NotFoundError, match=r"missing; No such file or directory$"):
        read_model_config_file(tmp_path / "missing")


def served(config_file: Path, **settings: object) -> Server:
    return Server(ServerConfig(model_config_file=config_file, **{**QUICK, **settings}))


def test_a_server_serves_what_its_file_says_and_nothing_else(zoo: Path, tmp_path: Path) -> None:
    add_counting_version(zoo, tmp_path / "m", 1)
    file = write(tmp_path / "models.config", listed(entry("counting", tmp_path / "m", label("stable", 1))))
    other = ModelConfig(name="other", base_path=tmp_path)
    with served(file, models=(other,)) as server:
        assert server.core.model_names() == ("counting",)
        assert server.core.is_ready()


@pytest.mark.parametrize("content", ["\n", "model_config_list { }\n"])
def test_a_server_without_models_runs_until_it_is_given_some(content: str, zoo: Path, tmp_path: Path) -> None:
    add_counting_version(zoo, tmp_path / "m", 1)
    with served(write(tmp_path / "models.config", content)) as server, connected(server.grpc_address) as calls:
        assert (server.core.model_names(), server.core.is_ready()) == ((), True)
        reload(calls, listed(entry("m", tmp_path / "m")))
        assert server.core.is_available("m")


@pytest.mark.parametrize(
    ("text", "message"), [REFUSED["both"], ("nonsense", "^Invalid protobuf file"), (CUSTOM, "custom")]
)
def test_a_server_with_a_wrong_file_does_not_start(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=message), served(write(tmp_path / "models.config", text)):
        pass


def test_a_server_whose_file_asks_for_another_platform_does_not_start(tmp_path: Path) -> None:
    text = 'model_config_list { config { name: "m" base_path: "/m" model_platform: "caffe" } }'
    with (
        pytest.raises(InvalidArgumentError, match=r"^Model m requests unsupported platform caffe$"),
        served(write(tmp_path / "models.config", text)),
    ):
        pass
