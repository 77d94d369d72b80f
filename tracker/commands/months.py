"""`month` and `return`: the phases of a month, each county's return, and the review of it."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

import click

from tracker.commands.importing import fault_lines
from tracker.commands.line import REFUSED, ChineseGroup, Options, answer, shared_options
from tracker.commands.requests import Month, UnusableError, asked, month_option, opened, person, within_option
from tracker.exchange.imports.draft_reading import DraftedReturn, read_drafts
from tracker.ledger import closing, returns
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import PHASE_WORDS, deadline, months
from tracker.ledger.programmes import find_place, find_programme, places_of
from tracker.ledger.returns import (
    ACCEPTABLE,
    STATUS_WORDS,
    CountyReturn,
    ReturnRow,
    RowStatus,
    county_returns,
    rows_of_month,
)
from tracker.ledger.writing import Writing, writing
from tracker.model.months import chinese_month
from tracker.model.places import Place, Places
from tracker.model.programme import Programme

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_SHOWN = 12


@click.group(cls=ChineseGroup, help="月份：开放填报、截止、准许迟报、封账，以及各县的进度。")
def month() -> None:
    """Group what concerns a month as a whole."""


@click.group("return", cls=ChineseGroup, help="月报：报送草稿、审核通过、退回。")
def monthly_return() -> None:
    """Group what concerns counties' returns."""


def _month_argument(function: Decorated) -> Decorated:
    return shared_options(click.argument("named", metavar="YYYY-MM", type=Month())(function))


def _reason_option(function: Decorated) -> Decorated:
    return click.option("--reason", default="", metavar="理由", help="为什么，记入档案。")(function)


def _record(options: Options, ledger: Ledger, act: Callable[[Writing], Any]) -> Any:
    """Carry out one request in the caller's name and give what it gave."""
    with writing(ledger, f"month:{uuid.uuid4()}", person(options)) as writes:
        return act(writes)


def _lead(options: Options, named: str, act: Callable[[Writing, Programme], None], done: str) -> NoReturn:
    """Carry out what the task force decides of a month, and answer with the phase it is in then."""
    with opened(options) as ledger:
        programme = find_programme(ledger, options.programme)
        _record(options, ledger, lambda writes: act(writes, programme))
        phase = months(ledger, programme.key)[named].phase
    answer(options, {"month": named, "phase": phase.value}, f"{chinese_month(named)}{done}")


def _county(ledger: Ledger, programme: Programme, code: str | None) -> Place:
    """Find the county that a request names. Raises UnknownError, and UnusableError for a larger area."""
    places = places_of(ledger, programme)
    if code is None:
        raise UnusableError("请用 --within 写明是哪个县（市、区），例如 --within 140702。")
    place = find_place(places, programme, code)
    if not places.is_unit(place):
        raise UnusableError(f"{place.name}（{place.code}）不是县（市、区），请写到县，例如 140702。")
    return place


@month.command("open", help="开放一个月的填报。")
@_month_argument
@click.pass_obj
def open_month(options: Options, named: str) -> None:
    """Open a month for returns."""
    _lead(options, named, lambda writes, programme: closing.open_month(writes, programme, named), "已开放填报。")


@month.command("lock", help="截止一个月的填报：此后各县要经准许才能迟报。")
@_month_argument
@click.pass_obj
def lock_month(options: Options, named: str) -> None:
    """End the reporting of a month."""
    _lead(options, named, lambda writes, programme: closing.lock_month(writes, programme, named), "已截止填报。")


@month.command("unlock", help="重新开放已截止的月份，须写理由。")
@_month_argument
@_reason_option
@click.pass_obj
def unlock_month(options: Options, named: str, reason: str) -> None:
    """Let every county report again."""
    _lead(
        options, named, lambda writes, programme: closing.unlock_month(writes, programme, named, reason),
        "重新开放填报。",
    )  # fmt: skip


@month.command("permit", help="准许一个县迟报到某一天，须写理由。")
@_month_argument
@within_option
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="最后一天，例如 2024-09-12。")
@_reason_option
@click.pass_obj
def permit_late(options: Options, named: str, within: str | None, until: str, reason: str) -> None:
    """Let one county report late."""
    try:
        day = datetime.date.fromisoformat(until)
    except ValueError as error:
        raise UnusableError(f"“{until}”应写成 YYYY-MM-DD，例如 2024-09-12。") from error

    def act(writes: Writing, programme: Programme) -> None:
        county = _county(writes.ledger, programme, within)
        closing.permit_late(writes, programme, named, county, day, reason)

    _lead(options, named, act, f"准许 {within} 迟报到 {day.isoformat()}。")


@month.command("close", help="封账：冻结清单、状态和数字；有县没有报全时须写理由。")
@_month_argument
@_reason_option
@click.pass_obj
def close_month(options: Options, named: str, reason: str) -> None:
    """Freeze a month, and say what was missing; a refusal says it too."""
    with opened(options) as ledger:
        programme, area = asked(ledger, options, None)
        places = places_of(ledger, programme)
        found = closing.unsettled(ledger, programme, named, area)
        missing = {
            "missing": _named(found.missing, places),
            "sent_back": _named(found.sent_back, places),
            "waiting": _named(found.waiting, places),
        }
        try:
            _record(options, ledger, lambda writes: closing.close_month(writes, programme, named, area, reason))
        except RefusedError as error:
            mapping = {"error": str(error), "month": named, **missing}
            answer(options, mapping, "\n".join([str(error), *_unsettled_lines(missing)]), REFUSED)
        closed = months(ledger, programme.key)[named].closing
    if closed is None:
        raise ValueError(f"{named} was closed and has no closing")
    figures: dict[str, Any] = {
        "month": named, "phase": "closed", "closing": closed.sequence, "projects": closed.projects,
        "started": closed.started, "completed": closed.completed, "unreported": closed.unreported,
    }  # fmt: skip
    text = (
        f"{chinese_month(named)}已封账：项目 {closed.projects} 个，"
        f"开工 {closed.started} 个，完工 {closed.completed} 个，未报 {closed.unreported} 个。"
    )
    answer(options, {**figures, **missing}, "\n".join([text, *_unsettled_lines(missing)]))


def _named(counties: Iterable[CountyReturn], places: Places) -> list[dict[str, str]]:
    return [{"code": county.county, "name": _name(places, county.county)} for county in counties]


def _name(places: Places, code: str) -> str:
    place = places.find(code)
    return place.name if place else code


def _unsettled_lines(missing: dict[str, list[dict[str, str]]]) -> list[str]:
    words = {"missing": "没有报全", "sent_back": "退回后没有再报", "waiting": "已报待审"}
    return [
        f"{words[key]}的有 {len(counties)} 个：{'、'.join(county['name'] for county in counties[:_SHOWN])}"
        + ("等。" if len(counties) > _SHOWN else "。")
        for key, counties in missing.items()
        if counties
    ]


@month.command("status", help="一个月里各县报到哪一步、何时报的、是否按时。")
@_month_argument
@within_option
@click.pass_obj
def month_status(options: Options, named: str, within: str | None) -> None:
    """List each county's return."""
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        found = months(ledger, programme.key).get(named)
        places = places_of(ledger, programme)
        counties = county_returns(ledger, programme, named, area) if found else []
    due = deadline(programme, named).isoformat()
    mapping = {
        "month": named,
        "phase": found.phase.value if found else None,
        "deadline": due,
        "permitted": found.permitted if found else {},
        "counties": [_county_mapping(county, places) for county in counties],
    }
    lines = [f"{chinese_month(named)}：{PHASE_WORDS[found.phase] if found else '还没有开放填报'}，报送期限 {due}。"]
    for county in counties:
        done = county.number(RowStatus.ACCEPTED)
        sent = f"，{county.sent_at[:16].replace('T', ' ')} 报送" if county.sent_at else ""
        on_time = {True: "，按时", False: "，迟报", None: ""}[county.on_time]
        words = f"{STATUS_WORDS[county.status]}，项目 {len(county.rows)} 个，通过 {done} 个"
        lines.append(f"{_name(places, county.county)}（{county.county}）：{words}{sent}{on_time}")
    answer(options, mapping, "\n".join(lines))


def _county_mapping(county: CountyReturn, places: Places) -> dict[str, Any]:
    return {
        "code": county.county,
        "name": _name(places, county.county),
        "status": county.status.value,
        "status_word": STATUS_WORDS[county.status],
        "rows": len(county.rows),
        **{status.value: county.number(status) for status in RowStatus},
        "sent_at": county.sent_at or None,
        "sent_by": county.sent_by or None,
        "on_time": county.on_time,
    }


@monthly_return.command("send", help="把一个县填好的草稿签字报送；有问题的要先改好。")
@month_option
@within_option
@click.option("--reply", default="", metavar="答复", help="退回后没有改动的，写明为什么不改，专班审核时看得到。")
@shared_options
@click.pass_obj
def send(options: Options, month: str, within: str | None, reply: str) -> None:
    """Sign and send what a county has filled in; rows of which nothing is said stay to be reported."""
    with opened(options) as ledger:
        programme = find_programme(ledger, options.programme)
        county = _county(ledger, programme, within)
        drafted = read_drafts(ledger, programme, month, county)
        drafted.reply(reply)
        if not drafted.faults:
            if drafted.projects and not drafted.rows:
                raise RefusedError(
                    f"{county.name}{chinese_month(month)}还没有填报任何项目，没有可报送的；"
                    "请先填报，或用 import --draft 记入草稿。"
                )
            number = _record(
                options, ledger,
                lambda writes: returns.send(writes, programme, month, county, drafted.rows, drafted.seen),
            )  # fmt: skip
    if drafted.faults:
        mapping = {**_sending(month, county, drafted, None), "sent": 0, "unchanged": 0}
        lines = [*fault_lines(drafted.faults), f"共 {len(drafted.faults)} 处问题，没有报送；请改正或写明原因后再报送。"]
        answer(options, mapping, "\n".join(lines), REFUSED)
    left = f"；还有 {len(drafted.unfilled)} 个项目没有填" if drafted.unfilled else ""
    text = f"{county.name}{chinese_month(month)}月报已报送 {len(drafted.rows)} 个项目，待审核{left}。"
    answer(options, _sending(month, county, drafted, number), text)


def _sending(month: str, county: Place, drafted: DraftedReturn, number: int | None) -> dict[str, Any]:
    return {
        "id": number,
        "month": month,
        "county": county.code,
        "sent": len(drafted.rows),
        "unchanged": sum(not row.values and not row.cleared for row in drafted.rows),
        "unfilled": [{"code": each.row.project, "name": each.row.name} for each in drafted.unfilled],
        "faults": [fault.as_mapping() for fault in drafted.faults],
    }


def _project_option(function: Decorated) -> Decorated:
    return click.option("--project", metavar="编码", help="只是这一个项目；默认该地区全部待审的。")(function)


def _reviewed(
    ledger: Ledger, programme: Programme, month: str, area: Place, project: str | None
) -> tuple[list[ReturnRow], bool]:
    """Give the rows that a review by the task force of an area is about, and whether it accepts for good."""
    rows = rows_of_month(ledger, programme, month, area)
    final = closing.reviews_for_good(programme, area)
    if project is None:
        return [row for row in rows if row.status in ACCEPTABLE[final]], final
    found = [row for row in rows if row.project == project]
    if not found:
        raise RefusedError(f"项目 {project} 不在{area.name}{chinese_month(month)}的清单里。")
    if found[0].sequence is None:
        raise RefusedError(f"“{found[0].name}”{chinese_month(month)}还没有报送，没有可审核的。")
    return found, final


@monthly_return.command(help="审核通过已报待审的月报；两级审核时，市级通过后待省级审核。")
@month_option
@within_option
@_project_option
@shared_options
@click.pass_obj
def accept(options: Options, month: str, within: str | None, project: str | None) -> None:
    """Accept what waits, in the name of the task force of the area."""
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        rows, final = _reviewed(ledger, programme, month, area, project)
        seen = {row.project: row.sequence or 0 for row in rows}
        if not seen:
            raise RefusedError(f"{area.name}{chinese_month(month)}没有待审的月报。")
        accepted = _record(
            options, ledger, lambda writes: returns.accept(writes, programme, month, area, seen, final=final)
        )  # fmt: skip
    mapping = {"month": month, "within": area.code, "accepted": accepted, "final": final, "projects": _rows(rows)}
    then = "。" if final else "，待省级审核。"
    answer(options, mapping, f"已通过 {accepted} 个项目{chinese_month(month)}的月报{then}")


@monthly_return.command("send-back", help="退回月报，须写理由；已通过的要用 --project 写明是哪一个。")
@month_option
@within_option
@_project_option
@_reason_option
@shared_options
@click.pass_obj
def send_back(options: Options, month: str, within: str | None, project: str | None, reason: str) -> None:
    """Send returns back, all for one reason."""
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        rows, final = _reviewed(ledger, programme, month, area, project)
        if not rows:
            raise RefusedError(f"{area.name}{chinese_month(month)}没有待审的月报。")

        def act(writes: Writing) -> None:
            for row in rows:
                seen = row.project, row.sequence or 0
                returns.send_back(writes, programme, month, area, seen, reason, {}, final=final)

        _record(options, ledger, act)
    mapping = {"month": month, "within": area.code, "reason": reason.strip(), "projects": _rows(rows)}
    answer(options, mapping, f"已退回 {len(rows)} 个项目{chinese_month(month)}的月报。")


def _rows(rows: list[ReturnRow]) -> list[dict[str, str]]:
    return [{"code": row.project, "name": row.name} for row in rows]
