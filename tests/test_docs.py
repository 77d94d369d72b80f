"""The documents say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from tracker.commands.line import VERBS
from tracker.model.dictionary import data_dictionary

ROOT = Path(__file__).resolve().parents[1]


def test_the_data_dictionary_is_the_declared_one() -> None:
    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == data_dictionary()


def test_the_readme_documents_every_verb() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in VERBS:
        assert len(re.findall(rf"`{verb}\b", readme)) >= 2, f"{verb} is not told in both languages"


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_decision_stands_in_the_index() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for record in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        assert f"({record.name})" in index
