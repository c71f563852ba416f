"""The receipt of a redemption: what stands on it. Its papers are those of ``notices.printing.receipt``."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from notices.printing.content import Column
from notices.printing.receipt import Receipt, layout_receipt, layout_roll
from notices.printing.weasy import pdf_bytes
from points.models import Redemption
from points.selectors.holders import public_name

LAYOUTS = {"a5": layout_receipt, "80": layout_roll}
_COLUMNS = (
    Column("品名", 46),
    Column("数量", 18, "right"),
    Column("单价", 18, "right"),
    Column("积分", 18, "right"),
)


def keeper_of(row: Redemption) -> str:
    """Who sold, as it stands on paper: the name without the account."""
    return str(row.keeper.full_name) if row.keeper else row.keeper_name


def content_of(row: Redemption) -> Receipt:
    """The receipt of a redemption; the head's name is masked, a cancelled one says so."""
    household, shop = row.household, row.supermarket
    when = timezone.localtime(row.sold_at or row.created_at)
    telephone = f"，电话 {shop.telephone}" if shop.telephone else ""
    cancelled = "（已撤销）" if row.state == "cancelled" else ""
    return Receipt(
        title=f"积分兑换单{cancelled}",
        issuer=shop.name,
        number=row.number,
        issued_on=f"{when:%Y年%m月%d日 %H:%M}",
        columns=_COLUMNS,
        rows=tuple(
            (line.name, f"{line.quantity} {line.unit}", f"{line.points_each} 分", f"{line.points} 分")
            for line in row.lines.order_by("goods_id")
        ),
        facts=(
            ("农户", f"{household.group.name} {household.number_text} {public_name(household)}"),
            ("兑换后余额", f"{row.balance_after} 分"),
            ("经办人", keeper_of(row)),
        ),
        total=("合计", f"{row.points} 分"),
        notes=(f"10 分钟内可当场撤销；过后凭本单到超市办理{telephone}。",),
        verify_url=f"{settings.COGOV_PUBLIC_URL.rstrip('/')}{reverse('counter:receipt', args=[row.pk])}",
        code=row.number,
        created=f"{when:%Y-%m-%d}",
    )


def pdf(row: Redemption, layout: str) -> bytes:
    """The receipt as PDF, "a5" or "80". Raises PrintingUnavailable."""
    return pdf_bytes(LAYOUTS[layout](content_of(row)))
