"""Forking: a verb of the program in a process that begins where the program has read itself in.

What is killed or denied a call is then the verb's own work, and not the start of Python before it, which touches no
ledger and takes several times as long.
"""

from __future__ import annotations

import ctypes
import os
import select
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import NoReturn

from tests.commands.conftest import run

_SET_PTRACER, _ANY_PROCESS = 0x59616D61, -1


class Forked:
    """A verb in a process of its own, which waits to be let go."""

    def __init__(self, arguments: list[str]) -> None:
        self._heard, said = os.pipe()
        gate, self._open = os.pipe()
        self.number = os.fork()
        if not self.number:
            os.close(self._open)
            _carry_out(arguments, gate, said)
        os.close(said)
        os.close(gate)

    def let_go(self) -> None:
        """Let it begin."""
        os.close(self._open)

    def said(self, seconds: float | None = None) -> tuple[str, bool]:
        """Listen until it ends, or for some seconds; gives what it said, and whether it has ended."""
        until = None if seconds is None else time.monotonic() + seconds
        pieces = []
        while True:
            left = None if until is None else max(until - time.monotonic(), 0)
            if not select.select([self._heard], [], [], left)[0]:
                return b"".join(pieces).decode(), False
            piece = os.read(self._heard, 65536)
            if not piece:
                return b"".join(pieces).decode(), True
            pieces.append(piece)

    def ended(self) -> int:
        """Wait for its end and give its exit code: a signal's is negative."""
        os.close(self._heard)
        return os.waitstatus_to_exitcode(os.waitpid(self.number, 0)[1])


def _carry_out(arguments: list[str], gate: int, said: int) -> NoReturn:
    code = 1
    try:
        # Where a process may only watch its own children, this one lets itself be watched by strace, its sibling.
        ctypes.CDLL(None).prctl(_SET_PTRACER, ctypes.c_ulong(_ANY_PROCESS), 0, 0, 0)
        os.read(gate, 1)
        os.dup2(said, 1)
        os.dup2(said, 2)
        with open(1, "w", encoding="utf-8", closefd=False) as sys.stdout:
            sys.stderr = sys.stdout
            code = run(arguments)
    except BaseException:
        # As the interpreter does at a program's end; nothing of it may come back into the test's own process.
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def traced(arguments: list[str], log: Path, *options: str) -> tuple[int, str]:
    """Carry out a verb whose system calls strace watches; gives its exit code and what it said."""
    forked = Forked(arguments)
    with subprocess.Popen(
        ["strace", "-o", str(log), *options, "-p", str(forked.number)], stderr=subprocess.PIPE, text=True
    ) as tracer:
        assert tracer.stderr is not None
        first = tracer.stderr.readline()
        forked.let_go()
        said, _ = forked.said()
        code = forked.ended()
        tracer.communicate()
    assert "attached" in first, first
    return code, said
