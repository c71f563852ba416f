from __future__ import annotations

from typing import Any

from cogov.audit.services import record
from cogov.desk import history
from cogov.desk.templatetags import desk as tags


def test_readable_values() -> None:
    assert history.readable(None) == "—"
    assert history.readable([]) == "—"
    assert history.readable(True) == "是"
    assert history.readable(["低保", "烈属"]) == "低保、烈属"
    assert history.readable({"户主": "张三", "人数": 3}) == "户主：张三；人数：3"


def test_the_page_shows_what_changed(desk: Any, admin_user: Any, cadre: Any) -> None:
    record(
        actor=admin_user,
        action="access.rename",
        summary="更正姓名",
        obj=cadre,
        before={"姓名": "李鸣", "full_name": "李鸣"},
        after={"姓名": "李明", "full_name": "李明"},
        comment="身份证为准",
    )
    page = desk.get(f"/admin/access/user/{cadre.pk}/history/").content.decode()
    for text in ("更正姓名", "陈思远（zhenban）", "身份证为准", "李鸣", "李明", "变更前", "变更后"):
        assert text.replace("（", "(").replace("）", ")") in page.replace("（", "(").replace("）", ")")
    assert "full_name" not in page


def test_no_history_yet(desk: Any, cadre: Any) -> None:
    assert "还没有变更记录" in desk.get(f"/admin/access/user/{cadre.pk}/history/").content.decode()


def test_numbers_as_people_write_them() -> None:
    from decimal import Decimal

    assert tags.grouped(1234567) == "1,234,567"
    assert tags.grouped(Decimal("12.50")) == "12.5"
    assert tags.grouped(None) == "—"
    assert tags.signed(-13) == "−13"
    assert tags.signed(0) == "0"
    assert tags.percent_of(1, 3) == 33
    assert tags.percent_of(1, 0) == 0
    assert str(tags.chip("<b>", "no such tone")) == '<span class="chip chip-neutral">&lt;b&gt;</span>'
