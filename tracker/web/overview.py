"""Overview: how an area stands at a month, who leads, who is behind, who has not reported."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from tracker.ledger.handle import Ledger
from tracker.ledger.listings import Wanted, first_ones
from tracker.ledger.programmes import programmes
from tracker.ledger.ranking_table import Group, RankedRow, Ranking, rankings
from tracker.ledger.standings import listing, named, tallies
from tracker.ledger.trends import series, stage_counts
from tracker.model.measures import Measure, Tally, measures_of, rate_of, share_of, tally_names
from tracker.model.months import last_day, shift_month
from tracker.model.ranking import Placed
from tracker.web.after_closing import after_closing
from tracker.web.counts import COUNT_TITLES, first_part
from tracker.web.figures import figures_of, scale_of
from tracker.web.identity import identity
from tracker.web.list_asking import LIST_KEPT
from tracker.web.navigation import rooms_of
from tracker.web.page_ledger import page_ledger
from tracker.web.pictures import months_shown, stages_of, trend_of
from tracker.web.project_rows import rows_of, total_of
from tracker.web.ranking_rows import escaped, links_of
from tracker.web.rooms import Permission, room
from tracker.web.tables import KEPT as TABLES_KEPT
from tracker.web.whereabouts import PLACE_GROUPS, NotThereError, Where, place_words, where_of
from tracker.web.wording import percent, share_percent, share_width

blueprint = Blueprint("overview", __name__)

_COUNTED = ("projects", "started", "completed", "behind", "unreported")
"""The counts that the page speaks of beside its rates."""

_NAMED_AT_MOST = 6
"""How many delayed projects the page names before it leads to all of them."""

_RANKED_AT_MOST = 25
"""How many units an overview ranks; it is read at a glance, and the ranking room has them all."""


class TableRow(NamedTuple):
    """One line of a ranking table, printed.

    `beside` is the city of a county where several cities' stand together; `address` leads to the unit,
    `fraction_address` and `behind_address`, escaped, to
    the projects of its fraction and to its late ones.
    """

    name: str
    beside: str
    address: str
    placed: Placed | None
    rate: str
    bar: str
    numerator: int
    denominator: int
    fraction_address: Markup
    tally: Tally
    behind_address: Markup
    peers: str


@blueprint.get("/")
@room(Permission.EVERYONE)
def home() -> ResponseReturnValue:
    """Lead everybody to where their work begins: readers to the latest month, others to their first room."""
    me = identity()
    if me.may(Permission.READ):
        return redirect(where_of(page_ledger(), None, None).to("overview.show"))
    if me.may(Permission.PROGRAMMES) and not programmes(page_ledger()):
        return redirect(url_for("programmes.show"))
    if me.account is None:
        return redirect(url_for("signing.enter"))
    rooms = rooms_of(None)
    return redirect(rooms[0].address if rooms else url_for("signing.password"))


@blueprint.get("/go")
@room(Permission.READ)
def go() -> ResponseReturnValue:
    """Lead from the choosers of month and area to the address that holds them, in the same room."""
    asked = request.args
    where = where_of(page_ledger(), asked.get("month"), asked.get("area"))
    kept = {name: asked[name] for name in ("by", "group", "of", "without") if asked.get(name)}
    if kept.get("group") not in where.groups:
        # A grouping that the newly chosen area does not know: its usual one.
        kept.pop("group", None)
    if asked.get("room") == "dossier" and asked.get("code") and asked.get("area") == asked.get("stood"):
        return redirect(url_for("dossier.show", code=asked["code"], month=where.month))
    if asked.get("room") == "return" and where.is_unit:
        return redirect(where.to("returns.show"))
    if asked.get("room") == "list":
        return redirect(where.to("county_list.show", **{name: asked[name] for name in LIST_KEPT if asked.get(name)}))
    if asked.get("room") == "bulletin":
        return redirect(where.to("bulletins.show"))
    if asked.get("room") == "tables":
        return redirect(where.to("tables.show", **{name: asked[name] for name in TABLES_KEPT if asked.get(name)}))
    if asked.get("room") == "projects":
        return redirect(where.to("projects.show", count=asked.get("count") or "projects", **kept))
    if asked.get("room") == "ranking" and asked.get("unit") and asked.get("area") == asked.get("stood"):
        return redirect(where.to("rankings.show_unit", unit=asked["unit"], **kept))
    if asked.get("room") == "ranking":
        return redirect(where.to("rankings.show", **kept))
    return redirect(where.to("overview.show", **kept))


@blueprint.get("/overview/<month>/<area>")
@room(Permission.READ)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show an area at a month."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    measures = measures_of(where.programme)
    names = (*_COUNTED, *tally_names(measures.values()))
    now = tallies(ledger, where.programme, where.month, where.area, names=names)[""]
    if not now["projects"]:
        return render_template("overview_empty.html", where=where, room="overview")
    earlier = tallies(ledger, where.programme, shift_month(where.month, -1), where.area, names=names)[""]
    by = _chosen("by", list(measures), "completion")
    context = {
        "where": where,
        "room": "overview",
        "kept": {"by": request.args.get("by"), "group": request.args.get("group")},
        "now": now,
        "clauses": title_clauses(where, now, measures),
        "last_day": last_day(where.month),
        "earlier": earlier,
        "figures": figures_of(ledger, where, now, earlier if earlier["projects"] else None),
        "measures": measures,
        "closed": after_closing(ledger, where, now),
        **_pictures(ledger, where),
    }
    if where.is_unit:
        projects = listing(ledger, where.programme, where.month, where.area)
        context |= {"projects": rows_of(where, projects), "total": total_of(projects)}
        context |= {"silent": named(ledger, where.programme, where.month, where.area, "unreported")}
    else:
        context |= _ranking_context(ledger, where, measures[by], now)
        context |= {"silent_units": _silent_units(ledger, where) if now["unreported"] else []}
        late = Wanted(count="behind")
        delayed = first_ones(ledger, where.programme, where.month, where.area, late, "lamp", _NAMED_AT_MOST)
        context |= {"delayed": rows_of(where, delayed, "behind")}
    return render_template("overview.html", **context)


def _pictures(ledger: Ledger, where: Where) -> dict[str, object]:
    """Draw the area's trend against the plan and its stages."""
    found = series(ledger, where.programme, months_shown(where), where.area)
    by_month = {month: by_group[""] for month, by_group in found.items() if by_group}
    return {
        "trend": trend_of(where, by_month),
        "stage_picture": stages_of(where, stage_counts(ledger, where.programme, where.month, where.area)),
    }


def _chosen(name: str, allowed: list[str], usual: str) -> str:
    """Give the value of a choice in the address. Raises NotThereError for one that does not exist."""
    asked = request.args.get(name) or usual
    if asked not in allowed:
        raise NotThereError(f"地址里的 {name}={asked} 不是可选的，可选：{'、'.join(allowed)}。")
    return asked


def title_clauses(where: Where, now: Tally, measures: dict[str, Measure]) -> list[str]:
    """Give the title sentence in clauses, so that a narrow page breaks it between them."""
    rate = percent(rate_of(measures["completion"], now), where.programme.decimals)
    return [
        f"{where.full_name} {now['projects']} 项工程，",
        f"已开工 {now['started']} 项，",
        f"已完工 {now['completed']} 项，",
        f"完工率 {rate}",
    ]


def _ranking_context(ledger: Ledger, where: Where, measure: Measure, now: Tally) -> dict[str, object]:
    groups = where.groups
    group = _chosen("group", list(groups), next(iter(groups)))
    found = rankings(ledger, where.programme, where.month, [measure.key], cast(Group, group), where.area)[measure.key]
    full = scale_of([share_of(measure, now), *(row.share for row in found.rows)])
    leading = _leading(found.rows)
    return {
        "measure": measure,
        "by": measure.key,
        "group": group,
        "groups": groups,
        "rows": _table_rows(where, found, leading, group, full),
        "more_units": len(found.rows) - len(leading),
        "fraction_words": _fraction_words(measure),
        "whole": _whole(where, measure, now, full),
        "full": share_width((1, 1), full) if full > 1 else None,
        "without_projects": links_of(where, group, found.without_projects),
        "unknown": links_of(where, group, found.unknown),
        "unknown_number": now[measure.unknown] if measure.unknown else 0,
        "unknown_address": where.to("projects.show", count=measure.unknown or "projects", of=measure.key),
    }


def _fraction_words(measure: Measure) -> str:
    """Give the head above a ranking's fractions."""
    if measure.money:
        return "完成 / 计划（万元）" if measure.key == "investment" else "累计 / 总投资（万元）"
    return f"{COUNT_TITLES[measure.numerator]} / {COUNT_TITLES[measure.denominator]}"


def _silent_units(ledger: Ledger, where: Where) -> list[tuple[str, int, str]]:
    """Give the places to ask for their returns: name, how many projects are silent, and their address.

    Counties within a city; cities above it, whose own task forces ask.
    """
    group = next(iter(where.groups))
    by_code = tallies(ledger, where.programme, where.month, where.area, group, ("unreported",))
    addresses = where.addresses(group, "projects.show", count="unreported")
    return [
        (place_words(where.places, code), tally["unreported"], addresses.of(where.written(group, code)))
        for code, tally in sorted(by_code.items(), key=lambda item: (-item[1]["unreported"], item[0]))
        if tally["unreported"]
    ]


def _leading(rows: list[RankedRow]) -> list[RankedRow]:
    """Give the rows that an overview has room for; a tie at the cut lengthens them, the ranking room has all."""
    if len(rows) <= _RANKED_AT_MOST:
        return rows
    last = rows[_RANKED_AT_MOST - 1]
    tied = [row for row in rows[_RANKED_AT_MOST:] if row.peers == last.peers and row.placed and last.placed
            and row.placed.place == last.placed.place]  # fmt: skip
    return [*rows[:_RANKED_AT_MOST], *tied]


def _table_rows(
    where: Where, found: Ranking, ranked: list[RankedRow], group: str, full: Fraction
) -> list[TableRow]:  # fmt: skip
    measure = found.measure
    count, without = first_part(measure)
    projects = where.addresses(group, "projects.show", count="projects")
    units = where.addresses(group, "overview.show") if group in PLACE_GROUPS else projects
    fractions = escaped(where.addresses(group, "projects.show", count=count, of=measure.key, without=without))
    behind = escaped(where.addresses(group, "projects.show", count="behind"))
    rows = []
    for row in ranked:
        written = where.written(group, row.code)
        place = where.places.find(row.code) if group == "county" else None
        above = where.places.city(place) if place else where.area
        rows.append(
            TableRow(
                name=row.name,
                beside=above.name if above.code not in (row.code, where.area.code) else "",
                address=units.of(written),
                placed=row.placed,
                rate=share_percent(row.share, where.programme.decimals),
                bar=share_width(row.share, full),
                numerator=row.numerator,
                denominator=row.denominator,
                fraction_address=Markup(fractions.of(written)),  # noqa: S704 - its parts are escaped
                tally=row.tally,
                behind_address=Markup(behind.of(written)),  # noqa: S704 - its parts are escaped
                peers=row.peers,
            )
        )
    return rows


def _whole(where: Where, measure: Measure, now: Tally, full: Fraction) -> TableRow:
    """Give the line of the whole area, which stands first, as the offices do."""
    count, without = first_part(measure)
    share = share_of(measure, now)
    return TableRow(
        name="合计",
        beside="",
        address="",
        placed=None,
        rate=share_percent(share, where.programme.decimals),
        bar=share_width(share, full),
        numerator=now[measure.numerator],
        denominator=now[measure.denominator],
        fraction_address=escape(where.to("projects.show", count=count, of=measure.key, without=without)),
        tally=now,
        behind_address=escape(where.to("projects.show", count="behind")),
        peers="",
    )
