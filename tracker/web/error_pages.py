"""Error pages: what a reader sees when an address names nothing, or when something went wrong here."""

from __future__ import annotations

import secrets

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from tracker.ledger.handle import LedgerError, NoLedgerError, RefusedError, StorageError
from tracker.web.whereabouts import NoProgrammeError, NotThereError

_TITLES = {
    400: "这个请求无法处理",
    403: "这里只在本机开放",
    404: "没有这一页",
    405: "这个地址不接受这种操作",
    413: "内容太大",
    414: "地址太长",
    431: "请求头太大",
}
_SENTENCES = {
    400: "请求的内容不完整或写得不对，请返回上一页重试。",
    403: "还没有管理员账号，台账只能在运行它的这台电脑上查看。",
    404: "地址可能写错了，或者页面已经移走。可从总览重新找起。",
    405: "请返回上一页，用页面上的按钮操作。",
    413: "一次最多提交 10 MB，这次的没有收下，台账没有改动。请删去图片和无关的工作表，或分成几个文件，再重新提交。",
}
_FALLBACK_TITLE = "请求没有完成"
_FALLBACK_SENTENCE = "请返回上一页重试。"


def handle_errors(site: Flask) -> None:
    """Give a site its pages for everything that can go wrong."""
    site.register_error_handler(HTTPException, _http_error)
    site.register_error_handler(CSRFError, _forged)
    site.register_error_handler(NotThereError, _not_there)
    site.register_error_handler(NoProgrammeError, _no_programme)
    site.register_error_handler(LedgerError, _ledger_error)

    def failed(error: Exception) -> ResponseReturnValue:
        # The number ties what the reader reports to the line in the log; the reason stays in the log.
        number = secrets.token_hex(4)
        site.logger.error("failure %s", number, exc_info=error)
        return render_template("failure.html", number=number), 500

    site.register_error_handler(Exception, failed)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error
    own = error.description or ""
    chinese = any("一" <= character <= "鿿" for character in own)
    sentence = own if chinese else _SENTENCES.get(code, _FALLBACK_SENTENCE)
    title = "没有权限" if code == 403 and chinese else _TITLES.get(code, _FALLBACK_TITLE)
    return _page(code, title, sentence)


def _forged(_error: CSRFError) -> ResponseReturnValue:
    # Nothing of such a request may be used, so what was typed or chosen cannot be handed back.
    sentence = (
        "这次提交没有带本站页面发的凭证，没有处理，台账没有改动："
        "可能是浏览器重新打开过、停用了 Cookie，或者不是从本站的页面提交的。"
        "请返回上一页，刷新以后再提交；刚才选的文件没有收下，需要重新选一次，写的文字也请重新填写。"
    )
    return _page(400, "没有提交成功", sentence)


def _page(code: int, title: str, sentence: str) -> ResponseReturnValue:
    return render_template("error.html", code=code, title=title, sentence=sentence), code


def _not_there(error: NotThereError) -> ResponseReturnValue:
    return _page(404, _TITLES[404], str(error))


def _no_programme(_error: NoProgrammeError) -> ResponseReturnValue:
    return render_template("no_programme.html")


def _ledger_error(error: LedgerError) -> ResponseReturnValue:
    if isinstance(error, NoLedgerError):
        return render_template("no_ledger.html"), 503
    if isinstance(error, RefusedError):
        return _page(409, "没有登记", str(error))
    return _page(503, "台账没有写成" if isinstance(error, StorageError) else "台账暂时不能读取", str(error))
