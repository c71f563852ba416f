"""The memory of one worker that prints 500 documents, told every 50 (performance.md: at most 250 MB, and flat).

    .venv/bin/python bench/worker_memory.py [--documents 500] [--lists-every 5]

One process with all of CoGov loaded, as a Celery worker is. Every fifth document is the points list of a village of
600 households (20 pages and more), each with other names and reasons; between them stand posters, notices of two pages
and reports with charts. Resident memory is read after each 50 documents; "flat" means that the second half of the run
adds no more than 10 MB.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cogov.settings.test")
from bench.county_close import GIVEN, RULES, SURNAMES
from bench.pdf_notice import IMPRINT, notice

LIMIT, GROWTH = 250, 10
STEP = 50


def names(dice: random.Random) -> str:
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2, 2))))


def points_list(dice: random.Random) -> object:
    """The list of a village: 600 households, two deeds each."""
    from notices.printing import content as model
    from notices.printing.a4 import layout_a4

    columns = (
        model.Column("组别", 36),
        model.Column("户主", 46, kind="name"),
        model.Column("本月", 31, kind="number"),
        model.Column("本年", 31, kind="number"),
        model.Column("得分事由", 298, align="left"),
    )
    rows = []
    for number in range(600):
        deeds = dice.sample(RULES, 2)
        score = sum(points for *_, points in deeds)
        why = "；".join(f"{name}{points}分" for _, _, name, _, points in deeds)
        rows.append((f"{number // 60 + 1}组", names(dice), str(score), str(score * 3), why))
    table = model.Table(columns, tuple(rows), caption="积分明细", unit="分")
    return layout_a4(
        model.NoticeContent(title="积分公示", blocks=(table,), signer="板坑村村民委员会"), IMPRINT
    )


def poster(dice: random.Random) -> object:
    from notices.printing import content as model
    from notices.printing.poster import layout_poster

    columns = (model.Column("名次", 5), model.Column("组别", 7), model.Column("户主", 9, kind="name"))
    rows = tuple((str(n), f"{n % 10}组", names(dice)) for n in range(1, 41))
    return layout_poster(
        model.PosterContent(
            title="积分排行榜", columns=columns, rows=rows, signer="板坑村村民委员会", red_rows=10
        ),
        IMPRINT,
    )


def report(dice: random.Random) -> object:
    from notices.printing import content as model
    from notices.printing.a4 import layout_a4

    labels = tuple(names(dice) for _ in range(8))
    values = tuple(dice.randint(1, 900) for _ in labels)
    blocks: list[model.Block] = []
    for kind in ("bar", "line", "ring"):
        blocks.append(model.Heading(f"一、{kind}", 1))
        blocks.append(model.ChartBlock(kind, kind, labels, (model.ChartSeries("积分", values),), "分"))
    blocks += [model.Paragraph("本月发放积分比上月增加，参与户数比上月减少。" * 8)] * 6
    return layout_a4(model.NoticeContent(title="月度报告", blocks=tuple(blocks), signer="办公室"), IMPRINT)


def resident() -> int:
    """MB of this process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024 // 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--lists-every", type=int, default=5)
    options = parser.parse_args()
    import django

    django.setup()
    from notices.printing.a4 import layout_a4
    from notices.printing.weasy import pdf_bytes

    dice = random.Random(7)
    told = []
    for number in range(1, options.documents + 1):
        if number % options.lists_every == 0:
            printout = points_list(dice)
        else:
            printout = (poster, report, lambda d: layout_a4(notice(40 + d.randint(0, 9)), IMPRINT))[
                number % 3
            ](dice)
        pdf_bytes(printout)  # type: ignore[arg-type]
        if number % STEP == 0:
            told.append(resident())
            print(f"{number:4d} documents: {told[-1]} MB", flush=True)
    grown = told[-1] - told[len(told) // 2 - 1]
    print(f"most {max(told)} MB (limit {LIMIT}), second half {grown:+d} MB (limit {GROWTH})")
    raise SystemExit(0 if max(told) <= LIMIT and grown <= GROWTH else 1)


if __name__ == "__main__":
    main()
