from __future__ import annotations

import pytest

from tfsctl.container.image_reference import image_reference, is_official
from tfsctl.errors import UsageError

_DIGEST = "@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("image", "tag", "reference"),
    [
        ("tensorflow/serving", "", "tensorflow/serving:latest"),
        ("tensorflow/serving:2.19.1", "", "tensorflow/serving:2.19.1"),
        ("tensorflow/serving", "2.19.1", "tensorflow/serving:2.19.1"),
        ("tensorflow/serving", ":2.19.1", "tensorflow/serving:2.19.1"),
        ("localhost:5000/own", "", "localhost:5000/own:latest"),
        ("localhost:5000/own:3", "", "localhost:5000/own:3"),
        ("own" + _DIGEST, "", "own" + _DIGEST),
    ],
)
def test_reference_in_full(image: str, tag: str, reference: str) -> None:
    assert image_reference(image, tag=tag) == reference


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("tensorflow/serving", "tensorflow/serving:latest-gpu"),
        ("tensorflow/serving:2.19.1", "tensorflow/serving:2.19.1-gpu"),
        ("tensorflow/serving:latest-gpu", "tensorflow/serving:latest-gpu"),
        ("docker.io/tensorflow/serving", "docker.io/tensorflow/serving:latest-gpu"),
        ("own", "own:latest"),
    ],
)
def test_only_the_official_image_has_one_for_gpus(image: str, reference: str) -> None:
    assert image_reference(image, gpu=True) == reference


@pytest.mark.parametrize(
    ("image", "tag"), [("a b", ""), ("", ""), ("own:1", "2"), ("own" + _DIGEST, "2"), ("own", "no tag"), ("own:", "")]
)
def test_what_is_no_reference_is_refused(image: str, tag: str) -> None:
    with pytest.raises(UsageError):
        image_reference(image, tag=tag)


def test_official_is_known_by_its_name() -> None:
    assert is_official("tensorflow/serving:latest")
    assert not is_official("localhost:5000/tensorflow/serving:latest")
