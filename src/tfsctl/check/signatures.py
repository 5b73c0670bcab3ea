"""Checks what the signatures promise: whether clients can call them, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfsctl.check.finding import Finding, SignatureOutlook
from tfsctl.check.finding_maker import found
from tfsctl.check.graph_view import node_name
from tfsctl.check.subject import VersionSubject, listed
from tfsctl.data_type import DataType
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME
from tfsctl.signature import CLASSIFY_METHOD_NAME, PREDICT_METHOD_NAME, REGRESS_METHOD_NAME, Signature, TensorSpec

_METHODS = {PREDICT_METHOD_NAME: "predict", CLASSIFY_METHOD_NAME: "classify", REGRESS_METHOD_NAME: "regress"}
_IN_JSON = frozenset({
    *(DataType.FLOAT, DataType.DOUBLE, DataType.STRING, DataType.BOOL, DataType.INT8, DataType.INT16, DataType.INT32),
    *(DataType.INT64, DataType.UINT8, DataType.UINT32, DataType.UINT64),
})  # fmt: skip
_IN_OUR_JSON = _IN_JSON | {DataType.HALF, DataType.BFLOAT16}
_REST, _GRPC = "REST", "gRPC"


def signature_outlooks(subject: VersionSubject) -> tuple[SignatureOutlook, ...]:
    """What clients could call, and by which protocols."""
    return tuple(
        SignatureOutlook(
            name=signature.name,
            method=_METHODS.get(signature.method_name, signature.method_name),
            inputs=_described(signature.inputs),
            outputs=_described(signature.outputs),
            protocols=_protocols(subject, signature),
        )
        for signature in subject.info.signatures.values()
    )


def check_signatures(subject: VersionSubject) -> Iterator[Finding]:
    """Findings about the signatures."""
    signatures = subject.info.signatures
    if not signatures:
        yield found("no-signatures", "Nothing in it can be called.", path=subject.file)
        return
    if DEFAULT_SIGNATURE_NAME not in signatures:
        message = f"No signature is named {DEFAULT_SIGNATURE_NAME}; there are: {listed(sorted(signatures))}."
        yield found("no-serving-default", message, path=subject.file, correction=_name_it(min(signatures)))
    yield from _check_tensors(subject)
    yield from _check_rest(subject)
    yield from _check_methods(subject)
    yield from _check_shapes(subject)


def _name_it(name: str) -> str:
    return f'Name one in each request ("signature_name": "{name}"; --signature-name {name}), or export it so.'


def _check_tensors(subject: VersionSubject) -> Iterator[Finding]:
    for signature in subject.info.signatures.values():
        specs = {**signature.inputs, **signature.outputs}
        missing = sorted(
            spec.tensor_name for spec in specs.values() if node_name(spec.tensor_name) not in subject.graph.nodes
        )
        missing = [name for name in missing if name]  # Composite tensors have no name of their own.
        if missing:
            message = f"{signature.name} names {listed(missing)}, which the graph does not have."
            yield found("signature-tensor-missing", message, path=subject.file)


def _check_rest(subject: VersionSubject) -> Iterator[Finding]:
    all_signatures = subject.info.signatures.values()
    empty = [signature.name for signature in all_signatures if not signature.inputs]
    if empty:
        verb = "has" if len(empty) == 1 else "have"
        message = f"{listed(empty)} {verb} no inputs: only gRPC can call that."
        yield found("signature-without-inputs", message, path=subject.file)
    evidence = [
        f"{signature.name}: {alias} is {spec.dtype.tf_name}"
        for signature in all_signatures
        for alias, spec in (*signature.inputs.items(), *signature.outputs.items())
        if spec.dtype not in json_types(is_official=subject.options.is_official_image)
    ]
    if evidence:
        names = sorted({line.partition(":")[0] for line in evidence})
        message = f"REST cannot carry the tensors of {listed(names)}."
        yield found("dtype-not-in-json", message, path=subject.file, evidence=evidence[:4])


def _check_methods(subject: VersionSubject) -> Iterator[Finding]:
    all_signatures = subject.info.signatures.values()
    unknown = [signature for signature in all_signatures if signature.method_name not in _METHODS]
    if unknown:
        names = listed([f"{signature.name} ({signature.method_name or 'none'})" for signature in unknown])
        yield found("method-name-unknown", f"Method names that no server knows: {names}.", path=subject.file)
    evidence = [f"{s.name}: {problem}" for s in all_signatures if (problem := _misfit(s))]
    if evidence:
        names = listed([line.partition(":")[0] for line in evidence])
        message = f"These cannot be called by the method they were made for: {names}."
        yield found("method-does-not-fit", message, path=subject.file, evidence=evidence[:4])


def _misfit(signature: Signature) -> str:
    """Why classify or regress refuse a signature that was made for them (tensorflow-serving.md §6.3); else empty."""
    if signature.method_name not in {CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME}:
        return ""
    if list(signature.inputs) != ["inputs"]:
        return f"the only input must be `inputs`, not {listed(list(signature.inputs)) or 'none'}"
    outputs = signature.outputs
    if signature.method_name == REGRESS_METHOD_NAME:
        wanted = {"outputs": DataType.FLOAT}
        if list(outputs) != ["outputs"]:
            return f"the only output must be `outputs`, not {listed(list(outputs)) or 'none'}"
    else:
        wanted = {"classes": DataType.STRING, "scores": DataType.FLOAT}
        if not wanted.keys() & outputs.keys() or len(outputs) > 2:
            return f"the outputs must be `classes` and `scores`, or one of them, not {listed(list(outputs)) or 'none'}"
    wrong = [a for a in outputs if a in wanted and outputs[a].dtype is not wanted[a]]
    return "; ".join(f"{a} must be {wanted[a].tf_name}, not {outputs[a].dtype.tf_name}" for a in wrong)


def _check_shapes(subject: VersionSubject) -> Iterator[Finding]:
    fixed, unknown = [], []
    for signature in subject.info.signatures.values():
        for alias, spec in signature.inputs.items():
            if spec.shape is None and signature.method_name == PREDICT_METHOD_NAME:
                unknown.append(f"{signature.name}: {alias}")
            elif spec.shape and spec.shape[0] >= 0:
                fixed.append(f"{signature.name}: {alias} is {_text(spec)}")
    if fixed:
        message = f"The number of rows is fixed for {listed(_names(fixed))}."
        yield found("fixed-number-of-rows", message, path=subject.file, evidence=fixed[:4])
    if unknown:
        message = f"The shape is not said for {listed(_names(unknown))}."
        yield found("shape-not-said", message, path=subject.file, evidence=unknown[:4])


def _names(evidence: list[str]) -> list[str]:
    return list(dict.fromkeys(line.partition(":")[0] for line in evidence))


def _protocols(subject: VersionSubject, signature: Signature) -> tuple[str, ...]:
    specs = (*signature.inputs.values(), *signature.outputs.values())
    in_json = json_types(is_official=subject.options.is_official_image)
    is_in_json = all(spec.dtype in in_json for spec in specs)
    return (_REST, _GRPC) if signature.inputs and is_in_json else (_GRPC,)


def json_types(*, is_official: bool) -> frozenset[DataType]:
    """The types that REST carries: TensorFlow Serving's, or ours (tensorflow-serving.md §1.7)."""
    return _IN_JSON if is_official else _IN_OUR_JSON


def _described(specs: Mapping[str, TensorSpec]) -> dict[str, str]:
    return {alias: _text(spec) for alias, spec in specs.items()}


def _text(spec: TensorSpec) -> str:
    if spec.shape is None:
        return f"{spec.dtype.tf_name} of any shape"
    return f"{spec.dtype.tf_name} [{', '.join('?' if size < 0 else str(size) for size in spec.shape)}]"
