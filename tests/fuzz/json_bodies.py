"""Bodies of REST requests: around good ones, and far away from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from fuzz.models import SIGNATURES
from fuzz.mutation import change_scalars, families
from tfsctl.data_type import DataType


@dataclass(frozen=True)
class Asked:
    """A POST: the end of its target, its body, and the inputs of a model that is to predict."""

    target: str
    body: bytes
    inputs: Mapping[str, DataType] = field(default_factory=dict)

    @property
    def request(self) -> bytes:
        """As it goes over the wire."""
        head = f"POST /v1/models/{self.target} HTTP/1.1\r\nHost: fuzz\r\nContent-Length: {len(self.body)}\r\n\r\n"
        return head.encode() + self.body


NUMBERS = (
    *("0", "1", "-1", "2.5", "-0.0", "-0", "1e3", "1E-5", "0.1", "300", "65520", "3.4e38", "1e39", "1e308", "1e400"),
    *("1e-400", "5e-324", "1e-46", "0e999", "0.0E+400", "1e99999999999", "NaN", "Infinity", "-Infinity", "Inf", "-NaN"),
    *("2147483647", "2147483648", "-2147483649", "4294967296", "9007199254740993", "9223372036854775808", "1" * 400),
    *("-9223372036854775809", "18446744073709551615", "18446744073709551616", "0." + "3" * 400, "1" * 40 + "e-40"),
    *("01", "1.", ".5", "+1", "1e", "0x10", "1_000", "1,5", "--1", "nan", "infinity", "-", "1e+", "٣"),
)
WORDS = ("true", "false", "null", "True", "None", "nul", "undefined", "")
STRINGS = (
    *(
        '""',
        '"a"',
        '"1"',
        '"NaN"',
        '"é"',
        '"\\u00e9"',
        '"\\ud800"',
        '"\\udc00"',
        '"\\ud83d\\ude00"',
        '"\\u0000"',
        '"\0"',
    ),
    *('"\\x"', '"\\u12"', '"a\nb"', '"\udcff"', '"unended', '"a:b"', '"\\":"', '"b64"', '"' + "x" * 300 + '"', "'a'"),
)
BASE64 = (
    *('{"b64": "aGk="}', '{"b64": "aGk"}', '{"b64": ""}', '{"b64": "a"}', '{"b64": "/+8"}', '{"b64": "_-8"}'),
    *('{"b64": "aG k=\\n"}', '{"b64": "!!!"}', '{"b64": 1}', '{"b64": null}', '{"b64": ["aGk="]}', '{"b64": {}}'),
    *('{"b64": "aGk=", "b64": "YQ=="}', '{"b64": "aGk=", "x": 1}', '{"B64": "aGk="}', '{"b64": "\udcff"}'),
)
CONTAINERS = ("[]", "{}", "[[]]", "[{}]", '{"x": 1}', '{"": 1}', "[1, [2]]", "[[1], 2]", "[[1], [2, 3]]", "[null]")
# Texts of values that are right for a type; the models that want more of them.
_RIGHT = {
    **dict.fromkeys((DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16), ("1.0", "2", "-3.5", "1e30")),
    DataType.STRING: ('"a"', '{"b64": "aGk="}', '"one"'),
    DataType.BOOL: ("true", "false"),
}
_RIGHT_FOR = {"zero_size": ("[1.0, 2.0, 3.0]",), "outputs": ('"b"', "1.0", '["c"]')}


def _texts(model: str, dtype: DataType) -> tuple[str, ...]:
    return _RIGHT_FOR.get(model) or _RIGHT.get(dtype, ("1", "2", "0"))


_SIGNATURES = (
    "",
    "serving_default",
    "incr_counter_by",
    "three",
    "regress_x_to_y",
    "no such one",
    "é",
    "__saved_model_init_op",
)
_EXAMPLE_MODELS = (
    ("half_plus_two", ("regress_x_to_y", "classify_x_to_y", "regress_x2_to_y3", "")),
    ("examples", ("classify", "regress", "scores", "classes", "wide", "two_inputs", "float_input", "regress_column")),
    ("features", ("int64s", "floats", "bytes")),
)
_VERSIONS = ("", "", "", "", "/versions/1", "/labels/stable", "/versions/7", "/labels/canary")

_MODELS = st.sampled_from(list(SIGNATURES))
_odd = st.sampled_from([*NUMBERS, *WORDS, *STRINGS, *BASE64, *CONTAINERS])
_space = st.sampled_from([""] * 6 + [" ", "\n", "\t\r\n ", "\0", "\u00a0"])
_odd_values = st.recursive(
    _odd,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda values: f"[{', '.join(values)}]"),
        st.lists(st.tuples(st.sampled_from([*STRINGS, "x", '"x"']), inner), max_size=3).map(
            lambda members: "{" + ", ".join(f"{key}: {value}" for key, value in members) + "}"
        ),
    ),
    max_leaves=5,
)


@st.composite
def _deep(draw: st.DrawFn) -> str:
    """Nested to no end."""
    depth = draw(st.sampled_from([10, 100, 1000, 5000]))
    opening, closing = draw(st.sampled_from([("[", "]"), ('{"x":', "}"), ('[{"b64":', "}]"), ("[[],", "]")]))
    return (
        opening * depth + draw(st.sampled_from(["1", "", "[]", '"a"'])) + closing * draw(st.sampled_from([depth, 3, 0]))
    )


_MAX_LONG_BYTES = 30_000


@st.composite
def _long(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """Many values, for there are other ways for them; at times one does not belong."""
    value = draw(st.sampled_from(texts))
    values = [value] * min(draw(st.sampled_from([50, 700, 3000])), _MAX_LONG_BYTES // len(value))
    if draw(st.booleans()):
        values[draw(st.integers(0, len(values) - 1))] = draw(_odd_values)
    return f"[{','.join(values)}]"


@st.composite
def _tensor(draw: st.DrawFn, texts: tuple[str, ...], num_dims: int) -> str:
    """Of so many dimensions, ragged at times."""
    if draw(st.integers(0, 29)) == 17:
        return draw(st.one_of(_odd_values, _long(texts), _deep()))
    if num_dims == 0:
        return draw(st.sampled_from(texts))
    length = draw(st.sampled_from([1, 2, 2, 2, 3, 0]))
    return "[" + ", ".join([draw(_tensor(texts, num_dims - 1)) for _ in range(length)]) + "]"


@st.composite
def _items(draw: st.DrawFn, inputs: dict[str, tuple[str, ...]], *, is_row: bool) -> str:
    is_named = len(inputs) > 1 or draw(st.booleans())
    dims = draw(st.sampled_from([0, 0, 1, 2]))
    if not is_row:
        dims += 1

    def item() -> str:
        if not is_named:
            return draw(_tensor(next(iter(inputs.values())), dims))
        members = [f'"{alias}": {draw(_tensor(texts, dims))}' for alias, texts in inputs.items()]
        if draw(st.integers(0, 14)) == 7:
            members.append(
                f"{draw(st.sampled_from([*STRINGS, *(json.dumps(a) for a in inputs)]))}: {draw(_odd_values)}"
            )
        if draw(st.integers(0, 19)) == 13:
            members.pop(0)
        return "{" + ", ".join(members) + "}"

    if not is_row:
        return item()
    return "[" + ",".join([item() for _ in range(draw(st.sampled_from([1, 1, 2, 3, 0])))]) + "]"


@st.composite
def _document(draw: st.DrawFn, members: list[str]) -> bytes:
    """An object of these members and maybe more, with the accidents that a text may have as a whole."""
    if draw(st.integers(0, 9)) == 7:
        key = draw(
            st.sampled_from(['"signature_name"', '"inputs"', '"instances"', '"examples"', '"context"', '"é"', '"x"'])
        )
        members.insert(draw(st.integers(0, len(members))), f"{key}: {draw(_odd_values)}")
    space = draw(_space)
    text = space + "{" + space + f",{space}".join(members) + space + "}"
    if draw(st.integers(0, 14)) == 11:
        text = (
            draw(st.sampled_from(["\ufeff", "", "[", '{"a": ', "// no\n"]))
            + text
            + draw(st.sampled_from([" x", "}", ",", ""]))
        )
    encoding = draw(st.sampled_from(["utf-8"] * 30 + ["utf-16", "utf-32-be", "latin-1"]))
    return text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")


@st.composite
def _predict(draw: st.DrawFn) -> Asked:
    model = draw(_MODELS)
    signature, dtypes = SIGNATURES[model]
    inputs = {alias: _texts(model, dtype) for alias, dtype in dtypes.items()}
    if draw(st.integers(0, 11)) == 7:
        signature = draw(st.sampled_from(_SIGNATURES))
    is_row = draw(st.booleans())
    members = [f'"{"instances" if is_row else "inputs"}": {draw(_items(inputs, is_row=is_row))}']
    if signature:
        members.insert(draw(st.integers(0, 1)), f'"signature_name": {json.dumps(signature)}')
    return Asked(f"{model}{draw(st.sampled_from(_VERSIONS))}:predict", draw(_document(members)), dtypes)


_FEATURE_NAMES = st.one_of(
    st.sampled_from([['"x"'], ['"x"'], ['"x"', '"x2"'], ['"f"']]),
    st.lists(st.sampled_from(['"x"', '"x2"', '"f"', '"é"', '""', "x"]), max_size=3),
)


@st.composite
def _features(draw: st.DrawFn) -> str:
    """The JSON of a tf.Example."""
    if draw(st.integers(0, 19)) == 9:
        return draw(_odd_values)
    names = draw(_FEATURE_NAMES)
    usual = st.sampled_from(["1.0", "[1.0]", "2.5", "1", '"a"', "[1, 2]", '["a", {"b64": "aGk="}]', "[]", "true"])
    value = st.one_of(usual, usual, usual, _odd_values)
    return "{" + ", ".join([f"{name}: {draw(value)}" for name in names]) + "}"


@st.composite
def _examples(draw: st.DrawFn) -> Asked:
    model, signatures = draw(st.sampled_from(_EXAMPLE_MODELS))
    examples = [draw(_features()) for _ in range(draw(st.sampled_from([1, 1, 2, 3, 0])))]
    members = [
        f'"signature_name": {json.dumps(draw(st.sampled_from(signatures)))}',
        f'"examples": [{", ".join(examples)}]',
    ]
    if draw(st.integers(0, 2)) == 2:
        members.insert(1, f'"context": {draw(_features())}')
    method = draw(st.sampled_from(["classify", "regress"]))
    return Asked(f"{model}{draw(st.sampled_from(_VERSIONS))}:{method}", draw(_document(members)))


@st.composite
def asked(draw: st.DrawFn) -> list[Asked]:
    """Any of them, and what is left of it when some of its bytes have changed."""
    good = draw(_GOOD_ONES)
    family = draw(families(st.just(good.body), _NUM_MUTANTS, pieces=_PIECES, gently=change_scalars))
    return [replace(good, body=body) for body in family.members]


_GOOD_ONES = st.one_of(_predict(), _predict(), _examples())
_NUM_MUTANTS = 4
_PIECES = tuple(text.encode("utf-8", "surrogateescape") for text in (*NUMBERS, *BASE64, *WORDS))
