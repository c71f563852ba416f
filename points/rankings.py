"""The ranking of a month, quarter or year and the roll of honour as documents (PNT-5, PNT-7). Pure but for the rows."""

from __future__ import annotations

from collections.abc import Sequence

from cogov.common.periods import Period
from notices import kinds
from notices.parts import columns
from notices.printing.content import Column, NoticeContent, Paragraph, PosterContent, Table
from points.documents import (
    LEGAL_BASIS,
    POSTER_ROWS,
    RED_RANKS,
    basis_of,
    holder_name,
    name_column,
    ranked_columns,
)
from points.models import PeriodStanding, PointsRecord, PointsRuleSet
from points.public_lists import best, public_names
from points.selectors.holders import wording, wording_of
from points.typography import chinese
from villages.models import Household, Village

RANKING = kinds.NoticeKind(
    "points_ranking",
    "积分榜",
    layouts=("a4", "poster"),
    people=True,
    parts=(columns("名次", "户主/姓名/集体", "积分"),),
    issuers=("village",),
    order=22,
)
_DIFFERENCE = "同类荣誉一年只计最高一项，已计过的只补差额。"
_HOW = "排名分是本期得分减扣分，兑换不减少排名分；积分相同的名次并列。"


def _people(rows: Sequence[PeriodStanding], period: Period) -> dict[int, str]:
    """Names as they may hang on a wall: as on the red list, and masked beside a deduction."""
    names = public_names(rows, period.end)
    for row in rows:
        home = row.account.household
        if row.deducted > 0 and "*" not in names[home.pk] and home.head_name:
            names[home.pk] = holder_name(home, period.end, masked=True)
    return names


def ranking(
    *, village: Village, period: Period, rows: Sequence[PeriodStanding], rule_set: PointsRuleSet
) -> tuple[NoticeContent, PosterContent | None]:
    """All holders with points, A4; the best forty without a deduction, A3. ``rows`` go by rank, then number."""
    gained, words = [row for row in rows if row.score > 0], wording_of(rule_set)
    names = _people(gained, period)
    title = f"{village}{period.label}积分榜"
    content = NoticeContent(
        title=title,
        addressee="全体村民",
        blocks=(
            Paragraph(
                chinese(
                    f"现将{village}{period.label}积分排名公布如下。有排名分的{len(gained)}{words.unit}，共{sum(r.score for r in gained)}分。"
                )
            ),
            Table(
                (
                    Column("名次", 7),
                    Column("组别", 10),
                    name_column(words, 14),
                    Column("积分", 9, kind="number"),
                    Column("组内名次", 9),
                ),
                tuple(
                    (
                        str(row.rank_village),
                        row.group.name,
                        names[row.account.household.pk],
                        str(row.score),
                        str(row.rank_group),
                    )
                    for row in gained
                ),
                caption=title,
                unit="分",
                note=_HOW,
            ),
        ),
        signer="",
        basis=(basis_of(rule_set),),
        legal_basis=LEGAL_BASIS,
        calculation=_HOW,
    )
    return content, _ranking_poster(village, period, gained, names, rule_set)


def _ranking_poster(
    village: Village,
    period: Period,
    gained: Sequence[PeriodStanding],
    names: dict[int, str],
    rule_set: PointsRuleSet,
) -> PosterContent | None:
    clean = [row for row in gained if row.deducted == 0]
    shown = best(clean, POSTER_ROWS)
    if not shown:
        return None
    left = len(clean) - len(shown)
    return PosterContent(
        title=f"{village}积分榜",
        subtitle=period.label,
        columns=ranked_columns(wording_of(rule_set)),
        rows=tuple(
            (str(r.rank_village), r.group.name, names[r.account.household.pk], str(r.score)) for r in shown
        ),
        signer="",
        red_rows=sum(row.rank_village <= RED_RANKS for row in shown),
        notes=(
            "积分相同的名次并列。",
            f"依据：{basis_of(rule_set)}。",
            *((f"另有{left}{wording_of(rule_set).unit}有积分，限于版面未列，见同名公示。",) if left else ()),
        ),
    )


def honour_roll(
    *, village: Village, period: Period, records: Sequence[PointsRecord], rule_set: PointsRuleSet
) -> tuple[NoticeContent, PosterContent]:
    """Who was honoured in the period and for what; highest honour first."""
    homes: dict[int, Household] = {row.household_id: row.household for row in records}
    names = {pk: holder_name(home, period.end) for pk, home in homes.items()}
    kinds_there = {home.kind for home in homes.values()}
    words = wording(kinds_there.pop()) if len(kinds_there) == 1 else wording_of(rule_set)
    title = f"{village}{period.label}光荣榜"
    rows = tuple(
        (
            row.household.group.name,
            names[row.household_id],
            row.rule.name,
            f"{row.points:+d}" if row.points else "0",
        )
        for row in records
    )
    content = NoticeContent(
        title=title,
        addressee="全体村民",
        blocks=(
            Paragraph(
                f"{period.label}，{village}有{len(homes)}{words.unit}在评选中受到表彰，按积分制管理细则计入积分，现予公布，向先进学习。"
            ),
            Table(
                (
                    Column("组别", 10),
                    name_column(words, 12),
                    Column("荣誉称号", 34, align="left"),
                    Column("积分", 8, kind="number"),
                ),
                rows,
                caption=title,
                unit="分",
                note=_DIFFERENCE if any(row.is_difference for row in records) else "",
            ),
        ),
        signer="",
        basis=(basis_of(rule_set),),
        legal_basis=LEGAL_BASIS,
    )
    poster = PosterContent(
        title=f"{village}光荣榜",
        subtitle=period.label,
        columns=(Column("组别", 6), name_column(words, 8), Column("荣誉称号", 22, align="left")),
        rows=tuple(row[:3] for row in rows),
        signer="",
        panels=1,
        red_rows=len(rows),
        notes=(f"依据：{basis_of(rule_set)}。",),
    )
    return content, poster
