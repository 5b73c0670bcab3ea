"""Loading models, and refusing broken ones, in both runtimes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from runtime.loading import Load, Runtime, run, run_script
from tfsctl.errors import (
    Code,
    DataLossError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
    TfsctlError,
)
from tfsctl.protos import ConfigProto
from tfsctl.runtime import SessionOptions, load_model


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("truncated_saved_model", DataLossError, r"^Can't parse \S+/saved_model.pb as binary proto$"),
        ("truncated_variables", OutOfRangeError, r"^Read less bytes than requested\n\t \[\[\{\{"),
        ("missing_variables_index", NotFoundError, r"/variables/variables\.index; No such file or directory$"),
        ("missing_op", NotFoundError, r"^Op type not registered 'NoSuchOp' in binary running on "),
        ("without_serve_tag", NotFoundError, r"^Could not find meta graph def matching supplied tags: \{ serve \}"),
        ("does_not_exist", NotFoundError, r"^Specified file path does not appear to contain a SavedModel bundle"),
    ],
)
def test_a_broken_model_is_refused_with_the_reason(load: Load, name: str, error: type[TfsctlError], text: str) -> None:
    with pytest.raises(error) as caught:
        load(name)

    assert re.search(text, caught.value.message)


@pytest.mark.parametrize("garbage", [b"", b"\0" * 400, b"garbage" * 60])
@pytest.mark.parametrize("file", ["variables.index", "variables.data-00000-of-00001"])
def test_garbage_instead_of_variables_is_refused(
    zoo: Path, tmp_path: Path, runtime: Runtime, *, file: str, garbage: bytes
) -> None:
    shutil.copytree(zoo / "half_plus_two_tf2/1", tmp_path / "1")
    (tmp_path / "1/variables" / file).write_bytes(garbage)

    with pytest.raises(TfsctlError) as caught:
        load_model(tmp_path / "1", runtime=runtime)

    assert caught.value.code in {Code.DATA_LOSS, Code.OUT_OF_RANGE}


@pytest.mark.parametrize(
    ("name", "has_directory"),
    [("half_plus_two", True), ("half_plus_two_tf2", True), ("half_plus_two_tf2", False), ("counter", True)],
)
def test_variables_that_have_not_been_copied_yet_are_missed(
    zoo: Path, tmp_path: Path, runtime: Runtime, *, name: str, has_directory: bool
) -> None:
    shutil.copytree(zoo / name / "1", tmp_path / "1")
    shutil.rmtree(tmp_path / "1/variables")
    if has_directory:
        (tmp_path / "1/variables").mkdir()

    with pytest.raises(NotFoundError, match=r"/variables/variables\.index; No such file or directory$"):
        load_model(tmp_path / "1", runtime=runtime)


def test_model_of_tf1_without_its_directory_of_variables_loads_as_in_tf_serving(zoo: Path, tmp_path: Path) -> None:
    shutil.copytree(zoo / "half_plus_two/1", tmp_path / "1")
    shutil.rmtree(tmp_path / "1/variables")

    model = load_model(tmp_path / "1", runtime="c_api")  # TensorFlow's Python refuses it by itself.

    with pytest.raises(FailedPreconditionError, match="Attempting to use uninitialized value"):
        run(model, {"x": [2.0]})
    model.close()


def test_without_variables_no_files_of_them_are_needed(zoo: Path, tmp_path: Path, runtime: Runtime) -> None:
    shutil.copytree(zoo / "identity_float32/1", tmp_path / "1")
    shutil.rmtree(tmp_path / "1/variables", ignore_errors=True)

    model = load_model(tmp_path / "1", runtime=runtime)

    assert run(model, {"x": [2.0]})["y"].tolist() == [2.0]
    model.close()


def test_a_missing_asset_is_refused(zoo: Path, tmp_path: Path, runtime: Runtime) -> None:
    shutil.copytree(zoo / "table/1", tmp_path / "1")
    (tmp_path / "1/assets/vocabulary.txt").unlink()

    with pytest.raises(NotFoundError, match=r"vocabulary\.txt"):
        load_model(tmp_path / "1", runtime=runtime)


def test_a_failed_load_can_be_repeated_once_the_files_are_there(zoo: Path, tmp_path: Path, runtime: Runtime) -> None:
    shutil.copytree(zoo / "missing_variables_index/1", tmp_path / "1")
    with pytest.raises(NotFoundError, match="No such file"):
        load_model(tmp_path / "1", runtime=runtime)
    shutil.copy(zoo / "half_plus_two_tf2/1/variables/variables.index", tmp_path / "1/variables")

    model = load_model(tmp_path / "1", runtime=runtime)

    assert run(model, {"x": [2.0]})["y"].tolist() == [3.0]
    model.close()


def test_other_tags_choose_another_meta_graph_in_any_order(load: Load) -> None:
    model = load("without_serve_tag", tags=("gpu", "train"))

    assert run(model, {"x": [7.0]})["y"].tolist() == [7.0]


def test_a_path_with_spaces_and_umlauts_as_text_works(zoo: Path, tmp_path: Path, runtime: Runtime) -> None:
    target = tmp_path / "ein schönes Modell" / "00000001"
    shutil.copytree(zoo / "table/1", target)

    model = load_model(str(target), runtime=runtime)

    assert run(model, {"words": np.array([b"one"], object)})["ids"].tolist() == [1]
    model.close()


def test_session_options_are_accepted(load: Load) -> None:
    config = ConfigProto(allow_soft_placement=True, intra_op_parallelism_threads=7).SerializeToString()
    options = SessionOptions(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, config_proto=config)

    assert run(load("half_plus_two", options=options), {"x": [1.0]})["y"].tolist() == [2.5]


def test_options_win_over_the_configuration_where_they_are_set() -> None:
    from tfsctl.runtime._session_config import config_proto

    given = ConfigProto(intra_op_parallelism_threads=7, inter_op_parallelism_threads=5).SerializeToString()

    config = ConfigProto.FromString(config_proto(SessionOptions(config_proto=given, intra_op_parallelism_threads=2)))

    assert (config.intra_op_parallelism_threads, config.inter_op_parallelism_threads) == (2, 5)


def test_a_configuration_that_is_none_is_refused(load: Load) -> None:
    with pytest.raises(InvalidArgumentError, match="not a serialized ConfigProto"):
        load("half_plus_two", options=SessionOptions(config_proto=b"\xff\xff"))


def test_the_description_of_the_model_comes_with_it(load: Load) -> None:
    info = load("half_plus_two_tf2").info

    assert info.tags == ("serve",)
    assert set(info.signatures["serving_default"].defaults) == {"x"}
    assert "serving_default" in info.signature_defs


def test_auto_is_the_c_api_where_there_is_one(zoo: Path) -> None:
    model = load_model(zoo / "scalar/1")

    assert type(model).__module__ == "tfsctl.runtime.c_api"
    model.close()


def test_auto_is_python_where_the_library_is_missing(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfsctl.runtime._library._NAMES", (("no_such_framework", "no_such_library"),))

    model = load_model(zoo / "scalar/1")

    assert type(model).__module__ == "tfsctl.runtime.python"
    assert run(model, {"x": np.float32(1.0)})["y"].item() == 2.0
    model.close()


@pytest.mark.slow  # TensorFlow waits ten seconds for memory before it gives up
def test_too_little_memory_is_an_error_and_no_crash(zoo: Path) -> None:
    script = """
        import resource, sys
        import numpy as np
        import psutil
        from tfsctl.errors import ResourceExhaustedError
        from tfsctl.runtime import load_model

        model = load_model(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + 400 * 2**20,) * 2)
        for n in (20_000, 3):
            try:
                print(model.run(model.info.signatures["serving_default"], {"n": np.int32(n)})["y"].shape)
            except ResourceExhaustedError as error:
                print(error.message.partition(" with ")[0])
    """
    ended = run_script(script, zoo / "fill/1")

    assert (ended.stdout, ended.returncode) == ("OOM when allocating tensor\n(3, 3)\n", 0), ended.stderr
