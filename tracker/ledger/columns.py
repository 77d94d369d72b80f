"""Columns: how each kind of field is stored, there and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tracker.model.dates import date_of_text
from tracker.model.fields import STATED, Kind
from tracker.model.measures import FEN_PER_WAN
from tracker.model.stages import Stage

_THOUSANDTHS = 1000
_HUNDREDTHS = 100


def _scaled(factor: int) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    def store(value: Decimal) -> int:
        scaled = value * factor
        whole = int(scaled)
        if whole != scaled:
            raise ValueError(f"{value} is finer than 1/{factor}")
        return whole

    return store, lambda stored: Decimal(stored) / factor


# What is read for the thousandth time need not be made anew: a date never changes.
_date = lru_cache(maxsize=4096)(date_of_text)


def _same(value: Any) -> Any:
    return value


_BY_KIND: dict[Kind, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    Kind.MONEY: _scaled(FEN_PER_WAN),
    Kind.QUANTITY: _scaled(_THOUSANDTHS),
    Kind.PERCENT: _scaled(_HUNDREDTHS),
    Kind.PLANNED_DATE: (lambda value: value.text, _date),
    Kind.ACTUAL_DATE: (lambda value: value.text, _date),
    Kind.STAGE: (lambda value: value.value, Stage),
    Kind.PLACES: (" ".join, lambda stored: tuple(stored.split())),
}
_STORE = {field.name: _BY_KIND.get(field.kind, (_same, _same))[0] for field in STATED}
_LOAD = {field.name: _BY_KIND.get(field.kind, (_same, _same))[1] for field in STATED}

FIELD_COLUMNS: tuple[str, ...] = tuple(field.name for field in STATED)
"""The columns of `statement` and `state` that hold fields, in the order of declaration."""

ABOUT_COLUMNS = ("cleared", "split_from", "withdraws", "awaits", "answers", "final")
"""The columns of `statement` beside the fields: what is emptied, and which other record it is about."""


def to_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give fields' values as they are stored: 分, thousandths, hundredths of a percent, texts.

    Raises ValueError for a number finer than storage keeps, which reading refuses beforehand.
    """
    return {name: _STORE[name](value) for name, value in values.items()}


def from_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields' values of a stored row; columns that hold NULL or no field are left out."""
    return {name: _LOAD[name](stored) for name, stored in row.items() if stored is not None and name in _LOAD}


def loaded(fields: Sequence[str], stored: Iterable[Any]) -> dict[str, Any]:
    """Give the values of some fields whose columns stand in their order; NULL is left out.

    For many rows: `from_columns` looks every column up by name. Raises KeyError for what is no field.
    """
    return {name: _LOAD[name](value) for name, value in zip(fields, stored, strict=True) if value is not None}


def fen(value: Decimal | None) -> int | None:
    """Give a sum in 万元 as 分, None for None."""
    return None if value is None else int(value * FEN_PER_WAN)
