"""What a client gives back: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

AVAILABLE = "AVAILABLE"


@dataclass(frozen=True, slots=True)
class Prediction:
    """An answer.

    Attributes:
        outputs: Arrays by output alias, typed as the signature says; strings are object arrays of bytes.
        spec: The model that answered. gRPC tells which version it was; over REST this is the spec that was asked.
    """

    outputs: dict[str, np.ndarray]
    spec: ModelSpec


@dataclass(frozen=True, slots=True, eq=False)
class ExampleClasses:
    """What one example may be.

    Attributes:
        labels: The classes' names, `""` where the model gives none. Bytes that are not UTF-8 are surrogate escapes.
        scores: How much speaks for each; float32, as long as `labels`, 0 where the model gives none.
    """

    labels: tuple[str, ...]
    scores: np.ndarray

    @property
    def best(self) -> str:
        """The label with the highest score, the first of several."""
        return self.labels[int(self.scores.argmax())]


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """An answer to classify: the classes of each example. `spec` is as in `Prediction`."""

    results: tuple[ExampleClasses, ...]
    spec: ModelSpec


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """An answer to regress: a float32 for each example. `spec` is as in `Prediction`."""

    values: np.ndarray
    spec: ModelSpec


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """One version of a model: its state by TF Serving's name, and the status that goes with it.

    `error_code` is a canonical code's name, `OK` if nothing went wrong.
    """

    version: int
    state: str
    error_code: str = "OK"
    error_message: str = ""

    @property
    def is_available(self) -> bool:
        """Whether this version answers requests."""
        return self.state == AVAILABLE


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What can be asked of a model: the version that was described, and its signatures by name.

    The signature that initialises a TF2 model is left out: nobody can call it.
    """

    name: str
    version: int
    signatures: Mapping[str, Signature]


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model that a server knows, with all its versions, newest first, and the labels that versions have."""

    name: str
    versions: tuple[VersionStatus, ...]
    version_labels: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_available(self) -> bool:
        """Whether any version answers requests."""
        return any(version.is_available for version in self.versions)
