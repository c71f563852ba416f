"""CPU of an A4 notice (two pages, 40-row table) against WeasyPrint with its defaults on the same content.

    python bench/pdf_notice.py [rounds]

Prints the ratio (target <= 0.65, performance.md), its growth over three sizes, and pages per second. A B A B, medians.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from notices.printing import content as model
from notices.printing.a4 import layout_a4
from notices.printing.imprint import Imprint, chinese_date
from notices.printing.qr import check_code, qr_svg
from notices.printing.statutory import statutory_paragraphs
from notices.printing.weasy import pdf_bytes

DIGEST = "5a" * 32
NAMES = ("张三", "李小四", "王赟", "欧阳建国", "雷昇", "汪堃", "程娟", "周家兴")
SENTENCE = "根据《沙坪镇共同缔造“以奖代补”实施方案》（沙政发〔2026〕3号）和村民代表会议决议，现将10月份积分公示如下。"
IMPRINT = Imprint(
    issuer="板坑村",
    heading="沙坪镇板坑村村民委员会",
    number="板坑村公示〔2026〕3号",
    signed_on=date(2026, 11, 2),
    publicity_start=date(2026, 11, 2),
    publicity_end=date(2026, 11, 11),
    verify_url="https://cogov.example.cn/v/ABCDEFGHJKMNPQRSTVWXYZ0123/",
    check_code=check_code(DIGEST),
    digest=DIGEST,
)


def notice(rows: int) -> model.NoticeContent:
    """The document of the trial: a paragraph, a table, the closing paragraphs."""
    columns = ("名次", "户主", "组别", "本月加分", "本月扣分", "余额")
    table = model.Table(
        tuple(model.Column(title, kind="name" if title == "户主" else "text") for title in columns),
        tuple((str(i + 1), NAMES[i % 8], f"{i % 6 + 1}组", "20", "1", str(1000 - i)) for i in range(rows)),
        caption="积分榜",
        unit="分",
    )
    return model.NoticeContent(
        title="关于公布板坑村2026年10月积分情况的公示",
        addressee="全体村民",
        blocks=(model.Paragraph(SENTENCE * 2), table),
        signer="沙坪镇板坑村村民委员会",
        basis=("《板坑村积分制管理办法》第三条",),
        calculation="余额＝上月余额＋本月加分－本月扣分",
        objection=model.ObjectionPlace("便民服务中心", "0715-3388120"),
    )


def plain_html(content: model.NoticeContent) -> str:
    """The same content as anybody would write it: CSS only, the machine's Noto fonts."""
    table = next(block for block in content.blocks if isinstance(block, model.Table))
    head = "".join(f"<th>{escape(c.title)}</th>" for c in table.columns)
    rows = "".join("<tr>" + "".join(f"<td>{escape(v)}</td>" for v in row) + "</tr>" for row in table.rows)
    paragraphs = [block.text for block in content.blocks if isinstance(block, model.Paragraph)]
    lead = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    tail = "".join(f"<p>{escape(text)}</p>" for text in statutory_paragraphs(content, IMPRINT))
    return f"""<html lang="zh-CN"><head><style>
@page{{size:A4;margin:37mm 26mm 35mm 28mm;@bottom-right{{content:"— " counter(page) " —"}}}}
body{{font:16pt/1.85 "Noto Serif CJK SC"}} p{{text-indent:2em;margin:0;text-align:justify}}
h1{{font-size:22pt;text-align:center}} .head{{color:#e60012;font-size:38pt;text-align:center}}
table{{border-collapse:collapse;width:100%;font-size:12pt;text-align:center;line-height:1.3}} td,th{{border:.5pt solid}}
</style></head><body><div class="head">{escape(IMPRINT.heading)}</div><p>{escape(IMPRINT.number)}</p>
<h1>{escape(content.title)}</h1><p>{escape(content.addressee)}：</p>{lead}
<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{tail}
<p>{escape(content.signer)}</p><p>{chinese_date(date(2026, 11, 2))}</p>
{qr_svg(IMPRINT.verify_url, 68.0)}<p>{IMPRINT.check_code} {DIGEST}</p></body></html>"""


def control(content: model.NoticeContent) -> bytes:
    """WeasyPrint as its tutorial shows it."""
    from weasyprint import HTML

    result: bytes = HTML(string=plain_html(content)).write_pdf()
    return result


def ours(content: model.NoticeContent) -> bytes:
    """Layout and PDF, as a worker does it."""
    return pdf_bytes(layout_a4(content, IMPRINT))


def cpu(work: Callable[[model.NoticeContent], bytes], content: model.NoticeContent) -> float:
    """Seconds of CPU for one document."""
    begin = time.process_time()
    work(content)
    return time.process_time() - begin


def main() -> None:
    """Three sizes; the middle one is the documented case."""
    import logging

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    for rows in (10, 40, 160):
        content = notice(rows)
        control(content)
        ours(content)
        pairs = [(cpu(control, content), cpu(ours, content)) for _ in range(rounds)]
        base, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
        pages = len(layout_a4(content, IMPRINT).pages)
        print(
            f"{rows:4d} rows, {pages} pages: ours {mine * 1000:.0f} ms, default {base * 1000:.0f} ms, "
            f"ratio {mine / base:.2f}, {pages / mine:.1f} pages/s (default {pages / base:.1f})"
        )


if __name__ == "__main__":
    main()
