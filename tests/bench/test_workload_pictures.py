"""Folders of pictures and IDX files, as inputs whose classes are known."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.workload_calls import made, of_file, verdicts
from tfsctl.client import Client
from tfsctl.client.pictures import PictureOptions
from tfsctl.mnist import Digits, load_test

NORMALIZE = PictureOptions(normalize=True)


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_test(max_digits=30)


def levels(digits: Digits) -> np.ndarray:
    return np.rint(digits.images * 255).astype(np.uint8).reshape(-1, 28, 28)


@pytest.fixture
def folder(digits: Digits, tmp_path: Path) -> Path:
    """The digits, each in the folder of its class."""
    for number, (image, label) in enumerate(zip(levels(digits), digits.labels, strict=True)):
        directory = tmp_path / "digits" / str(label)
        directory.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(directory / f"{number:03}.png")
    (tmp_path / "digits/.hidden").mkdir()
    (tmp_path / "digits/0/notes.txt").write_text("no picture")
    return tmp_path / "digits"


@pytest.mark.parametrize("model", ["mnist", "cnn"])
def test_the_names_of_folders_are_the_classes(client: Client, folder: Path, digits: Digits, model: str) -> None:
    workload = of_file(client, model, folder, pictures=NORMALIZE)
    found = verdicts(client, workload)
    assert (workload.description, workload.class_names) == ("30 pictures of digits", tuple("0123456789"))
    assert sorted(v.expected or 0 for v in found) == sorted(digits.labels.tolist())
    of_array = made(client, "mnist", num_tests=30)
    if model == "mnist":  # The same digits in another order.
        assert sum(v.is_right for v in found) == sum(v.is_right for v in verdicts(client, of_array))


def test_few_requests_are_of_all_classes(client: Client, folder: Path, digits: Digits) -> None:
    present = sorted(set(digits.labels.tolist()))
    workload = of_file(client, "mnist", folder, pictures=NORMALIZE, num_tests=len(present))
    assert [v.expected for v in verdicts(client, workload)] == present


def test_folders_with_names_of_their_own_are_in_the_order_of_names_or_as_told(client: Client, tmp_path: Path) -> None:
    names = [f"class {letter}" for letter in "jihgfedcba"]
    for name in names:
        (tmp_path / name).mkdir()
        Image.new("L", (28, 28)).save(tmp_path / name / "1.png")
    workload = of_file(client, "cnn", tmp_path)
    assert workload.class_names == tuple(sorted(names))
    assert [v.expected for v in verdicts(client, workload)] == list(range(10))
    told = of_file(client, "cnn", tmp_path, class_names=tuple(names))
    assert [v.expected for v in verdicts(client, told)] == list(reversed(range(10)))


def test_a_flat_folder_has_no_truth_but_what_a_file_says(client: Client, digits: Digits, tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    for number, image in enumerate(levels(digits)[:4]):
        Image.fromarray(image).convert("RGB").resize((40, 40)).save(tmp_path / f"flat/{number}.png")
    (tmp_path / "truth.csv").write_text("label\n" + "\n".join(map(str, digits.labels[:4])))
    options = PictureOptions(grayscale=True, resize=True, normalize=True)
    plain = of_file(client, "cnn", tmp_path / "flat", pictures=options)
    told = of_file(client, "cnn", tmp_path / "flat", pictures=options, truth_path=tmp_path / "truth.csv")
    assert not plain.checks_answers
    assert [v.expected for v in verdicts(client, told)] == digits.labels[:4].tolist()


def test_pictures_are_sent_as_predict_sends_them(client: Client, digits: Digits, tmp_path: Path) -> None:
    Image.fromarray(255 - levels(digits)[0]).save(tmp_path / "one.png")
    workload = of_file(client, "mnist", tmp_path / "one.png", pictures=PictureOptions(invert=True, normalize=True))
    assert workload.request(0) == client.encode_predict(workload.spec, {"images": digits.images[:1]})
    picture = workload.picture(0)
    assert picture is not None
    assert picture.pixels == levels(digits)[0].tobytes()


def test_files_go_as_they_are_where_the_model_decodes_them(client: Client, digits: Digits, tmp_path: Path) -> None:
    Image.fromarray(levels(digits)[0]).save(tmp_path / "one.png")
    workload = of_file(client, "strings", tmp_path / "one.png")
    content = (tmp_path / "one.png").read_bytes()
    assert workload.request(0) == client.encode_predict("strings", {"x": [content]})
    picture = workload.picture(0)
    assert picture is not None
    assert (picture.width, picture.height) == (28, 28)


def write_idx(directory: Path, digits: Digits, suffix: str = "") -> Path:
    """MNIST's two files, beside each other."""
    wrap: Callable[[bytes], bytes] = gzip.compress if suffix else bytes
    count = len(digits).to_bytes(4, "big")
    side = (28).to_bytes(4, "big")
    images = directory / f"t10k-images-idx3-ubyte{suffix}"
    images.write_bytes(wrap((2051).to_bytes(4, "big") + count + side * 2 + levels(digits).tobytes()))
    labels = directory / f"t10k-labels-idx1-ubyte{suffix}"
    labels.write_bytes(wrap((2049).to_bytes(4, "big") + count + digits.labels.tobytes()))
    return images


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_files_are_sent_with_the_labels_beside_them(
    client: Client, digits: Digits, tmp_path: Path, suffix: str
) -> None:
    images = write_idx(tmp_path, digits, suffix)
    built_in = made(client, "mnist", num_tests=30)
    for path in (images, tmp_path):
        workload = of_file(client, "mnist", path)
        assert [workload.request(n) for n in range(30)] == [built_in.request(n) for n in range(30)]
        assert verdicts(client, workload) == verdicts(client, built_in)


def test_idx_labels_may_be_elsewhere_and_other_models_say_whether_to_normalize(
    client: Client, digits: Digits, tmp_path: Path
) -> None:
    images = write_idx(tmp_path, digits)
    labels = (tmp_path / "t10k-labels-idx1-ubyte").rename(tmp_path / "elsewhere")
    workload = of_file(client, "cnn", images, truth_path=labels, pictures=NORMALIZE, num_tests=5, batch_size=2)
    assert workload.description == "10 images of t10k-images-idx3-ubyte, 2 in a request"
    expected = digits.images[2:4].reshape(2, 28, 28, 1)
    assert workload.request(1) == client.encode_predict("cnn", {"images": expected})
    assert [pair[0] for pair in verdicts(client, workload)[1].classes] == digits.labels[2:4].tolist()
