from __future__ import annotations

from reports.management.asking import AskingCommand
from reports.services import close_month


class Command(AskingCommand):
    help = (
        "月结：入账到期积分、排名，生成各村公示、通报、月报和乡镇月报。CODE 是村（12位）、乡镇（9位）或县（6位）的"
        "区划代码。可重复运行：已完成的不再重做，中断或失败的接着做。不加 --wait 时只提交任务，由后台执行；"
        "加 --wait 时在本进程中一起执行，直到结束，不需要 Redis。只有成功时退出码为 0。"
    )
    period_help = "月份，如 2026-10"
    ask = staticmethod(close_month)
