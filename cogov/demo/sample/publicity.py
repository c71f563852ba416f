"""Notices of the demo as a township has them: posted with a photo, objected to, corrected, withdrawn, due, overdue."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from cogov.access.models import User
from cogov.access.scope import SystemActor
from cogov.common.periods import Period
from cogov.common.workdays import CalendarUnknown
from cogov.demo.sample.market import at
from cogov.demo.sample.staff import VillageStaff
from notices import services
from notices.models import DisclosureItem, Notice
from notices.printing import content as model
from notices.services.composing import Written, compose_notice, correct_written, editable
from notices.services.disclosing import draft_disclosure, install_catalogue, register_event
from villages.models import Township, Village

_FONT = Path(__file__).resolve().parents[3] / "static" / "fonts" / "GCHeiBold.ttf"
_LAW = "《中华人民共和国村民委员会组织法》第三十五条"

_PROJECT = Written(
    title="关于三组灌溉渠修复项目的公示",
    body="""现将三组灌溉渠修复项目有关情况公示如下。
# 项目概况
修复三组灌溉渠420米，拓宽清淤，U形槽护砌，工期20天，受益农田160亩。
# 资金来源
表：资金来源（单位：元）
| 来源 | 金额 | 说明 |
| --- | --: | :-- |
| 上级奖补 | 36,000 | 以奖代补，按验收量核定 |
| 村集体 | 8,000 | 集体经济收入 |
| 群众投（含投工折价） | 12,600 | 投工84个，每个150元 |
|= 合计 | 56,600 | |
# 实施方式
由三组村民自建小组施工，村务监督委员会和三名村民代表组成质量监督小组。""",
    addressee="全体村民",
    basis="村民代表会议决议",
    calculation="上级奖补按每米85.71元乘核定长度；投工按每个150元折价",
)
_RESOLUTION = Written(
    title="关于实施三组灌溉渠修复项目的决议",
    body="""村民代表会议讨论了三组灌溉渠修复项目，形成决议如下。
# 到会和表决
应到35人，实到31人；同意30人，反对0人，弃权1人。
# 决议内容
1. 同意实施三组灌溉渠修复项目，由村民自建小组施工。
2. 群众投工每户不少于1个，投工记入积分。""",
    basis="《中华人民共和国村民委员会组织法》第二十六条",
)
_FEES = Written(
    title="关于本年生活垃圾清运费收缴情况的公示",
    body="""现将本年生活垃圾清运费收缴情况公示如下。
表：收缴情况（单位：元）
| 村民小组 | 应缴户数 | 已缴户数 | 已缴金额 |
| --- | --: | --: | --: |
| 1组 | 21 | 21 | 1,260 |
| 2组 | 24 | 23 | 1,380 |
| 3组 | 22 | 20 | 1,200 |
|= 合计 | 67 | 64 | 3,840 |""",
    addressee="全体村民",
    basis="村民代表会议通过的《垃圾清运费收缴办法》",
    calculation="每户每年60元，五保户、低保户免缴",
)
_MEETING = Written(
    title="关于召开湾子夜话的通知",
    body="""定于本周五召开湾子夜话，有关事项通知如下。
# 会议时间
本周五晚上7时30分
# 会议地点
二组文化广场
# 参加人员
二组全体村民
# 会议议题
1. 湾前停车和堆放
2. 冬季清渠投工""",
    addressee="二组全体村民",
)
_CERTIFICATE = Written(
    title="荣誉证书",
    body="= 汪德胜\n在“最美庭院”评选活动中表现突出，被评为**最美庭院示范户**，特发此证，以资鼓励。",
    basis="村民代表会议评议结果",
)
_DRAFT = Written(
    title="关于最美庭院评选名单的公示",
    body="""经村民小组提名、村民代表评议，评选出下列最美庭院，现予公布。
表：光荣榜
| 姓名 | 组别 | 荣誉称号 | 事迹 |
| ---人 | --- | --- | :-- |
| 汪德胜 | 1组 | 最美庭院 | 房前屋后整洁，带动邻里种花 |
| 程桂兰 | 3组 | 最美庭院 | 坚持垃圾分类，菜园整齐 |""",
    addressee="全体村民",
    basis="村民代表会议评议结果",
    legal_basis=_LAW,
)
_ACCOUNTS = """现将{label}财务公开如下。
# 村级财务收支明细
表：收支明细（单位：元）
| 日期 | 事项 | 收入 | 支出 |
| --- | :-- | --: | --: |
| 上旬 | 集体山林租金 | {income} | |
| 中旬 | 保洁员工资 | | 2,400 |
| 下旬 | 路灯电费、办公用品 | | {cost} |
|= 合计 | | {income} | {total} |"""


class Publicity:
    """The notices of the demo's first township. ``today`` is the real day: everything happened before it."""

    def __init__(
        self, actor: SystemActor, township: Township, today: date, say: Callable[[str], object]
    ) -> None:
        self.actor, self.township, self.today, self.say = actor, township, today, say

    def telephones(self, villages: list[Village], office: User, series: int = 0) -> None:
        """Where to object is printed with a telephone; the numbers are invented. Other villages borrow the township's."""
        for number, village in enumerate([None, *villages]):
            profile = services.issuer_profile(township=self.township, village=village)
            telephone = f"0715-3{690100 + 100 * series + number}"
            services.save_issuer(actor=office, instance=profile, data={"objection_telephone": telephone})

    def live_on(
        self, villages: list[Village], staff: dict[int, VillageStaff], office: User, periods: list[Period]
    ) -> None:
        """Everything; a holiday list that is not yet published leaves out what it would date."""
        try:
            self._disclosures(villages, staff, office, periods[-1])
            self._month_lists(villages[0], staff[villages[0].pk])
            self._life_of(villages[0], staff[villages[0].pk])
            if len(villages) > 1:
                self._forgotten_objection(villages[1], staff[villages[1].pk])
        except CalendarUnknown as unknown:
            self.say(f"  公示样例没有装完：{unknown.message}")
            return
        count = Notice.objects.filter(township=self.township, number__gt="").count()
        self.say(f"  {self.township}：{count} 份公示与通报")

    def _before(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def _publish(
        self, kind: str, written: Written, village: Village, staff: VillageStaff, days: int, period: str = ""
    ) -> Notice:
        """Written by the cadre, published by the secretary, ``days`` days ago."""
        with at(self._before(days), 9, 20):
            draft = compose_notice(
                actor=staff.cadre, kind=kind, written=written, village=village, period=period
            )
            return services.publish_notice(actor=staff.secretary, notice=draft)

    def _post(self, notice: Notice, staff: VillageStaff, day: date, board: str = "村委会公示栏") -> None:
        with at(day, 16):
            services.record_posting(
                actor=staff.cadre,
                notice=notice,
                posted_on=day,
                board=board,
                photo=board_photo(notice, board, day),
            )

    # -- what the board shows ----------------------------------------------------------------------------

    def _month_lists(self, village: Village, staff: VillageStaff) -> None:
        """The lists of months that are over hung on two boards; somebody asked, and was answered."""
        lists = list(Notice.objects.filter(village=village, kind="points_list", number__gt="").order_by("pk"))
        for notice in lists:
            day = notice.publicity_start or self.today
            self._post(notice, staff, day)
            self._post(notice, staff, day, "三组湾头公示栏")
        if not lists:
            return
        day = (lists[-1].publicity_start or self.today) + timedelta(days=2)
        with at(day, 10, 30):
            row = services.file_objection(
                actor=staff.cadre,
                notice=lists[-1],
                channel="counter",
                text="我家本月出了两次义务保洁，公示只记了一次。",
                person="三组村民",
            )
        with at(day + timedelta(days=3), 15):
            services.answer_objection(
                actor=staff.secretary,
                objection=row,
                answer="查签到表：第二次保洁在次月1日，记入次月。已当面说明，本人同意。",
                upheld=False,
            )

    def _life_of(self, village: Village, staff: VillageStaff) -> None:
        """Resolution, project, a corrected notice, a withdrawn one, a certificate, a draft, an open objection."""
        resolution = self._publish("resolution", _RESOLUTION, village, staff, 13)
        self._post(resolution, staff, self._before(13))
        fees = self._publish("general", _FEES, village, staff, 12)
        with at(self._before(10), 9):
            written = replace(editable(fees), body=_FEES.body.replace("| 20 | 1,200 |", "| 21 | 1,260 |"))
            written = replace(written, body=written.body.replace("| 64 | 3,840 |", "| 65 | 3,900 |"))
            correction = correct_written(
                actor=staff.cadre, notice=fees, written=written, reason="三组有一户已缴费，漏记"
            )
            services.publish_notice(actor=staff.secretary, notice=correction)
        meeting = self._publish("meeting_notice", _MEETING, village, staff, 9)
        with at(self._before(8), 9):
            withdrawal = services.draft_correction(
                actor=staff.cadre,
                notice=meeting,
                content=replace(
                    model.from_json(meeting.snapshot.document["content"]),
                    blocks=(model.Paragraph("因降温，本次湾子夜话改期，时间另行通知。"),),
                ),
                reason="天气原因改期",
                effect="withdraw",
            )
            services.publish_notice(actor=staff.secretary, notice=withdrawal)
        project = self._publish("project_publicity", _PROJECT, village, staff, 5)
        self._post(project, staff, self._before(5))
        self._publish("certificate", _CERTIFICATE, village, staff, 4)
        with at(self._before(3), 11):
            services.file_objection(
                actor=staff.cadre,
                notice=project,
                channel="telephone",
                text="请说明420米是怎样量的，渠尾一段去年已经修过。",
                person="三组村民",
            )
        with at(self._before(1), 17):
            compose_notice(actor=staff.cadre, kind="honour_roll", written=_DRAFT, village=village)

    def _forgotten_objection(self, village: Village, staff: VillageStaff) -> None:
        """Nobody answered within ten days: the township supervises it."""
        notice = self._publish("general", _FEES, village, staff, 16)
        with at(self._before(12), 9):
            services.file_objection(
                actor=staff.cadre,
                notice=notice,
                channel="paper",
                text="二组的应缴户数应是25户，请核对。",
                person="二组村民",
            )
        with at(self._before(1), 6, 10):
            services.escalate_overdue(actor=self.actor)

    # -- three affairs -----------------------------------------------------------------------------------

    def _disclosures(
        self, villages: list[Village], staff: dict[int, VillageStaff], office: User, period: Period
    ) -> None:
        """The catalogue from last month on: most villages have disclosed it, one has forgotten, events are due."""
        with at(period.start):
            install_catalogue(actor=office, township=self.township, starts_on=period.start)
        days = (self.today - period.end).days
        for number, village in enumerate(villages):
            if number == len(villages) - 2 and len(villages) > 2:
                continue
            ago = max(days - 8 - number % 3, 0)
            self._disclose(village, staff[village.pk], period, ago, posted=number != 4)
        self._events(villages[0], staff[villages[0].pk])

    def _disclose(
        self, village: Village, staff: VillageStaff, period: Period, ago: int, *, posted: bool
    ) -> None:
        income, cost = 3000 + int(village.code[-3:]) * 7 % 2000, 500 + int(village.code[-3:]) * 3 % 400
        with at(self._before(ago), 14):
            draft = draft_disclosure(
                actor=staff.cadre, village=village, category="finance", period=period.key
            )
            body = _ACCOUNTS.format(
                label=period.label, income=f"{income:,}", cost=f"{cost:,}", total=f"{2400 + cost:,}"
            )
            compose_notice(
                actor=staff.cadre,
                kind=draft.kind,
                village=village,
                period=period.key,
                notice=draft,
                written=replace(editable(draft), body=body, basis=_LAW, legal_basis=_LAW),
            )
            draft.refresh_from_db()
            notice = services.publish_notice(actor=staff.secretary, notice=draft)
        if posted:
            self._post(notice, staff, self._before(ago))

    def _events(self, village: Village, staff: VillageStaff) -> None:
        """Two things that are to be disclosed at once: one is late, one has a few days left."""
        items = {item.name: item for item in DisclosureItem.objects.filter(township=self.township)}
        for name, event, ago in (
            ("大额支出", "三组灌溉渠首批材料款12,000元", 8),
            ("村民会议和村民代表会议决定", "灌溉渠修复项目决议落实情况", 2),
        ):
            with at(self._before(ago), 10):
                register_event(
                    actor=staff.cadre,
                    item=items[name],
                    village=village,
                    event=event,
                    occurred_on=self._before(ago),
                )


def board_photo(notice: Notice, board: str, day: date) -> io.BytesIO:
    """A drawn board with the paper on it, where real villages have a photo."""
    image = Image.new("RGB", (960, 720), "#7d8b93")
    draw = ImageDraw.Draw(image)
    draw.rectangle((70, 60, 890, 660), fill="#6d4327", outline="#4b2c18", width=14)
    draw.rectangle((96, 86, 864, 634), fill="#2f6b4f")
    large, small = ImageFont.truetype(str(_FONT), 40), ImageFont.truetype(str(_FONT), 22)
    draw.text((480, 128), board, font=large, fill="#f5e9c8", anchor="mm")
    for number, left in enumerate((140, 500)):
        draw.rectangle((left, 180, left + 320, 610), fill="#fdfcf8" if number == 0 else "#f3efe4")
    draw.text((300, 215), notice.issuer_name, font=small, fill="#c8102e", anchor="mm")
    for line in range(3):
        draw.text((160, 250 + 30 * line), notice.title[line * 12 : line * 12 + 12], font=small, fill="#222")
    for line in range(7):
        draw.line((160, 370 + 26 * line, 440 - 30 * (line % 3), 370 + 26 * line), fill="#999", width=5)
    draw.text((300, 585), notice.number, font=small, fill="#222", anchor="mm")
    draw.text((850, 690), f"{day:%Y-%m-%d}", font=small, fill="#ffd84a", anchor="rm")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    out.seek(0)
    return out
