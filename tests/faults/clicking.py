"""Clicking: the real site in a server of two processes, and one click that arrives twenty times at once."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path

from tests.faults.importing import ROOT, command, steady_environment

AT_ONCE = 20
_HEARS_AFTER = 60.0
_LOOK_AGAIN = 0.05


@contextmanager
def served(data: Path) -> Iterator[int]:
    """Serve a ledger as an office does, by two processes; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        command(data, "serve", "--port", str(port), "--workers", "2"), stdout=subprocess.DEVNULL, cwd=ROOT,
        env=steady_environment(),
    )  # fmt: skip
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server hears."""
    pause = threading.Event()
    for _ in range(int(_HEARS_AFTER / _LOOK_AGAIN)):
        assert process.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(_LOOK_AGAIN)
    raise AssertionError("the server does not hear")


class Person:
    """Somebody signed in to a served demonstration ledger, with as many connections as clicks at once."""

    def __init__(self, port: int, account: str) -> None:
        """Enter as one of the demonstration's accounts."""
        self.port = port
        self.cookies: dict[str, str] = {}
        [token] = {form["csrf_token"] for _, form in self.forms("/signin")}
        self.post("/signin/demonstration", {"csrf_token": token, "account": account})

    def ask(self, method: str, address: str, said: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Ask on a connection of its own; gives the answer's status, where it leads, and its text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_HEARS_AFTER)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if said is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, address, urllib.parse.urlencode(said or {}), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, answer.headers.get("Location", ""), text

    def post(self, address: str, said: dict[str, str]) -> None:
        """Send a form once."""
        status, _, text = self.ask("POST", address, said)
        assert status == 303, (status, text)

    def forms(self, address: str) -> list[tuple[str, dict[str, str]]]:
        """Give the forms of a page: where each is sent, and its hidden fields."""
        status, _, text = self.ask("GET", address)
        assert status == 200, (address, status, text)
        found = []
        for action, inside in re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"[^>]*>(.*?)</form>', text, re.S):
            fields = {}
            for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', inside):
                fields[_attribute(tag, "name")] = _attribute(tag, "value")
            found.append((unescape(action), fields))
        return found

    def form(self, page: str, ending: str) -> tuple[str, dict[str, str]]:
        """Give the first form of a page whose address ends so."""
        found = self.forms(page)
        for action, fields in found:
            if action.endswith(ending):
                return action, fields
        raise AssertionError(f"{page} has no form for {ending}: {found}")

    def click_at_once(self, action: str, said: dict[str, str]) -> list[tuple[int, str]]:
        """Send one form twenty times at once; gives the answers' statuses and where they lead."""
        ready = threading.Barrier(AT_ONCE)

        def click(_number: int) -> tuple[int, str]:
            ready.wait()
            return self.ask("POST", action, said)[:2]

        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(click, range(AT_ONCE)))


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""
