"""Programme files: a programme's definition as a TOML file, checked as a whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracker.exchange.reading.file_errors import reason_of
from tracker.ledger.handle import LedgerError, RefusedError
from tracker.ledger.programmes import find_place, places_of, programmes, units_of
from tracker.ledger.reference import REFERENCE_DIRECTORY, divisions
from tracker.ledger.writing import Writing
from tracker.model.places import Unit
from tracker.model.programme import Denominator, Level, Programme, TieRule, definition_faults
from tracker.model.stages import COMPLETED, STARTED, Stage

SHIPPED_DIRECTORY = REFERENCE_DIRECTORY / "programmes"
SHANXI = SHIPPED_DIRECTORY / "yihong.toml"
NATIONAL = SHIPPED_DIRECTORY / "national.toml"

LARGEST_DEFINITION = 64 * 1024
"""The most bytes a definition file may have; the longest one that makes sense is far shorter."""

_KEYS = {
    "key", "name", "area", "expected_projects", "decimals", "tie_rule", "start_denominator",
    "completion_denominator", "reporting_day", "review_levels", "separate_groups", "categories", "levels",
    "batches", "stages", "units", "demonstration",
}  # fmt: skip


class DefinitionError(LedgerError):
    """A programme file that cannot be used; the text says, in Chinese, everything that is wrong with it."""


def read_programme(path: Path) -> tuple[Programme, list[Unit]]:
    """Read a definition file; gives the programme and the ranking units it registers.

    Raises DefinitionError.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DefinitionError(f"专项定义文件“{path}”打不开（{reason_of(error)}），请核对路径。") from error
    return programme_in(content, path.name)


def programme_in(content: bytes, source: str) -> tuple[Programme, list[Unit]]:
    """Read the bytes of a definition file, which `source` names; gives the same as `read_programme`.

    Raises DefinitionError.
    """
    if len(content) > LARGEST_DEFINITION:
        raise DefinitionError(f"“{source}”有 {len(content)} 个字节，专项定义不会超过 {LARGEST_DEFINITION} 个，请核对。")
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"专项定义文件“{source}”不是正确的 TOML（UTF-8）：{error}。") from error
    return programme_of(document, source)


def programme_of(document: Mapping[str, Any], source: str) -> tuple[Programme, list[Unit]]:
    """Give the programme that a parsed definition describes. Raises DefinitionError."""
    unknown = sorted(document.keys() - _KEYS)
    if unknown:
        raise DefinitionError(
            f"“{source}”里有不认识的设置：{'、'.join(unknown)}。可用的有：{'、'.join(sorted(_KEYS))}。"
        )
    expected = document.get("expected_projects")
    if expected is not None and type(expected) is not int:
        raise DefinitionError(
            f"“{source}”里 expected_projects 写的是 {expected!r}，应为整数，例如 285；没有公布就不写。"
        )
    try:
        categories = document.get("categories", {})
        stages = document.get("stages", {})
        programme = Programme(
            key=str(document["key"]),
            name=str(document["name"]),
            area=str(document.get("area", "000000")),
            expected_projects=expected,
            categories=tuple(str(name) for name in categories.get("names", ())),
            categories_complete=bool(categories.get("complete", False)),
            levels=tuple(
                Level(str(level["name"]), tuple(str(word) for word in level.get("synonyms", ())))
                for level in document.get("levels", ())
            ),
            batches=tuple(str(name) for name in document.get("batches", ())),
            decimals=int(document.get("decimals", 1)),
            tie_rule=TieRule(document.get("tie_rule", "skip")),
            start_denominator=Denominator(document.get("start_denominator", "all")),
            completion_denominator=Denominator(document.get("completion_denominator", "all")),
            started_stages=frozenset(Stage(name) for name in stages.get("started", STARTED)),
            completed_stages=frozenset(Stage(name) for name in stages.get("completed", COMPLETED)),
            reporting_day=int(document.get("reporting_day", 5)),
            review_levels=int(document.get("review_levels", 1)),
            separate_groups=bool(document.get("separate_groups", True)),
            demonstration=bool(document.get("demonstration", False)),
        )
        units = [Unit(str(unit["code"]), str(unit["name"]), str(unit["city"])) for unit in document.get("units", ())]
    except KeyError as error:
        raise DefinitionError(f"“{source}”里缺少设置 {error.args[0]}，请补上。") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise DefinitionError(f"“{source}”里有写得不对的设置：{error}。") from error
    faults = definition_faults(programme) + _place_faults(programme, units)
    if faults:
        raise DefinitionError("".join(faults))
    return programme, units


def _place_faults(programme: Programme, units: list[Unit]) -> list[str]:
    places = divisions()
    faults = []
    if places.find(programme.area) is None:
        faults.append(f"范围代码“{programme.area}”不在行政区划里，例如 140000 是山西省，000000 是全国。")
    faults += [sentence for unit in units if (sentence := unit_fault(unit, [])) is not None]
    return faults


def unit_fault(unit: Unit, registered: list[Unit]) -> str | None:
    """Give what keeps a ranking unit from being registered, as a Chinese sentence, or None."""
    places = divisions()
    city = places.find(unit.city)
    if city is None or city.path.count("/") > 1 or not city.path:
        return f"“{unit.name}”写的所属市“{unit.city}”不是市级代码，例如 1407 是晋中市。"
    if not unit.code or not unit.code.isascii() or not unit.code.isalnum() or len(unit.code) > 20:
        return f"单元代码“{unit.code}”只能用 20 个以内的字母和数字，例如 140771。"
    if places.find(unit.code) is not None or any(other.code == unit.code for other in registered):
        return f"代码“{unit.code}”已经被别的地区或单元使用，请换一个。"
    if not unit.name.strip() or len(unit.name) > 60:
        return "单元名称不能为空，也不能超过 60 个字。"
    if any(other.city == city.code and other.name == unit.name for other in registered):
        return f"{city.name}已经有名为“{unit.name}”的单元。"
    return None


def record_programme(writes: Writing, programme: Programme, units: list[Unit], reason: str | None = None) -> None:
    """Record a new programme's definition and the ranking units that come with it.

    Raises RefusedError where the ledger has a programme of that key or name.
    """
    for known in programmes(writes.ledger):
        if programme.key == known.key or programme.name == known.name:
            raise RefusedError(
                f"台账里已有专项“{known.name}”（{known.key}），代号和名称都不能重复；要改设置，请改已有的那个专项。"
            )
    writes.define_programme(programme, reason)
    for unit in units:
        writes.add_unit(programme.key, full_coded(unit), reason)


def record_unit(writes: Writing, programme: Programme, unit: Unit, reason: str | None = None) -> Unit:
    """Record a ranking unit of a programme; gives it as it is kept.

    Raises RefusedError where it cannot be registered, UnknownError for a city outside the programme.
    """
    find_place(places_of(writes.ledger, programme), programme, unit.city)
    new = full_coded(unit)
    fault = unit_fault(new, units_of(writes.ledger, programme.key))
    if fault:
        raise RefusedError(fault)
    writes.add_unit(programme.key, new, reason)
    return new


def full_coded(unit: Unit) -> Unit:
    """Give the unit with its city's code filled up to six digits, as it is kept."""
    city = divisions().find(unit.city)
    return Unit(unit.code, unit.name, city.code) if city else unit
