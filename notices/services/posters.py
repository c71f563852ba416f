"""The board's A3 list made from the table of an A4 notice: for what clerks write, and for corrections (NTC-3)."""

from __future__ import annotations

from dataclasses import replace

from cogov.common.periods import Period
from notices import kinds
from notices.printing import content as model

_MOST_COLUMNS = 6
_TWO_PANELS = 32
"""Weights of columns that still fit twice beside each other in 28 pt type."""
_SCORES = ("本月", "积分", "得分")
_MOST_RANKED, _RED_RANKS = 40, 10


def board_poster(
    content: model.NoticeContent, kind: kinds.NoticeKind, period: str = ""
) -> model.PosterContent | None:
    """The list of a notice as a poster; None for kinds without one, and where there is not exactly one table."""
    if "poster" not in kind.layouts:
        return None
    tables = [block for block in content.blocks if isinstance(block, model.Table) and block.rows]
    if len(tables) != 1 or len(tables[0].columns) > _MOST_COLUMNS:
        return None
    table = tables[0]
    when = Period.parse(period).label if period else ""
    unit = f"单位：{table.unit}" if table.unit else ""
    notes = [f"依据：{'；'.join(item.rstrip('。；') for item in content.basis)}。"] if content.basis else []
    return model.PosterContent(
        title=content.title,
        subtitle="　".join(part for part in (when, unit) if part),
        columns=table.columns,
        rows=table.rows,
        signer=content.signer,
        panels=2 if sum(column.width for column in table.columns) <= _TWO_PANELS else 1,
        notes=(*notes, *([table.note] if table.note else [])),
    )


def corrected_poster(
    content: model.NoticeContent, kind: kinds.NoticeKind, old: model.PosterContent | None, period: str = ""
) -> model.PosterContent | None:
    """The poster of a correction: a ranking is ranked anew from the corrected table, other lists follow the table."""
    if old is None:
        return board_poster(content, kind, period)
    tables = [block for block in content.blocks if isinstance(block, model.Table)]
    for table in tables:
        ranked = _ranked(table, old)
        if ranked is not None:
            return ranked
    return board_poster(content, kind, period) or old


def _ranked(table: model.Table, old: model.PosterContent) -> model.PosterContent | None:
    """The poster 名次, 组别, 户主, 积分 from a table that has 组别, 户主 and the score; None for any other table."""
    titles = [column.title for column in table.columns]
    score = next((titles.index(word) for word in _SCORES if word in titles), None)
    ranked = [column.title for column in old.columns]
    if len(ranked) != 4 or (ranked[0], ranked[1], ranked[3]) != ("名次", "组别", "积分") or score is None:
        return None
    if "组别" not in titles or ranked[2] not in titles:  # 户主, 姓名 or 集体
        return None
    group, name = titles.index("组别"), titles.index(ranked[2])
    gained = sorted(
        (
            (int(row[score]), row[group], row[name])
            for row in table.rows[: len(table.rows) - table.totals]
            if row[score].isdigit()
        ),
        key=lambda row: -row[0],
    )
    gained = [row for row in gained if row[0] > 0]
    ranks = [1 + sum(other > points for other, _, _ in gained) for points, _, _ in gained]
    shown = _whole_ranks(ranks)
    if not shown:
        return None
    rows = tuple(
        (str(rank), where, who, str(points))
        for rank, (points, where, who) in zip(ranks[:shown], gained[:shown], strict=True)
    )
    return replace(old, rows=rows, red_rows=sum(rank <= _RED_RANKS for rank in ranks[:shown]))


def _whole_ranks(ranks: list[int]) -> int:
    """How many rows a poster shows without tearing a shared rank apart."""
    if len(ranks) <= _MOST_RANKED:
        return len(ranks)
    kept = [rank for rank in ranks[:_MOST_RANKED] if rank < ranks[_MOST_RANKED]]
    return len(kept) or _MOST_RANKED
