"""Record words: what each kind of record is called on screen, on paper, in dossiers and in the audit log."""

from __future__ import annotations

RECORD_WORDS = {
    "programme": "专项设置",
    "unit": "排名单元",
    "month": "开放月份",
    "import": "导入",
    "registration": "登记",
    "return": "月报",
    "correction": "更正",
    "renaming": "更名",
    "moving": "换县",
    "termination": "终止",
    "splitting": "拆分",
    "withdrawal": "撤销",
    "sending": "报送",
    "acceptance": "审核通过",
    "sending_back": "退回",
    "attachment": "附件",
    "locking": "截止填报",
    "unlocking": "恢复填报",
    "permission": "准许迟报",
    "closing": "封账",
    "bulletin": "通报",
}
"""Each kind's Chinese word, in the order the kinds came into the ledger."""
