from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from cogov.desk import places, registry
from cogov.desk.templatetags import desk as tags


def render(source: str, **context: Any) -> str:
    return Template("{% load desk %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("due", "text", "tone"),
    [
        (None, "", "neutral"),
        (dt.date(2026, 10, 30), "已超期1天", "bad"),
        (dt.date(2026, 10, 31), "今天到期", "warn"),
        (dt.date(2026, 11, 2), "还有2天", "warn"),
        (dt.date(2026, 11, 3), "还有3天", "neutral"),
    ],
)
def test_due_dates(travel_to: Any, due: dt.date | None, text: str, tone: str) -> None:
    travel_to("2026-10-31 09:00")
    assert tags.days_left(due) == text
    assert tags.due_tone(due) == tone


def test_small_filters() -> None:
    assert tags.yuan(123450) == "1,234.50 元"
    assert tags.yuan(None) == "—"
    assert tags.signed(None) == "—"
    assert tags.signed(Decimal("2.50")) == "+2.5"
    assert tags.grouped(True) == "是"
    assert tags.masked("") == "—"
    assert tags.masked("张*三") == "张*三"
    assert tags.initial(" 张三") == "张"
    assert tags.initial(None) == "人"
    assert [tags.is_number(value) for value in (1, Decimal(1), True, "1")] == [True, True, False, False]
    assert tags.clock("2026-10-31T01:02:03+00:00") == "09:02:03"
    figure = registry.Figure("户", 3, previous=5)
    assert (tags.trend(figure), tags.trend(registry.Figure("户", 3))) == ("down", "")


def test_true_and_false_are_words() -> None:
    picture = '<td><img src="/static/admin/img/icon-no.svg" alt="False"></td>'
    assert tags.booleans(mark_safe(picture)) == "<td>否</td>"
    assert tags.booleans("<b>") == "&lt;b&gt;"


def test_icons_are_decoration_unless_named() -> None:
    assert 'aria-hidden="true"' in render('{% icon "home" %}')
    assert 'aria-label="户籍"' in render('{% icon "home" "户籍" %}')


def test_components_render_what_they_are_given() -> None:
    assert "✓" in render(
        '{% include "components/steps.html" with steps=steps current=2 %}', steps=["填表", "审核"]
    )
    bar = render('{% include "components/progress.html" with label="导入" done=3 total=12 %}')
    assert 'value="3" max="12"' in bar
    empty = render('{% include "components/empty.html" with title="没有户" action_url="/x/" %}')
    assert 'href="/x/"' in empty
    tabs = render(
        '{% include "components/tabs.html" with tabs=tabs %}',
        tabs=[("全部", "/a/", True), ("草稿", "/b/", False)],
    )
    assert tabs.count('aria-current="page"') == 1


def test_pages_keep_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/x/", {"q": "张", "page": "2"})
    assert render("{% query_with page=3 %}", request=request) == "?page=3&amp;q=%E5%BC%A0"
    assert render("{% query_with page=None %}", request=request) == "?q=%E5%BC%A0"


def test_the_menu_is_empty_without_a_person() -> None:
    assert render("{% desk_menu as m %}{% desk_nav as n %}{{ m|length }}{{ n|length }}") == "00"


def test_names_of_places(monkeypatch: Any) -> None:
    asked: list[str] = []

    def names(codes: Any) -> dict[str, str]:
        asked.extend(sorted(codes))
        return {"421223101": "沙坪镇"}

    source = registry.PlaceSource(lambda codes: [], lambda code: names([code]).get(code, ""), names)
    monkeypatch.setattr(registry, "_places", [source])
    places.fetch_names(["421223101", "999", ""])
    assert asked == ["421223101", "999"]
    assert (places.place_name("421223101"), places.place_name("999")) == ("沙坪镇", "999")
    assert asked == ["421223101", "999"]
    assert places.place_name("") == "全部地区"
    duty = SimpleNamespace(scope_code="421223101")
    other = SimpleNamespace(scope_code="999")
    assert places.scope_label(SimpleNamespace(active_duties=lambda: [duty, duty])) == "沙坪镇"
    assert places.scope_label(SimpleNamespace(active_duties=lambda: [duty, other])) == "沙坪镇 等 2 处"
    assert places.scope_label(SimpleNamespace(active_duties=list, is_superuser=True)) == "全部地区"
    with pytest.raises(registry.DuplicateCodeError):
        registry.register_places(source)


def test_without_a_source_a_place_is_its_code(monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "_places", [])
    assert places.place_name("421223101") == "421223101"
    assert places.place_choices(("",)) == []
    places.fetch_names(["421223101"])
