"""Builds the SavedModels that tests run, `python zoo.py DIRECTORY`; tests get them from the fixture `zoo`.

Version 1 of each. Unless noted the signature is `serving_default`, its input `x` and its output `y`, as in TF Serving's
own test models (tensorflow-serving.md §10.4). What each model is for stands in its builder's docstring.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

v1 = tf.compat.v1
PREDICT, REGRESS, CLASSIFY = (f"tensorflow/serving/{method}" for method in ("predict", "regress", "classify"))
# fmt: off
DTYPES = (
    "float32", "float64", "int32", "uint8", "int16", "int8", "string", "complex64", "int64",
    "bool", "qint8", "quint8", "qint32", "bfloat16", "qint16", "quint16", "uint16",
    "complex128", "float16", "uint32", "uint64", "float8_e5m2", "float8_e4m3fn", "int4", "uint4",
)
# fmt: on

Tensors = Mapping[str, Any]


def signature(inputs: Tensors, outputs: Tensors, method: str = PREDICT) -> Any:
    """A SignatureDef over tensors of the current graph."""
    info = v1.saved_model.utils.build_tensor_info
    return v1.saved_model.signature_def_utils.build_signature_def(
        {alias: info(tensor) for alias, tensor in inputs.items()},
        {alias: info(tensor) for alias, tensor in outputs.items()},
        method,
    )


def save_graph(
    path: Path, signatures: Mapping[str, Any], *, tags: tuple[str, ...] = ("serve",), init: Any = None
) -> None:
    """Save the current graph as TF1 does, its variables with their initial values."""
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.builder.SavedModelBuilder(str(path))
        assets = v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS)
        builder.add_meta_graph_and_variables(
            session, list(tags), signature_def_map=dict(signatures), assets_collection=assets, main_op=init
        )
        builder.save()


def save_function(path: Path, function: Callable[..., Any], *specs: Any, **tracked: Any) -> None:
    """Save one TF2 function as `serving_default`; what it uses must be given to be tracked."""
    module = tf.Module()
    for name, value in tracked.items():
        setattr(module, name, value)
    module.f = tf.function(function, input_signature=list(specs))
    tf.saved_model.save(module, str(path), signatures=module.f)


def spec(shape: Any, dtype: str, name: str) -> Any:
    return tf.TensorSpec(shape, getattr(tf, dtype), name=name)


def edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change the SavedModel message in `path`."""
    file = path / "saved_model.pb"
    message = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    change(message)
    file.write_bytes(message.SerializeToString())


def build_half_plus_two(home: Path) -> None:
    """TF1 with ref variables, all method names, an asset: y = 0.5 x + 2, y2 = 0.5 x + 3, y3 = 0.5 x2 + 3."""
    a, b, a2, c = (v1.Variable(value, use_resource=False) for value in (0.5, 2.0, 0.5, 3.0))
    features = {name: v1.FixedLenFeature([1], tf.float32, default) for name, default in (("x", None), ("x2", [0.0]))}
    serialized = v1.placeholder(tf.string, name="tf_example")
    parsed = v1.io.parse_example(serialized, features)
    x = tf.identity(parsed["x"], name="x")
    x2 = tf.identity(parsed["x2"], name="x2")
    x.set_shape([None, 1])
    x2.set_shape([None, 1])
    y = tf.add(a * x, b, name="y")
    y2 = tf.add(a * x, c, name="y2")
    y3 = tf.add(a2 * x2, c, name="y3")
    asset = home / "foo.txt"
    asset.write_text("asset-file-contents")
    filename = tf.constant(str(asset), name="filename_tensor")
    v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, filename)
    init = v1.assign(v1.Variable("", use_resource=False, name="filename"), filename)
    signatures = {
        "serving_default": signature({"x": x}, {"y": y}),
        "regress_x_to_y": signature({"inputs": serialized}, {"outputs": y}, REGRESS),
        "regress_x_to_y2": signature({"inputs": serialized}, {"outputs": y2}, REGRESS),
        "regress_x2_to_y3": signature({"inputs": x2}, {"outputs": y3}, REGRESS),
        "classify_x_to_y": signature({"inputs": serialized}, {"scores": y}, CLASSIFY),
    }
    save_graph(home / "half_plus_two/1", signatures, init=tf.group(init))
    asset.unlink()


def build_half_plus_two_tf2(home: Path) -> None:
    """TF2, `x` of shape [1] with the default [0]: a request without inputs answers 2."""
    a, b = tf.Variable(0.5), tf.Variable(2.0)
    path = home / "half_plus_two_tf2/1"
    save_function(path, lambda x: {"y": a * x + b}, spec([1], "float32", "x"), a=a, b=b)

    def add_default(message: Any) -> None:
        defaults = message.meta_graphs[0].signature_def["serving_default"].defaults
        defaults["x"].CopyFrom(tf.make_tensor_proto([0.0], tf.float32))

    edit(path, add_default)


def build_identity(home: Path) -> None:
    """`identity_<dtype>` for every dtype (numpy's names): x of any rank comes back as y."""
    for name in DTYPES:
        with tf.Graph().as_default():
            x = v1.placeholder(tf.as_dtype(name), name="x")
            outputs = {"y": tf.identity(x, name="y")}
            save_graph(home / f"identity_{name}/1", {"serving_default": signature({"x": x}, outputs)})


def build_strings(home: Path) -> None:
    """Strings x [-1] come back as `y` and, to be base64 in JSON, as `y_bytes`."""
    save_function(
        home / "strings/1", lambda x: {"y": tf.identity(x), "y_bytes": tf.identity(x)}, spec([None], "string", "x")
    )


def build_sum_difference(home: Path) -> None:
    """a float [-1] and b int32 [-1] give `sum` (float) and `difference` (double)."""

    def f(a: Any, b: Any) -> Tensors:
        return {"sum": a + tf.cast(b, tf.float32), "difference": tf.cast(a, tf.float64) - tf.cast(b, tf.float64)}

    save_function(home / "sum_difference/1", f, spec([None], "float32", "a"), spec([None], "int32", "b"))


def build_scalar(home: Path) -> None:
    """A scalar x gives y = x + 1."""
    save_function(home / "scalar/1", lambda x: {"y": x + 1.0}, spec([], "float32", "x"))


def build_zero_size(home: Path) -> None:
    """x [-1, 3] gives `empty` of shape [-1, 0] and `num_rows`."""
    save_function(
        home / "zero_size/1", lambda x: {"empty": x[:, :0], "num_rows": tf.shape(x)[0]}, spec([None, 3], "float32", "x")
    )


def build_counter(home: Path) -> None:
    """State between requests: get_counter, incr_counter, reset_counter without inputs; incr_counter_by `delta`."""
    counter = v1.Variable(0.0, use_resource=False, name="counter")
    delta = v1.placeholder(tf.float32, name="delta")
    outputs = {
        "get_counter": tf.identity(counter),
        "incr_counter": v1.assign_add(counter, 1.0),
        "reset_counter": v1.assign(counter, 0.0),
    }
    signatures = {name: signature({}, {"output": output}) for name, output in outputs.items()}
    signatures["incr_counter_by"] = signature({"delta": delta}, {"output": v1.assign_add(counter, delta)})
    save_graph(home / "counter/1", signatures)


def build_while_loop(home: Path) -> None:
    """A loop: `n` (int32 scalar) gives `sum` = 1 + 2 + … + n."""

    def f(n: Any) -> Tensors:
        _, total = tf.while_loop(lambda i, _: i <= n, lambda i, total: (i + 1, total + i), (1, 0))
        return {"sum": total}

    save_function(home / "while_loop/1", f, spec([], "int32", "n"))


def build_slow(home: Path) -> None:
    """Computes for as long as `seconds` (double scalar) says, in many small steps; gives the number of `steps`."""

    def f(seconds: Any) -> Tensors:
        end = tf.timestamp() + seconds
        return {"steps": tf.while_loop(lambda _: tf.timestamp() < end, lambda n: (n + 1,), (0,))[0]}

    save_function(home / "slow/1", f, spec([], "float64", "seconds"))


def build_failing(home: Path) -> None:
    """Fails with `x must be positive` where an x [-1] is not; else y = x."""

    def f(x: Any) -> Tensors:
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(x > 0.0), ["x must be positive"])]):
            return {"y": tf.identity(x)}

    save_function(home / "failing/1", f, spec([None], "float32", "x"))


def build_table(home: Path) -> None:
    """A vocabulary in an asset, read by the init op: `words` (string [-1]) → `ids`: zero 0, one 1, two 2, else -1"""
    vocabulary = home / "vocabulary.txt"
    vocabulary.write_text("zero\none\ntwo\n")
    whole, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    initializer = tf.lookup.TextFileInitializer(str(vocabulary), tf.string, whole, tf.int64, number)
    table = tf.lookup.StaticHashTable(initializer, -1)
    path = home / "table/1"
    save_function(path, lambda words: {"ids": table.lookup(words)}, spec([None], "string", "words"), table=table)
    vocabulary.unlink()


def build_without_serve_tag(home: Path) -> None:
    """y = x under the tags `train` and `gpu`, not `serve`."""
    x = v1.placeholder(tf.float32, [None], name="x")
    signatures = {"serving_default": signature({"x": x}, {"y": tf.identity(x)})}
    save_graph(home / "without_serve_tag/1", signatures, tags=("train", "gpu"))


def build_cnn(home: Path) -> None:
    """A small CNN with random weights: `images` [-1, 28, 28, 1] give `scores` [-1, 10]."""
    random = np.random.default_rng(7)
    kernel, dense = (
        tf.Variable(random.normal(0, 0.1, shape).astype(np.float32)) for shape in ((5, 5, 1, 16), (14 * 14 * 16, 10))
    )

    def f(images: Any) -> Tensors:
        features = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(images, kernel, 1, "SAME")), 2, 2, "SAME")
        return {"scores": tf.nn.softmax(tf.reshape(features, [-1, 14 * 14 * 16]) @ dense)}

    save_function(home / "cnn/1", f, spec([None, 28, 28, 1], "float32", "images"), kernel=kernel, dense=dense)


def build_effects(home: Path) -> None:
    """One signature for each thing that a run may do besides computing; each takes x (float [-1]) and gives y.

    `pure`, `reads` (a variable), `finds` (in a table); `assigns`, `inserts`, `prints`, `writes` (a file `written`),
    `draws` (random numbers), `calls` (a function that assigns); `loops`, `branches`.
    """
    variable = tf.Variable([1.0], shape=[None])
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.float32, -1.0)
    key = tf.constant(["key"])

    def after(operation: Any, value: Any) -> Any:
        with tf.control_dependencies([operation]):
            return tf.identity(value)

    assign = tf.function(lambda x: after(variable.assign(x), x))
    bodies: dict[str, Callable[[Any], Any]] = {
        "pure": lambda x: x + 1.0,
        "reads": lambda x: x * variable,
        "finds": lambda x: x + table.lookup(key),
        "assigns": lambda x: after(variable.assign(x), x),
        "inserts": lambda x: after(table.insert(key, x[:1]), x),
        "prints": lambda x: after(tf.print("printed"), x),
        "writes": lambda x: after(tf.io.write_file("written", "text"), x),
        "draws": lambda x: x + tf.random.uniform([]),
        "calls": assign,
        "loops": lambda x: tf.while_loop(lambda n, _: n < 3, lambda n, y: (n + 1, y + 1.0), (0, x))[1],
        "branches": lambda x: tf.cond(tf.size(x) > 1, lambda: x, lambda: x + 1.0),
    }
    module = tf.Module()
    module.tracked = (variable, table)
    x = spec([None], "float32", "x")
    module.functions = {name: tf.function(body, input_signature=[x]) for name, body in bodies.items()}
    outputs = {
        name: tf.function(lambda x, f=f: {"y": f(x)}).get_concrete_function(x) for name, f in module.functions.items()
    }
    tf.saved_model.save(module, str(home / "effects/1"), signatures=outputs)


def build_memory(home: Path) -> None:
    """Large outputs that share memory or do not: `variable`, `slice` of it, `constant`, `same` (as the input), `sum`.

    Each is a signature with x (float [-1, 200]) and y; so is `add`, which adds 1 to the variable (of zeros at first).
    """
    variable = v1.Variable(tf.zeros([400, 200]), use_resource=False)
    constant = tf.constant(np.arange(40_000, dtype=np.float32).reshape(200, 200))
    x = v1.placeholder(tf.float32, [None, 200], name="x")
    outputs = {
        "variable": variable,
        "slice": tf.slice(variable, [100, 0], [200, 200]),
        "constant": tf.identity(constant),
        "same": tf.identity(x),
        "sum": x + constant,
        "add": v1.assign_add(variable, tf.ones([400, 200])),
    }
    save_graph(home / "memory/1", {name: signature({"x": x}, {"y": y}) for name, y in outputs.items()})


def build_keeps_input(home: Path) -> None:
    """Keeps what it is given: `put` x (string [-1]) and z (float [-1]) into variables, `get` gives them back."""
    words, numbers = tf.Variable(tf.constant([""]), shape=[None]), tf.Variable(tf.constant([0.0]), shape=[None])

    def put(x: Any, z: Any) -> Tensors:
        with tf.control_dependencies([words.assign(x), numbers.assign(z)]):
            return {"size": tf.size(x)}

    module = tf.Module()
    module.tracked = (words, numbers)
    module.put = tf.function(put, input_signature=[spec([None], "string", "x"), spec([None], "float32", "z")])
    module.get = tf.function(lambda: {"x": words.read_value(), "z": numbers.read_value()}, input_signature=[])
    tf.saved_model.save(module, str(home / "keeps_input/1"), signatures={"put": module.put, "get": module.get})


def build_fill(home: Path) -> None:
    """Takes as much memory as it is told to: `n` (int32 scalar) gives y of n by n zeros."""
    save_function(home / "fill/1", lambda n: {"y": tf.fill([n, n], 0.0)}, spec([], "int32", "n"))


def build_broken(home: Path) -> None:
    """Models that cannot be loaded; each is half_plus_two_tf2 with the damage that its name says.

    `truncated_saved_model`, `truncated_variables`, `missing_variables_index`, `missing_op` (`NoSuchOp` in the graph).
    """

    def copy(name: str) -> Path:
        return Path(shutil.copytree(home / "half_plus_two_tf2/1", home / name / "1"))

    def rename_op(message: Any) -> None:
        functions = message.meta_graphs[0].graph_def.library.function
        next(node for function in functions for node in function.node_def if node.op == "Mul").op = "NoSuchOp"

    file = copy("truncated_saved_model") / "saved_model.pb"
    file.write_bytes(file.read_bytes()[:-100])
    file = copy("truncated_variables") / "variables/variables.data-00000-of-00001"
    file.write_bytes(file.read_bytes()[:3])
    (copy("missing_variables_index") / "variables/variables.index").unlink()
    edit(copy("missing_op"), rename_op)


def build_digits(home: Path) -> None:
    """Digits as the mnist example has them, untrained: `predict_images` of images [-1, 784] gives softmax `scores`.

    The weight from pixel i to digit d is cos(i (d + 1)), so that a test can compute the scores itself.
    """
    images = v1.placeholder(tf.float32, [None, 784], name="images")
    weights = v1.Variable(np.cos(np.outer(np.arange(784), np.arange(1, 11))).astype(np.float32), use_resource=False)
    predict_images = signature({"images": images}, {"scores": tf.nn.softmax(images @ weights)})
    save_graph(home / "digits/1", {"predict_images": predict_images})


def build_examples(home: Path) -> None:
    """Signatures of tf.Examples: good ones, and what classify and regress refuse (tensorflow-serving.md §6.3).

    Each takes `inputs`, examples with a float `x`. Labels are always car and bus, scores x and 0, regressions 2 x.
    """
    examples = v1.placeholder(tf.string, [None], name="examples")
    parsed = v1.io.parse_example(examples, {"x": v1.FixedLenFeature([1], tf.float32)})
    x = parsed["x"]
    scores = tf.concat([x, tf.zeros_like(x)], axis=1)
    classes = tf.tile(tf.constant([["car", "bus"]]), [tf.size(x), 1])
    run = v1.assign_add(v1.Variable(0.0, use_resource=False), 1.0)
    runs = tf.fill([tf.size(x)], run)
    end = tf.timestamp() + tf.cast(x[0, 0], tf.float64)
    steps = tf.while_loop(lambda _: tf.timestamp() < end, lambda n: (n + 1.0,), (0.0,))[0]
    double = 2.0 * x
    good = {
        "classify": ({"classes": classes, "scores": scores}, CLASSIFY),
        "classes": ({"classes": classes}, CLASSIFY),
        "scores": ({"scores": scores}, CLASSIFY),
        "classes_and_other": ({"classes": classes, "other": x}, CLASSIFY),
        "classes_twice": ({"classes": classes, "scores": classes}, CLASSIFY),
        "tf2_classify": ({"scores": scores}, PREDICT),
        "regress": ({"outputs": double[:, 0]}, REGRESS),
        "regress_column": ({"outputs": double}, REGRESS),
        "run_number": ({"outputs": runs}, REGRESS),
        "same_run_number": ({"outputs": tf.identity(runs)}, REGRESS),
        "slow": ({"outputs": tf.fill([tf.size(x)], steps)}, REGRESS),
    }
    bad_scores = {
        "scores_of_rank_1": x[:, 0],
        "scores_of_rank_3": scores[:, :, None],
        "scores_double": tf.cast(scores, tf.float64),
        "scores_of_one": scores[:1],
    }
    bad_classes = {"classes_of_rank_1": classes[:, 0], "classes_float": scores, "classes_of_one": classes[:1]}
    bad_outputs = {"wide": scores, "scalar": x[0, 0], "one": x[:1, 0], "double": tf.cast(x, tf.float64)}
    outputs = {
        **good,
        **{name: ({"scores": tensor}, CLASSIFY) for name, tensor in bad_scores.items()},
        **{name: ({"classes": tensor}, CLASSIFY) for name, tensor in bad_classes.items()},
        **{name: ({"outputs": tensor}, REGRESS) for name, tensor in bad_outputs.items()},
        "unequal": ({"classes": classes, "scores": x}, CLASSIFY),
        "three": ({"classes": classes, "scores": scores, "other": x}, CLASSIFY),
        "no_known_output": ({"y": x}, PREDICT),
    }
    signatures = {name: signature({"inputs": examples}, tensors, method) for name, (tensors, method) in outputs.items()}
    signatures["other_input"] = signature({"x": examples}, {"scores": scores})
    signatures["other_input_regress"] = signature({"x": examples}, {"outputs": double})
    signatures["two_inputs"] = signature({"inputs": examples, "x": x}, {"outputs": double})
    signatures["float_input"] = signature({"inputs": x}, {"outputs": double})
    save_graph(home / "examples/1", signatures)


def build_outputs(home: Path) -> None:
    """A signature for each kind of output that an answer may have; unless noted it takes x (float [-1]).

    `to_<dtype>` casts; `several` and `named_bytes` give several outputs, `two_shapes` and `uneven` ones that disagree;
    `row_bytes` takes strings; `count`, `pair`, `none` and `nothing` do not follow the number of rows; `matrix` gives
    [-1, 2]. `unheard_of` has a method name of its own, `words` takes strings [-1, -1], `three` a, b and c.
    """
    x = v1.placeholder(tf.float32, [None], name="x")
    text = v1.placeholder(tf.string, [None], name="text")
    words = v1.placeholder(tf.string, [None, None], name="words")
    count = tf.size(x)
    sevens = tf.fill([count], 7)
    pairs = tf.tile(tf.constant([[1.0, 2.0]]), [count, 1])
    hi = tf.tile(tf.constant([["hi", "hi"]]), [count, 1])
    outputs = {
        **{f"to_{name}": {"y": tf.cast(x, name)} for name in ("complex64", "complex128", "float16", "bfloat16")},
        **{f"to_{name}": {"y": tf.cast(x, name)} for name in ("uint16", "uint64", "bool")},
        "to_qint8": {"y": tf.bitcast(tf.cast(x, "int8"), "qint8")},
        "several": {"a": pairs, "b": sevens},
        "named_bytes": {"c_bytes": hi, "b": sevens},
        "two_shapes": {"a": x[:1], "s": tf.constant(5)},
        "uneven": {"a": tf.identity(x), "b": tf.concat([x, x], 0)},
        "count": {"total": count},
        "pair": {"y": tf.identity(tf.constant([1.0, 2.0]))},
        "nothing": {},
        "none": {"y": x[:0]},
        "matrix": {"y": pairs},
    }
    signatures = {name: signature({"x": x}, tensors) for name, tensors in outputs.items()}
    signatures["row_bytes"] = signature({"x": text}, {"y_bytes": tf.identity(text)})
    signatures["words"] = signature({"x": words}, {"y": tf.identity(words)})
    signatures["three"] = signature({"a": x, "b": text, "c": words}, {"y": tf.shape(words)})
    signatures["unheard_of"] = signature({"x": x}, {"y": x + 1.0}, "tensorflow/serving/unheard_of")
    save_graph(home / "outputs/1", signatures)


def build_features(home: Path) -> None:
    """What a tf.Example holds, as `classes`: `int64s`, `floats` and `bytes` give the values of its feature `f`."""
    examples = v1.placeholder(tf.string, [None], name="examples")

    def values(dtype: Any) -> Any:
        parsed = v1.io.parse_example(examples, {"f": v1.VarLenFeature(dtype)})["f"]
        texts = parsed.values if dtype is tf.string else tf.strings.as_string(parsed.values, shortest=dtype.is_floating)
        return tf.sparse.to_dense(tf.SparseTensor(parsed.indices, texts, parsed.dense_shape), "")

    outputs = {"int64s": values(tf.int64), "floats": values(tf.float32), "bytes": values(tf.string)}
    signatures = {name: signature({"inputs": examples}, {"classes": y}, CLASSIFY) for name, y in outputs.items()}
    save_graph(home / "features/1", signatures)


def build_half_plus_two_of_tf2(home: Path) -> None:
    """All signatures of TF Serving's TF2 half_plus_two, for predict every one (tensorflow-serving.md §10.4)."""
    module = tf.Module()
    module.a, module.b, module.c = tf.Variable(0.5), tf.Variable(2.0), tf.Variable(3.0)

    def of_examples(name: str, term: Any) -> Any:
        def f(inputs: Any) -> Tensors:
            x = tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([1], tf.float32)})["x"]
            return {name: module.a * x + term}

        return tf.function(f, input_signature=[spec([None], "string", "inputs")])

    def of_floats(name: str) -> Any:
        return tf.function(lambda inputs: {name: module.a * inputs + module.c}, input_signature=[one("inputs")])

    def one(name: str) -> Any:
        return spec([1], "float32", name)

    module.functions = {
        "serving_default": tf.function(lambda x: {"y": module.a * x + module.b}, input_signature=[one("x")]),
        "regress_x_to_y": of_examples("outputs", module.b),
        "regress_x_to_y2": of_examples("outputs", module.c),
        "regress_x2_to_y3": of_floats("outputs"),
        "classify_x_to_y": of_examples("scores", module.b),
        "classify_x2_to_y3": of_floats("scores"),
    }
    path = home / "half_plus_two_of_tf2/1"
    tf.saved_model.save(module, str(path), signatures=dict(module.functions))

    def add_default(message: Any) -> None:
        defaults = message.meta_graphs[0].signature_def["serving_default"].defaults
        defaults["x"].CopyFrom(tf.make_tensor_proto([0.0], tf.float32))

    edit(path, add_default)


def build_tflite(home: Path) -> None:
    """TensorFlow Lite models, `model.tflite`, each with what its name says.

    `tflite_half_plus_two` has a SavedModel of half_plus_three beside it. `tflite_several` has the signatures `add` and
    `mul` (a, b: float [-1] give y), and `regress` of examples (3 for each). `tflite_without_signature` gives two
    outputs, x + 1 and x + 2. `tflite_with_sigdef` is half_plus_two with SignatureDefs in its metadata:
    `serving_default`, x to y, and `other`, a to b. `tflite_strings` turns x (string [-1]) round. `tflite_int8` is
    quantized: x (int8 [-1, 4]) times a matrix gives y (int8 [-1, 2]). `tflite_custom_op` has an operation of
    TensorFlow's.
    """
    floats = spec([None], "float32", "x")
    half_plus_two = tflite_function(lambda x: {"y": 0.5 * x + 2.0}, floats)
    save_function(home / "tflite_half_plus_two/1", lambda x: {"y": 0.5 * x + 3.0}, floats)
    write_tflite(home, "tflite_half_plus_two", tflite_converter(half_plus_two))
    two_outputs = tflite_function(lambda x: {"one": x + 1.0, "two": x + 2.0}, floats)
    functions = [two_outputs.f.get_concrete_function()]
    write_tflite(home, "tflite_without_signature", tf.lite.TFLiteConverter.from_concrete_functions(functions))
    strings = tflite_function(lambda x: {"y": tf.gather(x, tf.range(tf.size(x))[::-1])}, spec([None], "string", "x"))
    write_tflite(home, "tflite_strings", tflite_converter(strings))

    several = tf.Module()
    pair = spec([None], "float32", "a"), spec([None], "float32", "b")
    several.add = tf.function(lambda a, b: {"y": a + b}, input_signature=pair)
    several.mul = tf.function(lambda a, b: {"y": a * b}, input_signature=pair)
    examples = spec([None], "string", "inputs")
    threes = tf.function(lambda inputs: {"outputs": tf.fill([tf.size(inputs)], 3.0)}, input_signature=[examples])
    several.regress = threes
    signatures = {name: getattr(several, name).get_concrete_function() for name in ("add", "mul", "regress")}
    tf.saved_model.save(several, str(home / "tflite_several/source"), signatures=signatures)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(home / "tflite_several/source"))
    write_tflite(home, "tflite_several", converter)
    shutil.rmtree(home / "tflite_several/source")

    matrix = tf.constant([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    product = tflite_function(lambda x: {"y": x @ matrix}, spec([None, 4], "float32", "x"))
    converter = tflite_converter(product)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([np.full([1, 4], value, np.float32)] for value in (-1.0, 0.0, 1.0))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    write_tflite(home, "tflite_int8", converter)

    text = tflite_function(lambda x: {"y": tf.strings.length(x)}, spec([None], "string", "x"))
    converter = tflite_converter(text)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    write_tflite(home, "tflite_custom_op", converter)
    (home / "tflite_with_sigdef/1").mkdir(parents=True)
    content = tflite_with_sigdef((home / "tflite_half_plus_two/1/model.tflite").read_bytes())
    (home / "tflite_with_sigdef/1/model.tflite").write_bytes(content)


def tflite_function(f: Callable[..., Tensors], *inputs: Any) -> Any:
    """A module whose function `f` is to be converted."""
    module = tf.Module()
    module.f = tf.function(f, input_signature=inputs)
    return module


def tflite_converter(module: Any) -> Any:
    """For a model with the signature `serving_default`."""
    return tf.lite.TFLiteConverter.from_concrete_functions([module.f.get_concrete_function()], module)


def write_tflite(home: Path, name: str, converter: Any) -> None:
    path = home / name / "1/model.tflite"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(converter.convert())


def tflite_with_sigdef(content: bytes) -> bytes:
    """The model with SignatureDefs in its metadata, not signatures of its own, as TF Serving's test model has them."""
    import flatbuffers
    from flatbuffers import flexbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    graph = model.subgraphs[0]
    x, y = (graph.tensors[numbers[0]].name.decode() for numbers in (graph.inputs, graph.outputs))
    infos = {name: meta_graph_pb2.TensorInfo(name=name, dtype=1) for name in (x, y)}
    for info in infos.values():
        info.tensor_shape.dim.add(size=1)
    builder = flexbuffers.Builder()
    with builder.Map():
        for key, a, b in (("serving_default", "x", "y"), ("other", "a", "b")):
            definition = meta_graph_pb2.SignatureDef(inputs={a: infos[x]}, outputs={b: infos[y]}, method_name=PREDICT)
            builder.Key(key)
            builder.String(definition.SerializeToString().decode("ascii"))
    buffer = schema.BufferT()
    buffer.data = list(builder.Finish())
    model.buffers.append(buffer)
    metadata = schema.MetadataT()
    metadata.name, metadata.buffer = "signature_defs_metadata", len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), metadata]
    model.signatureDefs = []
    packed = flatbuffers.Builder()
    packed.Finish(model.Pack(packed), b"TFL3")
    return bytes(packed.Output())


def build_ranks(home: Path) -> None:
    """What wants so many dimensions, after what changes their number or does not; each signature takes x, gives y.

    `either` takes x of rank 3 or 4, `unused` gives `z` too, which no convolution is needed for.
    """
    random = np.random.default_rng(5)

    def weights(*shape: int) -> Any:
        return tf.constant(random.normal(0, 0.5, shape).astype(np.float32))

    image, row, volume = weights(2, 2, 2, 3), weights(2, 2, 3), weights(2, 2, 2, 2, 3)
    scale = tf.Variable([0.5, 2.0])

    def conv(x: Any) -> Any:
        return tf.nn.conv2d(x, image, 1, "SAME")

    def block(x: Any) -> Any:
        return tf.nn.max_pool2d(tf.nn.relu(tf.nn.bias_add(conv(x), weights(3))), 2, 2, "SAME")

    def either(x: Any) -> Any:
        return tf.cond(tf.rank(x) < 4, lambda: conv(x[tf.newaxis]), lambda: conv(x))

    bodies: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        "image": ([None, 4, 4, 2], block),
        "any_rank": (None, conv),
        "scaled": (None, lambda x: conv((x / 255.0 - 0.5) * scale)),
        "padded": (
            [None, 4, 4, 2],
            lambda x: tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), image, 1, "VALID"),
        ),
        "channels_first": ([None, 2, 4, 4], lambda x: conv(tf.transpose(x, [0, 2, 3, 1]))),
        "single": ([4, 4, 2], lambda x: conv(x[tf.newaxis])[0]),
        "row": ([None, 4, 2], lambda x: tf.nn.conv1d(x, row, 1, "SAME")),
        "volume": (
            [None, 4, 4, 4, 2],
            lambda x: tf.nn.max_pool3d(tf.nn.conv3d(x, volume, [1] * 5, "SAME"), 2, 2, "SAME"),
        ),
        "depthwise": (None, lambda x: tf.nn.depthwise_conv2d(x, image, [1] * 4, "SAME")),
        "dilated": ([None, 4, 4, 2], lambda x: tf.nn.conv2d(x, image, 1, "SAME", dilations=2)),
        "pooled": (None, lambda x: tf.raw_ops.AvgPool(value=x, ksize=[1, 2, 2, 1], strides=[1] * 4, padding="SAME")),
        "pooled_3d": (
            None,
            lambda x: tf.raw_ops.MaxPool3D(input=x, ksize=[1, 2, 2, 2, 1], strides=[1] * 5, padding="SAME"),
        ),
        "resized": (None, lambda x: conv(tf.raw_ops.ResizeBilinear(images=x, size=[4, 4]))),
        "reshaped": ([None, 32], lambda x: block(tf.reshape(x, [-1, 4, 4, 2]))),
        "reshaped_by_size": (None, lambda x: conv(tf.reshape(x, [tf.size(x) // 32, 4, 4, 2]))),
        "branch": ([None, 4, 4, 2], lambda x: tf.cond(tf.size(x) < 100, lambda: conv(x), lambda: conv(x + 1.0))),
        "loop": (
            [None, 4, 4, 2],
            lambda x: tf.while_loop(lambda i, _: i < 2, lambda i, y: (i + 1, conv(y)[..., :2]), (0, x))[1],
        ),
        "either": (None, either),
        "mapped": ([None, 4, 4, 2], lambda x: tf.map_fn(lambda each: conv(each[tf.newaxis])[0], x)),
        "mish": (None, lambda x: x * tf.tanh(tf.nn.softplus(x))),
        "dense": ([None, 2], lambda x: tf.nn.softmax(x @ weights(2, 3))),
    }

    def exported(shape: Any, body: Callable[[Any], Any]) -> Any:
        return tf.function(lambda x: {"y": body(x)}, input_signature=[spec(shape, "float32", "x")])

    module = tf.Module()
    module.scale = scale
    module.functions = {name: exported(*given) for name, given in bodies.items()}
    unused = tf.function(lambda x: {"y": conv(x), "z": x + 1.0}, input_signature=[spec(None, "float32", "x")])
    tf.saved_model.save(module, str(home / "ranks/1"), signatures={**module.functions, "unused": unused})


def build_ranks_tf1(home: Path) -> None:
    """As graphs of TensorFlow 1 have them: `conv`, `reshaped`, `switch` and `branch` with dropout; x gives y."""
    x = v1.placeholder(tf.float32, name="x")
    kernel = v1.Variable(np.ones((2, 2, 2, 3), np.float32), use_resource=False)
    mean = v1.Variable([1.0, 2.0], use_resource=True)
    training = v1.placeholder_with_default(False, [])
    conv = tf.nn.conv2d(tf.identity(x - mean), kernel, 1, "SAME")
    v1.disable_control_flow_v2()
    dropped = v1.cond(training, lambda: tf.nn.dropout(x, 0.5), lambda: tf.identity(x))
    v1.enable_control_flow_v2()
    either = v1.cond(training, lambda: tf.nn.dropout(x, 0.5), lambda: tf.identity(x))
    signatures = {
        "conv": signature({"x": x}, {"y": conv}),
        "reshaped": signature({"x": x}, {"y": tf.nn.conv2d(tf.reshape(x, [-1, 4, 4, 2]), kernel, 1, "SAME")}),
        "switch": signature({"x": x}, {"y": tf.nn.conv2d(dropped, kernel, 1, "SAME")}),
        "branch": signature({"x": x}, {"y": tf.nn.conv2d(either, kernel, 1, "SAME")}),
    }
    save_graph(home / "ranks_tf1/1", signatures)


BUILDERS: tuple[Callable[[Path], None], ...] = (
    build_half_plus_two,
    build_half_plus_two_tf2,
    build_identity,
    build_strings,
    build_sum_difference,
    build_scalar,
    build_zero_size,
    build_while_loop,
    build_slow,
    build_failing,
    build_counter,
    build_table,
    build_without_serve_tag,
    build_cnn,
    build_effects,
    build_memory,
    build_keeps_input,
    build_fill,
    build_broken,
    build_digits,
    build_examples,
    build_outputs,
    build_features,
    build_half_plus_two_of_tf2,
    build_tflite,
    build_ranks,
    build_ranks_tf1,
)
TF1 = {
    build_half_plus_two,
    build_identity,
    build_counter,
    build_without_serve_tag,
    build_digits,
    build_ranks_tf1,
    build_memory,
    build_examples,
    build_outputs,
    build_features,
}


def main(home: Path) -> None:
    home.mkdir(parents=True)
    for build in BUILDERS:
        if build in TF1:
            with tf.Graph().as_default():
                build(home)
        else:
            build(home)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
