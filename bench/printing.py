"""Printing: the province's bulletin cold, and again after one county changed, against typst on the same tables.

    python -m bench.printing --typst ENVIRONMENT/bin/python [--runs 3]

typst is no part of the project and is installed by hand, into an environment of its own:

    python -m venv ENVIRONMENT && ENVIRONMENT/bin/pip install typst==0.15.2

Both print in new processes, in turn; only the changed bulletin is printed by the process that printed the first, as
the site's printing worker does while somebody works on the words. typst gets the same tables in the same sizes, page
by page, and the same text. Seconds are of the clock and, after them, of the processors; the most memory is that of
the largest process.
"""

from __future__ import annotations

import argparse
import datetime
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tracker.exchange.bulletins.document import BULLETIN, Bulletin, Section
from tracker.exchange.demonstration import make_demonstration
from tracker.exchange.paper.tables import TablePage, table_pages
from tracker.exchange.tables.asking import Asked
from tracker.exchange.tables.registry import KINDS
from tracker.exchange.writing.list_table import projects_at
from tracker.ledger.opening import creating_ledger
from tracker.ledger.programmes import places_of, programmes
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind

MONTH = "2024-10"
TABLES = ("summary", "ranking", "behind", "problems", "dispatch")
GOAL, GOAL_AGAIN = 8, 1 / 3
_ROOT = Path(__file__).resolve().parents[1]
_PRINT = """
import pickle, sys
from pathlib import Path
from tracker.exchange.bulletins.printing import print_bulletin
printed = print_bulletin(pickle.loads(Path(sys.argv[1]).read_bytes()))
Path(sys.argv[2]).write_bytes(printed.content)
print(printed.pages)
"""
_AGAIN = """
import pickle, resource, sys, time
from pathlib import Path
from tracker.exchange.bulletins.printing import print_bulletin
from tracker.exchange.paper.printer import Press
with Press() as press:
    print_bulletin(pickle.loads(Path(sys.argv[1]).read_bytes()), press=press)
    start = time.perf_counter()
    printed = print_bulletin(pickle.loads(Path(sys.argv[2]).read_bytes()), press=press)
    Path(sys.argv[3]).write_bytes(printed.content)
    print(time.perf_counter() - start)
"""
_TYPST = "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2], font_paths=[sys.argv[3]])"
_TEXT = "截至十月底，全省清单内工程共二百八十五项，各地对照计划时间逐项落实责任，加快未开工项目前期工作。" * 6


def bulletins(folder: Path) -> tuple[Bulletin, Bulletin]:
    """Make the demonstration ledger, and the province's bulletin before and after one county corrected its report."""
    with creating_ledger(folder) as ledger:
        make_demonstration(ledger)
        programme = programmes(ledger)[0]
        area = places_of(ledger, programme).find("14")
        assert area is not None
        first = _bulletin(Asked(ledger, programme, MONTH, area), _TEXT)
        projects = projects_at(ledger, programme, MONTH, area)
        project = next(each for each in projects if each.state.started and not each.state.completed)
        with writing(ledger, "bench", "bench") as writes:
            done = project.state.values["cumulative_investment"] + 1
            said = {"cumulative_investment": done, "progress": "主体施工"}
            writes.state(programme.key, project.code, MONTH, StatementKind.CORRECTION, said, reason="bench")
        return first, _bulletin(Asked(ledger, programme, MONTH, area), _TEXT[1:])


def _bulletin(asked: Asked, text: str) -> Bulletin:
    annexes = tuple(table for kind in TABLES for table in KINDS[kind].make(asked))
    words = "一二三四"
    sections = tuple(Section(word, f"{word}、进展", (text, _TEXT)) for word in words)
    day = datetime.date(2024, 11, 5)
    return Bulletin(
        asked.programme.name, MONTH, asked.area.name, BULLETIN, "山西省工作专班", "晋水专班通报〔2024〕8号",
        "关于十月建设进展情况的通报", "各市人民政府", sections, {}, annexes, "山西省工作专班", day,
        "各县（市、区）人民政府", "山西省工作专班办公室", day, draft=False, demonstration=True,
        verify_address="https://example.org/8", checksum=f"{len(text):064d}",
    )  # fmt: skip


def typst_source(printed: Bulletin) -> str:
    """Write the bulletin for typst."""
    said = ['#set page(paper: "a4", margin: (top: 37mm, left: 28mm, right: 26mm, bottom: 35mm), numbering: "— 1 —")',
            '#set text(font: ("Bulletin Latin", "Bulletin Song"), size: 16pt, lang: "zh", region: "cn")']  # fmt: skip
    for section in printed.sections:
        said += [f"#par{_text(each)}" for each in (section.heading, *section.paragraphs)]
    for number, annex in enumerate(printed.annexes, start=1):
        said += [_typst_page(page) for page in table_pages(annex, f"附件{number}")]
    return "\n\n".join(said)


def _typst_page(page: TablePage) -> str:
    size = '"a3"' if page.paper.value == "a3" else '"a4"'
    margin = "margin: (top: 28mm, right: 37mm, bottom: 26mm, left: 35mm), flipped: true"
    columns = ", ".join(f"{width:.2f}pt" for width in page.widths)
    cells = ["table.header("]
    for rows, end in ((page.heads, "),"), (page.rows, "")):
        for row in rows:
            for cell in row.cells:
                align = {"l": "left", "r": "right"}.get(cell.look, "center")
                cells.append(
                    f"table.cell(colspan: {cell.across}, rowspan: {cell.down}, align: {align}, {_text(cell.text)}),"
                )
        cells.append(end)
    above = "".join(f"#text(18pt){_text(line)}\n\n" for line in page.title)
    return (
        f"#page(paper: {size}, {margin})[{above}#set text(size: {page.size}pt)\n#table(columns: ({columns}), "
        f"inset: 2.8pt, stroke: 0.4pt, {''.join(cells)})\n{''.join(f'#par{_text(note)}' for note in page.notes)}]"
    )


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'[#"{escaped}"]'


def timed(*command: str) -> tuple[float, float, str]:
    """Run a command; give its seconds by the clock and of the processors, and what it said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    said = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True).stdout
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, said


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("--typst", required=True)
    reader.add_argument("--runs", type=int, default=3)
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, later = bulletins(folder / "ledger")
        (folder / "first").write_bytes(pickle.dumps(first))
        (folder / "changed").write_bytes(pickle.dumps(later))
        (folder / "b.typ").write_text(typst_source(first), encoding="utf-8")
        made = str(folder / "b.pdf")
        cold, again, floor = [], [], []
        pages = ""
        typst = (asked.typst, "-c", _TYPST, str(folder / "b.typ"), str(folder / "t.pdf"), str(_ROOT / "data/fonts"))
        for run in range(asked.runs + 1):
            printed = timed(sys.executable, "-c", _PRINT, str(folder / "first"), made)
            changed = timed(sys.executable, "-c", _AGAIN, str(folder / "first"), str(folder / "changed"), made)
            compared = timed(*typst)
            pages = printed[2].strip()
            if run:
                cold.append(printed[:2])
                again.append(float(changed[2]))
                floor.append(compared[:2])
        cells = sum(page.cells for annex in first.annexes for page in table_pages(annex))
        print(f"{pages} pages, {cells} cells, {(folder / 'b.pdf').stat().st_size >> 10} KB")
    (c, c_cpu), (t, t_cpu) = (
        tuple(statistics.median(each[at] for each in held) for at in (0, 1)) for held in (cold, floor)
    )
    a = statistics.median(again)
    print(
        f"cold {c:.2f} s ({c_cpu:.2f} s of processors) = {c / t:.1f} x typst ({t:.2f} s, {t_cpu:.2f} s); goal {GOAL} x"
    )
    print(f"one county changed {a:.2f} s = {a / c:.2f} of cold; goal {GOAL_AGAIN:.2f}")
    print(f"largest process {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10} MB; goal 300 MB")


if __name__ == "__main__":
    main()
