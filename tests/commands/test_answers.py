"""How the program answers: exit codes, Chinese sentences, and one JSON object whatever happens."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tests.exchange.builders import write_xlsx

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile("[一-鿿]")
NO_LEDGER = ["status", "--month", "2024-08"]

UNUSABLE = [
    ["foo"],
    ["project"],
    ["project", "foo"],
    ["programme"],
    ["unit"],
    ["status"],
    ["status", "--month"],
    ["status", "--month", "2024-8"],
    ["status", "--month", "2024-13"],
    ["status", "--month", "0000-01"],
    ["status", "--month", "2099-12"],
    ["status", "--month", "2024-08", "--within", "9999"],
    ["status", "--month", "2024-08", "--within", "榆次"],
    ["status", "--month", "2024-08", "多余"],
    ["status", "--month", "2024-08", "--bogus"],
    ["status", "--month", "2024-08", "--programme", "没有的专项"],
    ["rank", "--month", "2024-08", "--by", "start"],
    ["rank", "--month", "2024-08", "--by", "foo", "--group", "county"],
    ["rank", "--month", "2024-08", "--by", "start", "--group", "省"],
    ["import"],
    ["import", "/nonexistent/清单.xlsx", "--month", "2024-08"],
    ["import", "/", "--month", "2024-08"],
    ["import", __file__, "--month", "2024-08"],
    ["import", "/nonexistent/清单.xlsx"],
    ["dossier"],
    ["dossier", "140702-9999"],
    ["project", "rename", "140702-9999", "新名", "--month", "2024-08", "--reason", "批复"],
    ["project", "move", "140702-0001", "--county", "1407", "--month", "2024-08", "--reason", "批复"],
    ["project", "correct", "140702-0001", "--set", "没有=1", "--month", "2024-08", "--reason", "批复"],
    ["programme", "add", "/nonexistent.toml"],
    ["programme", "set", "decimals=7", "--reason", "试"],
    ["programme", "set", "没有=7", "--reason", "试"],
    ["unit", "add", "140771", "开发区", "--city", "9999"],
    ["init"],
    ["backup", "/nonexistent/备份"],
    ["init", "--demo", "--empty"],
    ["serve", "--port", "99999"],
    ["serve", "--port", "八千"],
    ["serve", "--host", "0.0.0.0"],  # noqa: S104
    ["account"],
    ["account", "add", "zhang"],
    ["account", "add", "zhang", "--role", "没有"],
    ["account", "add", "zhang", "--role", "lead", "--scope", "9999"],
    ["account", "disable", "nobody"],
    ["account", "reset", "nobody"],
    ["account", "policy", "--set", "failures"],
    ["audit", "--since", "2024-8-1"],
    ["audit", "--until", "昨天"],
    ["--as", " ", "unit", "add", "140771", "开发区", "--city", "1407"],
]


@pytest.mark.parametrize("arguments", UNUSABLE, ids=" ".join)
def test_what_cannot_be_used_ends_with_2_and_a_chinese_sentence(call: Call, arguments: list[str]) -> None:
    plain = call(*arguments)
    assert plain.code == 2
    assert HAN.search(plain.out + plain.err)
    assert "Traceback" not in plain.err
    assert not re.search(r"\b(Got|Error|Usage|Missing|Invalid|No such|is not)\b", plain.out + plain.err)
    answer = call(*arguments, "--format", "json")
    assert (answer.code, answer.err) == (2, "")
    assert isinstance(answer.object, dict)
    assert HAN.search(answer.out)
    before = call("--format=json", *arguments)
    assert (before.code, before.object.keys()) == (2, answer.object.keys())


def test_no_ledger_is_said_with_how_to_make_one(call: Call) -> None:
    answer = call(*NO_LEDGER, ledger="nowhere")
    assert (answer.code, answer.out) == (2, "")
    assert "init --empty" in answer.err
    assert set(call(*NO_LEDGER, "--format", "json", ledger="nowhere").object) == {"error"}


def test_a_data_directory_that_is_a_file_is_said(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for arguments in (NO_LEDGER, ["init", "--empty"], ["restore", __file__]):
        answer = call(*arguments, "--format", "json", ledger="file")
        assert answer.code in (1, 2)
        assert HAN.search(answer.object["error"])
        assert not re.search("[A-Z][a-z]+ [a-z]+", answer.object["error"])


def test_a_ledger_is_never_overwritten(call: Call) -> None:
    answer = call("init", "--empty", "--format", "json")
    assert answer.code == 1
    assert "已有内容" in answer.object["error"]


@pytest.mark.parametrize("place", ["/proc/ledger", "/dev/null/ledger"])
def test_a_place_where_nothing_can_be_written_is_said(call: Call, place: str) -> None:
    answer = call("--data", place, "init", "--empty", "--format", "json")
    assert answer.code == 2
    assert place.rsplit("/", 1)[0] in answer.object["error"]


def test_a_broken_database_is_said(call: Call, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ledger.sqlite3").write_bytes(b"no database" * 999)
    answer = call(*NO_LEDGER, "--format", "json", ledger="broken")
    assert answer.code == 2
    assert "restore" in answer.object["error"]


def test_a_stop_is_the_whole_import_object_with_its_fault(call: Call, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "无表头.xlsx", {"清单": [["随便", "写写"]]})
    answer = call("import", str(path), "--month", "2024-08", "--format", "json")
    assert answer.code == 2
    assert [fault["severity"] for fault in answer.object["faults"]] == ["stop"]


def test_the_program_answers_as_a_process_too(made: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(made["filled"], tmp_path / "ledger")
    environment = {**os.environ, "TRACKER_DATA": str(tmp_path / "ledger")}

    def process(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "app.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)

    done = process("status", "--month", "2024-08", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["projects"], done.stderr) == (0, 3, "")
    wrong = process("status", "--month", "soon", "--format", "json")
    assert (wrong.returncode, set(json.loads(wrong.stdout))) == (2, {"error"})
    again = process("import", str(made["list"]), "--month", "2024-08", "--format", "json")
    assert (again.returncode, json.loads(again.stdout)["unchanged"]) == (0, 3)


HELPED = (
    "", "serve", "init", "import", "status", "rank", "dossier", "project", "project split", "programme set",
    "unit add", "account", "account add", "account policy", "audit", "backup", "restore", "check",
)  # fmt: skip


@pytest.mark.parametrize("verb", HELPED)
def test_help_is_in_chinese(call: Call, verb: str) -> None:
    answer = call(*verb.split(), "--help")
    assert answer.code == 0
    assert answer.out.startswith("用法：")
    assert not re.search(r"\[OPTIONS\]|ARGS|COMMAND|required|default|Show this|Options|Usage", answer.out)
