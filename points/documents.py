"""A month's points as documents: the list that is published (A4) and the ranking on the board (A3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from cogov.access.masking import mask_name
from cogov.common.periods import Period
from notices.printing.content import (
    Column,
    NoticeContent,
    Paragraph,
    PosterContent,
    Table,
)
from points.models import PointsRuleSet
from points.selectors.figures import PeriodFigures
from points.selectors.holders import Wording, kind_of, wording, wording_of
from points.selectors.statements import MonthLine
from points.typography import chinese
from villages.models import Household, HouseholdKind, Village
from villages.rules import is_minor

POSTER_ROWS = 40
RED_RANKS = 10
LEGAL_BASIS = "《中华人民共和国村民委员会组织法》关于村务公开的规定"
_MIXED = Wording("户头", "户头", "个", "个户头")


def name_column(words: Wording, width: int) -> Column:
    """The column of who holds the points: 户主, 姓名 or 集体 (PNT-8)."""
    return Column(words.head, width, kind="name" if words.is_name else "text")


def ranked_columns(words: Wording) -> tuple[Column, ...]:
    """The columns of every list of ranks on a poster."""
    return Column("名次", 5), Column("组别", 7), name_column(words, 9), Column("积分", 6, kind="number")


CALCULATION = (
    "每笔积分=数量×细则规定的分值，超过每户每日、每月、每年上限的部分不计；登记人与审核人不是同一人；"
    "兑换不减少排名分。"
)


def holder_name(household: Household, on: date, *, masked: bool = False) -> str:
    """The name of the head, of the person or of the group, as paper may carry it: never a minor's, a group's in full."""
    name = household.head_name or household.number_text
    if household.kind == HouseholdKind.COLLECTIVE:
        return name
    birth = household.head.birth_date if household.head else None
    return mask_name(name) if (masked and household.head_name) or is_minor(birth, on) else name


def numbered(household: Household, name: str) -> str:
    """A name that another in the group has too, told apart by its number."""
    return f"{name}（{household.number_text}）"


def printed_name(line: MonthLine, on: date) -> str:
    """The name as a village's own paper may carry it: masked beside a deduction too."""
    return holder_name(line.household, on, masked=line.has_deduction)


def _wording(lines: Sequence[MonthLine], rule_set: PointsRuleSet | None) -> Wording:
    """How to speak of those in the list; in the month of a change of holder both kinds stand in it."""
    kinds = {line.household.kind for line in lines}
    if len(kinds) > 1:
        return _MIXED
    return wording(kinds.pop()) if kinds else wording_of(rule_set)


def _names(lines: Sequence[MonthLine], on: date) -> dict[int, str]:
    """Printed names; people of the same name in one group are told apart by their household number."""
    names = {line.household.pk: printed_name(line, on) for line in lines}
    seen = Counter((line.household.group_id, names[line.household.pk]) for line in lines)
    return {
        line.household.pk: (
            numbered(line.household, names[line.household.pk])
            if seen[line.household.group_id, names[line.household.pk]] > 1
            else names[line.household.pk]
        )
        for line in lines
    }


def _compare(now: int, before: int) -> str:
    if now == before:
        return "与上月持平"
    return f"比上月{'增加' if now > before else '减少'}{abs(now - before)}"


def basis_of(rule_set: PointsRuleSet | None) -> str:
    """The rules by their title, version and the meeting that passed them."""
    if rule_set is None:
        return "本村积分制管理细则"
    passed = f"（{rule_set.resolution}）" if rule_set.resolution else ""
    return chinese(f"《{rule_set.title}》第{rule_set.version}版{passed}")


def list_content(
    *,
    village: Village,
    period: Period,
    lines: Sequence[MonthLine],
    figures: PeriodFigures,
    previous: PeriodFigures,
    rule_set: PointsRuleSet | None,
) -> NoticeContent:
    """The month's list: every household with its points and why."""
    opening = (
        _opening(village, period, figures, previous, wording_of(rule_set).unit)
        if lines
        else f"{village}{period.label}没有积分变动。"
    )
    return _list_notice("积分", village, period, lines, opening, rule_set)


def _list_notice(
    what: str,
    village: Village,
    period: Period,
    lines: Sequence[MonthLine],
    opening: str,
    rule_set: PointsRuleSet | None,
) -> NoticeContent:
    """The document around a month's table; ``what`` names it: 积分, or 拟入账积分."""
    blocks: list[Paragraph | Table] = [Paragraph(chinese(opening))]
    if lines:
        words = _wording(lines, rule_set)
        blocks.append(_list_table(f"{village}{period.label}{what}明细", lines, period, words))
    return NoticeContent(
        title=f"{village}{period.label}{what}公示",
        addressee="全体村民",
        blocks=tuple(blocks),
        signer="",
        basis=(basis_of(rule_set),),
        legal_basis=LEGAL_BASIS,
        calculation=CALCULATION.replace("每户", f"每{wording_of(rule_set).each}"),
    )


def _list_table(caption: str, lines: Sequence[MonthLine], period: Period, words: Wording) -> Table:
    """A row for every holder, in the order in which people look for their own."""
    names = _names(lines, period.end)
    return Table(
        columns=(
            Column("组别", 36),
            name_column(words, 46),
            Column("本月", 31, kind="number"),
            Column("本年", 31, kind="number"),
            Column("得分事由", 298, align="left"),
        ),
        rows=(
            *(
                (
                    line.household.group.name,
                    names[line.household.pk],
                    str(line.score),
                    str(line.year_score),
                    _reasons(line),
                )
                for line in sorted(lines, key=_place)
            ),
            ("合计", f"{len(lines)}{words.unit}", str(sum(line.score for line in lines)), "", ""),
        ),
        totals=1,
        caption=caption,
        unit="分",
        note=(
            f"按组别、{'户号' if words.unit == '户' else '编号'}排列。同一{words.each}的同一事项合并列出，没有写明数量的数量是1；“封顶”指按细则规定的上限计分，“补差”指同类荣誉只计"
            "最高一项。每一笔的计算过程可持户卡在自助查询机上查看。"
        ),
    )


def pending_content(
    *,
    village: Village,
    period: Period,
    lines: Sequence[MonthLine],
    households: int,
    rule_set: PointsRuleSet | None,
) -> NoticeContent:
    """The list of deeds that enter the ledger when nobody has objected (PNT-2); ``households``: all of the village."""
    unit = wording_of(rule_set).unit
    gained = sum(line.earned > 0 for line in lines)
    opening = (
        f"现将{village}{period.label}审核通过、拟入账的积分公示如下。全村{households}{unit}中有{gained}{unit}得分，"
        f"拟入账{sum(line.score for line in lines)}分。公示期满没有异议，或者异议已经答复、更正，才记入积分账户。"
        if lines
        else f"{village}{period.label}没有拟入账的积分。"
    )
    return _list_notice("拟入账积分", village, period, lines, opening, rule_set)


def _opening(
    village: Village, period: Period, figures: PeriodFigures, previous: PeriodFigures, unit: str
) -> str:
    """The month in one paragraph, so that the list itself begins on the first page."""
    sums = f"发放积分{figures.issued}分，{_compare(figures.issued, previous.issued)}"
    if figures.deducted or previous.deducted:
        sums += f"；扣减{figures.deducted}分，{_compare(figures.deducted, previous.deducted)}"
    if figures.redeemed or previous.redeemed:
        sums += f"；兑换{figures.redeemed}分，{_compare(figures.redeemed, previous.redeemed)}"
    return (
        f"现将{village}{period.label}积分公示如下。全村{figures.households}{unit}中有{figures.participants}{unit}得分，"
        f"占{figures.participation}%；{sums}。"
    )


def _place(line: MonthLine) -> tuple[int, str, str]:
    """Where people look for their own household: by group, then by number."""
    group = line.household.group
    return group.serial, group.code, line.household.number


def _reasons(line: MonthLine) -> str:
    return chinese("；".join(line.reasons)) or "仅有兑换"


def _cut(lines: Sequence[MonthLine]) -> tuple[list[MonthLine], int]:
    """As many as fit on the poster without tearing a shared rank apart, and how many share the rank left out."""
    if len(lines) <= POSTER_ROWS:
        return list(lines), 0
    border = lines[POSTER_ROWS].score
    if lines[POSTER_ROWS - 1].score != border:
        return list(lines[:POSTER_ROWS]), 0
    kept = [line for line in lines[:POSTER_ROWS] if line.score > border]
    if not kept:
        return list(lines[:POSTER_ROWS]), 0
    return kept, sum(line.score == border for line in lines)


def poster_content(
    *, village: Village, period: Period, lines: Sequence[MonthLine], rule_set: PointsRuleSet | None
) -> PosterContent | None:
    """The ranking of the holders that gained points, best forty; None when nobody did. Of one kind (PNT-8)."""
    kind, words = kind_of(rule_set), wording_of(rule_set)
    gained = [
        line for line in lines if line.score > 0 and not line.has_deduction and line.household.kind == kind
    ]
    if not gained:
        return None
    shown, torn = _cut(gained)
    names = _names(shown, period.end)
    ranks = {line.household.pk: 1 + sum(other.score > line.score for other in gained) for line in shown}
    notes = ["积分相同的名次并列。", f"依据：{basis_of(rule_set)}。"]
    if torn:
        notes.append(f"另有{torn}{words.unit}并列第{len(shown) + 1}名，限于版面未列，见积分公示。")
    return PosterContent(
        title=f"{village}积分排行榜",
        subtitle=period.label,
        columns=ranked_columns(words),
        rows=tuple(
            (
                str(ranks[line.household.pk]),
                line.household.group.name,
                names[line.household.pk],
                str(line.score),
            )
            for line in shown
        ),
        signer="",
        red_rows=sum(rank <= RED_RANKS for rank in ranks.values()),
        notes=tuple(notes),
    )
