"""What a warm-up file is to be made of: checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfsctl.errors import InvalidArgumentError

METHODS = ("predict", "classify", "regress")
# What a server takes; one more, and it refuses the version (tensorflow-serving.md §5).
MAX_RECORDS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmupPlan:
    """What to put into the warm-up file of a version.

    Attributes:
        path: The version directory, or the base path, whose newest version is meant.
        bodies: Requests as REST bodies, without the signature's name: `{"instances": …}` or `{"inputs": …}`; for
            classify and regress the instances are tf.Examples as JSON objects. None of them, and no `log`: a request
            is made from the signature.
        signature_name: The signature of these requests; empty: `serving_default`, or where nothing was given and that
            takes no tensors, the first that does.
        method: One of METHODS; None: what the signature was exported for.
        batch_sizes: For each of these numbers, requests of just so many rows: the rows given are cut into pieces, and
            the last one is filled up from the first rows. None: requests as they are given.
        all_signatures: Make a request from every signature of the model; those that it refuses are left out.
        log: Take requests from this request log instead, a TFRecord file of PredictionLogs.
        log_model_name: The model whose requests count there; None: the name of the base path's directory.
        max_records: Sample a longer log down to so many.
        force: Replace a warm-up file that is there.
        is_tried: Load the model and run every request on it before the file is written.
        tags: The tags of the meta graph that the server loads.

    Raises:
        InvalidArgumentError: values that do not go together, or cannot work.
    """

    path: Path
    bodies: tuple[bytes, ...] = ()
    signature_name: str = ""
    method: str | None = None
    batch_sizes: tuple[int, ...] = ()
    all_signatures: bool = False
    log: Path | None = None
    log_model_name: str | None = None
    max_records: int = MAX_RECORDS
    force: bool = False
    is_tried: bool = True
    tags: tuple[str, ...] = ("serve",)

    def __post_init__(self) -> None:
        if self.method is not None and self.method not in METHODS:
            raise InvalidArgumentError(f"No such method: {self.method}", hint=f"There are {', '.join(METHODS)}.")
        if any(size <= 0 for size in self.batch_sizes):
            raise InvalidArgumentError("Please specify a positive value for batch size.")
        if not 0 < self.max_records <= MAX_RECORDS:
            raise InvalidArgumentError(f"Please specify between 1 and {MAX_RECORDS} records: no server takes more.")
        sources = [bool(self.bodies), self.all_signatures, self.log is not None]
        if sum(sources) > 1:
            raise InvalidArgumentError("Requests come from inputs, from all signatures, or from a log: choose one.")
        if self.log is not None and (self.signature_name or self.method or self.batch_sizes):
            raise InvalidArgumentError("The requests of a log have their signature, method and batch size already.")
        if self.log is None and self.log_model_name is not None:
            raise InvalidArgumentError("A model's name is only needed to find its requests in a log.")
        if self.all_signatures and self.signature_name:
            raise InvalidArgumentError("Choose one signature or all of them, not both.")
