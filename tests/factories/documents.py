"""Content of documents, without any model: the print engine needs none."""

from __future__ import annotations

from typing import Any

from notices.printing import content as model

NAMES = ("张三", "李小四", "王赟", "欧阳䶮", "雷昇", "汪堃祎")


def sample_content(
    title: str = "关于公布板坑村2026年10月积分情况的公示", rows: int = 6, **changes: Any
) -> model.NoticeContent:
    table = model.Table(
        (
            model.Column("名次", 6),
            model.Column("户主", 12, kind="name"),
            model.Column("组别", 10),
            model.Column("积分", 10, kind="number"),
        ),
        tuple((str(i + 1), NAMES[i % 6], f"{i % 4 + 1}组", str(100 - i)) for i in range(rows)),
        caption="板坑村2026年10月积分榜",
        unit="分",
    )
    values: dict[str, Any] = {
        "title": title,
        "blocks": (model.Paragraph("现将2026年10月积分情况公示如下，张三户名列第一。"), table),
        "signer": "",
        "addressee": "全体村民",
        "basis": ("《板坑村积分制管理办法》第三条",),
        "legal_basis": "《中华人民共和国村民委员会组织法》第三十五条",
        "calculation": "余额＝上月余额＋本月加分－本月扣分",
    }
    return model.NoticeContent(**{**values, **changes})


def sample_poster(rows: int = 12) -> model.PosterContent:
    return model.PosterContent(
        title="板坑村2026年10月积分红榜",
        columns=(
            model.Column("名次", 9),
            model.Column("户主", 15, kind="name"),
            model.Column("组别", 11),
            model.Column("积分", 13),
        ),
        rows=tuple((str(i + 1), NAMES[i % 6], f"{i % 4 + 1}组", str(100 - i)) for i in range(rows)),
        signer="",
        red_rows=10,
        subtitle="沙坪镇板坑村村民委员会",
        notes=("积分相同的名次并列。",),
    )
