"""Fields of the return's page: which of them a project shows, in which groups, with what in them and below them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from tracker.exchange.imports.draft_reading import REPORTED, DraftedRow
from tracker.ledger.drafts import ANSWER, REPLY, UNCHANGED, Draft
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELD, Kind
from tracker.model.printing import print_value
from tracker.model.reporting import OUTPUTS, REPORTED_GROUPS, SELDOM_REPORTED, planned_output
from tracker.model.stages import STAGE_WORDS

_WITH_A_PROBLEM = frozenset({"problem_owner", "problem_limit"})
_NUMBERS = frozenset({Kind.MONEY, Kind.QUANTITY, Kind.PERCENT})
_DATES = frozenset({Kind.ACTUAL_DATE, Kind.PLANNED_DATE})


def _stage_choices(chosen: str) -> Markup:
    options = [f"<option{' selected' if word == chosen else ''}>{word}</option>" for word in STAGE_WORDS.values()]
    return Markup("".join(options))  # noqa: S704  # the words are the program's own


STAGE_CHOICES = {chosen: _stage_choices(chosen) for chosen in ("", *STAGE_WORDS.values())}
"""The options of the stage's field, by the word that is chosen."""


_NEVER = 10**18 - 1
"""A version that no draft reaches."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two texts of one field: the one that was typed here, and the one that somebody else saved meanwhile."""

    mine: str
    theirs: Draft


@dataclass(slots=True)
class FormField:
    """One field of one project: what stands in it, what stood in it last month, what is wrong with it.

    `name` is the draft's field; `widget` is choice, area, line, answer, reply or tick; `version` is the draft's,
    0 for none.
    `asked` is the question that `answer` answers.
    """

    project: str
    name: str
    heading: str
    text: str
    version: int
    widget: str = "line"
    unit: str = ""
    numeric: bool = False
    date: bool = False
    before: str = ""
    help: str = ""
    longest: int = 0
    returned: str = ""
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answer: FormField | None = None
    clash: Clash | None = None

    @property
    def id(self) -> str:
        """Give its place in the page."""
        return field_id(self.project, self.name)

    @property
    def attributes(self) -> Markup:
        """Give what its control's tag carries: hundreds of them stand on a page, so they are put together at once."""
        place = escape(self.id)
        version = f' data-version="{self.version}"' if self.version else ""
        described = "" if self.widget in ("tick", "answer") else f' aria-describedby="{place}-below"'
        named = f'id="{place}" name="{escape(self.project)}:{self.name}" data-field="{self.name}"'
        return Markup(f"{named}{version}{described}")  # noqa: S704  # every part is escaped, or a declared name

    @property
    def troubled(self) -> bool:
        """Say whether somebody has to look at it: a fault, a doubt, a reason of the review, two texts."""
        return bool(self.faults or self.asked or self.returned or self.clash)


@dataclass(frozen=True, slots=True)
class Group:
    """Some fields that belong together."""

    title: str
    fields: list[FormField]


def field_id(project: str, name: str) -> str:
    """Give the place of a field in the page."""
    return f"f-{project}-{name.replace(ANSWER, 'answer-')}"


def seen_text(fields: Iterable[FormField], unchanged: FormField) -> str:
    """Give what a row's fields held when the page was shown: `name=version.checksum`, parted by spaces.

    By it a page that is sent as a whole tells what was typed from what stood there.
    """
    shown = [unchanged]
    for each in fields:
        shown.append(each)
        if each.answer is not None:
            shown.append(each.answer)
    return " ".join(f"{each.name}={_seen(each)}" for each in shown)


def _seen(shown: FormField) -> str:
    if shown.clash is None:
        return f"{shown.version}.{checksum(shown.text)}"
    # Until one of the two texts is chosen the field counts as typed, over a version that never stood.
    return "0.-" if shown.clash.theirs.version else f"{_NEVER}.-"


def checksum(text: str) -> str:
    """Give the checksum that a page carries of a text that it shows."""
    return f"{zlib.crc32(plain(text).encode()):08x}"


def plain(text: str) -> str:
    """Give a text as it is kept: line ends as line feeds, whatever the browser sends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def fields_of(drafted: DraftedRow, clashes: Mapping[str, Clash]) -> tuple[list[Group], list[FormField]]:
    """Give a row's fields in their groups, and those that are folded away because they are seldom used."""
    made = {name: _field(drafted, name, clashes) for name in _shown(drafted)}
    around_problem = any(made[name].text or made[name].troubled for name in ("problem", *_WITH_A_PROBLEM))
    folded = [name for name in SELDOM_REPORTED if not (around_problem and name in _WITH_A_PROBLEM)]
    groups = [Group(title, [made[name] for name in names if name not in folded]) for title, names in REPORTED_GROUPS]
    outputs = [made[name] for name in OUTPUTS if name in made]
    if outputs:
        groups.append(Group("建成规模", outputs))
    return groups, [made[name] for name in folded]


def _shown(drafted: DraftedRow) -> list[str]:
    """Give the fields to show: outputs only where the project plans them or anything was ever said of them."""
    known = drafted.known.values if drafted.known else {}
    return [
        name
        for name in REPORTED
        if name not in OUTPUTS
        or planned_output(name) in known
        or drafted.texts[name]
        or name in drafted.drafts
        or name in drafted.row.fields
    ]


def _field(drafted: DraftedRow, name: str, clashes: Mapping[str, Clash]) -> FormField:
    declared = FIELD[name]
    draft = drafted.drafts.get(name)
    clash = clashes.get(name)
    before = drafted.before.values.get(name) if drafted.before else None
    made = FormField(
        drafted.row.project, name, declared.heading, clash.mine if clash else drafted.texts[name],
        draft.version if draft else 0,
        widget="choice" if declared.kind is Kind.STAGE else "area" if declared.kind is Kind.TEXT else "line",
        unit=declared.unit, numeric=declared.kind in _NUMBERS, date=declared.kind in _DATES,
        before="" if before is None else print_value(name, before),
        help=declared.help, longest=declared.longest, returned=drafted.row.fields.get(name, ""), clash=clash,
    )  # fmt: skip
    for fault in drafted.faults:
        if fault.field == name:
            said = field_sentence(drafted, fault)
            (made.asked if fault.severity is Severity.ASK else made.faults).append(said)
    answered = clashes.get(ANSWER + name)
    if made.asked or answered:
        made.answer = _answer(drafted, name, answered)
    return made


def _answer(drafted: DraftedRow, name: str, clash: Clash | None) -> FormField:
    draft = drafted.drafts.get(ANSWER + name)
    return FormField(
        drafted.row.project, ANSWER + name, "情况说明",
        clash.mine if clash else drafted.answers.get(name, ""), draft.version if draft else 0, widget="answer",
        clash=clash,
    )  # fmt: skip


def field_sentence(drafted: DraftedRow, fault: Fault) -> str:
    """Give a fault's sentence as it stands under its field, without naming project and field once more."""
    heading = FIELD[fault.field].heading if fault.field else ""
    return fault.message.removeprefix(f"“{drafted.row.name}”的“{heading}”：")


def unchanged_field(drafted: DraftedRow) -> FormField:
    """Give the row's tick 本月无变化 as a field; its text is `yes` or nothing."""
    draft = drafted.drafts.get(UNCHANGED)
    return FormField(
        drafted.row.project, UNCHANGED, "本月无变化", "yes" if drafted.unchanged else "",
        draft.version if draft else 0, widget="tick",
    )  # fmt: skip


def reply_field(drafted: DraftedRow, clash: Clash | None) -> FormField | None:
    """Give the field of the county's reply to whoever sent the row back, with the question where one is asked."""
    if not drafted.row.sent_back:
        return None
    draft = drafted.drafts.get(REPLY)
    return FormField(
        drafted.row.project, REPLY, "对退回的答复", clash.mine if clash else drafted.reply,
        draft.version if draft else 0, widget="reply", clash=clash,
        asked=["没有改动：请改正，或写明为什么不改。" for fault in drafted.unanswered if fault.field is None],
    )  # fmt: skip


def ignored_changes(drafted: DraftedRow) -> list[str]:
    """Give the headings of fields that were changed but are not sent, because the row is ticked as unchanged."""
    if not drafted.unchanged:
        return []
    known = drafted.known.values if drafted.known else {}
    return [
        FIELD[name].heading
        for name in REPORTED
        if name in drafted.drafts
        and drafted.drafts[name].text != (print_value(name, known[name]) if name in known else "")
    ]
