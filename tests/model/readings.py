"""Blanks that every reader knows, and the three outcomes of a reading, each checked for its form."""

from __future__ import annotations

from tracker.model.faults import Severity
from tracker.model.values import Cell, Reading, Said

BLANKS: list[Cell] = [
    None, "", " ", "\n", "\u3000", "—", "–", "-", "－", "--", "——", "— —", "/", "／", "\\", "＼", " / ", "无",
    "暂无", " 无\n", "\ufeff",
]  # fmt: skip


def accepted(reading: Reading) -> object:
    """Give the value of a reading without a flaw."""
    assert reading.said is Said.VALUE
    assert reading.flaw is None
    return reading.value


def refused(reading: Reading) -> str:
    """Give the message of a reading that must be mended, having checked its form."""
    assert reading.said is Said.VALUE
    assert reading.value is None
    assert reading.flaw is not None
    assert reading.flaw.severity is Severity.FIX
    message = reading.flaw.message
    assert message.startswith("“")
    assert message.endswith("。")
    assert message.count("。") == 1
    assert "例如" in message
    return message


def asked(reading: Reading) -> object:
    """Give the value that a reading has once it is accepted."""
    assert reading.said is Said.VALUE
    assert reading.flaw is not None
    assert reading.flaw.severity is Severity.ASK
    assert "请确认" in reading.flaw.message
    return reading.value
