"""What runs in a process that generates load."""

from __future__ import annotations

import contextlib
import sys
import traceback
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from tfsctl.bench.generator.generator import Generator
from tfsctl.bench.generator.messages import Done, Failed, Prepare, Ready, Setup, Start, Stop
from tfsctl.errors import InternalError, TfsctlError

if TYPE_CHECKING:
    from tfsctl.bench.generator.loop import LoadLoop


def main() -> None:
    """Do as the other end of the socket says whose descriptor is the first argument, until that is closed."""
    with Connection(int(sys.argv[1])) as parent, contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        setup = parent.recv()
        assert isinstance(setup, Setup)
        generator = Generator(setup.target, setup.workload)
        try:
            while True:
                _carry_out(generator, parent)
        finally:
            generator.close()


def _carry_out(generator: Generator, parent: Connection) -> None:
    order = parent.recv()
    if not isinstance(order, Prepare):
        return  # A Stop that came when all was over.
    try:
        loop = generator.prepare(order.share)
        parent.send(Ready())
        start = parent.recv()
        if isinstance(start, Start):
            parent.send(Done(loop.run(start.at, on_tick=_Reporter(parent))))
    except TfsctlError as error:
        parent.send(Failed(error))
    except (EOFError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 (told to the process that started this one)
        parent.send(Failed(InternalError(f"A generator of load broke: {error!r}", hint=traceback.format_exc())))


class _Reporter:
    """Says how far the load is; hears whether to stop."""

    def __init__(self, parent: Connection) -> None:
        self._parent = parent
        self._num_told = 0

    def __call__(self, loop: LoadLoop) -> bool:
        if self._parent.poll():
            return not isinstance(self._parent.recv(), Stop)
        number = int(loop.elapsed_seconds) - 1
        second = None
        if number >= self._num_told:
            self._num_told = number + 1
            second = number, loop.second(number)
        self._parent.send(loop.tick(second))
        return True
