"""Load a county's list of townships and villages (VIL-1): the columns of ``villages/data``, any county."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from cogov.access.scope import Actor, authorize
from cogov.audit.services import AuditDraft, record_many
from cogov.common.errors import InputError
from cogov.common.text import pinyin_initials
from villages.importing import normalise
from villages.importing.plan import ProblemList
from villages.importing.reading import open_tables
from villages.importing.table import SheetTable
from villages.models import Township, Village, VillageKind

PERMISSION = "villages.import_divisions"
COLUMNS = (
    "province",
    "city",
    "county_code",
    "county",
    "township_code",
    "township",
    "village_code",
    "village",
)
_CHINESE = ("省", "市", "县代码", "县", "乡镇代码", "乡镇", "村代码", "村")
_COMMITTEE = re.compile(r"(?:居民委员会|居委会|村民委员会|村委会)$")


@dataclass(frozen=True, slots=True)
class DivisionsResult:
    townships: int
    villages: int
    created: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Division:
    row: int
    province: str
    city: str
    county_code: str
    county: str
    township_code: str
    township: str
    village_code: str
    village: str


def import_divisions(*, actor: Actor, data: bytes, file_name: str) -> DivisionsResult:
    """Create or rename townships and villages by code; the same file again changes nothing.

    Nothing is ever removed. Raises InputError with every problem, and AccessDenied.
    """
    rows = _read(data, file_name)
    for code in sorted({row.county_code for row in rows}):
        authorize(actor, PERMISSION, code)
    with transaction.atomic():
        townships, drafts = _townships(actor, rows)
        village_drafts = _villages(actor, rows, townships)
        record_many([*drafts, *village_drafts])
    changed = [*drafts, *village_drafts]
    created = sum(draft.before is None for draft in changed)
    total = len(townships) + len(rows)
    return DivisionsResult(len(townships), len(rows), created, len(changed) - created, total - len(changed))


def short_name(official: str) -> str:
    """板坑村村委会 -> 板坑村, 七星社区居委会 -> 七星社区, 板坑村委会 -> 板坑村."""
    name = _COMMITTEE.sub("", official) or official
    if name != official and not name.endswith(("村", "社区")):
        name += "社区" if "居" in official[len(name) :] else "村"
    return name


def _kind(official: str, code: str) -> str:
    """By name; where the name does not say, codes 001-199 are communities and 200 up are villages."""
    if "居委会" in official or "居民委员会" in official or official.endswith("社区"):
        return VillageKind.COMMUNITY.value
    if "村" in official:
        return VillageKind.VILLAGE.value
    return VillageKind.COMMUNITY.value if int(code[9:]) < 200 else VillageKind.VILLAGE.value


def _read(data: bytes, file_name: str) -> list[_Division]:
    table = open_tables(data, filename=file_name)[0]
    lines = [(number, [normalise.compact(cell) for cell in cells]) for number, cells in table.rows()]
    lines = [(number, cells) for number, cells in lines if any(cells)]
    problems = ProblemList()
    positions = _positions(table, lines[0][1] if lines else [], problems)
    found: list[_Division] = []
    if not problems:
        found = list(_divisions(lines[1:], positions, problems))
        if not found and not problems:
            problems.add("没有一行数据")
    if problems:
        raise InputError(f"区划表没有导入，有 {problems.total} 处问题", problems.all())
    return found


def _positions(table: SheetTable, header: Sequence[str], problems: ProblemList) -> list[int]:
    names = [name.lower() for name in header]
    positions: list[int] = []
    for name, chinese in zip(COLUMNS, _CHINESE, strict=True):
        if name in names:
            positions.append(names.index(name))
        elif chinese in names:
            positions.append(names.index(chinese))
        else:
            problems.add(f"缺少“{name}”（{chinese}）这一列", 1, name)
    return positions


def _divisions(
    lines: Sequence[tuple[int, list[str]]], positions: Sequence[int], problems: ProblemList
) -> Iterator[_Division]:
    seen: dict[str, int] = {}
    names: dict[str, tuple[str, int]] = {}
    for number, cells in lines:
        padded = [*cells, *[""] * (max(positions) + 1 - len(cells))]
        row = _Division(number, *(padded[position] for position in positions))
        before = problems.total
        for column, length in (("county_code", 6), ("township_code", 9), ("village_code", 12)):
            code = getattr(row, column)
            if not re.fullmatch(rf"[1-9]\d{{{length - 1}}}", code, re.ASCII):
                problems.add(f"应为 {length} 位数字", number, column, code)
        for column in ("province", "city", "county", "township", "village"):
            text = getattr(row, column)
            if not text:
                problems.add("没有填写", number, column)
            elif len(text) > (50 if column in ("township", "village") else 30):
                problems.add("名称过长", number, column, text)
        if problems.total == before:
            _check_codes(row, seen, names, problems)
        if problems.total == before:
            yield row


def _check_codes(
    row: _Division, seen: dict[str, int], names: dict[str, tuple[str, int]], problems: ProblemList
) -> None:
    if not row.township_code.startswith(row.county_code):
        problems.add(
            f"乡镇代码的前 6 位应是县代码 {row.county_code}", row.row, "township_code", row.township_code
        )
    if not row.village_code.startswith(row.township_code):
        problems.add(
            f"村代码的前 9 位应是乡镇代码 {row.township_code}", row.row, "village_code", row.village_code
        )
    first = seen.setdefault(row.village_code, row.row)
    if first != row.row:
        problems.add(f"村代码与第 {first} 行重复", row.row, "village_code", row.village_code)
    for column, code, name in (
        ("township", row.township_code, row.township),
        ("county", row.county_code, row.county),
    ):
        known, place = names.setdefault(code, (name, row.row))
        if known != name:
            problems.add(f"代码 {code} 在第 {place} 行叫“{known}”，这里叫“{name}”", row.row, column, name)


def _townships(actor: Actor, rows: Sequence[_Division]) -> tuple[dict[str, Township], list[AuditDraft]]:
    wanted = {
        row.township_code: {
            "name": row.township,
            "province": row.province,
            "city": row.city,
            "county_code": row.county_code,
            "county": row.county,
        }
        for row in rows
    }
    known = {
        township.code: township
        for township in Township.objects.select_for_update().filter(code__in=wanted).order_by("code")
    }
    drafts: list[AuditDraft] = []
    for code, values in wanted.items():
        township = known.get(code)
        if township is None:
            known[code] = township = Township.objects.create(code=code, **values)
            drafts.append(
                _draft(actor, f"登记乡镇 {township.name}", township, None, {"代码": code, **values})
            )
            continue
        before = {
            name: getattr(township, name)
            for name, value in values.items()
            if getattr(township, name) != value
        }
        if before:
            for name in before:
                setattr(township, name, values[name])
            township.save(update_fields=list(before))
            drafts.append(
                _draft(
                    actor,
                    f"更正乡镇 {township.name}",
                    township,
                    before,
                    {name: values[name] for name in before},
                )
            )
    return known, drafts


def _villages(actor: Actor, rows: Sequence[_Division], townships: dict[str, Township]) -> list[AuditDraft]:
    known: dict[str, Village] = {}
    codes = [row.village_code for row in rows]
    for start in range(0, len(codes), 500):
        found = (
            Village.objects.select_for_update().filter(code__in=codes[start : start + 500]).order_by("code")
        )
        known |= {village.code: village for village in found}
    drafts: list[AuditDraft] = []
    new: list[tuple[Village, dict[str, str]]] = []
    for row in rows:
        name = short_name(row.village)
        values = {"name": name, "official_name": row.village, "kind": _kind(row.village, row.village_code)}
        village = known.get(row.village_code)
        if village is None:
            new.append(
                (
                    Village(
                        code=row.village_code,
                        township=townships[row.township_code],
                        initials=pinyin_initials(name),
                        **values,
                    ),
                    values,
                )
            )
            continue
        # The short name may have been set by hand; only a new official name brings a new one.
        if village.official_name == row.village:
            continue
        before = {key: getattr(village, key) for key in values}
        for key, value in values.items():
            setattr(village, key, value)
        village.initials = pinyin_initials(name)
        village.save(update_fields=[*values, "initials"])
        drafts.append(_draft(actor, f"更正村名 {village.name}", village, before, dict(values)))
    Village.objects.bulk_create([village for village, _ in new], batch_size=500)
    drafts.extend(
        _draft(actor, f"登记村（社区）{village.name}", village, None, {"代码": village.code, **values})
        for village, values in new
    )
    return drafts


def _draft(
    actor: Actor, summary: str, obj: Township | Village, before: dict[str, str] | None, after: dict[str, str]
) -> AuditDraft:
    return AuditDraft(
        actor=actor, action="villages.import_divisions", summary=summary, obj=obj, before=before, after=after
    )
