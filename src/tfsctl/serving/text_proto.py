"""Reads configuration files that hold one message in protobuf's text form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf import text_format

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, PermissionDeniedError


def read_text_proto(path: Path, message_class: Any, *, pool: Any = None) -> Any:
    """The message in the file at `path`. `pool` is where messages of any type are looked up; none: protobuf's own.

    Raises:
        NotFoundError, PermissionDeniedError, FailedPreconditionError: the file cannot be read.
        InvalidArgumentError: it has no bytes at all, or holds something else; the hint says in which line and column
            (tensorflow-serving.md §3.6, §14).
    """
    content = _read(path)
    if not content:
        # TF Serving maps files into memory, and nothing cannot be mapped. A file of one newline is an empty message.
        raise InvalidArgumentError(f"{path}; Invalid argument", hint="The file is empty.")
    try:
        return text_format.Parse(content.decode(), message_class(), descriptor_pool=pool)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        name = message_class.DESCRIPTOR.full_name
        raise InvalidArgumentError(
            f"Invalid protobuf file: '{path}'", hint=f"Error parsing text-format {name}: {error}"
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}; No such file or directory") from error
    except PermissionError as error:
        raise PermissionDeniedError(f"{path}; Permission denied") from error
    except OSError as error:
        raise FailedPreconditionError(f"{path}; {error.strerror}") from error
