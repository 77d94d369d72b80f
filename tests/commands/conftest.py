"""What the tests of the command line share: the program as a script calls it, and a list to import."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.builders import write_xlsx
from tracker.commands.line import main
from tracker.exchange.reading.workbooks import Cell

HEAD: list[Cell] = [
    "序号", "县（市、区）", "项目名称", "工程类别", "项目级别", "总投资（万元）", "年度计划投资（万元）",
    "累计完成投资（万元）", "实际开工时间", "实际完工时间",
]  # fmt: skip
ROWS: list[list[Cell]] = [
    HEAD,
    [1, "榆次区", "污水处理厂提标工程", "污水处理", "省级", 100.5, 50, 100.5, "2024-01-04", "2024-05-02"],
    [2, "榆次区", "潇河湿地工程", "湿地", "省级", 200, 80, 20, "2023-07-09", None],
    [3, "介休市", "汾河湿地工程", "湿地", "市级", 300, 60, 0, None, None],
]


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a call answered: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> Any:
        """Give the one JSON object that stands on standard output."""
        return json.loads(self.out)


Call = Callable[..., Answer]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Ledgers made once: `empty`, and `filled` with a list of three projects in 2024-08; tests copy them."""
    folder = tmp_path_factory.mktemp("made")
    path = write_xlsx(folder / "清单.xlsx", {"清单": ROWS})
    for name in ("empty", "filled"):
        run(["--data", str(folder / name), "init", "--empty"])
    run(["--data", str(folder / "filled"), "import", str(path), "--month", "2024-08", "--within", "1407"])
    return {"empty": folder / "empty", "filled": folder / "filled", "list": path}


def run(arguments: list[str]) -> int:
    """Run the program's own entry in this process and give its exit code."""
    before, sys.argv = sys.argv, ["app.py", *arguments]
    try:
        main()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 0
    finally:
        sys.argv = before


@pytest.fixture
def call(tmp_path: Path, made: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program on a copy of the filled ledger, or of the one that `ledger` names."""

    def call_it(*arguments: str, ledger: str = "filled") -> Answer:
        data = tmp_path / ledger
        if ledger in made and not data.exists():
            shutil.copytree(made[ledger], data)
        code = run(["--data", str(data), *arguments])
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return call_it
