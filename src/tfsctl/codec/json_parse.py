"""JSON exactly as TF Serving's parser takes it, with its messages and offsets (tensorflow-serving.md §1.9, §14).

What differs from other parsers: it stops behind the root and ignores the rest; takes `NaN`, `Inf`, `Infinity`; keeps
invalid UTF-8 as it is; keeps all members of an object; has no limit of depth (and so no recursion here); a NUL byte
ends the text. Runs of plain numbers go through orjson, which makes large bodies bearable; it decides nothing here.
"""

from __future__ import annotations

import re

import orjson

from tfsctl.codec.json_number import parse_number
from tfsctl.codec.json_string import parse_string
from tfsctl.codec.json_value import JsonObject, JsonSyntaxError, JsonValue
from tfsctl.errors import InvalidArgumentError

_WHITE_SPACE = frozenset(b" \t\r\n")
_WHITE_SPACE_RUN = re.compile(rb"[ \t\r\n]+")
_NUMBER_RUN = re.compile(rb"[-+0-9.eE, \t\r\n]*[,\]]")
_NUMBER_STARTS = frozenset(b"-0123456789")
_NO_VALUE_STARTS = frozenset(b"\0,:]}")
_WORDS: dict[int, tuple[bytes, JsonValue]] = {
    ord("n"): (b"null", None),
    ord("t"): (b"true", True),
    ord("f"): (b"false", False),
}
# Zero with an exponent is the one number that orjson takes and TF Serving may not: `0e999`.
_ZERO_POWERS = (b"0e", b"0E")


# What may come next. Plain numbers, because they are looked at for each token.
_FIRST_VALUE, _KEY_OR_END, _KEY, _MEMBER_VALUE, _MEMBER_END, _VALUE_OR_END, _ELEMENT, _ELEMENT_END, _DONE = range(9)
_UNEXPECTED = {
    _FIRST_VALUE: "The document is empty.",
    _KEY_OR_END: "Missing a name for object member.",
    _KEY: "Missing a name for object member.",
    _MEMBER_VALUE: "Invalid value.",
    _MEMBER_END: "Missing a comma or '}' after an object member.",
    _VALUE_OR_END: "Invalid value.",
    _ELEMENT: "Invalid value.",
    _ELEMENT_END: "Missing a comma or ']' after an array element.",
}
_BEFORE_ELEMENT = frozenset({_VALUE_OR_END, _ELEMENT})


def parse_json(body: bytes) -> JsonValue:
    """The root value of `body`; what follows it is ignored.

    Raises InvalidArgumentError with TF Serving's text. Takes time and memory in proportion to the size.
    """
    if not body:
        raise InvalidArgumentError("JSON Parse error: The document is empty")
    try:
        return _Parser(body).parse()
    except JsonSyntaxError as error:
        raise InvalidArgumentError(f"JSON Parse error: {error.message} at offset: {error.offset}") from None


class _Parser:
    """One parse. Open containers are on a stack; `_at` only moves forward."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._size = len(body)
        self._at = _after_byte_order_mark(body)
        self._state = _FIRST_VALUE
        self._root: JsonValue = None
        self._open: list[list[JsonValue] | JsonObject] = []
        self._keys: list[bytes] = []  # One for each open object whose member is being read.
        self._no_run_before = 0

    def parse(self) -> JsonValue:
        steps = (
            self._value,
            self._key,
            self._key,
            self._value,
            self._after_member,
            self._value,
            self._value,
            self._after_element,
        )
        while self._state != _DONE:
            steps[self._state](self._next_byte())
        return self._root

    def _next_byte(self) -> int:
        """The first byte that is no white space; 0 at the end. `_at` is its offset then."""
        at = self._at
        byte = self._body[at] if at < self._size else 0
        if byte not in _WHITE_SPACE:
            return byte
        space = _WHITE_SPACE_RUN.match(self._body, at)
        assert space is not None  # There is some.
        self._at = at = space.end()
        return self._body[at] if at < self._size else 0

    def _unexpected(self) -> JsonSyntaxError:
        return JsonSyntaxError(_UNEXPECTED[self._state], self._at)

    def _after_element(self, byte: int) -> None:
        if byte == 0x2C:
            self._at += 1
            self._state = _ELEMENT
        elif byte == 0x5D:
            self._close()
        else:
            raise self._unexpected()

    def _after_member(self, byte: int) -> None:
        if byte == 0x2C:
            self._at += 1
            self._state = _KEY
        elif byte == 0x7D:
            self._close()
        else:
            raise self._unexpected()

    def _key(self, byte: int) -> None:
        if byte == 0x7D and self._state == _KEY_OR_END:
            self._close()
            return
        if byte != 0x22:
            raise self._unexpected()
        key, self._at = parse_string(self._body, self._at)
        if self._next_byte() != 0x3A:
            raise JsonSyntaxError("Missing a colon after a name of object member.", self._at)
        self._at += 1
        self._keys.append(key)
        self._state = _MEMBER_VALUE

    def _value(self, byte: int) -> None:
        if byte in _NUMBER_STARTS:
            if not self._number_run():
                self._number()
        elif byte == 0x22:
            text, self._at = parse_string(self._body, self._at)
            self._put(text)
        elif byte == 0x5B:
            self._begin([], _VALUE_OR_END)
        elif byte == 0x7B:
            self._begin(JsonObject([]), _KEY_OR_END)
        elif byte == 0x5D and self._state == _VALUE_OR_END:
            self._close()
        elif byte in _WORDS:
            self._put(self._word(*_WORDS[byte]))
        elif byte in _NO_VALUE_STARTS:
            raise self._unexpected()
        else:
            self._number()

    def _number(self) -> None:
        number, self._at = parse_number(self._body, self._at)
        self._put(number)

    def _begin(self, container: list[JsonValue] | JsonObject, state: int) -> None:
        self._at += 1
        self._open.append(container)
        self._state = state

    def _close(self) -> None:
        self._at += 1
        self._put(self._open.pop())

    def _put(self, value: JsonValue) -> None:
        """Hang a finished value into its parent."""
        if not self._open:
            self._root = value
            self._state = _DONE
            return
        parent = self._open[-1]
        if isinstance(parent, JsonObject):
            parent.members.append((self._keys.pop(), value))
            self._state = _MEMBER_END
        else:
            parent.append(value)
            self._state = _ELEMENT_END

    def _word(self, word: bytes, value: JsonValue) -> JsonValue:
        for byte in word:
            if self._at >= len(self._body) or self._body[self._at] != byte:
                raise JsonSyntaxError("Invalid value.", self._at)
            self._at += 1
        return value

    def _number_run(self) -> bool:
        """Take as many plain numbers of an array as possible at once; False if the next one needs a look of its own."""
        if self._state not in _BEFORE_ELEMENT or self._at < self._no_run_before:
            return False
        run = _NUMBER_RUN.match(self._body, self._at)
        if run is None:
            return False
        numbers = _plain_numbers(run.group()[:-1])
        if numbers is None:
            # Not to be tried again for each number in it: that would take quadratic time.
            self._no_run_before = run.end()
            return False
        parent = self._open[-1]
        assert isinstance(parent, list)  # By the state.
        parent.extend(numbers)
        self._at = run.end() - 1
        self._state = _ELEMENT_END
        return True


def _plain_numbers(run: bytes) -> list[JsonValue] | None:
    if any(power in run for power in _ZERO_POWERS):
        return None
    try:
        numbers: list[JsonValue] = orjson.loads(b"[" + run + b"]")
    except orjson.JSONDecodeError:
        return None
    return numbers


def _after_byte_order_mark(body: bytes) -> int:
    """Each of the mark's three bytes is skipped if it is there, whether the others are or not."""
    at = 0
    for byte in b"\xef\xbb\xbf":
        if at < len(body) and body[at] == byte:
            at += 1
    return at
