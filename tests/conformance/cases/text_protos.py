"""Pieces of messages in text form, for the gRPC cases."""

from __future__ import annotations

from collections.abc import Sequence


def spec(name: str, version: int | None = None, *, label: str = "", signature: str = "") -> str:
    """The content of a ModelSpec."""
    parts = [f'name: "{name}"'] if name else []
    if version is not None:
        parts.append(f"version {{ value: {version} }}")
    if label:
        parts.append(f'version_label: "{label}"')
    if signature:
        parts.append(f'signature_name: "{signature}"')
    return " ".join(parts)


def tensor(dtype: str, shape: Sequence[int] | None, values: str = "") -> str:
    """The content of a TensorProto; without a shape, none is set."""
    if shape is None:
        return f"dtype: {dtype} {values}"
    dims = " ".join(f"dim {{ size: {size} }}" for size in shape)
    return f"dtype: {dtype} tensor_shape {{ {dims} }} {values}"


def floats(*values: float) -> str:
    """A vector."""
    return tensor("DT_FLOAT", [len(values)], f"float_val: [{', '.join(map(str, values))}]")


def predict(model_spec: str | None, *, output_filter: str = "", **inputs: str) -> str:
    """A PredictRequest; every input is the content of a TensorProto."""
    return " ".join(
        [
            _given(model_spec),
            *(f'inputs {{ key: "{alias}" value {{ {content} }} }}' for alias, content in inputs.items()),
            output_filter,
        ]
    )


def predicted(model_spec: str, **outputs: str) -> str:
    """A PredictResponse."""
    tensors = [f'outputs {{ key: "{alias}" value {{ {content} }} }}' for alias, content in outputs.items()]
    return " ".join([f"model_spec {{ {model_spec} }}", *tensors])


def example(**features: float) -> str:
    """The content of a tf.Example of floats."""
    entries = [
        f'feature {{ key: "{name}" value {{ float_list {{ value: {value} }} }} }}' for name, value in features.items()
    ]
    return f"features {{ {' '.join(entries)} }}"


def examples(*contents: str) -> str:
    """The content of an Input."""
    texts = " ".join(f"examples {{ {content} }}" for content in contents)
    return f"example_list {{ {texts} }}"


def inference(model_spec: str | None, content: str) -> str:
    """A ClassificationRequest or RegressionRequest."""
    return f"{_given(model_spec)} input {{ {content} }}"


def classified(model_spec: str, *rows: Sequence[tuple[str, float]]) -> str:
    """A ClassificationResponse."""
    return f"model_spec {{ {model_spec} }} result {{ {classifications(*rows)} }}"


def classifications(*rows: Sequence[tuple[str, float]]) -> str:
    """The content of a ClassificationResult."""
    texts = [" ".join(f'classes {{ label: "{label}" score: {score} }}' for label, score in row) for row in rows]
    return " ".join(f"classifications {{ {text} }}" for text in texts)


def regressed(model_spec: str, *values: float) -> str:
    """A RegressionResponse."""
    return f"model_spec {{ {model_spec} }} result {{ {regressions(*values)} }}"


def regressions(*values: float) -> str:
    """The content of a RegressionResult."""
    return " ".join(f"regressions {{ value: {value} }}" for value in values)


def task(model_spec: str | None, method: str) -> str:
    """A task of a MultiInferenceRequest."""
    return f'tasks {{ {_given(model_spec)} method_name: "{method}" }}'


def _given(model_spec: str | None) -> str:
    return "" if model_spec is None else f"model_spec {{ {model_spec} }}"


CLASSIFY, REGRESS, PREDICT = (f"tensorflow/serving/{method}" for method in ("classify", "regress", "predict"))
HALF = "half_plus_two"
# What one request for half_plus_two is answered with.
HALF_USED = spec(HALF, 1, signature="serving_default")
