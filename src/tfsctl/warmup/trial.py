"""What a server would say to the records of a warm-up file: by the very code that replays them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.errors import InvalidArgumentError
from tfsctl.warmup.location import model_name, version_number

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.runtime import Model
    from tfsctl.saved_model import SavedModelInfo
    from tfsctl.signature import Signature, TensorSpec


class Trial:
    """Replays records on a version, or on what its SavedModel says of itself. For one thread; `close` it.

    Attributes:
        info: The SavedModel's description.
    """

    def __init__(self, version_dir: Path, *, tags: Sequence[str] = ("serve",), runs_model: bool) -> None:
        """With `runs_model` the model is loaded, and requests are run; raises what that raises."""
        from tfsctl.core import ServableId
        from tfsctl.runtime import load_model
        from tfsctl.saved_model import read_saved_model
        from tfsctl.serving.inference.predictor import Predictor
        from tfsctl.serving.models.servable import Servable

        self._dry_model: _DryModel | None = None
        if runs_model:
            model: Model = load_model(version_dir, tags=tags)
        else:
            model = self._dry_model = _DryModel(read_saved_model(version_dir, tags))
        self.info: SavedModelInfo = model.info
        identity = ServableId(model_name(version_dir), version_number(version_dir))
        self._servable = Servable(id=identity, model=model)
        self._predictor = Predictor()

    def run(self, log: Any) -> tuple[str, ...]:
        """Replay one PredictionLog; raises the TfsctlError of a server that refuses it.

        Returns doubts: what a model may refuse, but not every model does. None are left where the model itself was run.
        """
        from tfsctl.serving.warmup.record import run_record

        try:
            run_record(log, self._servable, self._predictor)
        except _RunReachedError as reached:
            return reached.doubts
        return ()

    def close(self) -> None:
        """Let go of the model."""
        self._servable.model.close()


class _RunReachedError(Exception):
    """All checks before the run were passed; instead of outputs, which only the model could give."""

    def __init__(self, doubts: tuple[str, ...]) -> None:
        super().__init__()
        self.doubts = doubts


class _DryModel:
    """A `tfsctl.runtime.Model` that compares inputs with the signature and never returns."""

    def __init__(self, info: SavedModelInfo) -> None:
        self.info = info

    def run(
        self,
        signature: Signature,
        inputs: Mapping[str, np.ndarray[Any, Any]],
        *,
        output_names: Sequence[str] = (),  # noqa: ARG002 (the protocol's)
        timeout_seconds: float | None = None,  # noqa: ARG002 (the protocol's)
    ) -> dict[str, np.ndarray[Any, Any]]:
        from tfsctl.codec.dtypes import from_numpy

        for alias, array in inputs.items():
            wanted, given = signature.inputs[alias].dtype, from_numpy(array.dtype)
            if given is not wanted:
                raise InvalidArgumentError(f'Input "{alias}" takes {wanted.tf_name}, the record has {given.tf_name}.')
        doubts = (_doubt(alias, array.shape, signature.inputs[alias]) for alias, array in inputs.items())
        raise _RunReachedError(tuple(doubt for doubt in doubts if doubt))

    def has_steady_cost(self, signature_name: str) -> bool:  # noqa: ARG002 (the protocol's)
        return False

    def close(self) -> None:
        pass


def _doubt(alias: str, shape: tuple[int, ...], spec: TensorSpec) -> str:
    """What is to be said of an input's shape, if anything: servers do not compare it with the signature's."""
    wanted = spec.shape
    if wanted is None or (
        len(wanted) == len(shape) and all(size in {-1, given} for size, given in zip(wanted, shape, strict=True))
    ):
        return ""
    sizes = ", ".join("?" if size < 0 else str(size) for size in wanted)
    return f'Input "{alias}" has the shape {list(shape)}, the signature says [{sizes}]: the model may refuse that.'
