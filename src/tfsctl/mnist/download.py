"""Fetch the full MNIST set, 60,000 training and 10,000 test digits (tensorflow-serving.md §10.3)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.disk import disk_errors, replacing
from tfsctl.errors import DataLossError, TfsctlError, UnavailableError
from tfsctl.mnist.dataset import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

if TYPE_CHECKING:
    import requests

MIRROR = "https://storage.googleapis.com/cvdf-datasets/mnist/"
MIRROR_VARIABLE = "TFSCTL_MNIST_URL"
SHA256: Mapping[str, str] = {
    TRAIN_IMAGES: "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    TRAIN_LABELS: "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    TEST_IMAGES: "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    TEST_LABELS: "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}
_CHUNK = 1 << 16

# (file name, bytes received so far, bytes in all or None if the mirror does not say)
OnProgress = Callable[[str, int, "int | None"], None]


def default_data_dir() -> Path:
    """Where downloaded digits are kept: `mnist` in the user's cache directory for tfsctl."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("tfsctl")) / "mnist"


def download(
    data_dir: Path | None = None,
    *,
    url: str | None = None,
    on_progress: OnProgress | None = None,
    checksums: Mapping[str, str] = SHA256,
    timeout_seconds: float = 30.0,
) -> Path:
    """Have the four MNIST files in `data_dir`, fetching those that are missing; give the directory.

    The default directory is `default_data_dir()`. A file that is there with the right SHA-256 is used as it is; any
    other is fetched, and takes its name only when it is complete and right. `url` is the mirror's directory; the
    default is the variable TFSCTL_MNIST_URL, else the public mirror. `timeout_seconds` bounds the wait for each answer
    and each piece of data, not the whole.

    Raises:
        UnavailableError: the mirror cannot be reached, breaks off, or does not have the file.
        DataLossError: what it sent does not have the known SHA-256.
        ResourceExhaustedError, PermissionDeniedError: the files cannot be written.
    """
    directory = default_data_dir() if data_dir is None else data_dir
    mirror = (url or os.environ.get(MIRROR_VARIABLE) or MIRROR).rstrip("/") + "/"
    missing = {name: sha for name, sha in checksums.items() if _sha256(directory / name) != sha}
    for name, sha256 in missing.items():
        with replacing(directory / name) as temporary:
            found = _fetch(mirror + name, temporary, on_progress or _ignore, timeout_seconds)
            if found != sha256:
                raise DataLossError(
                    f"{mirror}{name} is not the file it should be: its SHA-256 is {found}, not {sha256}.",
                    hint=f"Try again, or choose another mirror with {MIRROR_VARIABLE}.",
                )
    return directory


def _ignore(name: str, num_received: int, num_bytes: int | None) -> None:
    del name, num_received, num_bytes


def _sha256(path: Path) -> str | None:
    """The file's checksum, None where there is no file."""
    if not path.is_file():
        return None
    digest = hashlib.sha256()
    with disk_errors(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _fetch(url: str, target: Path, on_progress: OnProgress, timeout_seconds: float) -> str:
    """Write what `url` sends into `target`; give its SHA-256."""
    import requests

    name = url.rpartition("/")[2]
    digest = hashlib.sha256()
    num_received = 0
    # The files are gzip already. Asked to compress once more, some servers label them so that they would be unpacked.
    headers = {"Accept-Encoding": "identity"}
    try:
        with (
            requests.get(url, stream=True, timeout=timeout_seconds, headers=headers) as response,
            target.open("wb") as file,
        ):
            response.raise_for_status()
            num_bytes = _content_length(response)
            on_progress(name, 0, num_bytes)
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                num_received += len(chunk)
                on_progress(name, num_received, num_bytes)
    except requests.RequestException as error:
        raise _unavailable(url, error) from error
    return digest.hexdigest()


def _content_length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _unavailable(url: str, error: requests.RequestException) -> TfsctlError:
    """What a network error means to somebody who wanted a file."""
    if error.response is not None:
        reason = f"the server answers {error.response.status_code} {error.response.reason}"
    else:
        reason = str(error)
    return UnavailableError(
        f"Could not download {url}: {reason}",
        hint=(
            f"Check the network and proxy settings, or choose another mirror with {MIRROR_VARIABLE}. Without --download"
            " the digits that come with tfsctl are used."
        ),
    )
