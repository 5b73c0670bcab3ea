from __future__ import annotations

import os
import subprocess
import sys

from tfsctl.background.process_identity import birth_of, is_alive, own_identity


def test_this_process_is_alive_by_its_birth() -> None:
    pid, birth = own_identity()
    assert pid == os.getpid()
    assert is_alive(pid, birth)


def test_another_process_with_the_number_is_not_the_same() -> None:
    pid, birth = own_identity()
    assert not is_alive(pid, birth + "1")


def test_a_process_that_has_ended_is_not_alive_even_as_a_zombie() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        birth = birth_of(process.pid)
        assert birth is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.read()  # Closed by its end.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # It stays a zombie.
        assert not is_alive(process.pid, birth)
    assert birth_of(process.pid) is None
