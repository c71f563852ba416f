from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest

from cogov.common.errors import RuleError
from cogov.common.periods import Period
from cogov.desk import dashboard, registry


@pytest.fixture
def own_registries(monkeypatch: Any) -> None:
    """Cards and to-dos of this test only."""
    monkeypatch.setattr(registry, "cards", registry.Registry("card"))
    monkeypatch.setattr(registry, "todos", registry.Registry("todo"))


def test_cards_of_the_month_by_permission(admin_user: Any, cadre: Any, own_registries: None) -> None:
    def build(user: Any, period: Period) -> registry.CardData:
        return registry.CardData(figures=[registry.Figure("户数", 3, note=period.key)])

    registry.register_card(registry.DashboardCard("b", "账号", 2, "access.view_user", build))
    registry.register_card(registry.DashboardCard("a", "户籍", 1, "", build))
    month = Period.month(2026, 10)
    assert [card.title for card in dashboard.cards_for(admin_user, month)] == ["户籍", "账号"]
    assert [card.title for card in dashboard.cards_for(cadre, month)] == ["户籍"]
    assert dashboard.cards_for(cadre, month)[0].data.figures[0].note == "2026-10"


def test_a_rules_refusal_stands_on_its_card(admin_user: Any, own_registries: None) -> None:
    def build(user: Any, period: Period) -> registry.CardData:
        raise RuleError("2027年的放假安排尚未公布")

    registry.register_card(registry.DashboardCard("a", "户籍", 1, "", build))
    (card,) = dashboard.cards_for(admin_user, Period.month(2026, 10))
    assert card.problem == "2027年的放假安排尚未公布"


@pytest.mark.parametrize(
    ("asked", "shown", "following"),
    [
        ("", "2026-11", None),
        ("2026-10", "2026-10", "2026-11"),
        ("2026-12", "2026-11", None),
        ("2026-Q3", "2026-11", None),
        ("1950-01", "2026-11", None),
        ("<script>", "2026-11", None),
    ],
)
def test_month_switch(asked: str, shown: str, following: str | None) -> None:
    switch = dashboard.month_switch(asked, dt.date(2026, 11, 22))
    assert switch.shown.key == shown
    assert (switch.following.key if switch.following else None) == following


def test_the_page_shows_cards_and_todos_in_few_queries(
    desk: Any, own_registries: None, django_assert_max_num_queries: Any
) -> None:
    registry.register_card(
        registry.DashboardCard(
            "a",
            "户籍概况",
            1,
            "",
            lambda user, period: registry.CardData(
                figures=[registry.Figure("在册户数", 1432, "户", previous=1428)],
                charts=[registry.ChartSpec("bar", "各村积分", ["甲", "乙"], [("分", [1, 2])])],
                tables=[registry.TableData("红榜", ["户主", "积分"], [["张建国", 126]])],
                notes=["数据截至今天"],
                link="/admin/access/user/",
            ),
        )
    )
    registry.register_todo(
        registry.TodoSource(
            "t",
            "积分审核",
            "",
            lambda user: [registry.TodoItem("十月积分", "/admin/", 37, "李明提交", dt.date(2026, 1, 1))],
        )
    )
    with django_assert_max_num_queries(6):
        page = desk.get("/admin/?month=2026-10").content.decode()
    for text in (
        "2026年10月",
        "1,432",
        "较上期 +4",
        "张建国",
        "积分审核",
        "37",
        "已超期",
        "<svg",
        "数据截至今天",
    ):
        assert text in page
    todo = desk.get("/admin/todo/").content.decode()
    assert "十月积分" in todo


def test_without_todos_the_page_says_so(desk: Any, own_registries: None) -> None:
    assert "没有待办" in desk.get("/admin/").content.decode()


def test_search_looks_only_where_the_user_may(desk: Any, cadre: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "searchers", registry.Registry("searcher"))
    asked: list[str] = []

    def look(user: Any, text: str, limit: int) -> list[registry.SearchHit]:
        asked.append(text)
        return [registry.SearchHit("张建国", "/admin/", "一组 0012 号")]

    registry.register_searcher(registry.Searcher("s", "户", "access.view_user", look))
    assert "一组 0012 号" in desk.get("/admin/search/", {"q": " 张建国 "}).content.decode()
    assert asked == ["张建国"]
    assert desk.post("/admin/search/", {"q": "张建国"})["Location"] == f"/admin/search/?q={quote('张建国')}"
    number = "42122319800101123X"
    page = desk.post("/admin/search/", {"q": number})
    assert ("一组 0012 号" in page.content.decode(), number in page.content.decode()) == (True, False)
    assert asked == ["张建国", number]
    refused = desk.get("/admin/search/", {"q": number}, follow=True)
    assert refused.redirect_chain == [("/admin/search/", 302)]
    assert "不能写在网址里，这次没有查" in refused.content.decode()
    assert asked.pop() == number
    assert "请输入要找的内容" in desk.get("/admin/search/").content.decode()
    desk.force_login(cadre)
    assert "没有找到" in desk.get("/admin/search/", {"q": "张建国"}).content.decode()
    assert asked == ["张建国"]
