"""Names under which models can be served."""

from __future__ import annotations

from tfsctl.errors import InvalidArgumentError
from tfsctl.versions import parse_version


def check_model_name(name: str) -> None:
    """Raise InvalidArgumentError if `name` cannot be a model's directory and a part of its URL.

    Refused are: nothing, `.` and `..`, names with `/` (a path) or `:` (ends the name in a URL, tensorflow-serving.md
    §1.1) or a control character, and numbers, which a server would take for a version of the directory above.
    """
    if not name:
        reason = "is empty"
    elif name in {".", ".."}:
        reason = "is a directory of its own meaning"
    elif any(character in "/\\:" or not character.isprintable() for character in name):
        reason = "must not contain '/', '\\', ':' or control characters"
    elif parse_version(name) is not None:
        reason = "is a number, which a server would read as a version"
    else:
        return
    raise InvalidArgumentError(f"The model name {name!r} {reason}.", hint="Choose another with --name.")
