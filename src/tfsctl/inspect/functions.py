"""The functions of a TF2 model that Python can call, from the description of its objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tfsctl.data_type import DataType
from tfsctl.inspect.report import SavedFunction

_SINGLE_VALUES: dict[str, Callable[[Any], object]] = {
    "float64_value": float,
    "int64_value": int,
    "string_value": repr,
    "bool_value": bool,
}


def read_functions(object_graph: Any) -> tuple[SavedFunction, ...]:
    """The functions right below the root object of a SavedObjectGraph, sorted by name; none for TF1 models."""
    if not object_graph.nodes:
        return ()
    found = []
    for child in object_graph.nodes[0].children:
        node = object_graph.nodes[child.node_id]
        kind = node.WhichOneof("kind")
        if kind == "function":
            names = list(node.function.concrete_functions)
        elif kind == "bare_concrete_function":
            names = [node.bare_concrete_function.concrete_function_name]
        else:
            continue
        variants = tuple(_variant(object_graph.concrete_functions[name]) for name in sorted(names))
        found.append(SavedFunction(child.local_name, variants))
    return tuple(sorted(found, key=lambda function: function.name))


def _variant(function: Any) -> str:
    positional = _positional(function.canonicalized_input_signature)
    return f"({', '.join(positional)}) -> {_text(function.output_signature)}"


def _positional(signature: Any) -> Iterator[str]:
    """The arguments: a signature is a tuple of the positional ones and a mapping of the named ones."""
    if signature.WhichOneof("kind") != "tuple_value" or len(signature.tuple_value.values) != 2:
        return
    by_position, by_name = signature.tuple_value.values
    yield from (_text(value) for value in by_position.tuple_value.values)
    for name, value in sorted(by_name.dict_value.fields.items()):
        text = _text(value)
        yield text if text.startswith(f"{name}: ") else f"{name}={text}"


def _text(value: Any) -> str:
    """A StructuredValue as one writes it: `x: float [?, 784]`, `{y: float []}`, `True`."""
    kind = value.WhichOneof("kind")
    if kind in {"tensor_spec_value", "bounded_tensor_spec_value"}:
        return _tensor(getattr(value, kind))
    if kind in _SINGLE_VALUES:
        return str(_SINGLE_VALUES[kind](getattr(value, kind)))
    if kind in {"list_value", "tuple_value"}:
        inner = ", ".join(_text(item) for item in getattr(value, kind).values)
        return f"[{inner}]" if kind == "list_value" else f"({inner})"
    if kind == "dict_value":
        return _mapping((name, _text(item)) for name, item in sorted(value.dict_value.fields.items()))
    if kind == "named_tuple_value":
        return _mapping((pair.key, _text(pair.value)) for pair in value.named_tuple_value.values)
    if kind == "type_spec_value":
        return str(value.type_spec_value.type_spec_class_name)
    return "None" if kind == "none_value" else "?"


def _mapping(items: Iterator[tuple[str, str]]) -> str:
    """Named values; a tensor that is called like its key is named once."""
    return "{" + ", ".join(text if text.startswith(f"{name}: ") else f"{name}: {text}" for name, text in items) + "}"


def _tensor(spec: Any) -> str:
    dtype = DataType.of(spec.dtype).tf_name
    if spec.shape.unknown_rank:
        shape = "of any shape"
    else:
        shape = "[" + ", ".join("?" if dim.size < 0 else str(dim.size) for dim in spec.shape.dim) + "]"
    return f"{spec.name}: {dtype} {shape}" if spec.name else f"{dtype} {shape}"
