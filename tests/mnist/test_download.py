"""Fetching the full set, from a real server on this machine."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tfsctl.errors import DataLossError, FailedPreconditionError, UnavailableError
from tfsctl.mnist import default_data_dir, download, load_train


class Mirror(SimpleHTTPRequestHandler):
    """Serves a directory; a file called `broken…` breaks off after half of it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the standard library)
        self.server.requested.append(self.path)  # type: ignore[attr-defined]  # set by the fixture

    def copyfile(self, source: object, outputfile: object) -> None:
        content = source.read()  # type: ignore[attr-defined]  # an open file
        size = len(content) // 2 if (Path(self.directory) / "breaks").exists() else len(content)
        outputfile.write(content[:size])  # type: ignore[attr-defined]  # the socket's file


@pytest.fixture
def mirror(data_dir: Path) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Mirror, directory=str(data_dir)))
    server.requested = []  # type: ignore[attr-defined]  # for the tests
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url(mirror: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return f"http://127.0.0.1:{mirror.server_port}"


@pytest.fixture
def checksums(data_dir: Path) -> Mapping[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in data_dir.iterdir()}


def test_download_fetches_the_four_files(tmp_path: Path, url: str, checksums: Mapping[str, str]) -> None:
    target = tmp_path / "cache" / "mnist"
    assert download(target, url=url, checksums=checksums) == target
    assert {path.name for path in target.iterdir()} == set(checksums)
    assert len(load_train(target)) == 6


def test_download_tells_how_far_it_is(tmp_path: Path, url: str, checksums: Mapping[str, str]) -> None:
    seen: list[tuple[str, int, int | None]] = []
    download(tmp_path, url=url, checksums=checksums, on_progress=lambda *progress: seen.append(progress))
    assert {name for name, _, _ in seen} == set(checksums)
    for name in checksums:
        sizes = [(received, total) for seen_name, received, total in seen if seen_name == name]
        assert sizes[0][0] == 0
        assert sizes[-1] == ((tmp_path / name).stat().st_size,) * 2


def test_good_files_are_not_fetched_again(
    tmp_path: Path, url: str, checksums: Mapping[str, str], mirror: ThreadingHTTPServer
) -> None:
    download(tmp_path, url=url, checksums=checksums)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(b"corrupt")
    mirror.requested.clear()  # type: ignore[attr-defined]  # set by the fixture
    download(tmp_path, url=url, checksums=checksums)
    assert mirror.requested == ["/t10k-labels-idx1-ubyte.gz"]  # type: ignore[attr-defined]  # set by the fixture


def test_variable_names_the_mirror(
    tmp_path: Path, url: str, checksums: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFSCTL_MNIST_URL", url + "/")
    download(tmp_path, checksums=checksums)
    assert len(list(tmp_path.glob("*.gz"))) == 4


def test_wrong_checksum_is_refused_and_leaves_nothing(
    tmp_path: Path, url: str, checksums: Mapping[str, str], data_dir: Path
) -> None:
    (data_dir / "train-images-idx3-ubyte.gz").write_bytes(b"something else")
    target = tmp_path / "cache"
    with pytest.raises(DataLossError, match=r"train-images-idx3-ubyte.gz is not the file .* SHA-256"):
        download(target, url=url, checksums={"train-images-idx3-ubyte.gz": checksums["train-images-idx3-ubyte.gz"]})
    assert not target.exists()


def test_missing_file_on_the_mirror_says_so(
    tmp_path: Path, url: str, checksums: Mapping[str, str], data_dir: Path
) -> None:
    (data_dir / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(UnavailableError, match=r"t10k-images-idx3-ubyte.gz: the server answers 404") as raised:
        download(tmp_path / "cache", url=url, checksums=checksums)
    assert "TFSCTL_MNIST_URL" in (raised.value.hint or "")


def test_connection_that_breaks_off_leaves_nothing(
    tmp_path: Path, url: str, checksums: Mapping[str, str], data_dir: Path
) -> None:
    (data_dir / "breaks").touch()
    with pytest.raises(UnavailableError, match="Could not download"):
        download(tmp_path / "cache", url=url, checksums=checksums)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "no-such-scheme://x/", "no url"])
def test_mirror_that_cannot_be_reached_says_so(tmp_path: Path, address: str, checksums: Mapping[str, str]) -> None:
    with pytest.raises(UnavailableError, match="Could not download") as raised:
        download(tmp_path / "cache", url=address, checksums=checksums, timeout_seconds=5)
    assert "digits that come with tfsctl" in (raised.value.hint or "")


def test_interrupt_leaves_no_file(tmp_path: Path, url: str, checksums: Mapping[str, str]) -> None:
    def interrupt(name: str, num_received: int, num_bytes: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(tmp_path / "cache", url=url, checksums=checksums, on_progress=interrupt)
    assert not (tmp_path / "cache").exists()


def test_directory_that_cannot_be_made_says_so(tmp_path: Path, url: str, checksums: Mapping[str, str]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FailedPreconditionError, match="file/mnist: Not a directory"):
        download(tmp_path / "file" / "mnist", url=url, checksums=checksums)


def test_default_directory_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_data_dir().parts[-2:] == ("tfsctl", "mnist")
