"""The documents say what the program does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tracker.commands.line import VERBS
from tracker.model.dictionary import data_dictionary

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
GUIDES = sorted((ROOT / "docs").glob("guide-*.md"))
LARGEST_PICTURE = 150_000
MOST_PICTURES = 3


def test_the_data_dictionary_is_the_declared_one() -> None:
    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == data_dictionary()


def test_the_readme_documents_every_verb() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in VERBS:
        assert len(re.findall(rf"`{verb}\b", readme)) >= 2, f"{verb} is not told in both languages"


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_decision_stands_in_the_index() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for record in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        assert f"({record.name})" in index


def _anchors(document: Path) -> set[str]:
    """Give the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_to_a_heading_leads_to_one() -> None:
    for document in DOCUMENTS:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text(encoding="utf-8")):
            there = document.parent / target if target else document
            assert unquote(anchor) in _anchors(there), f"{document.name} links to {target}#{anchor}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_guide_is_linked_in_both_languages(guide: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for language in readme.split("\n# English\n"):
        assert f"(docs/{guide.name})" in language


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_has_few_and_small_pictures(guide: Path) -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", guide.read_text(encoding="utf-8"))
    assert len(pictures) <= MOST_PICTURES
    for picture in pictures:
        assert (guide.parent / picture).stat().st_size < LARGEST_PICTURE, f"{picture} is too large"


def test_every_picture_of_a_guide_is_shown() -> None:
    told = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    for picture in (ROOT / "docs" / "images").iterdir():
        assert f"images/{picture.name})" in told, f"nobody shows {picture.name}"


def _names(tree: ast.Module) -> dict[str, str]:
    """Give a module's constants that are texts, by their names."""
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = (
                zip(target.elts, node.value.elts, strict=True)
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                else [(target, node.value)]
            )
            for name, value in pairs:
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[name.id] = value.value
    return found


def _variables(module: Path) -> Iterator[str]:
    """Give the environment's variables that a module reads; one that is not named by a text fails."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    names = _names(tree)
    for node in ast.walk(tree):
        asked: ast.expr | None = None
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
            asked = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            asked = node.slice
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            asked = node.value
        if asked is not None:
            yield asked.value if isinstance(asked, ast.Constant) else names[ast.unparse(asked)]  # type: ignore[misc]


def test_every_environment_variable_is_documented() -> None:
    modules = [ROOT / "app.py", *(ROOT / "tracker").rglob("*.py"), *(ROOT / "tests" / "browser").rglob("*.py")]
    read = {name for module in modules for name in _variables(module)}
    assert {"TRACKER_DATA", "TRACKER_SECRET", "TRACKER_SMTP"} <= read
    told = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for name in sorted(read):
        assert f"| `{name}` |" in told, f"{name} is not in docs/configuration.md"
