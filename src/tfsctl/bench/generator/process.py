"""A process that generates load, seen from the one that started it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from tfsctl.bench.generator.messages import Failed, Setup
from tfsctl.errors import InternalError

if TYPE_CHECKING:
    from tfsctl.bench.generator.target import Target
    from tfsctl.bench.workload import Workload

# Not by multiprocessing: that runs the caller's main module again, and a script may do its work there. The paths are
# ours, so that nothing is imported from the directory the user happens to be in.
_CODE = "import sys; sys.path[:] = {paths!r}; from tfsctl.bench.generator.child import main; main()"
_PATIENCE_SECONDS = 5.0


class GeneratorProcess:
    """Starts at once; takes and gives messages (tfsctl.bench.generator.messages). Close it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            code = _CODE.format(paths=[path for path in sys.path if path])
            command = [sys.executable, "-c", code, str(descriptor)]
            # In a session of its own Ctrl-C does not reach it: this process says when it has to stop.
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                command, pass_fds=(descriptor,), stdin=subprocess.DEVNULL, start_new_session=True
            )
        self.connection = Connection(ours.detach())

    @staticmethod
    def is_possible() -> bool:
        """Whether this system can hand a socket down to a process."""
        return os.name == "posix"

    def set_up(self, target: Target, workload: Workload) -> None:
        """Tell what all the load is about."""
        self.send(Setup(target, workload))

    def send(self, message: object) -> None:
        """Pass a message on."""
        try:
            self.connection.send(message)
        except OSError as error:
            raise self._gone() from error

    def receive(self) -> object:
        """The next message, waited for; raises what a Failed says, and InternalError if the process has ended."""
        try:
            message: object = self.connection.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error
        if isinstance(message, Failed):
            raise message.error
        return message

    def close(self) -> None:
        """End the process; idempotent."""
        self.connection.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _gone(self) -> InternalError:
        code = self._process.poll()
        return InternalError(f"A process that generates load has ended unasked (status {code}).")
