"""The import service (VIL-7): all or nothing, the second time nothing, within the actor's scope."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cogov.access.encryption import keyed_hash
from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied
from tests.factories.access import user_with
from tests.factories.villages import VillageFactory, VillageGroupFactory
from tests.support import workbooks as wb
from villages.models import Household, Resident, Tag, Village, VillageGroup
from villages.services.import_households import ImportResult, check_households, import_households

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
SYSTEM = SystemActor("测试")
ROWS = wb.with_cells(wb.family(), {(0, wb.TAGS): "低保户、乡贤、老物件收藏"})


@pytest.fixture
def village() -> Village:
    found: Village = VillageFactory(code="421223101200", name="堰市村", official_name="堰市村村委会")
    return found


def load(village: Village, rows: list[list[Any]], actor: Any = SYSTEM, **options: Any) -> ImportResult:
    return import_households(
        actor=actor, village=village, data=wb.xlsx(rows, **options), file_name="户籍.xlsx", today=TODAY
    )


def counts(result: ImportResult) -> tuple[int, int, int, int, bool]:
    return result.rows, result.created, result.updated, result.unchanged, result.applied


def state_of_everything() -> dict[str, Any]:
    return {
        "households": list(Household.objects.order_by("pk").values()),
        "residents": list(Resident.objects.order_by("pk").values()),
        "groups": list(VillageGroup.objects.order_by("pk").values()),
        "tags": list(Tag.objects.order_by("pk").values()),
        "household_tags": list(Household.tags.through.objects.order_by("pk").values()),
        "resident_tags": list(Resident.tags.through.objects.order_by("pk").values()),
    }


def test_a_new_household_is_written_whole(village: Village) -> None:
    result = load(village, ROWS)
    assert counts(result) == (3, 3, 0, 0, True)
    household = Household.objects.get()
    assert (household.village, household.number, household.state) == (village, "1", "registered")
    assert (household.head_name, household.head_initials) == ("张三", "zs")
    assert (household.registered_population, household.actual_population) == (3, 3)
    assert (household.group.serial, household.group.name, household.group.code) == (
        2,
        "2组",
        "421223101200002",
    )
    head = household.head
    assert head is not None
    assert (head.name, head.initials, head.sex, head.birth_date) == ("张三", "zs", "male", date(1960, 1, 2))
    assert head.id_number.plain == ROWS[0][wb.IDENTITY]
    assert head.id_number_hash == keyed_hash(ROWS[0][wb.IDENTITY], "identity")
    assert (head.phone.plain, head.phone_hash) == ("13800138000", keyed_hash("13800138000", "phone"))
    assert sorted(tag.name for tag in household.tags.all()) == ["低保", "老物件收藏"]
    assert sorted(tag.name for tag in head.tags.all()) == ["乡贤"]
    assert list(Resident.objects.order_by("pk").values_list("relation", flat=True)) == [
        "head",
        "spouse",
        "child",
    ]


def test_the_plain_number_is_nowhere_in_the_row(village: Village) -> None:
    load(village, ROWS)
    stored = str(list(Resident.objects.values())) + str(list(AuditEvent.objects.values()))
    for row in ROWS:
        assert row[wb.IDENTITY] not in stored
    assert "13800138000" not in stored


def test_the_same_file_again_changes_nothing(village: Village) -> None:
    load(village, ROWS)
    before = state_of_everything()
    assert counts(load(village, ROWS)) == (3, 0, 0, 3, True)
    assert state_of_everything() == before
    result = load(
        village, wb.with_cells(ROWS, {(0, wb.GROUP): "第二村民小组", (0, wb.PHONE): "138-0013-8000"})
    )
    assert counts(result) == (3, 0, 0, 3, True)
    assert state_of_everything() == before


def test_one_event_for_the_file_and_one_for_each_change(village: Village) -> None:
    load(village, ROWS)
    event = AuditEvent.objects.get(action="villages.import_households")
    assert event.summary == "导入堰市村户籍表“户籍.xlsx”：3 行，新增 3，更新 0，不变 0"
    assert (event.village_code, event.township_code) == ("421223101200", "421223101")
    last = AuditEvent.objects.latest("pk").pk
    load(village, wb.with_cells(ROWS, {(1, wb.PHONE): "13700137000", (2, wb.NAME): "张小山"}))
    changed = AuditEvent.objects.filter(action="villages.import_resident", pk__gt=last).order_by("pk")
    assert [(row.before, row.after) for row in changed] == [
        ({"联系电话": "没有登记"}, {"联系电话": "新号码（已隐去）"}),
        ({"姓名": "张小三"}, {"姓名": "张小山"}),
    ]
    assert [row.object_id for row in changed] == [
        str(pk)
        for pk in Resident.objects.filter(relation__in=["spouse", "child"])
        .order_by("pk")
        .values_list("pk", flat=True)
    ]


def test_dry_run_counts_and_writes_nothing(village: Village) -> None:
    before = state_of_everything()
    result = check_households(
        actor=SYSTEM, village=village, data=wb.xlsx(ROWS), file_name="a.xlsx", today=TODAY
    )
    assert counts(result) == (3, 3, 0, 0, False)
    assert result.notes == ("将新建小组：2组", "将新建标签：老物件收藏")
    assert state_of_everything() == before
    assert not AuditEvent.objects.exists()


def test_changed_cells_update_their_rows_only(village: Village) -> None:
    load(village, [*ROWS, *wb.family("2", first=2)])
    before = {row["id"]: row for row in Resident.objects.values()}
    changes = {
        (0, wb.GROUP): "3组", (1, wb.GROUP): "3组", (2, wb.GROUP): "3组",
        (1, wb.STATE): "外出", (2, wb.NAME): "张小山", (2, wb.PHONE): "13900139001", (2, wb.TAGS): "党员、志愿者",
    }  # fmt: skip
    result = load(village, [*wb.with_cells(ROWS, changes), *wb.family("2", first=2)])
    assert counts(result) == (6, 0, 3, 3, True)
    household = Household.objects.get(number="1")
    assert household.group.serial == 3
    assert (household.registered_population, household.actual_population) == (3, 2)
    after = {row["id"]: row for row in Resident.objects.values()}
    assert {key for key in before if before[key] != after[key]} == {
        Resident.objects.get(name="李四妹", household=household).pk, Resident.objects.get(name="张小山").pk,
    }  # fmt: skip
    son = Resident.objects.get(name="张小山")
    assert (son.initials, son.phone.plain, son.political_status) == ("zxs", "13900139001", "party")
    assert [tag.name for tag in son.tags.all()] == ["志愿者"]


def test_blank_cells_and_missing_columns_change_nothing(village: Village) -> None:
    load(village, ROWS)
    before = state_of_everything()
    blank = wb.with_cells(
        ROWS, {(row, column): "" for row in range(3) for column in (wb.PHONE, wb.STATE, wb.TAGS, wb.HEAD)}
    )
    assert counts(load(village, blank)) == (3, 0, 0, 3, True)
    kept = [wb.NUMBER, wb.RELATION, wb.NAME, wb.IDENTITY, wb.GROUP]
    short = [[row[column] for column in kept] for row in ROWS]
    assert counts(load(village, short, header=[wb.HEADER[column] for column in kept])) == (3, 0, 0, 3, True)
    assert state_of_everything() == before


def test_a_new_head_takes_over(village: Village) -> None:
    load(village, ROWS)
    swapped = wb.with_cells(
        ROWS,
        {
            (0, wb.RELATION): "父亲",
            (1, wb.RELATION): "母亲",
            (2, wb.RELATION): "户主",
            **{(row, wb.HEAD): "张小三" for row in range(3)},
        },
    )
    assert counts(load(village, swapped)) == (3, 0, 3, 0, True)
    household = Household.objects.get()
    assert (household.head_name, household.head and household.head.name) == ("张小三", "张小三")
    assert Resident.objects.get(name="张三").relation == "parent"


def test_a_head_who_is_not_in_the_sheet_is_not_replaced_silently(village: Village) -> None:
    load(village, ROWS)
    before = state_of_everything()
    rows = wb.with_cells(ROWS[1:], {(1, wb.RELATION): "户主", (0, wb.HEAD): "", (1, wb.HEAD): ""})
    result = load(village, rows)
    assert [(problem.row, problem.column) for problem in result.errors] == [(3, "与户主关系")]
    assert "在系统中的户主是“张三”，表里没有这个人" in result.errors[0].message
    assert state_of_everything() == before


def test_a_number_that_arrives_later_is_added_to_the_same_person(village: Village) -> None:
    baby = ["1", "", "孙女", "张小小", "女", "", "", "", "", ""]
    load(village, [*ROWS, baby])
    number = wb.identity(date(2026, 10, 1), 2)
    result = load(village, [*ROWS, [*baby[:5], number, *baby[6:]]])
    assert counts(result) == (4, 0, 1, 3, True)
    assert Resident.objects.get(name="张小小").id_number.plain == number
    assert Resident.objects.count() == 4


def test_a_corrected_number_stays_the_same_person(village: Village) -> None:
    load(village, ROWS)
    pk = Resident.objects.get(name="李四妹").pk
    result = load(village, wb.with_cells(ROWS, {(1, wb.IDENTITY): wb.identity(date(1962, 3, 4), 8)}))
    assert counts(result) == (3, 0, 1, 2, True)
    assert Resident.objects.get(name="李四妹").pk == pk


@pytest.mark.parametrize(
    ("other", "message"),
    [("same", "已登记在本村户号 1，不能再登记在户号 2"), ("different", "已登记在其他村，请核对")],
)
def test_somebody_registered_elsewhere_is_refused(village: Village, other: str, message: str) -> None:
    home = village if other == "same" else VillageFactory(code="421223101201", name="码头村")
    load(home, ROWS)
    before = state_of_everything()
    twice = wb.with_cells(wb.family("2", first=3), {(2, wb.IDENTITY): ROWS[2][wb.IDENTITY]})
    result = load(village, twice)
    assert not result.applied
    assert [(problem.row, problem.column) for problem in result.errors] == [(4, "身份证号")]
    assert message in result.errors[0].message
    assert "码头" not in result.errors[0].message
    assert state_of_everything() == before


def test_all_or_nothing(village: Village) -> None:
    rows = [*ROWS, *wb.family("2", first=2), *wb.with_cells(wb.family("3", first=3), {(1, wb.NAME): ""})]
    result = load(village, rows)
    assert counts(result) == (9, 0, 0, 0, False)
    assert [(problem.row, problem.column) for problem in result.errors] == [(9, "姓名")]
    assert not Household.objects.exists()
    assert not VillageGroup.objects.exists()
    assert not Tag.objects.filter(name="低保", households__isnull=False).exists()
    assert not AuditEvent.objects.exists()


def test_groups_are_matched_by_number_or_name(village: Village) -> None:
    VillageGroupFactory(village=village, serial=2, name="李家湾", code="421223101200002")
    VillageGroupFactory(village=village, serial=5, name="五组", code="421223101200005")
    rows = [
        *wb.family("1", group="第二组"), *wb.family("2", group="李家湾", first=2), *wb.family("3", group="5组", first=3),
        *wb.family("4", group="张家湾", first=4), *wb.family("5", group="七组", first=5),
    ]  # fmt: skip
    assert load(village, rows).errors == ()
    found = dict(Household.objects.order_by("number").values_list("number", "group__serial"))
    assert found == {"1": 2, "2": 2, "3": 5, "4": 101, "5": 7}
    assert sorted(VillageGroup.objects.values_list("serial", "name")) == [
        (2, "李家湾"),
        (5, "五组"),
        (7, "7组"),
        (101, "张家湾"),
    ]


def test_states_of_people_and_households(village: Village) -> None:
    away = wb.with_cells(wb.family("1"), {(row, wb.STATE): "外出" for row in range(3)})
    gone = wb.with_cells(wb.family("2", first=2), {(row, wb.STATE): "注销" for row in range(3)})
    died = wb.with_cells(wb.family("3", first=3), {(1, wb.STATE): "死亡", (2, wb.STATE): "迁出"})
    assert load(village, [*away, *gone, *died]).errors == ()
    homes = {home.number: home for home in Household.objects.all()}
    assert [(homes[n].state, homes[n].registered_population, homes[n].actual_population) for n in "123"] == [
        ("away", 3, 0), ("cancelled", 0, 0), ("registered", 1, 1),
    ]  # fmt: skip
    assert (homes["2"].cancelled_on, homes["2"].head_id, homes["2"].head_name) == (TODAY, None, "张三")
    assert list(homes["3"].residents.order_by("pk").values_list("state", flat=True)) == [
        "registered",
        "deceased",
        "moved",
    ]
    assert counts(load(village, [*away, *gone, *died])) == (9, 0, 0, 9, True)


def test_cancelling_and_restoring_need_the_desk(village: Village) -> None:
    load(
        village,
        [
            *wb.family("1"),
            *wb.with_cells(wb.family("2", first=2), {(row, wb.STATE): "注销" for row in range(3)}),
        ],
    )
    before = state_of_everything()
    rows = [
        *wb.with_cells(wb.family("1"), {(row, wb.STATE): "注销" for row in range(3)}),
        *wb.family("2", first=2),
    ]
    result = load(village, rows)
    assert [(problem.row, problem.column) for problem in result.errors] == [(2, "户籍状态"), (5, "户籍状态")]
    assert "销户要在“户籍”中办理" in result.errors[0].message
    assert "不能用导入恢复" in result.errors[1].message
    assert state_of_everything() == before


def test_a_dead_head_must_be_replaced(village: Village) -> None:
    result = load(village, wb.with_cells(wb.family(), {(0, wb.STATE): "死亡"}))
    assert [(problem.row, problem.column) for problem in result.errors] == [(2, "户籍状态")]
    assert "请把“户主”改为仍在册的人" in result.errors[0].message


def test_the_dead_do_not_rise_by_import(village: Village) -> None:
    load(village, wb.with_cells(wb.family(), {(1, wb.STATE): "死亡"}))
    before = state_of_everything()
    assert load(village, wb.with_cells(wb.family(), {(1, wb.STATE): ""})).errors == ()
    result = load(village, wb.family())
    assert [(problem.row, problem.column) for problem in result.errors] == [(3, "户籍状态")]
    assert state_of_everything() == before


def test_households_not_in_the_sheet_are_left_and_mentioned(village: Village) -> None:
    load(village, [*ROWS, *wb.family("2", first=2)])
    result = load(village, ROWS)
    assert counts(result) == (3, 0, 0, 3, True)
    assert result.notes == ("系统中有 1 户不在表里，不会改动",)


def test_numbers_that_excel_shortened_are_the_same_households(village: Village) -> None:
    load(
        village,
        [
            *wb.family("001"),
            *wb.family("012", first=2),
            *wb.family("0013", first=3),
            *wb.family("13", first=4),
        ],
    )
    before = state_of_everything()
    shortened = [
        *wb.with_cells(wb.family("1"), {(0, wb.NUMBER): 1.0}),
        *wb.family("12", first=2),
        *wb.family("13", first=4),
    ]
    result = load(village, shortened)
    assert counts(result) == (9, 0, 0, 9, True)
    assert result.notes == (
        "有 2 个户号按系统中的写法处理（如 1 就是 001）",
        "系统中有 1 户不在表里，不会改动",
    )
    assert state_of_everything() == before


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 11),
            st.sampled_from([wb.NAME, wb.PHONE, wb.GROUP, wb.STATE, wb.TAGS]),
            st.sampled_from(["王小明", "13812345678", "三组", "外出", "低保、志愿者", "", "迁出", "李家湾"]),
        ),
        max_size=8,
    )
)
def test_whatever_was_imported_the_second_time_changes_nothing(
    village: Village, edits: list[tuple[int, int, str]]
) -> None:
    rows = [row for number in range(1, 5) for row in wb.family(str(number), first=number)]
    load(village, rows)
    for row, column, value in edits:
        rows = wb.with_cells(rows, {(row, column): value})
    first = load(village, rows)
    after = state_of_everything()
    second = load(village, rows)
    assert second.errors == first.errors
    assert state_of_everything() == after
    if first.applied:
        assert counts(second) == (12, 0, 0, 12, True)
        for home in Household.objects.all():
            states = list(home.residents.values_list("state", flat=True))
            assert home.registered_population == sum(state in ("registered", "away") for state in states)
            assert home.head is None or home.head.name == home.head_name


def test_a_cadre_imports_into_his_own_village_only(village: Village) -> None:
    cadre = user_with(Role.VILLAGE_CADRE, village.code)
    other = VillageFactory(code="421223101201", name="码头村")
    before = state_of_everything()
    for run in (import_households, check_households):
        with pytest.raises(AccessDenied):
            run(actor=cadre, village=other, data=wb.xlsx(ROWS), file_name="a.xlsx", today=TODAY)
    auditor = user_with(Role.AUDITOR, village.code)
    with pytest.raises(AccessDenied):
        load(village, ROWS, actor=auditor)
    assert state_of_everything() == before
    assert load(village, wb.family(), actor=cadre).applied


def test_a_cadre_adds_no_tags_to_the_townships_list(village: Village) -> None:
    cadre = user_with(Role.VILLAGE_CADRE, village.code)
    rows = wb.with_cells(wb.family(), {(1, wb.TAGS): "种粮能手一号"})
    result = load(village, rows, actor=cadre)
    assert [(problem.row, problem.column, problem.value) for problem in result.errors] == [
        (3, "人户标签", "种粮能手一号")
    ]
    assert not Household.objects.exists()
    office = user_with(Role.TOWNSHIP_ADMIN, "421223101")
    assert load(village, rows, actor=office).applied
    assert load(village, rows, actor=cadre).errors == ()


def test_a_village_column_with_another_village_is_refused(village: Village) -> None:
    rows = [[*row, "码头村"] for row in wb.family()]
    result = load(village, rows, header=[*wb.HEADER, "村名"])
    assert [(problem.row, problem.column) for problem in result.errors] == [
        (2, "村名"),
        (3, "村名"),
        (4, "村名"),
    ]
    assert load(village, [[*row[:-1], "堰市村委会"] for row in rows], header=[*wb.HEADER, "村名"]).applied


def test_a_file_that_can_not_be_read_is_a_result_too(village: Village) -> None:
    result = import_households(
        actor=SYSTEM, village=village, data=b"%PDF-1.7", file_name="a.pdf", today=TODAY
    )
    assert result.to_json() == {
        "rows": 0, "created": 0, "updated": 0, "unchanged": 0,
        "errors": [{"row": None, "column": "", "value": "", "message": "这是 PDF 文件，不是表格。请上传 .xlsx、.xls 或 .csv 文件"}],
        "applied": False,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.pg_only
def test_two_imports_at_once_write_once(village: Village) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    rows = [row for number in range(1, 40) for row in wb.family(str(number), first=number)]

    def run(_: int) -> ImportResult:
        try:
            return load(village, rows)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, range(4)))
    assert sorted((result.created, result.unchanged) for result in results) == [(0, 117)] * 3 + [(117, 0)]
    assert Resident.objects.count() == 117
