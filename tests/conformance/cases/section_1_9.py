"""§1.9: the messages of RapidJSON, with their offsets."""

from __future__ import annotations

from conformance.case import RestCase

_TARGET = "/v1/models/half_plus_two:predict"


def _refused(body: str | bytes, message: str, offset: int, *, what: str) -> RestCase:
    error = f"JSON Parse error: {message} at offset: {offset}"
    return RestCase(section="1.9", what=what, target=_TARGET, body=body, status=400, error=error)


def _message(body: str, message: str, *, what: str) -> RestCase:
    """The reference does not tell the offset."""
    starts = f'{{\n    "error": "JSON Parse error: {message} at offset: '
    return RestCase(section="1.9", what=what, target=_TARGET, body=body, status=400, starts=starts)


def _taken(body: str | bytes, *, what: str) -> RestCase:
    return RestCase(section="1.9", what=what, target=_TARGET, body=body, json='{"predictions": [2.5]}')


_EMPTY = "The document is empty."
_INVALID = "Invalid value."
_NAME = "Missing a name for object member."
_SURROGATE = "The surrogate pair in string is invalid."
_HEX = r"Incorrect hex digit after \\u escape in string."

CASES = (
    RestCase(
        section="1.9",
        what="nothing",
        target=_TARGET,
        status=400,
        error="JSON Parse error: The document is empty",
    ),
    _refused(" ", _EMPTY, 1, what="one space"),
    _refused(" \t\r\n", _EMPTY, 4, what="white space"),
    _refused("instances = [1, 2]", _INVALID, 0, what="no json"),
    _refused(
        '{"instances": [1,2]', "Missing a comma or '}' after an object member.", 19, what="object that does not end"
    ),
    _refused(
        '{"instances": [1 2]}', "Missing a comma or ']' after an array element.", 17, what="comma missing in a list"
    ),
    _refused('{"instances": [1,]}', _INVALID, 17, what="comma too many in a list"),
    _refused('{"a":1,}', _NAME, 7, what="comma too many in an object"),
    _refused("{'a':1}", _NAME, 1, what="apostrophes"),
    _refused("{a:1}", _NAME, 1, what="bare name"),
    _refused("{", _NAME, 1, what="opening bracket alone"),
    _refused('{"a" 1}', "Missing a colon after a name of object member.", 5, what="colon missing"),
    _refused("1.", "Miss fraction part in number.", 2, what="number without fraction"),
    _refused("1e", "Miss exponent in number.", 2, what="number without exponent"),
    _refused("1E400", "Number too big to be stored in double.", 0, what="number too big"),
    _refused('"\\ud800"', _SURROGATE, 1, what="half of a surrogate pair"),
    _refused('"\\x"', "Invalid escape character in string.", 1, what="unknown escape"),
    _refused('"abc', "Missing a closing quotation mark in string.", 4, what="string that does not end"),
    _message('"\\u12G4"', _HEX, what="wrong hexadecimal digit"),
    _message('{"instances": ["\\u"]}', _HEX, what="no hexadecimal digit"),
    _message('{"instances": ["\\ud800\\u0041"]}', _SURROGATE, what="wrong second half of a surrogate pair"),
    _message('{"instances": [1.0] /* list */}', "Missing a comma or '}' after an object member.", what="comment"),
    _message('// comment\n{"instances": [1.0]}', _INVALID, what="comment in front"),
    _message('{"instances": [nan]}', _INVALID, what="nan in small letters"),
    _message('{"instances": [Nan]}', _INVALID, what="nan with one capital"),
    _message('{"instances": [infinity]}', _INVALID, what="infinity in small letters"),
    _message('{"instances": [inf]}', _INVALID, what="inf in small letters"),
    _message('{"instances": [True]}', _INVALID, what="true with a capital"),
    _message('{"instances": [None]}', _INVALID, what="none of python"),
    _message('{"instances": [+1]}', _INVALID, what="plus sign"),
    _message('{"instances": [.5]}', _INVALID, what="number without integer part"),
    _message('{"instances": [01]}', "Missing a comma or ']' after an array element.", what="leading zero"),
    _refused("}", _EMPTY, 0, what="closing bracket first"),
    _refused(":", _EMPTY, 0, what="colon first"),
    _refused(",", _EMPTY, 0, what="comma first"),
    _refused(b"\0", _EMPTY, 0, what="nul first"),
    _taken('{"instances": [1.0]} trailing', what="trailing text"),
    _taken('{"instances": [1.0]}}', what="trailing bracket"),
    _taken(b'\xef\xbb{"instances": [1.0]}', what="byte order mark cut short"),
)
