"""A base image for our Dockerfile, made of this machine's own files: no registry is asked for anything.

It has this Python, the distributions that tfsctl and its build need, the shared libraries of all that, and a shell.
Of TensorFlow it has what a server loads: the libraries and the message definitions.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = "tfsctl-test-base"
_PROJECT = Path(__file__).parents[2] / "pyproject.toml"
_VENV = Path("/opt/venv")
_SHELL_PROGRAMS = ("sh", "rm", "mkdir")
_ROOTS = ("pip", "hatchling")
# Distributions of which being installed is enough.
_EMPTY = {"keras", "h5py", "ml-dtypes-docs", "libclang", "tensorboard", "optree", "namex", "pillow", "setuptools"}
_NOT_IN_TENSORFLOW = re.compile(
    r"tensorflow/(include|python|lite|tools|_api|xla_aot|compiler/.*(?<!_pb2)(?<!/__init__)\.)"
)
_NOT_IN_PYTHON = {"test", "idlelib", "tkinter", "turtledemo", "site-packages", "dist-packages", "__pycache__"}
_LIBRARY = re.compile(r"^\t(?:\S+ => )?(/\S+) \(0x", re.MULTILINE)


def base_image() -> str:
    """The reference of the image, which is made if the engine does not have it yet."""
    reference = f"{REPOSITORY}:{_key()}"
    known = subprocess.run(["docker", "image", "inspect", reference], capture_output=True, check=False)
    if known.returncode != 0:
        _remove_others()
        _make(reference)
    return reference


def make_image(reference: str, files: dict[str, bytes], *changes: str) -> None:
    """An image that consists of some files, all of them programs; `changes` are lines of a Dockerfile."""
    with _importing(reference, *changes) as importing:
        assert importing.stdin is not None
        with tarfile.open(fileobj=importing.stdin, mode="w|") as archive:
            for name, content in files.items():
                _add_bytes(archive, name, content, mode=0o755)


def _remove_others() -> None:
    """Remove the bases of other versions, each more than a gigabyte, as far as nothing is built upon them."""
    listed = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY]
    references = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    if references:
        subprocess.run(["docker", "image", "rm", "--force", *references], capture_output=True, check=False)


def _key() -> str:
    """Changes with the versions of what is inside and with this file."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in _distributions()]
    recipe = [platform.python_version(), *versions, Path(__file__).read_text()]
    return hashlib.sha256("\n".join(recipe).encode()).hexdigest()[:12]


def _make(reference: str) -> None:
    changes = (
        f"ENV PATH={_VENV}/bin:/usr/bin:/bin",
        # No test may depend on a package index; the build backend is in the image.
        "ENV PIP_NO_INDEX=1",
        "ENV PIP_NO_BUILD_ISOLATION=0",
        "ENV PIP_ROOT_USER_ACTION=ignore",
    )
    with _importing(reference, *changes) as importing:
        assert importing.stdin is not None
        with tarfile.open(fileobj=importing.stdin, mode="w|") as archive:
            _fill(archive)


def _importing(reference: str, *changes: str) -> subprocess.Popen[bytes]:
    options = [part for change in changes for part in ("--change", change)]
    return subprocess.Popen(
        ["docker", "import", *options, "-", reference], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


def _fill(archive: tarfile.TarFile) -> None:
    files = {target: source for source, target in (*_python(), *_packages(), *_programs())}
    libraries = _libraries(source for target, source in files.items() if _is_binary(target))
    files.update({library: library for library in libraries if library not in files})
    for directory in ("/tmp", "/etc"):
        _add_directory(archive, directory)
    _add_bytes(archive, f"{_VENV}/pyvenv.cfg", f"home = {Path(_interpreter()).parent}\n".encode())
    for link in ("python", "python3"):
        _add_link(archive, f"{_VENV}/bin/{link}", str(_interpreter()))
    for target, source in sorted(files.items()):
        _add_file(archive, str(target), source)


def _interpreter() -> Path:
    return Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")


def _python() -> Iterator[tuple[Path, Path]]:
    """The interpreter and its standard library, at the places where they are here: they find each other by these."""
    yield _interpreter().resolve(), _interpreter()
    stdlib = Path(sysconfig.get_path("stdlib"))
    for directory, names, files in os.walk(stdlib):
        names[:] = [name for name in names if name not in _NOT_IN_PYTHON and not name.startswith("config-")]
        for file in files:
            yield Path(directory, file), Path(directory, file)


def _packages() -> Iterator[tuple[Path, Path]]:
    """What belongs to the distributions, in the virtual environment of the image."""
    site = _VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    for name in _distributions():
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or ():
            is_metadata = ".dist-info" in file.parts[0]
            if file.parts[0] == ".." or file.suffix == ".pyc" or (name in _EMPTY and not is_metadata):
                continue
            source = Path(str(distribution.locate_file(file)))
            if source.is_file() and not _NOT_IN_TENSORFLOW.match(str(file)):
                yield source, site / file


def _programs() -> Iterator[tuple[Path, Path]]:
    for name in _SHELL_PROGRAMS:
        found = shutil.which(name)
        assert found is not None, name
        yield Path(found).resolve(), Path("/bin", name)


def _distributions() -> list[str]:
    """The distributions that tfsctl, pip and the build need, by name; what is not installed here is not needed here."""
    found: dict[str, None] = {}
    project = tomllib.loads(_PROJECT.read_text())["project"]
    waiting = [*_ROOTS, *map(_name, project["dependencies"])]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found[name] = None
        waiting += [_name(line) for line in requirements if "extra ==" not in line]
    return sorted(found)


def _name(requirement: str) -> str:
    """The normalized name of the distribution that a requirement asks for."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def _is_binary(target: Path) -> bool:
    return ".so" in target.name or target.parent.name == "bin"


def _libraries(binaries: Iterator[Path]) -> set[Path]:
    """The shared libraries of the system that the dynamic linker would load for these."""
    asked = subprocess.run(["ldd", *map(str, binaries)], capture_output=True, text=True, check=False)
    found = {Path(path) for path in _LIBRARY.findall(asked.stdout)}
    site = sysconfig.get_path("purelib")
    return {path for path in found if not str(path).startswith((site, sysconfig.get_path("platlib")))}


def _add_file(archive: tarfile.TarFile, target: str, source: Path) -> None:
    information = archive.gettarinfo(str(source.resolve()), arcname=target.lstrip("/"))
    information.uid = information.gid = 0
    information.mode |= 0o444
    with source.open("rb") as file:
        archive.addfile(information, file)


def _add_bytes(archive: tarfile.TarFile, target: str, content: bytes, *, mode: int = 0o644) -> None:
    information = tarfile.TarInfo(target.lstrip("/"))
    information.size, information.mode = len(content), mode
    archive.addfile(information, io.BytesIO(content))


def _add_directory(archive: tarfile.TarFile, target: str) -> None:
    information = tarfile.TarInfo(target.lstrip("/"))
    information.type, information.mode = tarfile.DIRTYPE, 0o1777 if target == "/tmp" else 0o755
    archive.addfile(information)


def _add_link(archive: tarfile.TarFile, target: str, destination: str) -> None:
    information = tarfile.TarInfo(target.lstrip("/"))
    information.type, information.linkname = tarfile.SYMTYPE, destination
    archive.addfile(information)
