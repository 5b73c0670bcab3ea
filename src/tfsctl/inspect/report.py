"""What is said of a SavedModel: plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.data_type import DataType

if TYPE_CHECKING:
    from tfsctl.saved_model import SavedModelInfo


@dataclass(frozen=True, slots=True)
class SavedFunction:
    """A tf.function of a TF2 model that Python can call after `tf.saved_model.load`.

    Attributes:
        name: The attribute of the loaded object.
        variants: For each set of inputs that it was traced with, `(arguments) -> outputs`.
    """

    name: str
    variants: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MetaGraphReport:
    """One meta graph.

    Attributes:
        info: Its tags, signatures, and the TensorFlow that wrote it.
        git_version: The revision of that TensorFlow, empty if it does not say.
        init_op: The node that is run once after loading, empty if there is none.
        graph_ops: How many nodes of each type of operation the graph has; calls of its own functions are left out.
        function_ops: The same for the bodies of all functions of its library.
        num_functions: How many functions the library has.
        functions: The ones that can be called by name, of models of TensorFlow 2.
        defaults: By signature and input, the value that stands in for one left out, as JSON.
    """

    info: SavedModelInfo
    git_version: str
    init_op: str
    graph_ops: Mapping[str, int]
    function_ops: Mapping[str, int]
    num_functions: int
    functions: tuple[SavedFunction, ...]
    defaults: Mapping[str, Mapping[str, str]]

    @property
    def num_nodes(self) -> int:
        """Nodes of the graph and of all functions."""
        return sum(self.graph_ops.values()) + sum(self.function_ops.values())


@dataclass(frozen=True, slots=True)
class Variable:
    """A saved tensor.

    Attributes:
        key: Its name in the checkpoint.
        name: What people call it: the variable's own name where the model tells, else the key.
        is_trainable: None where the model does not tell.
    """

    key: str
    name: str
    dtype: DataType
    shape: tuple[int, ...]
    num_bytes: int
    is_trainable: bool | None = None

    @property
    def num_values(self) -> int:
        """How many numbers or strings it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, kw_only=True, slots=True)
class VariablesReport:
    """The directory `variables`.

    Attributes:
        variables: All of them, sorted by name; empty where the index cannot be read.
        num_shards: How many data files there are.
        num_bytes: The size of index and data files.
        problem: Why a server could not load them, empty if nothing is known against it.
    """

    variables: tuple[Variable, ...] = ()
    num_shards: int = 0
    num_bytes: int = 0
    problem: str = ""

    @property
    def num_parameters(self) -> int:
        """The numbers in all variables together."""
        return sum(one.num_values for one in self.variables if one.dtype is not DataType.STRING)


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A file of the version, by its path below the version's directory."""

    path: str
    num_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingReport:
    """What a server would make of the version where it is.

    Attributes:
        name: The model's name, after the directory.
        base_path: What a server is given.
        version: The number, None if the directory's name is none.
        is_newest: No other version there has a higher number; only the newest is served unless told otherwise.
        obstacles: Why a server would not serve it; empty if nothing here is against it. `tfsctl check` knows more.
    """

    name: str
    base_path: Path
    version: int | None
    is_newest: bool
    obstacles: tuple[str, ...]

    @property
    def is_servable(self) -> bool:
        """Whether nothing here is against it."""
        return not self.obstacles


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedModelReport:
    """A version directory.

    Attributes:
        path: The version's directory, absolute.
        num_bytes: The size of all its files.
        model_file_bytes: That of saved_model.pb.
        meta_graphs: The one with the tag `serve` first.
        assets: The files in `assets`.
        warmup: The file of warm-up requests, None if there is none.
    """

    path: Path
    num_bytes: int
    model_file_bytes: int
    meta_graphs: tuple[MetaGraphReport, ...]
    variables: VariablesReport
    assets: tuple[AssetFile, ...]
    warmup: AssetFile | None
    serving: ServingReport
