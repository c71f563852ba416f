"""The kinds of NTC-1 whose data belongs to later apps, and free notices: templates that a clerk fills in.

A later app that has the data drafts the same kind from it; the required parts stay the same. The black list is not
here: it comes with due process from points (BEY-7) and nobody may write one by hand.
"""

from __future__ import annotations

from notices.kinds import NoticeKind, register
from notices.parts import ADDRESSEE, BASIS, at_most, columns, section, word
from notices.printing.papers import CERTIFICATE_CHARACTERS

_PROJECT = """现将【填：项目名称】项目有关情况公示如下。
# 项目概况
【填：建设地点、内容、规模、工期】
# 资金来源
表：资金来源（单位：元）
| 来源 | 金额 | 说明 |
| --- | --: | :-- |
| 上级奖补 | 【填】 | |
| 村集体 | 【填】 | |
| 群众投（含投工折价） | 【填】 | |
|= 合计 | 【填】 | |
# 实施方式
【填：承建人或自建小组、质量监督小组成员】
"""
_SUBSIDY = """根据【填：奖补办法】，现将【填：事项】奖补对象和金额公示如下。
表：奖补明细（单位：元）
| 户主 | 组别 | 项目 | 核定数量 | 标准 | 金额 |
| ---人 | --- | :-- | --: | --: | --: |
| 【填】 | 【填】 | 【填】 | 【填】 | 【填】 | 【填】 |
|= 合计 | | | | | 【填】 |
"""
_RANKING = """现将【填：期间】【填：事项】考评排名通报如下。
表：考评排名（单位：分）
| 名次 | 单位 | 得分 |
| --- | --- | --: |
| 1 | 【填】 | 【填】 |
# 计分办法
【填：指标、权重、并列名次的处理】
"""
_HONOUR = """经【填：提名、群众评议、审核】，评选出下列先进典型，现予公布。
表：光荣榜
| 姓名 | 组别 | 荣誉称号 | 事迹 |
| ---人 | --- | --- | :-- |
| 【填】 | 【填】 | 【填】 | 【填】 |
"""
_RESOLUTION = """【填：日期】召开【填：村民会议或村民代表会议】，形成决议如下。
# 到会和表决
应到【填】人，实到【填】人；同意【填】人，反对【填】人，弃权【填】人。
# 决议内容
1. 【填】
"""
_COMPLETION = """【填：项目名称】项目已经完工，现将竣工和验收情况公示如下。
# 完成情况
【填：完成的工程量、开工和完工日期】
# 验收结论
【填：验收时间、验收组成员、结论】
# 管护安排
【填：管护责任人和期限】
"""
_ACCOUNTS = """【填：项目名称】项目决算已经审核，现公示如下。
# 收入
表：收入（单位：元）
| 来源 | 金额 |
| --- | --: |
| 【填】 | 【填】 |
|= 合计 | 【填】 |
# 支出
表：支出（单位：元）
| 用途 | 金额 | 收款方 |
| --- | --: | --- |
| 【填】 | 【填】 | 【填】 |
|= 合计 | 【填】 | |
# 结余
【填：结余金额和去向】
"""
_DISCLOSURE = """现将【填：期间】公开事项公布如下。
# 公开事项
【填】
"""
_FINANCE = """现将【填：期间】村级财务收支公布如下。
# 收支情况
表：收支明细（单位：元）
| 日期 | 事项 | 收入 | 支出 | 经手人 |
| --- | :-- | --: | --: | ---人 |
| 【填】 | 【填】 | 【填】 | 【填】 | 【填】 |
|= 合计 | | 【填】 | 【填】 | |
# 资产和债权债务
【填】
"""
_RECTIFICATION = """经【填：检查时间和方式】检查，你村存在下列问题，请按期整改。
# 存在问题
1. 【填】
# 整改要求
1. 【填】
# 整改期限
请于【填：日期】前整改到位，并书面报告整改情况。
"""
_CERTIFICATE = """= 【填：姓名或户主】
在【填：期间】【填：评选活动】中表现突出，被评为**【填：荣誉称号】**，特发此证，以资鼓励。
"""
_RESPONSIBILITY = """为明确责任，甲乙双方签订本责任书。
# 双方
甲方：【填】
乙方：【填】
# 责任内容
1. 【填】
# 期限
自【填：日期】起至【填：日期】止。
# 考核与奖惩
【填】
本责任书一式两份，甲乙双方各执一份，签字盖章后生效。
甲方（盖章）：　　　　　　　乙方（签字）：
　　年　　月　　日　　　　　　　年　　月　　日
"""
_MINUTES = """# 会议基本情况
时间：【填】　地点：【填】
主持：【填】　记录：【填】
参加人员：【填】
# 讨论情况
1. 【填】
# 议定事项
1. 【填：事项、责任人、时限】
"""
_RECEIPT = """表：领取清单
| 品名或事项 | 数量 | 金额（元） |
| :-- | --: | --: |
| 【填】 | 【填】 | 【填】 |
领取人：【填】　经办人：【填】
"""
_SUPERIOR = """现将【填：上级文件名称和文号】转发给你们，请遵照执行。
# 主要精神
1. 【填】
# 贯彻要求
1. 【填】
"""
_MEETING = """定于【填：日期】召开【填：会议名称】，有关事项通知如下。
# 会议时间
【填：年月日时】
# 会议地点
【填】
# 参加人员
【填】
# 会议议题
1. 【填】
"""

_POSTER = ("a4", "poster")
OWN: tuple[NoticeKind, ...] = (
    NoticeKind(
        "project_publicity", "项目公示", needs_evidence=True, title="关于【填：项目名称】项目的公示",
        template=_PROJECT, order=40,
        parts=(section("项目概况"), section("资金来源"), columns("来源", "金额"), section("实施方式")),
    ),
    NoticeKind(
        "subsidy_publicity", "奖补公示", needs_evidence=True, people=True, layouts=_POSTER,
        title="关于【填：事项】奖补的公示", template=_SUBSIDY, order=41,
        parts=(columns("户主/姓名", "组别", "标准", "金额"),),
    ),
    NoticeKind(
        "ranking_bulletin", "排名通报", series_village="通报", series_township="通报", objection_workdays=0,
        title="关于【填：期间】【填：事项】排名的通报", template=_RANKING, order=43,
        parts=(columns("名次", "得分"), section("计分办法")),
    ),
    NoticeKind(
        "honour_roll", "光荣榜", series_village="公布", people=True, layouts=_POSTER, figures=False,
        title="关于公布【填：评选名称】名单的公示", template=_HONOUR, order=44,
        parts=(columns("姓名/户主", "荣誉称号"),),
    ),
    NoticeKind(
        "resolution", "决议公告", series_village="决议", objection_workdays=0, needs_evidence=True,
        title="关于【填：事项】的决议", template=_RESOLUTION, order=45,
        parts=(BASIS, section("到会和表决"), section("决议内容"), word("表决结果", "同意")),
    ),
    NoticeKind(
        "completion", "竣工验收公示", needs_evidence=True, figures=False,
        title="关于【填：项目名称】项目竣工验收的公示", template=_COMPLETION, order=46,
        parts=(section("完成情况"), section("验收结论"), section("管护安排")),
    ),
    NoticeKind(
        "final_accounts", "决算公示", needs_evidence=True,
        title="关于【填：项目名称】项目决算的公示", template=_ACCOUNTS, order=47,
        parts=(section("收入"), section("支出"), columns("用途", "金额"), section("结余")),
    ),
    NoticeKind(
        "disclosure_party", "党务公开", series_village="公开", objection_workdays=10, needs_evidence=True,
        disclosure=True, figures=False, issuers=("village",), title="【填：期间】党务公开", template=_DISCLOSURE, order=50,
    ),
    NoticeKind(
        "disclosure_village", "村务公开", series_village="公开", objection_workdays=10, needs_evidence=True,
        disclosure=True, figures=False, issuers=("village",), title="【填：期间】村务公开", template=_DISCLOSURE, order=51,
    ),
    NoticeKind(
        "disclosure_finance", "财务公开", series_village="公开", objection_workdays=10, needs_evidence=True,
        disclosure=True, figures=False, issuers=("village",), title="【填：期间】财务公开", template=_FINANCE, order=52,
    ),
    NoticeKind(
        "rectification", "整改通知书", series_township="改", objection_workdays=0, posting_days=0, board=False,
        issuers=("township",), title="关于【填：事项】的整改通知书", template=_RECTIFICATION, order=60,
        parts=(ADDRESSEE, section("存在问题"), section("整改要求"), section("整改期限")),
    ),
    NoticeKind(
        "certificate", "荣誉证书", series_village="证", series_township="证", objection_workdays=0, posting_days=0,
        board=False, people=True, title="荣誉证书", template=_CERTIFICATE, order=61, form="certificate",
        parts=(BASIS, word("荣誉称号", "被评为", "授予"), at_most(CERTIFICATE_CHARACTERS)),
    ),
    NoticeKind(
        "responsibility", "责任书", series_village="责", series_township="责", objection_workdays=0, posting_days=0,
        board=False, title="【填：事项】责任书", template=_RESPONSIBILITY, order=62,
        parts=(
            section("双方"), section("责任内容"), section("期限"), section("考核与奖惩"),
            word("双方签字的地方", "签字", "盖章"),
        ),
    ),
    NoticeKind(
        "minutes", "会议纪要", series_village="纪要", series_township="纪要", objection_workdays=0, posting_days=0,
        board=False, title="【填：会议名称】纪要", template=_MINUTES, order=63, form="minutes",
        parts=(section("会议基本情况"), section("议定事项"), word("参加人员")),
    ),
    NoticeKind(
        "receipt", "收据", series_village="据", series_township="据", objection_workdays=0, posting_days=0,
        board=False, people=True, title="领取收据", template=_RECEIPT, order=64, form="receipt",
        parts=(columns("品名/事项", "数量"), word("领取人")),
    ),
    NoticeKind(
        "superior_notice", "上级通知", series_village="通知", series_township="通知", objection_workdays=0,
        title="关于转发【填：文件名称】的通知", template=_SUPERIOR, order=80,
        parts=(ADDRESSEE, section("贯彻要求")),
    ),
    NoticeKind(
        "meeting_notice", "会议通知", series_village="通知", series_township="通知", objection_workdays=0,
        title="关于召开【填：会议名称】的通知", template=_MEETING, order=81,
        parts=(ADDRESSEE, section("会议时间"), section("会议地点"), section("参加人员"), section("会议议题")),
    ),
)  # fmt: skip


def register_all() -> None:
    """Called once, from AppConfig.ready()."""
    for kind in OWN:
        register(kind)
