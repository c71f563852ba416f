"""Verification by QR and by code, the board: no login, no personal data, limited (NTC-4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from cogov.common.canonical import digest
from notices import rules, selectors, services
from notices.models import Notice, Objection, PublicAccess
from notices.printing import content as model
from notices.printing.qr import check_code, show_code, verify_token
from tests.factories.documents import NAMES, sample_content, sample_poster
from tests.factories.notices import Place, make_place
from tests.support.tampering import write


@pytest.fixture
def notice(place: Place, travel_to: Any) -> Notice:
    travel_to("2026-11-02 09:00")
    content = sample_content(
        blocks=(
            *sample_content().blocks,
            model.Paragraph(
                "联系李小四，身份证421223198001011234，手机13812345678，折子6222021234567890123。"
            ),
        ),
        objection=model.ObjectionPlace("便民服务中心", "0715-3388120"),
    )
    draft = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        subject_key="s",
        content=content,
        poster=sample_poster(),
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


def test_a_genuine_notice_shows_number_dates_digest_and_masked_names(client: Client, notice: Notice) -> None:
    page = client.get(f"/v/{notice.verify_token}/")
    text = page.content.decode()
    assert page.status_code == 200
    for shown in (
        "真实有效",
        "板坑村公示〔2026〕1号",
        "2026年11月2日至2026年11月11日",
        notice.snapshot.content_digest,
        show_code(notice.check_code),
        "沙坪镇板坑村村民委员会",
        "0715-3388120",
        "李*四",
    ):
        assert shown in text, shown
    for hidden in (*NAMES, "421223198001011234", "13812345678", "6222021234567890123"):
        assert hidden not in text, hidden


@pytest.mark.parametrize(("effect", "verdict"), [("supersede", "已被更正替代"), ("withdraw", "已撤回")])
def test_replaced_notices_say_so_and_name_the_successor(
    client: Client, notice: Notice, place: Place, effect: str, verdict: str
) -> None:
    draft = services.draft_correction(
        actor=place.cadre, notice=notice, content=sample_content(), reason="有误", effect=effect
    )
    before = client.get(f"/v/{notice.verify_token}/").content.decode()
    assert "真实有效" in before
    services.publish_notice(actor=place.secretary, notice=draft)
    after = client.get(f"/v/{notice.verify_token}/").content.decode()
    assert verdict in after
    assert "真实有效" not in after
    assert "板坑村公示〔2026〕2号" in after
    assert "提出异议" not in after


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["content", "state", "forged"])
def test_a_paper_that_was_changed_is_not_called_genuine(client: Client, travel_to: Any, what: str) -> None:
    """Content, state, or content with every digest made to fit: the page compares, it does not believe a column."""
    travel_to("2026-11-02 09:00")
    place = make_place()
    draft = services.draft_notice(
        actor=place.cadre, kind="general", village=place.village, subject_key="s", content=sample_content()
    )
    notice = services.publish_notice(actor=place.secretary, notice=draft)
    row = notice.snapshot
    path = f"/v/{notice.verify_token}/"
    assert "真实有效" in client.get(path).content.decode()
    document = json.loads(json.dumps(row.document))
    document["content"]["blocks"][0]["text"] = "现将改过的情况公示如下。"
    if what == "content":
        write(row, document=document)
    elif what == "state":
        write(notice, state="withdrawn")
    else:
        row.document, row.content_digest = document, digest(document)
        row.chain_digest = rules.chain_digest(row.previous_chain, row.content_digest, row.position)
        row.digest = row.computed_digest()
        for name in ("document", "content_digest", "chain_digest", "digest"):
            write(row, **{name: getattr(row, name)})
        write(
            notice, check_code=check_code(row.content_digest), verify_token=verify_token(row.content_digest)
        )
        path = f"/v/{verify_token(row.content_digest)}/"
    text = client.get(path).content.decode()
    assert "与发布时不符" in text
    assert "真实有效" not in text
    assert "改过的情况" not in text, "what cannot be trusted is not shown"


@pytest.mark.parametrize(
    "path", ["/v/AAAAAAAAAAAAAAAAAAAAAAAAAA/", "/verify/?code=AAAA-BBBB-CCCC", "/verify/?code=x"]
)
def test_unknown_codes_are_not_found(client: Client, notice: Notice, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "没有查到" in page.content.decode()


def test_drafts_cannot_be_verified(client: Client, place: Place) -> None:
    services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        subject_key="d",
        content=sample_content(),
    )
    assert client.get("/verify/?code=").status_code == 404
    assert selectors.by_token("") is None
    assert selectors.by_check_code("") is None


def test_the_code_may_be_typed_as_people_type(client: Client, notice: Notice) -> None:
    typed = show_code(notice.check_code).lower().replace("0", "o").replace("1", "l")
    page = client.get("/verify/", {"code": typed})
    assert page.status_code == 302
    assert page["Location"] == f"/v/{notice.verify_token}/"
    assert client.get("/verify/").status_code == 200


def test_typing_is_limited_in_the_database(client: Client, notice: Notice) -> None:
    codes = [client.get("/verify/", {"code": f"AAAA-BBBB-{i:04d}"}).status_code for i in range(22)]
    assert codes == [404] * 20 + [429] * 2
    row = PublicAccess.objects.get(purpose="verify_code")
    assert row.hits == 22
    assert "127.0.0.1" not in row.address
    assert client.get("/verify/", {"code": notice.check_code}).status_code == 429


def test_an_objection_from_the_qr_page(client: Client, notice: Notice) -> None:
    page = client.post(
        f"/v/{notice.verify_token}/", {"text": "张三家少记5分", "person": "张三", "phone": "13812345678"}
    )
    assert page.status_code == 302
    row = Objection.objects.get()
    assert (row.channel, row.text, str(row.phone), str(row.answer_due)) == (
        "web", "张三家少记5分", "138****5678", "2026-11-12",
    )  # fmt: skip
    assert "异议已收到" in client.get(f"/v/{notice.verify_token}/").content.decode()


def test_bad_and_too_many_objections_are_refused(client: Client, notice: Notice) -> None:
    url = f"/v/{notice.verify_token}/"
    assert client.post(url, {"text": "", "phone": "abc"}).status_code == 400
    assert not Objection.objects.exists()
    codes = [client.post(url, {"text": "x"}).status_code for _ in range(6)]
    assert codes == [302] * 4 + [429] * 2
    assert Objection.objects.count() == 4


def test_the_board_lists_titles_and_nothing_personal(client: Client, notice: Notice, place: Place) -> None:
    text = client.get(f"/board/{place.village.code}/list/").content.decode()
    assert notice.title in text
    assert notice.number in text
    assert not any(name in text for name in NAMES)
    assert "现在没有正在公示的内容" in client.get(f"/board/{place.other.code}/list/").content.decode()
    assert client.get("/board/999999999999/").status_code == 404


def test_the_board_takes_few_queries(
    client: Client, notice: Notice, place: Place, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        client.get(f"/board/{place.village.code}/")


def test_masking_covers_every_field_with_a_name() -> None:
    content = sample_content(title="关于张三的公示", attachments=("张三明细",), calculation="张三按三级计")
    masked = selectors.masked(content)
    assert "张三" not in str(masked)
    assert masked.title == "关于张*的公示"


def test_the_line_of_totals_counts_people_and_names_nobody() -> None:
    table = model.Table(
        columns=(
            model.Column("组别"),
            model.Column("户主", kind="name"),
            model.Column("积分", kind="number"),
        ),
        rows=(("1组", "张三", "5"), ("2组", "李小四", "7"), ("合计", "12户", "12")),
        totals=1,
    )
    content = sample_content(blocks=(model.Paragraph("全村120户中有12户得分，张三得5分。"), table))
    paragraph, masked = selectors.masked(content).blocks
    assert isinstance(paragraph, model.Paragraph)
    assert paragraph.text == "全村120户中有12户得分，张*得5分。"
    assert isinstance(masked, model.Table)
    assert [row[1] for row in masked.rows] == ["张*", "李*四", "12户"]
