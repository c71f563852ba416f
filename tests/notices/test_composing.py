"""Clerks write notices: choose, fill in, preview, save, publish with required parts, correct (NTC-1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, InputError, RuleError
from notices import kinds, services
from notices.models import Notice, NumberSeries
from notices.printing import content as model
from notices.services.composing import Written, compose_notice, correct_written
from notices.services.corrections import rewrite_correction
from notices.services.posters import corrected_poster
from tests.factories.documents import sample_content
from tests.factories.notices import Place

COMPOSE = "/admin/notices/notice/compose/"
PROJECT = Written(
    title="关于三组通湾公路硬化项目的公示",
    body="现公示如下，**合计30,000元**。\n# 项目概况\n硬化公路1.2公里。\n# 资金来源\n表：资金来源（单位：元）\n"
    "| 来源 | 金额 |\n| --- | --: |\n| 群众投 | 30,000 |\n# 实施方式\n群众自建。",
    basis="村民代表会议2026年9月1日决议",
    calculation="按实测长度计",
)


@pytest.fixture(autouse=True)
def _clock(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")


def as_user(client: Client, user: Any) -> Client:
    client.force_login(user, backend="cogov.access.backends.DutyBackend")
    return client


def compose(place: Place, written: Written = PROJECT, kind: str = "project_publicity", **kw: Any) -> Notice:
    return compose_notice(actor=place.cadre, kind=kind, written=written, village=place.village, **kw)


def test_a_written_notice_is_published_with_its_parts(place: Place) -> None:
    notice = services.publish_notice(actor=place.secretary, notice=compose(place))
    assert notice.number == "板坑村公示〔2026〕1号"
    content = notice.snapshot.document["content"]
    assert content["blocks"][0]["strong"] == [[6, 15]]
    assert content["objection"]["place"] == "沙坪镇共同缔造办公室"


@pytest.mark.parametrize("kind", [k.code for k in kinds.written_by_clerks()])
def test_an_empty_template_is_not_published(place: Place, kind: str) -> None:
    """Every kind: what the template leaves open is named, and no number is used up."""
    known = kinds.get(kind)
    village = place.village if "village" in known.issuers else None
    draft = compose_notice(
        actor=place.clerk,
        kind=kind,
        written=Written(title=known.title, body=known.template),
        village=village,
        township=None if village else place.township,
    )
    with pytest.raises(InputError, match="还有空没有填|缺少"):
        services.publish_notice(actor=place.secretary if village else place.leader, notice=draft)
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("draft", "")
    assert not NumberSeries.objects.exists()


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        ("# 项目概况\n硬化公路1.2公里。\n", "缺少“项目概况”一节"),
        ("| 群众投 | 30,000 |\n", "表格只有表头"),
        ("群众自建。", "缺少“实施方式”一节"),
    ],
)
def test_a_missing_part_is_named(place: Place, heading: str, message: str) -> None:
    body = PROJECT.body.replace(heading, "")
    with pytest.raises(InputError, match=message):
        draft = compose(place, Written(PROJECT.title, body, basis=PROJECT.basis, calculation="按实测"))
        services.publish_notice(actor=place.secretary, notice=draft)
    assert not Notice.objects.filter(state="published").exists()


def test_bad_markup_is_refused_with_its_line_and_nothing_is_written(place: Place) -> None:
    with pytest.raises(InputError, match="第2行") as refusal:
        compose(place, Written(PROJECT.title, "正文\n<script>alert(1)</script>"))
    assert [(p.row, p.column) for p in refusal.value.problems] == [(2, "正文")]
    assert not Notice.objects.exists()


def test_the_wrong_issuer_and_kinds_of_the_system_are_refused(place: Place) -> None:
    with pytest.raises(RuleError, match="整改通知书不能由村发布"):
        compose(place, kind="rectification")
    with pytest.raises(RuleError, match="系统自动生成"):
        compose(place, kind="points_list")
    with pytest.raises(AccessDenied):
        compose_notice(actor=place.stranger, kind="project_publicity", written=PROJECT, village=place.village)
    assert not Notice.objects.exists()


def test_the_pages_from_choice_to_publication(client: Client, place: Place) -> None:
    as_user(client, place.cadre)
    chooser = client.get(COMPOSE).content.decode()
    assert "项目公示" in chooser and "会议通知" in chooser
    assert "整改通知书" not in chooser
    page = client.get(f"{COMPOSE}?kind=project_publicity").content.decode()
    assert "【填：项目名称】" in page and "style=" not in page
    data = {name: getattr(PROJECT, name) for name in Written.__slots__}
    sent = client.post(
        f"{COMPOSE}?kind=project_publicity", {**data, "place": place.village.code, "period": ""}
    )
    notice = Notice.objects.get()
    assert sent["Location"] == f"/admin/notices/notice/{notice.pk}/change/"
    edit = f"/admin/notices/notice/{notice.pk}/compose/"
    assert client.get(f"/admin/notices/notice/{notice.pk}/do/rewrite/")["Location"] == edit
    assert "硬化公路1.2公里" in client.get(edit).content.decode()
    bad = client.post(edit, {**data, "body": "1. 甲\n3. 丙", "place": place.village.code, "period": ""})
    assert bad.status_code == 400
    assert "第2行：编号不连续" in bad.content.decode()
    good = client.post(edit, {**data, "title": "改过的标题", "place": place.village.code, "period": ""})
    assert good.status_code == 302
    notice.refresh_from_db()
    assert notice.title == "改过的标题"
    as_user(client, place.stranger)
    assert client.get(edit).status_code == 404


def test_the_preview_shows_pages_faults_and_rare_characters(client: Client, place: Place) -> None:
    as_user(client, place.cadre)
    data = {
        "kind": "project_publicity", "place": place.village.code, "title": "公示", "body": "欧阳䶮\n<b>x</b>",
    }  # fmt: skip
    answer = json.loads(client.post(f"{COMPOSE}preview/", data).content)
    assert {"message": "不能含网页代码（<…>）", "row": 2, "column": "正文", "value": ""} in answer["problems"]
    assert "缺少“项目概况”一节，或者这一节是空的" in {p["message"] for p in answer["problems"]}
    assert answer["pages"] == 1
    assert "<b>" not in answer["body"]
    assert "GCFangSong.ttf" in answer["faces"]
    assert not Notice.objects.exists()
    assert client.get(f"{COMPOSE}preview/").status_code == 405
    as_user(client, place.stranger)
    assert client.post(f"{COMPOSE}preview/", data).status_code == 404


def test_a_correction_is_written_on_the_page(client: Client, place: Place) -> None:
    notice = services.publish_notice(actor=place.secretary, notice=compose(place))
    as_user(client, place.cadre)
    url = f"/admin/notices/notice/{notice.pk}/correction/"
    assert client.get(f"/admin/notices/notice/{notice.pk}/do/correct/")["Location"] == url
    data = {name: getattr(PROJECT, name) for name in Written.__slots__}
    data["body"] = data["body"].replace("30,000 |", "28,000 |")
    assert client.post(url, {**data, "reason": ""}).status_code == 400
    assert client.post(url, {**data, "reason": "金额写错"}).status_code == 302
    draft = Notice.objects.get(corrects=notice)
    table = draft.draft["content"]["blocks"][1]
    assert table["rows"] == [["资金来源第1行", "群众投、30,000", "群众投、28,000"]]
    services.publish_notice(actor=place.secretary, notice=draft)
    notice.refresh_from_db()
    assert notice.state == "superseded"


def test_the_draft_of_a_correction_is_edited_until_it_is_published(client: Client, place: Place) -> None:
    notice = services.publish_notice(actor=place.secretary, notice=compose(place))
    draft = correct_written(actor=place.cadre, notice=notice, written=_with("28,000"), reason="金额写错")
    services.check_notice(actor=place.secretary, notice=draft)
    as_user(client, place.cadre)
    page = client.get(f"/admin/notices/notice/{draft.pk}/change/").content.decode()
    assert "修改草稿" in page
    url = f"/admin/notices/notice/{draft.pk}/compose/"
    form = client.get(url).content.decode()
    assert "金额写错" in form
    assert "更正对照表" not in form
    data = {name: getattr(_with("27,500"), name) for name in Written.__slots__}
    assert client.post(url, {**data, "reason": ""}).status_code == 400
    assert client.post(url, {**data, "reason": "金额和说明写错"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.title) == ("draft", "更正：关于三组通湾公路硬化项目的公示")
    assert draft.draft["content"]["blocks"][1]["rows"] == [
        ["资金来源第1行", "群众投、30,000", "群众投、27,500"]
    ]
    assert draft.draft["content"]["blocks"][0]["text"].startswith("因金额和说明写错")
    published = services.publish_notice(actor=place.secretary, notice=draft)
    with pytest.raises(RuleError, match="没有发布的更正草稿"):
        rewrite_correction(actor=place.cadre, notice=published, content=sample_content(), reason="再改")
    with pytest.raises(AccessDenied):
        rewrite_correction(actor=place.stranger, notice=published, content=sample_content(), reason="再改")


def _with(amount: str) -> Written:
    return replace(PROJECT, body=PROJECT.body.replace("30,000 |", f"{amount} |"))


def test_a_list_for_the_board_gets_its_poster(place: Place) -> None:
    body = (
        "现公示如下。\n表：奖补明细（单位：元）\n| 户主 | 组别 | 项目 | 标准 | 金额 |\n"
        "| 张三 | 1组 | 厕改 | 500 | 500 |\n| 李四 | 2组 | 厕改 | 500 | 500 |"
    )
    written = Written(title="厕改奖补公示", body=body, basis="办法第三条", calculation="每户五百元")
    notice = compose(place, written, "subsidy_publicity", period="2026-10")
    poster = model.poster_from_json(notice.draft["poster"])
    assert (poster.title, poster.subtitle) == ("厕改奖补公示", "2026年10月　单位：元")
    assert poster.rows == (("张三", "1组", "厕改", "500", "500"), ("李四", "2组", "厕改", "500", "500"))
    assert poster.signer == "沙坪镇板坑村村民委员会"
    assert compose(place, subject_key="x").draft["poster"] is None, "a project has no list"


def test_a_list_of_persons_says_why_it_may_be_public(client: Client, place: Place) -> None:
    body = "公布如下。\n| 姓名 | 组别 | 荣誉称号 |\n| 张三 | 1组 | 最美庭院 |"
    written = Written(title="光荣榜", body=body, basis="村民代表会议评议")
    draft = compose(place, written, "honour_roll")
    with pytest.raises(InputError, match="缺少公开依据"):
        services.publish_notice(actor=place.secretary, notice=draft)
    page = as_user(client, place.cadre).get(f"{COMPOSE}?kind=honour_roll").content.decode()
    assert "村民委员会组织法》第三十五条" in page
    with_law = replace(written, legal_basis=kinds.DISCLOSURE_LAW)
    draft = compose(place, with_law, "honour_roll", notice=draft)
    assert services.publish_notice(actor=place.secretary, notice=draft).is_public


def test_a_corrected_ranking_is_ranked_anew(place: Place) -> None:
    heads = ("组别", "户主", "本月", "得分事由")
    rows = (("1组", "张三", "30", "修路"), ("2组", "李四", "20", "保洁"), ("合计", "2户", "50", ""))
    table = model.Table(tuple(model.Column(head) for head in heads), rows, totals=1)
    old = model.PosterContent(
        title="排行榜",
        columns=tuple(model.Column(head) for head in ("名次", "组别", "户主", "积分")),
        rows=(("1", "2组", "李四", "40"), ("2", "1组", "张三", "30")),
        signer="村委会",
        red_rows=2,
    )
    new = corrected_poster(sample_content(blocks=(table,)), kinds.get("points_list"), old)
    assert new is not None
    assert new.rows == (("1", "1组", "张三", "30"), ("2", "2组", "李四", "20"))
    assert (new.title, new.red_rows) == ("排行榜", 2)


def test_a_withdrawal_is_drafted_on_the_page(client: Client, place: Place) -> None:
    notice = services.publish_notice(actor=place.secretary, notice=compose(place))
    as_user(client, place.cadre)
    url = f"/admin/notices/notice/{notice.pk}/do/withdraw/"
    sent = client.post(url, {"comment": "项目取消", "text": "项目不再实施。"})
    draft = Notice.objects.get(corrects=notice)
    assert (sent.status_code, sent["Location"]) == (302, f"/admin/notices/notice/{draft.pk}/change/")
    notice.refresh_from_db()
    assert notice.state == "published"
    services.publish_notice(actor=place.secretary, notice=Notice.objects.get(corrects=notice))
    notice.refresh_from_db()
    assert notice.state == "withdrawn"


def test_publication_records_which_characters_are_set_in_another_face(place: Place) -> None:
    draft = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        subject_key="k",
        content=sample_content(),
    )
    services.publish_notice(actor=place.secretary, notice=draft)
    event = AuditEvent.objects.get(action="notices.freeze_notice")
    assert "䶮" in event.after.get("改用字体的字", "") or "䶮" not in str(sample_content())
