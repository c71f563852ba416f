"""The television page: what it shows, what it must not show, and that it finds new notices by itself."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from notices import board, services
from notices.models import IssuerProfile, Notice
from notices.printing import content as model
from notices.services.composing import Written, compose_notice
from tests.factories.documents import NAMES, sample_content
from tests.factories.notices import Place
from tests.factories.photos import photo_bytes


@pytest.fixture(autouse=True)
def _clock(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")


def points_list(place: Place) -> Notice:
    draft = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        subject_key="p",
        content=sample_content(),
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


def free_notice(place: Place, title: str = "关于停水的公示", body: str = "") -> Notice:
    text = body or (
        "因管网检修，11月5日停水一天，电话13812345678。\n表：停水安排\n| 组别 | 时间 |\n| 一组 | 上午 |\n"
        "表：联系\n| 组别 | 负责人 |\n| 一组 | 李小四 |\n李小四负责通知。"
    )
    draft = compose_notice(
        actor=place.cadre,
        kind="general",
        village=place.village,
        written=Written(title, text, basis="村委会会议", calculation="无"),
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


def test_lists_of_persons_show_title_and_dates_alone(client: Client, place: Place) -> None:
    notice = points_list(place)
    page = client.get(f"/board/{place.village.code}/")
    text = page.content.decode()
    assert notice.title in text and notice.number in text
    assert "公示到11月11日，还有9天" in text
    assert not any(name in text for name in NAMES)
    assert "style=" not in text and "onclick" not in text
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


def test_other_notices_show_text_and_tables_without_names_and_numbers(place: Place) -> None:
    free_notice(place)
    shown = board.slides(place.village)
    text = str([(s.paragraphs, s.table) for s in shown])
    assert "11月5日停水一天" in text
    assert "一组', '上午" in text
    assert "李小四" not in text and "李*四" not in text
    assert "13812345678" not in text
    assert [s.part for s in shown] == [f"{i}/{len(shown)}" for i in range(1, len(shown) + 1)]


def test_long_texts_go_on_on_the_next_screen(place: Place) -> None:
    free_notice(place, body="字" * 500)
    shown = board.slides(place.village)
    assert "".join(p for s in shown for p in s.paragraphs) == "字" * 500
    assert all(sum(map(len, s.paragraphs)) <= 144 for s in shown)
    assert all(15 <= s.seconds <= 50 for s in shown)


def test_a_new_notice_changes_the_version_and_comes_first(client: Client, place: Place) -> None:
    url = f"/board/{place.village.code}/slides/"
    empty = json.loads(client.get(url).content)
    assert "现在没有正在公示的内容" in empty["html"]
    points_list(place)
    first = json.loads(client.get(url).content)
    assert first["version"] != empty["version"]
    assert json.loads(client.get(url).content) == first
    free_notice(place)
    second = json.loads(client.get(url).content)
    assert second["html"].index("关于停水的公示") < second["html"].index("积分情况的公示")


def test_ended_and_foreign_notices_are_not_shown(place: Place, travel_to: Callable[[str], None]) -> None:
    points_list(place)
    assert board.slides(place.other) == []
    travel_to("2026-11-18 00:00")
    assert board.slides(place.village) == []


def _needs_photo(place: Place) -> Notice:
    draft = services.draft_notice(
        actor=place.cadre,
        kind="completion",
        village=place.village,
        subject_key="p",
        content=sample_content(
            "关于路灯竣工的公示",
            blocks=tuple(
                block
                for word in ("完成情况", "验收结论", "管护安排")
                for block in (model.Heading(word, 1), model.Paragraph("装灯六盏。"))
            ),
        ),
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


def test_what_went_up_late_hangs_and_is_open_to_objection_for_its_whole_period(
    client: Client, place: Place, travel_to: Callable[[str], None]
) -> None:
    """Published on 2 November (printed: until the 11th and the 17th), nailed up on the 16th."""
    notice = _needs_photo(place)
    url = f"/board/{place.village.code}/slides/"
    travel_to("2026-12-20 09:00")
    assert "公示期从张贴之日算起" in json.loads(client.get(url).content)["html"]
    travel_to("2026-11-16 09:00")
    services.record_posting(
        actor=place.cadre,
        notice=notice,
        posted_on=date(2026, 11, 16),
        board="村委会公示栏",
        photo=io.BytesIO(photo_bytes()),
    )
    travel_to("2026-11-25 09:00")
    assert services.is_open_for_objections(notice)
    assert "公示到11月25日，今天截止" in json.loads(client.get(url).content)["html"]
    assert (
        "2026年11月25日（张贴较晚，从张贴之日起算）"
        in client.get(f"/v/{notice.verify_token}/").content.decode()
    )
    travel_to("2026-12-01 23:59")
    assert [slide.title for slide in board.slides(place.village)][:1] == ["关于路灯竣工的公示"]
    travel_to("2026-12-02 00:00")
    assert board.slides(place.village) == []


def test_a_heading_stands_above_what_belongs_to_it(place: Place) -> None:
    table = model.Table((model.Column("来源", 8), model.Column("金额", 8)), (("村集体", "8,000"),))
    long = model.Paragraph("字" * 110)
    content = sample_content(
        "关于水渠的公示",
        blocks=(
            model.Paragraph("如下。"),
            model.Heading("一、来源", 1),
            table,
            long,
            model.Heading("二、办法", 1),
            long,
        ),
    )
    draft = services.draft_notice(
        actor=place.cadre, kind="general", village=place.village, subject_key="h", content=content
    )
    services.publish_notice(actor=place.secretary, notice=draft)
    shown = [(slide.paragraphs, slide.table is not None) for slide in board.slides(place.village)]
    assert shown == [
        (("如下。",), False),
        (("一、来源",), True),
        (("字" * 110,), False),
        (("二、办法", "字" * 110), False),
    ]


def test_a_table_leaves_room_for_a_long_title_and_a_heading(live_app: Any, place: Place) -> None:
    """Five rows below one line, fewer below more: on a television nothing can be scrolled."""
    columns = (model.Column("来源", 8), model.Column("金额", 8), model.Column("说明", 12))
    table = model.Table(
        columns, tuple((f"上级奖补{i}", "36,000", "按验收量核定") for i in range(7)), "资金来源"
    )
    for length in (12, 28, 50, 70, 90):
        for blocks in ((table,), (model.Heading("二、资金来源", 1), table)):
            content = sample_content("关于" + "渠" * (length - 5) + "的公示", blocks=blocks)
            draft = services.draft_notice(
                actor=place.cadre,
                kind="general",
                village=place.village,
                subject_key=f"{length}-{len(blocks)}",
                content=content,
            )
            services.publish_notice(actor=place.secretary, notice=draft)
    page = live_app.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{live_app.url}/board/{place.village.code}/")
    over = page.evaluate(
        """() => [...document.querySelectorAll('.tv-slide')].map((slide, at, all) => {
            all.forEach((other) => { other.hidden = other !== slide; });
            const text = slide.querySelector('.tv-text');
            return [slide.ariaLabel.length, text.scrollHeight - text.clientHeight];
        })"""
    )
    assert len(over) > 20
    assert [found for found in over if found[1] > 0] == []


def test_the_telephone_is_never_cut_off(live_app: Any, place: Place) -> None:
    """Below a long number and a long place: the picture of the code gives way."""
    for number in ("0715-3690000", "（0715）3690000 转 8001、8002"):
        IssuerProfile.objects.filter(village=None).update(
            objection_place="沙坪镇人民政府综合服务大楼三楼共同缔造工作领导小组办公室",
            objection_telephone=number,
        )
        free_notice(place, f"停水公示{number[:4]}")
    page = live_app.page
    for width, height in ((1920, 1080), (1366, 768), (1280, 720), (1080, 1920)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{live_app.url}/board/{place.village.code}/")
        told = page.evaluate(
            """() => {
                const deck = document.querySelector('.tv-deck').getBoundingClientRect();
                return [...document.querySelectorAll('.tv-slide')].map((slide, at, all) => {
                    all.forEach((other) => { other.hidden = other !== slide; });
                    const facts = [...slide.querySelectorAll('.tv-fact')];
                    const code = slide.querySelector('.tv-qr svg').getBoundingClientRect();
                    const last = facts[facts.length - 1];
                    return [last.textContent, last.getBoundingClientRect().bottom <= deck.bottom,
                        Math.abs(code.width - code.height) < 2 && code.width > 100];
                });
            }"""
        )
        assert told and all(text.startswith("电话") and seen and square for text, seen, square in told), told


def test_unknown_villages_are_not_found_and_writing_is_refused(client: Client, place: Place) -> None:
    for page in ("", "slides/", "list/"):
        assert client.get(f"/board/999999999999/{page}").status_code == 404
        assert client.post(f"/board/{place.village.code}/{page}").status_code == 405


def test_few_queries_for_many_notices(
    client: Client, place: Place, django_assert_max_num_queries: Any
) -> None:
    for i in range(5):
        free_notice(place, f"第{i}号公示")
    with django_assert_max_num_queries(4):
        client.get(f"/board/{place.village.code}/")


def test_the_page_rotates_and_returns_to_the_newest_by_itself(live_app: Any, place: Place) -> None:
    points_list(place)
    free_notice(place, body="第一屏。\n" + "字" * 400)
    page = live_app.page
    page.clock.install()
    page.goto(f"{live_app.url}/board/{place.village.code}/")
    shown = "section.tv-slide:not([hidden])"
    assert page.locator(shown).count() == 1
    assert "关于停水的公示" in page.locator(shown).inner_text()
    before = page.locator(shown).inner_text()
    page.clock.run_for(52_000)
    assert page.locator(shown).inner_text() != before
    free_notice(place, "关于开会的公示")
    page.clock.run_for(61_000)
    page.get_by_role("heading", name="关于开会的公示").first.wait_for()
    sizes = page.eval_on_selector_all(
        f"{shown} p, {shown} h2, header p, header h1",
        "nodes => nodes.map(n => parseFloat(getComputedStyle(n).fontSize) / innerHeight * 1080)",
    )
    assert min(sizes) >= 25
    assert live_app.problems == []


def test_a_long_paragraph_goes_on_after_the_end_of_a_sentence() -> None:
    text = "第一句话说明情况。" * 30
    chunks = [part for chunk in board._chunks([text]) for part in chunk]
    assert "".join(chunks) == text
    assert all(part.endswith("。") and len(part) <= 144 for part in chunks)
    unbroken = [part for chunk in board._chunks(["字" * 300]) for part in chunk]
    assert [len(part) for part in unbroken] == [144, 144, 12]
