"""`tfsctl warmup make` and `tfsctl warmup check`, with real models and servers that load what was written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.runner import Result, Runner
from serving.example_calls import examples_spec
from serving.model_directory import serve
from serving.warmup_files import WARMUP_FILE, classify_log, model_with, multi_inference_log, predict_log, write_records
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.protos import Example, PredictionLog
from tfsctl.tf_record import read_records


@pytest.fixture
def half_plus_two(zoo: Path, tmp_path: Path) -> Path:
    """Its base path."""
    return Path(shutil.copytree(zoo / "half_plus_two", tmp_path / "half_plus_two"))


def copied(zoo: Path, tmp_path: Path, name: str) -> Path:
    return Path(shutil.copytree(zoo / name, tmp_path / name))


def logs(base_path: Path) -> list[Any]:
    return [PredictionLog.FromString(record) for record in read_records(base_path / "1" / WARMUP_FILE)]


def inputs_of(log: Any) -> dict[str, Any]:
    request = log.predict_log.request
    return {alias: decode_tensor(tensor).tolist() for alias, tensor in request.inputs.items()}


def assert_loads(base_path: Path, num_records: int) -> None:
    """A server takes the file and replays so many records."""
    with serve(base_path, max_num_load_retries=0) as server:
        path = str(base_path / "1")
        assert server.metrics.model_warmup_records_read.cell(path, "OK").value == num_records


def test_without_inputs_a_request_is_made_from_the_signature(half_plus_two: Path, tfsctl: Runner) -> None:
    result = tfsctl("warmup", "make", str(half_plus_two))
    assert (result.exit_code, result) == (0, f"{half_plus_two / '1' / WARMUP_FILE}\n")
    assert "half_plus_two version 1: 1 request" in result.stderr
    assert "does not read it again" in result.stderr
    assert len(logs(half_plus_two)) == 1
    assert_loads(half_plus_two, 1)


def test_a_version_directory_may_be_given(half_plus_two: Path, tfsctl: Runner) -> None:
    assert tfsctl("warmup", "make", str(half_plus_two / "1"), "[1.0]").exit_code == 0
    assert len(logs(half_plus_two)) == 1


def test_the_newest_version_of_a_base_path_is_meant(half_plus_two: Path, tfsctl: Runner) -> None:
    for version in ("9", "00010", "not_one"):
        shutil.copytree(half_plus_two / "1", half_plus_two / version)
    result = tfsctl("warmup", "make", str(half_plus_two), "--json")
    assert result.json["version"] == 10
    assert result.json["path"] == str(half_plus_two / "00010" / WARMUP_FILE)


def test_each_input_is_a_record_and_pairs_are_one(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    model = copied(zoo, tmp_path, "sum_difference")
    (tmp_path / "rows.json").write_text('[{"a": 5, "b": 6}, {"a": 7, "b": 8}]')
    given = ('[{"a": 1, "b": 2}]', "a=[3.0]", "@rows.json", "b=[4]", "-")
    result = tfsctl("warmup", "make", str(model), *given, stdin='{"inputs": {"a": [9], "b": [10]}}')
    assert result.exit_code == 0
    assert [inputs_of(log) for log in logs(model)] == [
        {"a": [3.0], "b": [4]},
        {"a": [1.0], "b": [2]},
        {"a": [5.0, 7.0], "b": [6, 8]},
        {"a": [9.0], "b": [10]},
    ]
    assert_loads(model, 4)


def test_rows_of_a_npy_file_are_cut_into_batches(half_plus_two: Path, tfsctl: Runner) -> None:
    np.save("rows.npy", np.array([[1.0], [2.0], [3.0]], np.float32))
    result = tfsctl("warmup", "make", str(half_plus_two), "@rows.npy", "--batch-size", "2", "--batch-size", "4")
    assert result.exit_code == 0
    cut = [[[1.0], [2.0]], [[3.0], [1.0]], [[1.0], [2.0], [3.0], [1.0]]]
    assert [inputs_of(log)["x"] for log in logs(half_plus_two)] == cut


def test_made_up_requests_have_the_batch_sizes_asked_for(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    model = copied(zoo, tmp_path, "cnn")
    tfsctl("warmup", "make", str(model), "--batch-size", "1", "--batch-size", "8")
    assert [len(inputs_of(log)["images"]) for log in logs(model)] == [1, 8]
    assert_loads(model, 2)


@pytest.mark.parametrize(
    "model", ["half_plus_two", "half_plus_two_of_tf2", "examples", "outputs", "effects", "strings"]
)
def test_a_server_loads_what_was_made_of_all_signatures(model: str, zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    base_path = copied(zoo, tmp_path, model)
    result = tfsctl("warmup", "make", str(base_path), "--all-signatures", "--json")
    assert result.exit_code == 0
    assert tfsctl("warmup", "check", str(base_path), "--run").exit_code == 0
    assert_loads(base_path, result.json["num_records"])


def test_signatures_that_refuse_made_up_requests_are_left_out(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    result = tfsctl("warmup", "make", str(copied(zoo, tmp_path, "examples")), "--all-signatures", "--json")
    assert {"classify", "regress", "tf2_classify"} <= result.json["signatures"].keys()
    assert "wide" not in result.json["signatures"]
    assert 'Signature "three" is left out: Expected one or two output Tensors, found 3' in result.json["remarks"]


@pytest.mark.parametrize("method", ["classify", "regress"])
@pytest.mark.parametrize("text", ['[{"x": 1.0}, {"x": 2.0}]', '{"examples": [{"x": 1.0}, {"x": 2.0}]}'])
def test_examples_are_given_as_json_objects(
    method: str, text: str, *, zoo: Path, tmp_path: Path, tfsctl: Runner
) -> None:
    model = copied(zoo, tmp_path, "examples")
    assert tfsctl("warmup", "make", str(model), text, "--signature-name", method).exit_code == 0
    (log,) = logs(model)
    examples = getattr(log, f"{method}_log").request.input.example_list.examples
    assert [example.features.feature["x"].float_list.value[0] for example in examples] == [1.0, 2.0]
    assert_loads(model, 1)


def test_the_method_can_be_chosen_for_signatures_of_tensorflow_2(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    model = copied(zoo, tmp_path, "half_plus_two_of_tf2")
    signature = ("--signature-name", "regress_x_to_y", "--method", "regress")
    assert tfsctl("warmup", "make", str(model), '{"x": 1.0}', *signature).exit_code == 0
    assert logs(model)[0].WhichOneof("log_type") == "regress_log"
    assert_loads(model, 1)


def test_a_signature_that_takes_tensors_is_chosen_before_one_of_examples(
    zoo: Path, tmp_path: Path, tfsctl: Runner
) -> None:
    model = copied(zoo, tmp_path, "digits")
    assert tfsctl("warmup", "make", str(model), "--json").json["signatures"] == {"predict_images": 1}


def test_an_existing_file_is_only_replaced_with_force(half_plus_two: Path, tfsctl: Runner) -> None:
    tfsctl("warmup", "make", str(half_plus_two), "[1.0]")
    refused = tfsctl("warmup", "make", str(half_plus_two), "[1.0]", "[2.0]")
    assert refused.exit_code == 7
    assert "exists already" in refused.stderr
    assert "--force" in refused.stderr
    assert len(logs(half_plus_two)) == 1
    assert tfsctl("warmup", "make", str(half_plus_two), "[1.0]", "[2.0]", "--force").exit_code == 0
    assert len(logs(half_plus_two)) == 2


def test_a_request_that_the_model_refuses_is_not_written(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    model = copied(zoo, tmp_path, "failing")
    result = tfsctl("warmup", "make", str(model), "[1.0]", "[-1.0]")
    assert result.exit_code == 7
    assert "Request 2 is refused: assertion failed: [x must be positive]" in result.stderr
    assert not (model / "1/assets.extra").exists()


def test_without_trying_only_the_signature_is_compared(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    model = copied(zoo, tmp_path, "failing")
    assert tfsctl("warmup", "make", str(model), "[-1.0]", "--no-try").exit_code == 0
    assert tfsctl("warmup", "check", str(model)).exit_code == 0
    result = tfsctl("warmup", "check", str(model), "--run")
    assert result.exit_code == 1
    assert "Record 1: assertion failed: [x must be positive]" in result


@pytest.mark.parametrize(
    ("args", "exit_code", "text"),
    [
        (('["text"]',), 7, "Type: String is not of expected type: float"),
        (("[1.0]", "--signature-name", "nowhere"), 4, 'The model has no signature "nowhere".'),
        (("[1.0]", "--all-signatures"), 2, "choose one"),
        (("--all-signatures", "--signature-name", "s"), 2, "not both"),
        (("[1.0]", "--batch-size", "0"), 2, "positive value for batch size"),
        (("--max-records", "1001"), 2, "between 1 and 1000 records"),
        (("--model-name", "m"), 2, "only needed to find its requests in a log"),
        (("--from-log", "log", "--batch-size", "2"), 2, "have their signature"),
        (("--from-log", "nowhere"), 4, "No such file"),
        (("[1.0",), 2, "INPUT is not JSON"),
        (("[1.0]", "--saved-model-tags", "gpu"), 4, "Could not find meta graph def"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(
    args: tuple[str, ...], exit_code: int, text: str, *, half_plus_two: Path, tfsctl: Runner
) -> None:
    result = tfsctl("warmup", "make", str(half_plus_two), *args)
    assert (result.exit_code, str(result)) == (exit_code, "")
    assert text in result.stderr
    assert not (half_plus_two / "1/assets.extra").exists()


def test_more_than_1000_requests_are_not_written(half_plus_two: Path, tfsctl: Runner) -> None:
    np.save("rows.npy", np.zeros((1001, 1), np.float32))
    result = tfsctl("warmup", "make", str(half_plus_two), "@rows.npy", "--batch-size", "1")
    assert "1001 requests are more than the 1000 that a server takes" in result.stderr
    assert not (half_plus_two / "1/assets.extra").exists()


@pytest.mark.parametrize("command", ["make", "check"])
@pytest.mark.parametrize("place", ["nowhere", "."])
def test_a_path_without_versions_is_not_found(command: str, place: str, tmp_path: Path, tfsctl: Runner) -> None:
    assert tfsctl("warmup", command, place).exit_code == 4


def request_log(path: Path, records: Iterable[Any], name: str) -> Path:
    """A log of requests to the model `name`, with answers."""
    noted = list(records)
    for log in noted:
        log.log_metadata.timestamp_secs = 7
        log.predict_log.request.model_spec.name = name
        log.predict_log.response.outputs["y"].float_val.append(1.0)
    return write_records(path, noted)


def test_requests_come_from_a_log_without_their_answers(half_plus_two: Path, tmp_path: Path, tfsctl: Runner) -> None:
    log = request_log(tmp_path / "log", [predict_log(x=[1.0]), predict_log(x=[2.0, 3.0])], "half_plus_two")
    assert tfsctl("warmup", "make", str(half_plus_two), "--from-log", str(log)).exit_code == 0
    assert [inputs_of(log) for log in logs(half_plus_two)] == [{"x": [1.0]}, {"x": [2.0, 3.0]}]
    assert not any(log.HasField("log_metadata") or log.predict_log.HasField("response") for log in logs(half_plus_two))


def test_requests_of_a_log_that_were_accepted_raise_no_doubt(
    half_plus_two: Path, tmp_path: Path, tfsctl: Runner
) -> None:
    """Its signature says [?, 1]."""
    log = request_log(tmp_path / "log", [predict_log(x=[1.0]), predict_log(x=[[2.0], [3.0]])], "half_plus_two")
    assert tfsctl("warmup", "make", str(half_plus_two), "--from-log", str(log)).exit_code == 0
    result = tfsctl("warmup", "check", str(half_plus_two))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "A server would load the version with it." in result


def test_a_long_log_is_sampled_in_its_order(half_plus_two: Path, tmp_path: Path, tfsctl: Runner) -> None:
    log = request_log(tmp_path / "log", [predict_log(x=[float(i)]) for i in range(1500)], "half_plus_two")
    result = tfsctl("warmup", "make", str(half_plus_two), "--from-log", str(log))
    values = [inputs_of(log)["x"][0] for log in logs(half_plus_two)]
    assert len(values) == 1000
    assert values == sorted(set(values))
    assert values[-1] >= 1000.0
    assert "Took 1000 of 1500 requests of the log." in result.stderr


def test_other_models_and_what_would_be_refused_are_left_out(
    half_plus_two: Path, tmp_path: Path, tfsctl: Runner
) -> None:
    own = [predict_log(x=[1.0]), predict_log("nowhere", x=[1.0])]
    request_log(tmp_path / "own", own, "half_plus_two")
    request_log(tmp_path / "others", [predict_log(z=[1.0])] * 3, "other")
    streamed = PredictionLog()
    streamed.predict_streamed_log.SetInParent()
    write_records(tmp_path / "more", [streamed, b"no log at all"])
    log = tmp_path / "log"
    log.write_bytes(b"".join((tmp_path / part).read_bytes() for part in ("others", "own", "more")) + b"cut")
    result = tfsctl("warmup", "make", str(half_plus_two), "--from-log", str(log))
    assert [inputs_of(log) for log in logs(half_plus_two)] == [{"x": [1.0]}]
    assert 'Left out 1 that would be refused: Serving signature key "nowhere" not found.' in result.stderr
    assert "read up to a truncated record" in result.stderr


def test_a_log_without_requests_of_the_model_tells_whose_it_has(
    half_plus_two: Path, tmp_path: Path, tfsctl: Runner
) -> None:
    log = request_log(tmp_path / "log", [predict_log(x=[1.0])], "other")
    result = tfsctl("warmup", "make", str(half_plus_two), "--from-log", str(log))
    assert result.exit_code == 4
    assert "other (1)" in result.stderr
    renamed = tfsctl("warmup", "make", str(half_plus_two), "--from-log", str(log), "--model-name", "other")
    assert renamed.exit_code == 0
    assert_loads(half_plus_two, 1)


def test_a_file_that_is_no_log_is_data_loss(half_plus_two: Path, tmp_path: Path, tfsctl: Runner) -> None:
    (tmp_path / "log").write_text("plain text, not a TFRecord file")
    result = tfsctl("warmup", "make", str(half_plus_two), "--from-log", "log")
    assert result.exit_code == 8
    assert "corrupted record at 0" in result.stderr


# check


def checked(tfsctl: Runner, base_path: Path, *args: str) -> Result:
    return tfsctl("warmup", "check", str(base_path), "--json", *args)


def problems(result: Result) -> list[tuple[int | None, str]]:
    return [(problem["record"], problem["message"]) for problem in result.json["problems"]]


def test_check_counts_kinds_and_signatures(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    records = [classify_log(), multi_inference_log(("classify", "classify"), ("regress", "regress")), PredictionLog()]
    version_dir = model_with(zoo, tmp_path / "examples", records)
    result = checked(tfsctl, version_dir)
    assert result.exit_code == 0
    assert result.json["num_records"] == 3
    assert result.json["kinds"] == {"classify": 1, "empty": 1, "multi_inference": 1}
    assert result.json["signatures"] == {"classify": 2, "regress": 1}
    assert result.json["doubts"] == [{"record": 3, "message": "The record has no request and is passed over."}]


def test_check_lists_every_problem_with_its_record(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    unsupported = PredictionLog()
    unsupported.session_run_log.SetInParent()
    wrong_type = predict_log(x=np.array([1.0], np.float64))
    records = [predict_log(x=[1.0]), b"text", unsupported, predict_log("nowhere"), predict_log(z=[1.0]), wrong_type]
    version_dir = model_with(zoo, tmp_path / "half_plus_two", records)
    result = checked(tfsctl, version_dir.parent)
    assert result.exit_code == 1
    texts = [
        (2, "Failed to parse warmup record: text from "),
        (3, "Unsupported log_type for warmup: 5"),
        (4, 'Serving signature key "nowhere" not found.'),
        (5, "Signature input alias: x"),
        (6, 'Input "x" takes float, the record has double.'),
    ]
    found = problems(result)
    assert [record for record, _ in found] == [record for record, _ in texts]
    assert all(text in message for (_, message), (_, text) in zip(found[:3], texts[:3], strict=True))
    assert found[4][1] == texts[4][1]


def test_check_agrees_with_the_server_about_too_many(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    version_dir = model_with(zoo, tmp_path / "half_plus_two", [predict_log(x=[1.0])] * 1003)
    result = checked(tfsctl, version_dir)
    assert result.json["num_records"] == 1003
    path = version_dir / WARMUP_FILE
    assert problems(result) == [(1001, f"Number of warmup records exceeds the maximum (1000) at {path}")]


def test_check_of_a_file_that_is_no_tfrecord(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    version_dir = model_with(zoo, tmp_path / "half_plus_two", [])
    (version_dir / WARMUP_FILE).write_text("plain text, not a TFRecord file")
    result = tfsctl("warmup", "check", str(version_dir))
    assert result.exit_code == 1
    assert "Please verify your warmup data is in TFRecord format." in result
    assert "would NOT load" in result


def test_check_of_a_file_alone_looks_at_its_records_only(tmp_path: Path, tfsctl: Runner) -> None:
    file = write_records(tmp_path / "requests", [predict_log("anything", x=[1.0])])
    assert tfsctl("warmup", "check", str(file)).exit_code == 0
    unsupported = PredictionLog()
    unsupported.predict_streamed_log.SetInParent()
    write_records(file, [unsupported])
    assert problems(checked(tfsctl, file)) == [(1, "Unsupported log_type for warmup: 7")]


def test_check_of_a_file_in_its_place_compares_it_with_the_model(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    version_dir = model_with(zoo, tmp_path / "half_plus_two", [predict_log("nowhere")])
    result = checked(tfsctl, version_dir / WARMUP_FILE)
    assert problems(result) == [(1, 'Serving signature key "nowhere" not found.')]


@pytest.mark.parametrize("model", ["half_plus_two", "half_plus_two_tf2"])  # Whose signatures say [?, 1] and [1].
def test_another_shape_that_the_model_takes_is_no_doubt(model: str, zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    version_dir = model_with(zoo, tmp_path / model, [predict_log(x=[1.0, 2.0, 5.0])])
    result = tfsctl("warmup", "check", str(version_dir), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (result.json["problems"], result.json["doubts"]) == ([], [])
    assert_loads(version_dir.parent, 1)


def test_another_shape_that_the_model_refuses_is_a_problem_with_its_record(
    zoo: Path, tmp_path: Path, tfsctl: Runner
) -> None:
    good, bad = (predict_log(images=np.zeros((1, size, size, 1), np.float32)) for size in (28, 9))
    version_dir = model_with(zoo, tmp_path / "cnn", [good, bad, predict_log("nowhere")])
    result = tfsctl("warmup", "check", str(version_dir), "--json")
    assert result.exit_code == 1
    (second, refusal), (third, _) = problems(result)
    assert (second, third) == (2, 3)
    assert "requires a multiple of 3136" in refusal
    assert result.json["doubts"] == []


def test_shape_that_ends_the_process_does_not_end_the_check(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    """TensorFlow's fused convolution may do that, where its kernels do not look at the rank."""
    version_dir = model_with(zoo, tmp_path / "cnn", [predict_log(images=[1.0])])
    result = tfsctl("warmup", "check", str(version_dir), "--json")
    assert result.exit_code == 1
    ((record, refusal),) = problems(result)
    assert record == 1
    assert refusal.startswith(("The whole process ends on it: Check failed:", "convolution input must be 4-dim"))


def test_another_shape_is_doubtful_where_the_model_cannot_be_loaded(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    version_dir = model_with(zoo, tmp_path / "half_plus_two_tf2", [predict_log(x=[1.0, 2.0, 5.0])])
    shutil.rmtree(version_dir / "variables")
    result = tfsctl("warmup", "check", str(version_dir))
    assert result.exit_code == 0
    assert 'Warning: Record 1: Input "x" has the shape [3], the signature says [1]' in result.stderr


def test_a_version_without_the_file_is_not_found_by_check(half_plus_two: Path, tfsctl: Runner) -> None:
    result = tfsctl("warmup", "check", str(half_plus_two))
    assert result.exit_code == 4
    assert "No warmup data file found at" in result.stderr
    assert "tfsctl warmup make" in result.stderr


def test_the_example_of_a_serving_tutorial_is_accepted(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    """A file written with the official messages, as TF Serving's resnet_warmup.py does."""
    log = PredictionLog()
    log.classify_log.request.model_spec.CopyFrom(examples_spec("classify"))
    example = Example()
    example.features.feature["x"].float_list.value.append(1.0)
    log.classify_log.request.input.example_list.examples.append(example)
    version_dir = model_with(zoo, tmp_path / "examples", [log])
    assert tfsctl("warmup", "check", str(version_dir), "--run").exit_code == 0
    assert not any(name.startswith(".tmp") for name in os.listdir(version_dir / "assets.extra"))


def test_record_of_a_wrong_rank_for_a_convolution_is_told_of(zoo: Path, tmp_path: Path, tfsctl: Runner) -> None:
    version_dir = model_with(zoo, tmp_path / "cnn", [predict_log(images=[1.0])])
    result = tfsctl("warmup", "check", str(version_dir), "--run")
    assert result.exit_code == 1
    assert "convolution input must be 4-dimensional: [1]" in result
