from __future__ import annotations

from reports.management.asking import AskingCommand
from reports.services import make_report


class Command(AskingCommand):
    help = (
        "生成季报、半年报或年报：乡镇的连同各村一起生成。CODE 是村（12位）、乡镇（9位）或县（6位）的区划代码。"
        "所含月份须先月结。可重复运行：已生成的不再重做，中断或失败的接着做。加 --wait 时在本进程中执行到结束。"
        "只有成功时退出码为 0。"
    )
    period_help = "期间：2026-Q3、2026-H1 或 2026"
    ask = staticmethod(make_report)
