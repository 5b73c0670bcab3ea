"""Files as inputs and outputs of predict, against real servers; a digit in a PNG and a model that was trained."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.runner import Runner
from cli.terminal import on_terminal
from tfsctl.export.mnist import write_mnist
from tfsctl.mnist import load_test
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.train import TrainPlan, train_mnist

Options = tuple[str, ...]
PREDICT = ("predict", "mnist", "--signature-name", "predict_images")
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture(scope="module")
def mnist_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A softmax regression that was trained for a moment."""
    home = tmp_path_factory.mktemp("mnist")
    checkpoint = train_mnist(TrainPlan(training_iteration=300, seed=1, output=home / "training")).checkpoint
    (home / "models/mnist").mkdir(parents=True)
    write_mnist(checkpoint, home / "models/mnist/1")
    model = ModelConfig(name="mnist", base_path=home / "models/mnist")
    with Server(ServerConfig(models=(model,), port=0, rest_api_port=0)) as running:
        yield running


@pytest.fixture(params=["rest", "grpc"])
def ask_mnist(request: pytest.FixtureRequest, mnist_server: Server) -> Options:
    address = mnist_server.rest_address if request.param == "rest" else mnist_server.grpc_address
    return (f"--{request.param}", "--server", address)


@pytest.fixture
def odd_files(digits: np.ndarray) -> None:
    """Files that do not fit, beside those of `digits`."""
    np.save("square.npy", digits / 255)
    np.save("rows.npy", np.zeros((2, 7)))
    np.save("pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    Path("short.txt").write_text("a\nb\n")


@pytest.fixture
def digits() -> np.ndarray:
    """The first ten test digits, 7 2 1 0 4 1 4 9 5 9, as uint8 [10, 28, 28]; two of them as 0.png and 1.png."""
    levels = np.rint(load_test(max_digits=10).images * 255).astype(np.uint8).reshape(-1, 28, 28)
    for number in range(2):
        Image.fromarray(levels[number]).save(f"{number}.png")
    Path("labels.txt").write_text("\n".join(NAMES) + "\n")
    return levels


def test_predict_of_a_png_tells_the_digit(tfsctl: Runner, ask_mnist: Options, digits: np.ndarray) -> None:
    result = tfsctl(*PREDICT, "@0.png", "--normalize", "--labels", "labels.txt", "--top", "3", *ask_mnist)
    assert (result.exit_code, result.stderr) == (0, "")
    labels = [entry["label"] for entry in result.json[0]]
    assert (labels[0], len(labels)) == ("seven", 3)


def test_predict_of_several_pngs_is_one_batch(tfsctl: Runner, ask_mnist: Options, digits: np.ndarray) -> None:
    result = tfsctl(*PREDICT, "@0.png", "images=@1.png", *ask_mnist)
    assert (result.exit_code, "have a name" in result.stderr) == (2, True)
    for files in (("@0.png", "@1.png"), ("@[01].png",)):
        rows = tfsctl(*PREDICT, *files, "--normalize", "--top", "1", *ask_mnist).json
        assert [row[0]["label"] for row in rows] == ["7", "2"]


def test_predict_of_a_photo_of_ink_on_paper_tells_the_digit(
    tfsctl: Runner, ask_mnist: Options, digits: np.ndarray
) -> None:
    Image.fromarray(255 - digits[0]).convert("RGB").resize((200, 200)).save("photo.jpg")
    plain = tfsctl(*PREDICT, "@photo.jpg", "--normalize", "--invert", *ask_mnist)
    assert (plain.exit_code, "--grayscale" in plain.stderr) == (7, True)
    flags = ("--normalize", "--invert", "--grayscale")
    assert "--resize makes it fit" in tfsctl(*PREDICT, "@photo.jpg", *flags, *ask_mnist).stderr
    rows = tfsctl(*PREDICT, "@photo.jpg", *flags, "--resize", "--top", "1", *ask_mnist).json
    assert rows[0][0]["label"] == "7"


def test_predict_of_many_rows_in_batches_answers_in_order(
    tfsctl: Runner, ask_mnist: Options, digits: np.ndarray
) -> None:
    np.save("digits.npy", digits.reshape(10, 784).astype(np.float32) / np.float32(255))
    whole = tfsctl(*PREDICT, "@digits.npy", *ask_mnist).json
    parts = tfsctl(*PREDICT, "@digits.npy", "--batch-size", "3", *ask_mnist)
    assert parts.exit_code == 0
    np.testing.assert_allclose(parts.json, whole, rtol=1e-5)


def test_predict_with_output_writes_each_kind_of_file(tfsctl: Runner, ask_mnist: Options, digits: np.ndarray) -> None:
    result = tfsctl(*PREDICT, "@0.png", "--normalize", "--json", *ask_mnist)
    for name in ("out.json", "out.npy", "out.npz", "out.csv"):
        written = tfsctl(*PREDICT, "@0.png", "--normalize", "--output", name, *ask_mnist)
        assert (written.exit_code, str(written), written.stderr) == (0, "", f"Wrote {name}\n")
    scores = np.load("out.npy")
    assert json.loads(Path("out.json").read_text()) == result.json
    assert (scores.dtype, scores.shape, scores.argmax()) == (np.float32, (1, 10), 7)
    np.testing.assert_array_equal(np.load("out.npz")["scores"], scores)
    with Path("out.csv").open() as file:
        heading, row = csv.reader(file)
    assert heading[0] == "scores.0"
    np.testing.assert_array_equal(np.array(row, np.float32), scores[0])


def test_predict_with_output_of_classes_writes_them(tfsctl: Runner, ask_mnist: Options, digits: np.ndarray) -> None:
    tfsctl(*PREDICT, "@0.png", "--normalize", "--labels", "labels.txt", "--top", "1", "-o", "top.csv", *ask_mnist)
    assert Path("top.csv").read_text().splitlines()[1].startswith("0,seven,0.")


@pytest.mark.usefixtures("odd_files")
@pytest.mark.parametrize(
    ("args", "failure"),
    [
        (("@square.npy",), (7, "--reshape gives it that shape")),
        (("[[1.0, 2.0]]",), (7, 'Input "images" takes float [?, 784], but [1, 2] came')),
        (('{"inputs": {"image": [[1.0]]}}',), (7, 'and has no input "image"')),
        (('["text"]',), (7, "but text came")),
        (("[[1.0], [1.0, 2.0]]",), (7, "item 0 is [1], item 1 is [2]")),
        (("@0.png", "--labels", "short.txt"), (2, "2 labels for 10 classes")),
        (("@0.png", "--labels", "missing.txt"), (2, "missing.txt: No such file")),
        (("@0.png", "--output", "out.txt"), (2, "cannot write out.txt")),
        (("@missing.png",), (2, "missing.png: No such file")),
        (("@*.jpeg",), (2, "no such files")),
        (("@labels.txt",), (7, "")),
        (("@pickled.npy",), (2, "Object arrays are not loaded")),
        (("@0.png", "--size", "28"), (2, "not HEIGHTxWIDTH")),
        (("x=@0.png",), (2, 'no input "x"')),
        (("@rows.npy", "--batch-size", "1", "--no-check"), (7, "Rows 1 to 1 of 2: ")),
    ],
)
def test_predict_of_what_does_not_fit_says_what_to_change(
    args: Options, failure: tuple[int, str], tfsctl: Runner, ask_mnist: Options
) -> None:
    status, text = failure
    result = tfsctl(*PREDICT, *args, *ask_mnist)
    assert (result.exit_code, str(result)) == (status, ""), result.stderr
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_predict_without_check_leaves_it_to_the_server(tfsctl: Runner, ask: Options) -> None:
    refused = tfsctl("predict", "sum_difference", "a=[1.0]", "b=[1.0]", *ask)
    assert (refused.exit_code, "Write whole numbers" in refused.stderr) == (7, True)
    sent = tfsctl("predict", "sum_difference", "a=[1.0]", "b=[1.0]", "--no-check", *ask)
    assert (sent.exit_code, "Write whole numbers" in sent.stderr) == (7, False)


def test_predict_with_reshape_takes_squares(tfsctl: Runner, ask_mnist: Options, digits: np.ndarray) -> None:
    np.savez("square.npz", images=digits / 255)
    rows = tfsctl(*PREDICT, "images=@square.npz", "--reshape", "--top", "1", *ask_mnist).json
    assert [row[0]["index"] for row in rows[:4]] == [7, 2, 1, 0]


def test_predict_with_show_draws_the_digit_on_stderr(tfsctl: Runner, ask_mnist: Options, digits: np.ndarray) -> None:
    result = tfsctl(*PREDICT, "@0.png", "--normalize", "--show", "--top", "1", *ask_mnist)
    drawing = result.stderr.splitlines()
    assert len(drawing) == 28
    assert max(map(len, drawing)) <= 56
    assert any("████" in line for line in drawing)
    assert result.json[0][0]["label"] == "7"


def test_predict_of_a_png_on_a_terminal_shows_a_table(mnist_server: Server, digits: np.ndarray) -> None:
    ask = ("--server", mnist_server.rest_address, "--normalize", "--show", "--labels", "labels.txt", "--top", "2")
    with on_terminal(*PREDICT, "@0.png", *ask) as terminal:
        text = terminal.read_to_end().replace("\r", "")
        assert terminal.wait() == 0
    heading, best, _ = text.splitlines()[-3:]
    assert heading.replace("\x1b[1m", "").split()[:2] == ["LABEL", "SCORE\x1b[0m"]
    assert best.startswith("seven")
    assert "█" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_predict_dry_run_of_a_png_prints_the_request(tfsctl: Runner, mnist_server: Server, digits: np.ndarray) -> None:
    ask = ("--rest", "--server", mnist_server.rest_address, "--dry-run")
    line = tfsctl(*PREDICT, "@0.png", "--normalize", *ask)
    assert line.startswith('curl -d \'{"signature_name": "predict_images"')


def test_predict_of_a_table_names_the_columns(tfsctl: Runner, ask: Options) -> None:
    Path("rows.csv").write_text("a,b\n1.5,1\n2.0,2\n")
    result = tfsctl("predict", "sum_difference", "@rows.csv", *ask)
    assert result.json == [{"sum": 2.5, "difference": 0.5}, {"sum": 4.0, "difference": 0.0}]
    filtered = tfsctl("predict", "sum_difference", "@rows.csv", "--output-filter", "sum", *ask)
    assert filtered.json == [2.5, 4.0]


def test_predict_in_batches_of_json_joins_the_answers(tfsctl: Runner, ask: Options) -> None:
    assert tfsctl("predict", "half_plus_two", "[1.0, 2.0, 5.0]", "--batch-size", "2", *ask).json == [2.5, 3.0, 4.5]
    named = tfsctl("predict", "sum_difference", "a:=[1.5, 2.0]", "b=[1, 2]", "--batch-size", "1", *ask)
    assert named.json == {"sum": [2.5, 4.0], "difference": [0.5, 0.0]}


def test_predict_mixes_json_and_files_by_name(tfsctl: Runner, ask: Options) -> None:
    np.save("a.npy", np.array([1.5, 2.0]))
    assert tfsctl("predict", "sum_difference", "a=@a.npy", "b=[1, 2]", *ask).json["sum"] == [2.5, 4.0]


def test_predict_of_several_outputs_on_a_terminal_is_a_table(server: Server) -> None:
    rows = '[{"a": 1.5, "b": 1}, {"a": 2, "b": 2}]'
    with on_terminal("predict", "sum_difference", rows, "--server", server.rest_address) as terminal:
        lines = terminal.read_to_end().replace("\r", "").splitlines()
    assert sorted(lines[0].replace("\x1b[1m", "").replace("\x1b[0m", "").split()) == ["DIFFERENCE", "ROW", "SUM"]
    assert sorted(lines[1].split()) == ["0", "0.5", "2.5"]


def test_predict_where_pillow_is_missing_says_how_to_get_it(
    tfsctl: Runner, monkeypatch: pytest.MonkeyPatch, mnist_server: Server, digits: np.ndarray
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    result = tfsctl(*PREDICT, "@0.png", "--server", mnist_server.rest_address)
    assert result.exit_code == 2
    assert "pip install 'tfsctl[images]'" in result.stderr


def test_predict_in_batches_on_a_terminal_draws_a_bar(mnist_server: Server, digits: np.ndarray) -> None:
    np.save("digits.npy", digits.reshape(10, 784) / 255)
    ask = ("--server", mnist_server.grpc_address, "--batch-size", "3", "-o", "scores.npy")
    with on_terminal(*PREDICT, "@digits.npy", *ask) as terminal:
        text = terminal.read_to_end()
        assert terminal.wait() == 0
    assert "10/10" in text
    assert np.load("scores.npy").argmax(axis=1)[0] == 7
