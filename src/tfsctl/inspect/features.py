"""The tf.Example of an example request, where a signature takes one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.signature import CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME

if TYPE_CHECKING:
    from tfsctl.saved_model import SavedModelInfo


def find_features(version_dir: Path, info: SavedModelInfo) -> bytes:
    """A serialized tf.Example with the features that the model parses; empty where no signature takes examples.

    Raises as `tfsctl.saved_model.read_saved_model`.
    """
    methods = {signature.method_name for signature in info.signatures.values()}
    if not methods & {CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME}:
        return b""
    from tfsctl.warmup.example_features import made_up_example

    return made_up_example(version_dir, info.tags)
