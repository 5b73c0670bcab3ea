"""What is told of a version directory."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tfsctl.data_type import DataType
from tfsctl.errors import DataLossError, NotFoundError
from tfsctl.inspect import inspect_saved_model


def copied(zoo: Path, tmp_path: Path, name: str) -> Path:
    return Path(shutil.copytree(zoo / name, tmp_path / name))


@pytest.mark.parametrize("below", ["", "1", "1/saved_model.pb", "1/variables/.."])
def test_a_path_may_be_the_base_the_version_or_the_file(zoo: Path, below: str) -> None:
    report = inspect_saved_model(zoo / "half_plus_two" / below)
    assert (report.path, report.serving.name) == (zoo / "half_plus_two/1", "half_plus_two")
    assert (report.serving.version, report.serving.obstacles) == (1, ())


def test_of_a_base_path_the_newest_version_is_described(zoo: Path, tmp_path: Path) -> None:
    base_path = copied(zoo, tmp_path, "scalar")
    for name in ("9", "00010", "draft"):
        shutil.copytree(base_path / "1", base_path / name)
    assert inspect_saved_model(base_path).path == base_path / "00010"
    assert inspect_saved_model(base_path).serving.is_newest
    assert not inspect_saved_model(base_path / "9").serving.is_newest


def test_variables_have_types_shapes_and_the_names_of_their_objects(zoo: Path) -> None:
    variables = inspect_saved_model(zoo / "cnn").variables
    shapes = {variable.name: (variable.dtype, variable.shape) for variable in variables.variables}
    assert set(shapes.values()) == {(DataType.FLOAT, (3136, 10)), (DataType.FLOAT, (5, 5, 1, 16))}
    assert (variables.num_parameters, variables.num_shards) == (3136 * 10 + 5 * 5 * 16, 1)
    assert all(variable.is_trainable for variable in variables.variables)


def test_variables_of_a_tf1_model_have_their_names_in_the_graph(zoo: Path) -> None:
    variables = inspect_saved_model(zoo / "half_plus_two").variables
    names = [variable.name for variable in variables.variables]
    assert names == ["Variable", "Variable_1", "Variable_2", "Variable_3", "filename"]
    assert variables.num_parameters == 4  # A string is none.


def test_operations_of_graph_and_functions_are_counted_apart(zoo: Path) -> None:
    (graph,) = inspect_saved_model(zoo / "cnn").meta_graphs
    assert (graph.function_ops["Conv2D"], graph.graph_ops.get("Conv2D")) == (1, None)
    assert graph.graph_ops["VarHandleOp"] == 2
    assert set(graph.graph_ops) | set(graph.function_ops) == set(graph.info.ops)
    assert graph.num_functions > 0


def test_functions_that_python_can_call_are_listed(zoo: Path) -> None:
    (graph,) = inspect_saved_model(zoo / "sum_difference").meta_graphs
    (function,) = graph.functions
    assert function.name == "f"
    assert function.variants == ("(a: float [?], b: int32 [?]) -> {difference: double [?], sum: float [?]}",)


def test_defaults_of_inputs_are_shown(zoo: Path) -> None:
    (graph,) = inspect_saved_model(zoo / "half_plus_two_tf2").meta_graphs
    assert graph.defaults == {"serving_default": {"x": "[0.0]"}}


def test_assets_warm_up_and_sizes_are_told(zoo: Path, tmp_path: Path) -> None:
    version = copied(zoo, tmp_path, "half_plus_two") / "1"
    before = inspect_saved_model(version)
    (version / "assets.extra").mkdir()
    (version / "assets.extra/tf_serving_warmup_requests").write_bytes(b"12345")
    after = inspect_saved_model(version)
    assert [(file.path, file.num_bytes) for file in after.assets] == [("assets/foo.txt", 19)]
    assert (before.warmup, after.warmup and after.warmup.num_bytes) == (None, 5)
    assert after.num_bytes == before.num_bytes + 5
    assert after.model_file_bytes == (version / "saved_model.pb").stat().st_size


def test_a_directory_that_is_no_number_is_not_servable(zoo: Path, tmp_path: Path) -> None:
    version = copied(zoo, tmp_path, "scalar") / "1"
    report = inspect_saved_model(version.rename(tmp_path / "v1"))
    assert (report.serving.name, report.serving.version) == ("v1", None)
    assert "is no number" in report.serving.obstacles[0]


def test_a_model_without_the_tag_serve_is_not_servable(zoo: Path) -> None:
    report = inspect_saved_model(zoo / "without_serve_tag")
    assert [sorted(graph.info.tags) for graph in report.meta_graphs] == [["gpu", "train"]]
    assert "'serve'" in report.serving.obstacles[0]


@pytest.mark.parametrize(
    ("file", "problem"),
    [("variables.index", "variables.index is missing"), ("variables.data-00000-of-00001", "is missing")],
)
def test_missing_variables_are_a_problem_and_no_error(zoo: Path, tmp_path: Path, file: str, problem: str) -> None:
    version = copied(zoo, tmp_path, "cnn") / "1"
    (version / "variables" / file).unlink()
    report = inspect_saved_model(version)
    assert problem in report.variables.problem
    assert report.serving.obstacles == (report.variables.problem,)


def test_truncated_variables_are_a_problem(zoo: Path) -> None:
    assert "variables" in inspect_saved_model(zoo / "truncated_variables").variables.problem


@pytest.mark.parametrize("size", [0, 40, 200])
def test_an_index_that_cannot_be_read_leaves_number_and_size_of_shards(zoo: Path, tmp_path: Path, size: int) -> None:
    version = copied(zoo, tmp_path, "cnn") / "1"
    index = version / "variables/variables.index"
    index.write_bytes(index.read_bytes()[:size])
    variables = inspect_saved_model(version).variables
    assert (variables.variables, variables.num_shards) == ((), 1)
    assert variables.num_bytes > 100_000
    assert "truncated" in variables.problem


def test_what_is_no_model_is_not_found(tmp_path: Path, zoo: Path) -> None:
    with pytest.raises(NotFoundError, match="has none in it"):
        inspect_saved_model(tmp_path)
    with pytest.raises(NotFoundError):
        inspect_saved_model(tmp_path / "nothing_there")
    with pytest.raises(DataLossError):
        inspect_saved_model(zoo / "truncated_saved_model")


def test_tags_choose_a_meta_graph(zoo: Path) -> None:
    assert len(inspect_saved_model(zoo / "without_serve_tag", tags=("gpu", "train")).meta_graphs) == 1
    with pytest.raises(NotFoundError, match="matching supplied tags"):
        inspect_saved_model(zoo / "scalar", tags=("gpu",))


def test_every_model_of_the_zoo_can_be_described(zoo: Path) -> None:
    described = 0
    for path in sorted(zoo.iterdir()):
        if (path / "1/saved_model.pb").exists() and path.name != "truncated_saved_model":
            described += bool(inspect_saved_model(path).meta_graphs)
    assert described > 40


def test_values_of_variables_are_as_large_as_their_shapes_say(zoo: Path) -> None:
    for variable in inspect_saved_model(zoo / "cnn").variables.variables:
        assert variable.num_bytes == np.dtype(np.float32).itemsize * variable.num_values
