"""The walls of the package: who may import whom. Imports point down only (docs/architecture.md)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tfsctl

ROOT = Path(tfsctl.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

BASE = {"errors", "data_type", "model_spec", "signature", "versions"}
PROTOS = BASE | {"protos", "saved_model"}

# part -> (parts of ours it may import, foreign packages it may import beside the standard library)
WALLS: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), set()),
    "data_type": ({"errors"}, set()),
    "versions": ({"errors"}, set()),
    "model_spec": ({"errors"}, set()),
    "signature": ({"errors", "data_type"}, set()),
    "disk": ({"errors"}, set()),
    "tensorflow_log": (set(), set()),
    "text_proto_scan": (set(), set()),
    "tf_record": ({"errors"}, {"google_crc32c"}),
    "protos": ({"errors"}, {"google", "tensorflow_serving"}),
    "profiler_protos": (set(), {"google"}),
    "saved_model": (PROTOS, {"google"}),
    "core": ({"errors", "versions"}, set()),
    "codec": (PROTOS | {"codec"}, {"numpy", "orjson", "google", "ml_dtypes", "simdjson"}),
    "runtime": (PROTOS | {"tensorflow_log", "codec", "runtime"}, {"numpy", "cffi", "ml_dtypes", "google"}),
    "runtime.python": (PROTOS | {"tensorflow_log", "codec", "runtime"}, {"numpy", "tensorflow", "ml_dtypes", "google"}),
    "runtime._litert_interpreter": (PROTOS | {"codec", "runtime"}, {"numpy", "ai_edge_litert"}),
    "runtime._litert_signatures": (PROTOS | {"codec", "runtime"}, {"numpy", "ai_edge_litert", "flatbuffers"}),
    "mnist": (BASE | {"disk", "mnist"}, {"numpy", "requests", "platformdirs"}),
    "train": (PROTOS | {"disk", "tensorflow_log", "mnist", "train"}, {"numpy", "tensorflow", "keras"}),
    "export": (PROTOS | {"disk", "train", "export"}, {"numpy", "tensorflow", "keras"}),
    "serving": (
        PROTOS | {"profiler_protos", "disk", "tf_record", "core", "codec", "runtime", "serving"},
        {"numpy", "httptools", "uvloop", "grpc", "grpc_health", "grpc_reflection", "google", "fsspec"},
    ),
    "warmup": (
        PROTOS | {"disk", "tf_record", "codec", "core", "runtime", "client", "serving", "warmup"},
        {"numpy", "google"},
    ),
    "client": (
        PROTOS | {"codec", "text_proto_scan", "client"},
        {"numpy", "requests", "urllib3", "grpc", "google", "PIL"},
    ),
    "check": (
        PROTOS
        | {"disk", "tf_record", "tensor_bundle", "text_proto_scan", "core", "runtime", "serving", "warmup", "check"},
        {"google", "numpy"},
    ),
    "container": (PROTOS | {"disk", "client", "container"}, {"docker", "requests", "google"}),
    "tensor_bundle": (BASE | {"protos"}, {"google"}),
    "user_state": (set(), {"platformdirs"}),
    "version_path": (BASE | {"disk"}, set()),
    "inspect": (
        PROTOS | {"disk", "tensor_bundle", "version_path", "codec", "client", "warmup", "inspect"},
        {"numpy", "google"},
    ),
    "verify": (
        PROTOS | {"disk", "version_path", "codec", "client", "runtime", "warmup", "verify"},
        {"numpy", "ml_dtypes"},
    ),
    "background": (BASE | {"disk", "user_state", "client", "background"}, {"psutil", "filelock"}),
    "machine": (BASE | {"disk", "background", "container", "machine"}, {"psutil", "platformdirs"}),
    "profile": (PROTOS | {"profiler_protos", "disk", "client", "bench", "profile"}, {"google"}),
    "bench": (
        PROTOS | {"disk", "user_state", "tf_record", "codec", "client", "mnist", "bench"},
        {"numpy", "hpack", "google"},
    ),
    "tune": (PROTOS | {"disk", "bench", "tune"}, set()),
}
CLI_FOREIGN = {"typer", "rich", "numpy", "platformdirs", "tomli"}
PACKAGE_INIT = ""


def _part(module: Path) -> str:
    relative = module.relative_to(ROOT).with_suffix("")
    parts = [part for part in relative.parts if part != "__init__"]
    dotted = ".".join(parts)
    return dotted if dotted in WALLS else (parts[0] if parts else PACKAGE_INIT)


def _imports(module: Path) -> Iterator[str]:
    """Absolute names of all modules imported anywhere in a file, those inside functions included."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the layer"
            assert node.module is not None
            yield node.module
            if node.module == "tfsctl":
                yield from (f"tfsctl.{alias.name}" for alias in node.names if not alias.name.startswith("__"))


def _is_standard(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(ROOT)))
def test_imports_respect_the_walls(module: Path) -> None:
    part = _part(module)
    ours, foreign = _ours_and_foreign(module)
    if part in {PACKAGE_INIT, "cli", "__main__"}:
        assert part != PACKAGE_INIT or not (ours | foreign), "importing tfsctl must load nothing"
        assert foreign <= CLI_FOREIGN, f"{foreign - CLI_FOREIGN} belongs in a library part, not in {part}"
        return
    allowed_ours, allowed_foreign = WALLS[part]
    assert ours <= allowed_ours | {part}, f"{part} must not know about {sorted(ours - allowed_ours)}"
    assert foreign <= allowed_foreign, f"{part} must not use {sorted(foreign - allowed_foreign)}"


def _ours_and_foreign(module: Path) -> tuple[set[str], set[str]]:
    ours: set[str] = set()
    foreign: set[str] = set()
    for name in _imports(module):
        head, _, rest = name.partition(".")
        if head == "tfsctl":
            if rest:
                ours.add(rest.split(".")[0])
        elif not _is_standard(name):
            foreign.add(head)
    return ours, foreign


def test_there_are_no_import_cycles() -> None:
    """Imports inside functions count too: that is how a cycle would be hidden."""
    edges = {_dotted(module): _our_modules(module) for module in MODULES}
    state: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert state.get(name) != 1, "import cycle: " + " -> ".join((*path[path.index(name) :], name))
        if state.get(name) == 2:
            return
        state[name] = 1
        for target in edges.get(name, set()):
            visit(target, (*path, name))
        state[name] = 2

    for name in edges:
        visit(name, ())


def _dotted(module: Path) -> str:
    parts = ("tfsctl", *module.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _our_modules(module: Path) -> set[str]:
    known = {_dotted(other) for other in MODULES}
    return {name for name in _imports(module) if name in known and name not in {"tfsctl", _dotted(module)}}
