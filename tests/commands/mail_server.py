"""A real SMTP server on this machine for tests: it takes letters, refuses some addresses, and may want a password."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """What was taken, whom it refuses, and which password it wants."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, refused: tuple[str, ...], login: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.refused, self.login = refused, login
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.greetings: list[str] = []


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self._say("220 test")
        recipient, entered = "", self.server.login is None
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    self.server.greetings.append(rest)
                    self._say("250-test")
                    self._say("250 AUTH PLAIN" if self.server.login else "250 8BITMIME")
                case "AUTH":
                    given = base64.b64decode(rest.partition(" ")[2]).decode().lstrip("\0").replace("\0", ":")
                    entered = given == self.server.login
                    self._say("235 ok" if entered else "535 no")
                case "RCPT":
                    recipient = rest.partition("<")[2].partition(">")[0]
                    taken = entered and recipient not in self.server.refused
                    self._say("250 ok" if taken else "550 no such user here")
                case "DATA":
                    self._say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.SMTP))  # type: ignore[arg-type]
                    self.server.recipients.append(recipient)
                    self._say("250 kept")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")


@contextmanager
def mail_server(refused: tuple[str, ...] = (), login: str | None = None) -> Iterator[MailServer]:
    """Serve mail on a free port; `login` is `user:password` where one is wanted."""
    with MailServer(refused, login) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
