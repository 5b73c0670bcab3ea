"""Which workload a plan means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfsctl.bench.workload.digits import MNIST, PREDICT_IMAGES, digits_workload, no_digits, takes_digits
from tfsctl.errors import InvalidArgumentError, TfsctlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfsctl.bench.plan import BenchPlan
    from tfsctl.bench.workload.workload import Workload
    from tfsctl.client import Client
    from tfsctl.client.predict_codec import PredictCodec
    from tfsctl.model_spec import ModelSpec


def workload_for(plan: BenchPlan, client: Client) -> Workload:
    """The workload of a plan, encoded for the client's protocol.

    Inputs from a file, or made as the plan says, where it says so. Else a model called `mnist`, or with MNIST's
    signature `predict_images`, is sent the test digits, unless the plan names another signature; any other is sent
    example values for its signature. No more different requests are made than the plan has tests.

    Raises:
        UsageError: the plan's files cannot be read, or its options do not go with the signature.
        InvalidArgumentError: the model has no such signature, is called mnist and takes no digits, or takes something
            else than the files have.
        TfsctlError: the model cannot be looked up.
    """
    inputs = plan.inputs
    metadata = client.metadata(plan.spec())
    has_digits = takes_digits(metadata.signatures.get(PREDICT_IMAGES))
    if inputs.path is None and not inputs.makes_inputs and plan.signature_name in {"", PREDICT_IMAGES}:
        if has_digits:
            return digits_workload(client.predict_codec(plan.spec(PREDICT_IMAGES)), inputs, limit=plan.limit)
        if plan.model == MNIST:
            raise no_digits(metadata)

    def codec_of(signature_name: str) -> PredictCodec:
        spec = plan.spec(signature_name or (PREDICT_IMAGES if has_digits else ""))
        if spec.resolved_signature_name not in metadata.signatures:
            raise _no_signature(spec, sorted(metadata.signatures))
        return client.predict_codec(spec)

    if inputs.path is not None:
        from tfsctl.bench.workload.file_workload import file_workload

        return file_workload(inputs.path, plan, codec_of)
    from tfsctl.bench.workload.made_up import made_up_workload

    return made_up_workload(codec_of(""), inputs, seed=plan.seed, max_requests=plan.limit)


def _no_signature(spec: ModelSpec, names: Sequence[str]) -> TfsctlError:
    return InvalidArgumentError(
        f'Serving signature name: "{spec.resolved_signature_name}" not found in signature def',
        hint=f"{spec.name} has the signatures {', '.join(names)}.",
    )
