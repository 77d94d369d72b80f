"""Mailing: letters through the office's own SMTP server, as the environment names it."""

from __future__ import annotations

import ipaddress
import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from urllib.parse import unquote, urlsplit

from tracker.ledger.handle import LedgerError

SERVER, SENDER = "TRACKER_SMTP", "TRACKER_MAIL_FROM"
"""The environment's variables: smtp://user:password@host:port or smtps://…, and the sender's address."""

_PORTS = {"smtp": 25, "smtps": 465}
_PATIENCE = 20
"""Seconds that a server may take for one answer."""


class MailError(LedgerError):
    """A letter was not taken; the text is a Chinese sentence without the address."""


class MailServerError(MailError):
    """The server cannot be reached or refuses everything, so that further letters need not be tried."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server and the sender's address; `secure` speaks TLS from the first byte."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    secure: bool = False

    def __repr__(self) -> str:
        """Name the server without its password, which must stand in no trace."""
        return f"MailServer({self.host}:{self.port})"


def mail_server() -> MailServer | None:
    """Give the server that the environment names; None where it names none. Raises MailServerError for a wrong one."""
    written, sender = os.environ.get(SERVER, "").strip(), os.environ.get(SENDER, "").strip()
    if not written:
        return None
    example = "例如 smtp://user:password@mail.example.cn:587"
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError as error:
        raise MailServerError(f"环境变量 {SERVER} 写得不对，{example}。") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise MailServerError(f"环境变量 {SERVER} 应以 smtp:// 或 smtps:// 开头并写明服务器，{example}。")
    try:
        address = Address(addr_spec=sender)
    except (ValueError, IndexError, AttributeError) as error:
        raise MailServerError(f"环境变量 {SENDER} 应是发信人的邮箱，例如 zhuanban@example.cn。") from error
    if not address.domain or not sender.isascii():
        raise MailServerError(f"环境变量 {SENDER} 应是发信人的邮箱，例如 zhuanban@example.cn。")
    return MailServer(
        parts.hostname, port or _PORTS[parts.scheme], sender, unquote(parts.username or ""),
        unquote(parts.password or ""), parts.scheme == "smtps",
    )  # fmt: skip


def letter(server: MailServer, address: str, subject: str, text: str) -> EmailMessage:
    """Give a plain letter to one address; what is longer than a line in the subject becomes one line."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = server.sender, address
    message["Subject"] = " ".join(subject.split())
    message["Date"] = localtime()
    # The name of this machine is nobody's business.
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="base64")
    return message


class Postman:
    """An open connection to a mail server, renewed where the server ended it."""

    def __init__(self, server: MailServer) -> None:
        """Know the server; the connection is made for the first letter."""
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """Send one letter. Raises MailError, and MailServerError where further ones would fail alike."""
        if self._connection is None:
            self._connection = _connected(self._server)
        try:
            self._connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            self._reset()
            raise MailError("邮件服务器不接受这个收件邮箱，请系统管理员核对账号的邮箱。") from error
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self.close()
            raise MailError(f"邮件服务器没有收下这封信（{_reason(error)}）。") from error

    def _reset(self) -> None:
        with suppress(smtplib.SMTPException, OSError):
            if self._connection is not None:
                self._connection.rset()

    def close(self) -> None:
        """End the connection; the next letter makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()


@contextmanager
def postman(server: MailServer) -> Iterator[Postman]:
    """Give a connection to a mail server, ended afterwards."""
    found = Postman(server)
    try:
        yield found
    finally:
        found.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    """Connect and sign in. Raises MailServerError."""
    connection: smtplib.SMTP | None = None
    try:
        # The name a client gives in greeting is this machine's own, which no server needs.
        if server.secure:
            connection = smtplib.SMTP_SSL(
                server.host, server.port, "localhost", timeout=_PATIENCE, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, "localhost", timeout=_PATIENCE)
            connection.ehlo_or_helo_if_needed()
            if connection.has_extn("starttls"):
                connection.starttls(context=ssl.create_default_context())
            elif server.user and not _is_here(server.host):
                raise MailServerError(
                    "邮件服务器不支持加密（STARTTLS），密码会明文传出，没有发信。请改用 smtps:// 或换一个端口。"
                )
        if server.user:
            connection.login(server.user, server.password)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        if connection is not None:
            connection.close()
        wrong = isinstance(error, smtplib.SMTPAuthenticationError)
        what = "不接受用户名和密码" if wrong else f"连不上（{_reason(error)}）"
        raise MailServerError(f"邮件服务器 {server.host}:{server.port} {what}，请核对环境变量 {SERVER}。") from error
    except MailServerError:
        if connection is not None:
            connection.close()
        raise
    return connection


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reason(error: Exception) -> str:
    """Give an error's reason on one short line; a server's own words may hold an address, so only its code is said."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"回应代码 {error.smtp_code}"
    if isinstance(error, TimeoutError):
        return f"{_PATIENCE} 秒没有回应"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
