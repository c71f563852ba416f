"""我家明白纸 (BEY-9): what stands on it, who may print it, the same bytes again, a whole group as a job."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pdfplumber
import pytest
from django.core.files.storage import default_storage
from django.test import Client

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.periods import Period
from cogov.jobs.models import Job
from cogov.jobs.services import run_job
from points import sheet_sections
from points.models import PeriodStanding, SheetBundle
from points.rules import EntryKind
from points.selectors.sheets import SheetLine, group_households, sheets_of
from points.services.ledger import post_entry
from points.services.posting import close_points_month
from points.services.sheets import print_sheet, request_bundle
from tests.factories.access import user_with
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM
from tests.points.test_month import close

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def earn(place: Setting, index: int, points: int, day: dt.date, kind: EntryKind = EntryKind.EARN) -> None:
    post_entry(
        actor=SYSTEM,
        household=place.households[index],
        kind=kind,
        points=points,
        source=f"test:{index}:{day}:{points}",
        reason="兑换大米" if kind == EntryKind.REDEEM else "得分",
        occurred_on=day,
    )


def test_every_entry_with_reason_balances_and_place(place: Setting) -> None:
    earn(place, 0, 30, dt.date(2026, 9, 3))
    close_points_month(actor=SYSTEM, village=place.village, period=Period.month(2026, 9))
    place.approved(0, "L01", 2)
    place.approved(0, "E01", 5)
    place.approved(2, "L01", 9)
    close(place)
    earn(place, 0, -15, dt.date(2026, 11, 1), EntryKind.REDEEM)
    sheet = sheets_of([place.households[0]], OCTOBER)[0]
    assert (sheet.opening, sheet.closing, sheet.earned, sheet.deducted, sheet.redeemed) == (30, 90, 60, 0, 0)
    assert sheet.lines == (
        SheetLine(dt.date(2026, 10, 12), "得分", "修路投工 2 工日 × 20 分 = 40 分", 40, 30, 70),
        SheetLine(
            dt.date(2026, 10, 12),
            "得分",
            "打扫公共巷道 5 次 × 5 分 = 25 分；本月上限 20 分，已得 0 分，计 20 分",
            20,
            70,
            90,
        ),
    )
    assert (sheet.score, sheet.place, sheet.of) == (60, 2, 2)
    stored = PeriodStanding.objects.get(account__household=place.households[0], period="2026-10")
    assert (stored.score, stored.balance, stored.rank_group) == (60, 90, 2)
    quarter = sheets_of([place.households[0]], Period.quarter(2026, 4))[0]
    assert (quarter.opening, quarter.redeemed, quarter.closing) == (30, 15, 75)
    year = sheets_of([place.households[0]], Period.full_year(2026))[0]
    assert (year.opening, year.score, year.closing, len(year.lines)) == (0, 90, 75, 4)


def test_household_without_an_account(place: Setting) -> None:
    sheet = sheets_of([place.households[3]], OCTOBER)[0]
    assert (sheet.opening, sheet.closing, sheet.lines, sheet.place, sheet.of) == (0, 0, (), 1, 2)


def test_paper_has_the_full_name_and_no_identity(place: Setting) -> None:
    place.approved(0, "L01", 2)
    close(place)
    home = place.households[0]
    data = print_sheet(actor=place.cadre, household=home, period=OCTOBER)
    assert data == print_sheet(actor=place.cadre, household=home, period=OCTOBER)
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 1
        text = pdf.pages[0].extract_text().replace(" ", "").replace("\u3000", "")
    for part in ("我家明白纸", home.head_name, "修路投工2工日×20分=40分", "第1名", "提出异议", "校验码"):
        assert part in text
    event = AuditEvent.objects.filter(action="points.print_sheet").latest("id")
    assert event.after is not None
    assert event.after["笔数"] == 1
    assert event.actor_id == place.cadre.pk


def test_a_redemption_stands_with_its_sign(place: Setting) -> None:
    """No shipped face has the true minus (U+2212): it was printed as 〓."""
    earn(place, 0, 50, dt.date(2026, 10, 3))
    earn(place, 0, -30, dt.date(2026, 10, 4), EntryKind.REDEEM)
    data = print_sheet(actor=place.cadre, household=place.households[0], period=OCTOBER)
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        words = [word["text"] for word in pdf.pages[0].extract_words()]
    assert ("+50" in words, "-30" in words, any("〓" in word for word in words)) == (True, True, False)


def test_a_long_year_goes_on_the_back(place: Setting) -> None:
    for month in range(1, 10):
        for day in range(1, 6):
            earn(place, 0, 1, dt.date(2026, month, day))
    data = print_sheet(actor=place.cadre, household=place.households[0], period=Period.full_year(2026))
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 2
        texts = [page.extract_text().replace(" ", "") for page in pdf.pages]
    assert "第1页，共2页" in texts[0]
    assert "校验码" in texts[1]
    assert sum(text.count("+1") for text in texts) == 45


def test_only_who_may_prints_and_only_what_has_begun(place: Setting) -> None:
    for actor in (
        user_with(Role.KEEPER, place.village.code),
        user_with(Role.VILLAGE_CADRE, "421223999999"),
        user_with(Role.GRID_WORKER, place.groups[1].code),
    ):
        with pytest.raises(AccessDenied):
            print_sheet(actor=actor, household=place.households[0], period=OCTOBER)
    with pytest.raises(RuleError, match="2026年12月还没有开始"):
        print_sheet(actor=place.cadre, household=place.households[0], period=Period.month(2026, 12))
    assert not AuditEvent.objects.filter(action="points.print_sheet").exists()


def test_group_as_a_job_with_progress(place: Setting) -> None:
    place.approved(0, "L01", 2)
    close(place)
    bundle = request_bundle(actor=place.cadre, group=place.groups[0], period=OCTOBER)
    assert request_bundle(actor=place.other, group=place.groups[0], period=OCTOBER).pk == bundle.pk
    run_job(bundle.job_id)
    job = Job.objects.get(pk=bundle.job_id)
    assert (job.state, job.progress_done, job.progress_total) == ("done", 3, 3)
    bundle.refresh_from_db()
    assert (bundle.households, bundle.pages) == (2, 2)
    with default_storage.open(bundle.path) as file:
        first = file.read()
    again = request_bundle(actor=place.cadre, group=place.groups[0], period=OCTOBER)
    assert again.pk != bundle.pk
    run_job(again.job_id)
    again.refresh_from_db()
    assert (again.sha256, again.size) == (bundle.sha256, len(first))
    assert [home.number for home in group_households(place.groups[0], OCTOBER)] == ["001", "003"]


def test_queries_do_not_grow_with_households(
    travel_to: Callable[[str], None], django_assert_num_queries: Callable[..., object]
) -> None:
    travel_to("2026-11-02 09:00")
    place = setting(households=9, groups=1)
    homes = group_households(place.groups[0], OCTOBER)
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        sheets_of(homes, OCTOBER)


def test_pages_of_desk_and_cadre(place: Setting, client: Client) -> None:
    place.approved(0, "L01", 2)
    close(place)
    account = place.households[0].points_account
    path = f"/admin/points/pointsaccount/{account.pk}/do/sheet/"
    client.force_login(place.cadre)
    assert client.get(path).status_code == 200
    response = client.post(path, {"period": "2026-10"})
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    assert client.post(path, {"period": "2031-10"}).status_code == 400
    assert client.get("/village/sheets/").status_code == 200
    response = client.post("/village/sheets/", {"household": "001", "period": "2026-10"})
    assert response["Content-Type"] == "application/pdf"
    assert client.post("/village/sheets/", {"household": "", "period": "2026-10"}).status_code == 400
    response = client.post(
        "/admin/points/sheetbundle/add/", {"group": place.groups[0].pk, "period": "2026-10"}
    )
    bundle = SheetBundle.objects.get()
    assert response["Location"] == f"/admin/jobs/{bundle.job_id}/"
    download = f"/admin/points/sheetbundle/{bundle.pk}/do/download/"
    assert client.get(download).status_code == 404
    run_job(bundle.job_id)
    response = client.get(download)
    assert response["Content-Type"] == "application/pdf"
    assert b"".join(response.streaming_content)[:5] == b"%PDF-"  # type: ignore[attr-defined]
    response.close()
    client.force_login(setting(households=1).secretary)
    assert client.get(download).status_code == 404
    assert client.get(path).status_code == 404


def test_other_rooms_add_sections(place: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_sections, "_sections", {})
    home = place.households[0]
    item = sheet_sections.SheetItem(dt.date(2026, 10, 20), "改厕奖补：1 座×800 元", "800.00 元")
    sheet_sections.register(
        sheet_sections.SheetSection("awards", "奖补", 10, lambda homes, period: {home.pk: [item]})
    )
    sheets = sheets_of(place.households[:2], OCTOBER)
    assert [sheet.more for sheet in sheets] == [(("奖补", (item,)),), ()]
    print_sheet(actor=place.cadre, household=home, period=OCTOBER)
