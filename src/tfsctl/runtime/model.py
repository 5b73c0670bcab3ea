"""What every runtime offers: a loaded model whose signatures can be run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.saved_model import SavedModelInfo
    from tfsctl.signature import Signature


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionOptions:
    """How TensorFlow is to run a model.

    TensorFlow's thread pools belong to the process: the first model loaded decides how large they are.

    Attributes:
        intra_op_parallelism_threads: Threads that one operation may use; 0 lets TensorFlow choose.
        inter_op_parallelism_threads: Threads that run independent operations; 0 lets TensorFlow choose.
        config_proto: A serialized ConfigProto for everything else; the two numbers above win over it where not 0.
    """

    intra_op_parallelism_threads: int = 0
    inter_op_parallelism_threads: int = 0
    config_proto: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class TfliteOptions:
    """How LiteRT is to run a model.

    Attributes:
        num_pools: Pools of interpreters; 0 means one for each CPU.
        num_interpreters_per_pool: Interpreters in each. So many runs at once as there are interpreters; others wait.
    """

    num_pools: int = 0
    num_interpreters_per_pool: int = 1


class Model(Protocol):
    """One loaded version of a model. Safe to use from any number of threads at once."""

    @property
    def info(self) -> SavedModelInfo:
        """What the SavedModel says of itself; `info.signatures` can be run."""
        ...

    def run(
        self,
        signature: Signature,
        inputs: Mapping[str, np.ndarray[Any, Any]],
        *,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """Run one of the model's signatures.

        Args:
            signature: One of `info.signatures`, or one put together from their tensors under a name of its own.
            inputs: An array for each input alias of the signature. Strings are object arrays of `bytes`. Shapes are not
                compared with the signature's: the operations decide, as in TF Serving.
            output_names: Aliases of the outputs wanted; none means all.
            timeout_seconds: How long the model may run; an operation that has begun is not interrupted.

        Returns:
            The outputs by alias, in the order of the signature or of `output_names`. Strings are object arrays of
            `bytes`. The arrays may be read-only: copy one to change it.

        Raises:
            InvalidArgumentError: an alias is missing or unknown, or an array does not fit.
            DeadlineExceededError: the time was over first.
            UnavailableError: the model has been closed.
            TfsctlError: whatever the model says, with TensorFlow's code and message.
        """
        ...

    def has_steady_cost(self, signature_name: str) -> bool:
        """Whether runs of a signature take about as long for any inputs of a size.

        False where there is a loop or a branch, or an operation that may wait for something, or nothing is known.
        """
        ...

    def close(self) -> None:
        """Let go of the model: runs in progress finish, later ones fail. Waits for nothing; may be called again."""
        ...


@runtime_checkable
class CostLearner(Protocol):
    """A model that can find out from inputs what its runs cost, where it could not find that out by itself."""

    def learn_cost(self, signature: Signature, inputs: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Run `signature` with these inputs some more times, if that changes nothing and tells something; never raises.

        The inputs are such as a run has just succeeded with.
        """
        ...


@runtime_checkable
class InputChecker(Protocol):
    """A model that knows of inputs which TensorFlow would not survive. Its `run` checks too."""

    def check_inputs(
        self, signature: Signature, inputs: Mapping[str, np.ndarray[Any, Any]], output_names: Sequence[str] = ()
    ) -> None:
        """Raise InvalidArgumentError if a run of `signature` for these outputs would harm the process.

        Inputs have the wrong number of dimensions for an operation that they reach, or are empty and of enormous size.
        """
        ...
