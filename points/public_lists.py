"""Red and black list as documents (PNT-5, BEY-7). Pure but for the rows it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from cogov.access.masking import mask_name
from cogov.common.periods import Period
from notices import kinds
from notices.parts import columns, section, word
from notices.printing.content import Column, Heading, NoticeContent, Paragraph, PosterContent, Table
from notices.printing.imprint import chinese_date
from points.documents import (
    LEGAL_BASIS,
    POSTER_ROWS,
    RED_RANKS,
    basis_of,
    holder_name,
    name_column,
    numbered,
    ranked_columns,
)
from points.list_states import BLACK_LIST_DAYS
from points.models import BlackListing, PeriodStanding, PointsRuleSet
from points.selectors.holders import wording, wording_of
from villages.models import Household, Village

BLACK_LIST = kinds.NoticeKind(
    "black_list",
    "村规民约黑榜",
    series_village="告诫",
    posting_days=BLACK_LIST_DAYS,
    layouts=("a4", "poster"),
    people=True,
    figures=False,
    parts=(
        columns("户主/姓名", "事实", "违反的条款"),
        section("申诉与整改"),
        word("失效日期"),
    ),
    issuers=("village",),
    order=25,
    fixed_terms=True,
)
"""Without a template: clerks cannot write it by hand, it comes from a decided entry alone."""


# -- red ------------------------------------------------------------------------------------------------------


def best(rows: Sequence[PeriodStanding], top: int) -> list[PeriodStanding]:
    """Ranks 1 to ``top`` with points; a shared rank is never torn apart, and never more than one poster holds."""
    shown = [row for row in rows if row.score > 0 and row.rank_village <= top]
    while len(shown) > POSTER_ROWS:
        last = shown[-1].rank_village
        kept = [row for row in shown if row.rank_village < last]
        if not kept:
            return shown[:POSTER_ROWS]
        shown = kept
    return shown


def public_names(rows: Sequence[PeriodStanding], on: date) -> dict[int, str]:
    """Full names, masked where the head is known to be a minor; namesakes with their number."""
    homes = [row.account.household for row in rows]
    names = {home.pk: holder_name(home, on) for home in homes}
    seen = Counter((home.group_id, names[home.pk]) for home in homes)
    return {
        home.pk: numbered(home, names[home.pk]) if seen[home.group_id, names[home.pk]] > 1 else names[home.pk]
        for home in homes
    }


def red_list(
    *, village: Village, period: Period, rows: Sequence[PeriodStanding], rule_set: PointsRuleSet
) -> tuple[NoticeContent, PosterContent]:
    """The red list of a closed period, A4 and A3."""
    words = wording_of(rule_set)
    names = public_names(rows, period.end)
    lines = tuple(
        (str(r.rank_village), r.group.name, names[r.account.household.pk], str(r.score)) for r in rows
    )
    title = f"{village}{period.label}积分红榜"
    content = NoticeContent(
        title=title,
        addressee="全体村民",
        blocks=(
            Paragraph(
                f"根据本村积分制管理细则，{village}{period.label}积分排名前{rule_set.red_list_top}名的"
                f"{len(rows)}{words.unit}列入红榜，予以表扬。"
            ),
            Table(ranked_columns(words), lines, caption=title, unit="分", note="积分相同的名次并列。"),
        ),
        signer="",
        basis=(basis_of(rule_set),),
        legal_basis=LEGAL_BASIS,
        calculation="排名分是本期得分减扣分，兑换不减少排名分。",
    )
    poster = PosterContent(
        title=f"{village}积分红榜",
        subtitle=period.label,
        columns=ranked_columns(words),
        rows=lines,
        signer="",
        red_rows=sum(row.rank_village <= RED_RANKS for row in rows),
        notes=("积分相同的名次并列。", f"依据：{basis_of(rule_set)}。"),
    )
    return content, poster


# -- black ----------------------------------------------------------------------------------------------------


def letter(listing: BlackListing) -> NoticeContent:
    """What the household is told before anything is decided; it is handed to the household alone."""
    home: Household = listing.household
    until = chinese_date(listing.reply_until) if listing.reply_until else ""
    return NoticeContent(
        title="村规民约事项告知书",
        addressee=f"{home.group.name}{home.head_name}户",
        blocks=(
            Paragraph(f"经了解，你户有下列事项：{listing.facts}。"),
            Paragraph(f"该事项违反{listing.article}。村里拟按积分制管理细则将你户列入黑榜，现先行告知。"),
            Paragraph(
                f"你户可以在{until}前当面、书面或者委托他人说明情况、提出申辩。申辩期满或者申辩以后，由另一位负责同志决定；"
                "不同意的不列入。"
            ),
            Paragraph(
                f"列入的，只公布隐去名字的户主姓名和事项，{BLACK_LIST_DAYS}日到期自动撤下；改正以后随时撤下；对决定不服的可以申诉。"
                "黑榜与低保、救助、补贴、户籍和各项证明无关。"
            ),
        ),
        signer="",
        basis=(basis_of(listing.rule_set), listing.article),
    )


def black_list(
    listing: BlackListing, listed_on: date, expires_on: date
) -> tuple[NoticeContent, PosterContent]:
    """The public document of one entry: the name masked, the article cited, the day on which it ends."""
    home: Household = listing.household
    row = (
        home.group.name,
        mask_name(home.head_name),
        listing.facts,
        listing.article,
        chinese_date(expires_on),
    )
    note = "到期自动撤下；改正以后随时撤下；对决定不服的可以申诉。黑榜与低保、救助、补贴和各项证明无关。"
    title = f"{listing.village}村规民约黑榜"
    content = NoticeContent(
        title=f"{title}（{listed_on.year}年第{listing.pk}件）",
        addressee="全体村民",
        blocks=(
            Paragraph("下列事项经告知农户、听取申辩并由另一位负责同志决定，现予公布。"),
            Table(
                (
                    Column("组别", 7),
                    name_column(wording(home.kind), 8),
                    Column("事实", 26, align="left"),
                    Column("违反的条款", 18, align="left"),
                    Column("失效日期", 14),
                ),
                (row,),
                caption=title,
            ),
            Heading("申诉与整改", 1),
            Paragraph(note),
        ),
        signer="",
        basis=(basis_of(listing.rule_set), listing.article),
        legal_basis=f"{listing.rule_set.covenant}，村民会议或村民代表会议通过",
    )
    poster = PosterContent(
        title=title,
        subtitle=f"公布到{chinese_date(expires_on)}",
        columns=(Column("组别", 5), name_column(wording(home.kind), 6), Column("事项", 22, align="left")),
        rows=((row[0], row[1], row[2]),),
        signer="",
        panels=1,
        notes=(f"条款：{listing.article}。", note),
    )
    return content, poster
