"""Good bytes that had an accident.

Hypothesis makes the good ones, and takes its time over it; what happens to them is decided by a generator that it gives
the seed for. So most inputs are cheap, and those that fail still become simple: with their good beginnings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

_MAX_ACCIDENTS = 4
_MAX_PART = 8
_BYTES = (
    *(b"\0", b"\xff", b"\x80", b" ", b"\r\n", b"\n", b'"', b"{", b"}", b"[", b"]", b":", b",", b"-", b"0", b"9", b"\\"),
    *(b"\x01", b"\x7f", b"\xc3", b"\xf0\x9f\x98\x80", b"e", b".", b"/", b"%", b"?", b"#"),
)


@dataclass(frozen=True)
class Family:
    """A good input and what has become of its copies."""

    good: bytes
    mutants: tuple[bytes, ...]

    @property
    def members(self) -> tuple[bytes, ...]:
        return (self.good, *self.mutants)


Mutation = Callable[[bytes, Random, tuple[bytes, ...]], bytes]


@st.composite
def families(
    draw: st.DrawFn,
    good: st.SearchStrategy[bytes],
    size: int,
    *,
    pieces: tuple[bytes, ...] = (),
    gently: Mutation | None = None,
) -> Family:
    """A good input, and so many that a few accidents have happened to; `pieces` get into them.

    `gently` is how most of them change, if there is a way that leaves the form intact.
    """
    data = draw(good)
    random = Random(draw(_SEEDS))

    def mutant() -> bytes:
        change = mutate if gently is None or random.random() < _ROUGH_PART else gently
        return change(data, random, pieces)

    return Family(data, tuple([mutant() for _ in range(size)]))


_SEEDS = st.integers(0, 2**32 - 1)
_ROUGH_PART = 0.3
_SCALAR = re.compile(rb'-?[0-9][0-9.eE+-]*|"[^"\\]*"(?!\s*:)|true|false|null|NaN')


def change_in_place(data: bytes, random: Random, pieces: tuple[bytes, ...] = ()) -> bytes:
    """A byte or two are others: the lengths in a message still fit."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 2) if data else 0):
        at = random.randrange(len(data))
        changed[at] = random.choice((random.randrange(256), changed[at] ^ (1 << random.randrange(8)), 0, 0x7F, 0xFF, 1))
    return bytes(changed)


def change_scalars(data: bytes, random: Random, pieces: tuple[bytes, ...] = ()) -> bytes:
    """A value or two of a JSON text are one of `pieces`, or another value of the text."""
    for _ in range(random.randint(1, 2)):
        found = list(_SCALAR.finditer(data))
        if found:
            start, end = random.choice(found).span()
            other = random.choice(pieces) if random.random() < 0.7 else random.choice(found).group()
            data = data[:start] + other + data[end:]
    return data


def mutate(data: bytes, random: Random, pieces: tuple[bytes, ...] = ()) -> bytes:
    """`data` with a few bytes changed, put in, left out, repeated, or cut off."""
    for _ in range(random.randint(1, _MAX_ACCIDENTS)):
        start = random.randint(0, len(data))
        end = min(len(data), start + random.randint(0, _MAX_PART))
        kind = random.randrange(9)
        if kind < 3:
            data = data[:start] + _piece(random, pieces) + data[start + 1 :]
        elif kind < 5:
            data = data[:start] + _piece(random, pieces) + data[start:]
        elif kind < 7:
            data = data[:start] + data[end:]
        elif kind < 8:
            data = data[:end] + data[start:end] * random.randint(1, 3) + data[end:]
        else:
            data = data[:start] if random.random() < 0.3 else data
    return data


def _piece(random: Random, pieces: tuple[bytes, ...]) -> bytes:
    kind = random.random()
    if pieces and kind < 0.5:
        return random.choice(pieces)
    return random.choice(_BYTES) if kind < 0.8 else random.randbytes(random.randint(1, 4))
