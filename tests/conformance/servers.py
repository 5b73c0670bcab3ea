"""The servers that cases ask, by name. Each is started when the first case asks for it, and serves until the end."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from serving.http_calls import running
from serving.model_directory import QUICK, add_counting_version
from tfsctl.errors import Code, error_for
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import SavedModel
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.serving.inference.predictor import Predictor
from tfsctl.serving.rest.api import RestApi
from tfsctl.serving.server_core import ServerCore
from tfsctl.versions import AllPolicy
from tutorial_models import tutorial_models

_MODELS = (
    "half_plus_two",
    "half_plus_two_tf2",
    "half_plus_two_of_tf2",
    "sum_difference",
    "strings",
    "outputs",
    "scalar",
    "zero_size",
    "counter",
    "examples",
    "features",
    "failing",
    "slow",
    "table",
)
_IDENTITIES = (
    *("float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"),
    *("string", "float16", "bfloat16", "complex64", "complex128", "qint8", "quint8", "qint16", "quint16", "qint32"),
)
# The same model under names that need percent-encoding in a URL.
_OTHER_NAMES = ("a/b", "a:c", "a b", "a+b", "100%", "ä", "a?x=1", "!$&'()*,;=@~", 'x<y>\x7f"z')
# What TensorFlow Serving's examples make, made by tfsctl.
_TUTORIAL = ("half_plus_two", "half_plus_three", "mnist")
_ONE = ("half_plus_two",)


@dataclass(frozen=True)
class Running:
    """Where a server is to be found."""

    rest_port: int
    grpc_address: str


@dataclass(frozen=True)
class Home:
    """What a server can be made of: the test models, and a directory for its files."""

    zoo: Path
    directory: Path

    def config(self, names: tuple[str, ...] = _ONE, **settings: Any) -> ServerConfig:
        """Models of the zoo under their own names, each with the labels `stable` for 1 and `canary` for 7."""
        return self.config_of({name: name for name in names}, **settings)

    def config_of(self, names: Mapping[str, str | Path], *more: ModelConfig, **settings: Any) -> ServerConfig:
        """Models by the names they are served under; a path is one of the zoo or absolute."""
        labels = {"stable": 1, "canary": 7, "a:b": 1}
        models = [
            ModelConfig(name=name, base_path=self.zoo / model, version_labels=labels) for name, model in names.items()
        ]
        return ServerConfig(models=(*models, *more), **{**QUICK, **settings})

    def three_versions(self) -> ModelConfig:
        """`three`: the versions 2, 3 and 10 add their number to x; the labels `old` and `new` mean 2 and 10."""
        path = self.directory / "three"
        for version in (2, 3, 10):
            add_counting_version(self.zoo, path, version)
        labels = {"old": 2, "new": 10}
        return ModelConfig(name="three", base_path=path, version_policy=AllPolicy(), version_labels=labels)

    def without_inputs(self) -> Path:
        """The zoo's `counter`, in which `get_counter` is called `serving_default`."""
        path = self.directory / "counter"
        shutil.copytree(self.zoo / "counter", path)
        file = path / "1/saved_model.pb"
        message = SavedModel.FromString(file.read_bytes())
        signatures = message.meta_graphs[0].signature_def
        signatures["serving_default"].CopyFrom(signatures["get_counter"])
        file.write_bytes(message.SerializeToString())
        return path

    def file(self, name: str, text: str) -> Path:
        """A file of the server's own."""
        path = self.directory / name
        path.write_text(text)
        return path


def _default(home: Home) -> ServerConfig:
    names = (*_MODELS, *(f"identity_{dtype}" for dtype in _IDENTITIES))
    models: dict[str, str | Path] = {name: name for name in names}
    models["without_inputs"] = home.without_inputs()
    models.update(dict.fromkeys(_OTHER_NAMES, "half_plus_two"))
    return home.config_of(models, home.three_versions())


def _monitored(home: Home) -> ServerConfig:
    file = home.file("monitoring.config", "prometheus_config { enable: true }")
    return home.config(monitoring_config_file=file, rest_api_enable_cors_support=True)


def _monitored_elsewhere(home: Home) -> ServerConfig:
    file = home.file("elsewhere.config", 'prometheus_config { enable: true path: "/metrics" }')
    return home.config(monitoring_config_file=file)


_CONFIGS: dict[str, Callable[[Home], ServerConfig]] = {
    "default": _default,
    "cors": lambda home: home.config(rest_api_enable_cors_support=True),
    "monitored": _monitored,
    "monitored elsewhere": _monitored_elsewhere,
    "method check": lambda home: home.config(
        ("half_plus_two", "half_plus_two_of_tf2", "outputs", "examples"), enable_signature_method_name_check=True
    ),
    "short timeout": lambda home: home.config(("slow",), rest_api_timeout_seconds=0.2),
    "tensor content": lambda home: home.config(enable_serialization_as_tensor_content=True),
    "no profiler": lambda home: home.config(enable_profiler=False),
    "tutorial": lambda home: home.config_of({name: tutorial_models() / name for name in _TUTORIAL}),
}
NAMES = (*_CONFIGS, "codes")


@contextlib.contextmanager
def serving(name: str, zoo: Path, directory: Path) -> Iterator[Running]:
    """The server `name`, started."""
    if name == "codes":
        with running(_failing_api().handle, num_threads=2) as http:
            yield Running(http.port, "")
        return
    with Server(_CONFIGS[name](Home(zoo, directory))) as server:
        assert server.rest_port is not None
        yield Running(server.rest_port, server.grpc_address)


def _failing_api() -> RestApi:
    """The REST API over a core that fails: a request for the model `ABORTED` ends with that code."""
    return RestApi(cast("ServerCore", _FailingCore()), Predictor())


class _FailingCore:
    def servable(self, spec: ModelSpec) -> object:
        raise error_for(Code[spec.name], "Some text")
