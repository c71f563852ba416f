from __future__ import annotations

from decimal import Decimal

import pytest

from cogov.desk import registry


def card(code: str, order: int = 1) -> registry.DashboardCard:
    return registry.DashboardCard(code, code, order, "", lambda user, period: registry.CardData())


def test_iteration_is_by_order_then_code_whatever_the_order_of_registration() -> None:
    cards: registry.Registry[registry.DashboardCard] = registry.Registry("card")
    for entry in (card("b", 2), card("z", 1), card("a", 2)):
        cards.register(entry)
    assert [entry.code for entry in cards] == ["z", "a", "b"]


def test_a_code_is_taken_once() -> None:
    cards: registry.Registry[registry.DashboardCard] = registry.Registry("card")
    cards.register(card("a"))
    with pytest.raises(registry.DuplicateCodeError, match="'a' is registered twice"):
        cards.register(card("a", 9))
    assert cards.get("a").order == 1
    assert len(cards) == 1


def test_groups_are_shared_by_apps_but_only_with_the_same_data() -> None:
    menu = registry.Menu()
    menu.register(registry.POINTS, [registry.MenuItem("流水", "x", order=20)])
    menu.register(registry.POINTS, [registry.MenuItem("细则", "y", order=10)])
    menu.register(registry.TODO, [registry.MenuItem("待办", "z")])
    assert [(group.label, [item.label for item in items]) for group, items in menu.groups()] == [
        ("待办", ["待办"]),
        ("积分", ["细则", "流水"]),
    ]
    with pytest.raises(registry.DuplicateCodeError, match="different data"):
        menu.register(registry.MenuGroup("points", "别的名字"), [])
    with pytest.raises(registry.DuplicateCodeError, match="stands twice"):
        menu.register(registry.POINTS, [registry.MenuItem("流水", "other")])


@pytest.mark.parametrize(
    ("value", "previous", "change"),
    [(5, 3, 2), (5, None, None), (Decimal("1.5"), 2, Decimal("-0.5")), ("未公布", 3, None)],
)
def test_change_of_a_figure(value: object, previous: object, change: object) -> None:
    assert registry.Figure("户数", value, previous=previous).change == change  # type: ignore[arg-type]


def test_a_column_stands_right_when_all_its_cells_are_numbers() -> None:
    table = registry.TableData("表", ["户主", "积分", "占比"], [["张三", 3, Decimal(1)], ["李四", 2, "—"]])
    assert table.head() == [("户主", False), ("积分", True), ("占比", False)]
    assert registry.TableData("空", ["户主"], []).numeric_columns() == (False,)
