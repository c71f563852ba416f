"""The import pages (VIL-7): preview, marked copy, confirmation, scope; and nothing is left behind."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, InputError, RuleError
from cogov.jobs.models import Job
from cogov.jobs.services import work_until_idle
from tests.factories.access import user_with
from tests.factories.villages import VillageFactory
from tests.support import workbooks as wb
from villages.models import Household, ImportBatch, ImportState, Resident, Village
from villages.services import import_batches, import_files
from villages.services.import_batches import apply_batch, discard_batch, expire_batches, upload_batch

pytestmark = pytest.mark.django_db
ROWS = wb.family()
GOOD, BAD = wb.xlsx(ROWS), wb.xlsx(wb.with_cells(ROWS, {(1, wb.NAME): "", (2, wb.RELATION): "=1+1"}))


@pytest.fixture(autouse=True)
def private_folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def village() -> Village:
    found: Village = VillageFactory(code="421223101200", name="堰市村")
    return found


@pytest.fixture
def cadre(village: Village) -> Any:
    return user_with(Role.VILLAGE_CADRE, village.code)


@pytest.fixture
def page(client: Client, cadre: Any) -> Client:
    client.force_login(cadre, backend="cogov.access.backends.DutyBackend")
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:villages_importbatch_{name}", args=args)


def send(page: Client, village: Village, data: bytes, name: str = "户籍.xlsx") -> Any:
    return page.post(
        url("upload"), {"village": village.pk, "file": SimpleUploadedFile(name, data)}, follow=True
    )


def kept(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


def test_upload_preview_confirm(page: Client, village: Village, cadre: Any, private_folder: Path) -> None:
    answer = send(page, village, GOOD)
    batch = ImportBatch.objects.get()
    assert answer.redirect_chain == [(url("change", batch.pk), 302)]
    assert (batch.state, batch.created, batch.rows, batch.uploaded_by) == ("ready", 3, 3, cadre)
    text = answer.content.decode()
    assert "确认导入 3 人" in text
    assert ROWS[0][wb.IDENTITY] not in text
    assert "13800138000" not in text
    assert "style=" not in text
    assert not Household.objects.exists()
    assert kept(private_folder) == [".upload"]
    assert oct((private_folder).stat().st_mode & 0o777) == "0o700"
    answer = page.post(url("apply", batch.pk), follow=True)
    batch.refresh_from_db()
    assert (batch.state, batch.stored_name, batch.created) == ("applied", "", 3)
    assert "已导入" in answer.content.decode()
    assert Resident.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_upload_is_deleted_once_decided(page: Client, village: Village, private_folder: Path) -> None:
    send(page, village, GOOD)
    page.post(url("apply", ImportBatch.objects.get().pk))
    assert kept(private_folder) == []
    send(page, village, GOOD)
    page.post(url("discard", ImportBatch.objects.latest("pk").pk))
    assert kept(private_folder) == []
    send(page, village, b"%PDF-1.7")
    assert kept(private_folder) == []


@pytest.mark.django_db(transaction=True)
def test_a_bad_file_leaves_only_its_marked_copy(page: Client, village: Village, private_folder: Path) -> None:
    answer = send(page, village, BAD)
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.problem_count) == ("refused", 2)
    text = answer.content.decode()
    assert "姓名没有填写" in text
    assert "公式没有计算结果" in text
    assert "确认导入" not in text
    assert kept(private_folder) == [".xlsx"]
    download = page.get(url("errors", batch.pk))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(download.streaming_content)))["户籍"]
    assert [cell.value for cell in sheet[1]] == [*wb.HEADER, "错误说明"]
    assert sheet["K3"].value == "姓名：姓名没有填写"
    assert sheet["D3"].fill.start_color.rgb == "FFF4B6B6"
    assert sheet["D2"].fill.fill_type is None
    assert sheet["F2"].value == ROWS[0][wb.IDENTITY]
    assert page.post(url("apply", batch.pk), follow=True).status_code == 200
    assert not Household.objects.exists()


def test_the_corrected_copy_can_be_uploaded_again(page: Client, village: Village) -> None:
    send(page, village, wb.xlsx(wb.with_cells(ROWS, {(1, wb.NAME): ""}), above=[["标题"]], merges=["A1:J1"]))
    download = page.get(url("errors", ImportBatch.objects.get().pk))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(download.streaming_content)))
    book["户籍"]["D4"] = "李四妹"
    target = io.BytesIO()
    book.save(target)
    send(page, village, target.getvalue())
    assert ImportBatch.objects.latest("pk").state == ImportState.READY


def test_foreign_batches_and_villages_do_not_exist(
    client: Client, page: Client, village: Village, private_folder: Path
) -> None:
    send(page, village, GOOD)
    batch = ImportBatch.objects.get()
    other = VillageFactory(code="421223101201", name="码头村")
    answer = page.post(url("upload"), {"village": other.pk, "file": SimpleUploadedFile("a.xlsx", GOOD)})
    assert answer.status_code == 400
    stranger = user_with(Role.VILLAGE_CADRE, other.code)
    client.force_login(stranger, backend="cogov.access.backends.DutyBackend")
    for name in ("change", "errors"):
        assert client.get(url(name, batch.pk)).status_code == 404
    for name in ("apply", "discard"):
        assert client.post(url(name, batch.pk)).status_code == 404
    assert batch.file_name not in client.get(url("changelist")).content.decode()
    for run in (apply_batch, discard_batch):
        with pytest.raises(AccessDenied):
            run(actor=stranger, batch=batch)
    batch.refresh_from_db()
    assert batch.state == ImportState.READY
    assert not Household.objects.exists()
    assert kept(private_folder) == [".upload"]


def test_an_auditor_looks_and_touches_nothing(client: Client, village: Village, cadre: Any) -> None:
    batch = upload_batch(actor=cadre, village=village, file_name="a.xlsx", data=GOOD)
    client.force_login(user_with(Role.AUDITOR, village.code), backend="cogov.access.backends.DutyBackend")
    text = client.get(url("change", batch.pk)).content.decode()
    assert "确认导入" not in text
    assert client.get(url("upload")).status_code == 403
    assert client.get(url("template")).status_code == 403
    assert client.post(url("apply", batch.pk)).status_code == 404
    assert client.get(url("errors", batch.pk)).status_code == 404
    batch.refresh_from_db()
    assert batch.state == ImportState.READY


def test_only_post_decides(page: Client, village: Village) -> None:
    send(page, village, GOOD)
    batch = ImportBatch.objects.get()
    assert page.get(url("apply", batch.pk)).status_code == 404
    assert page.get(url("discard", batch.pk)).status_code == 404
    batch.refresh_from_db()
    assert batch.state == ImportState.READY


def test_twice_confirmed_is_imported_once(page: Client, village: Village, cadre: Any) -> None:
    batch = upload_batch(actor=cadre, village=village, file_name="a.xlsx", data=GOOD)
    apply_batch(actor=cadre, batch=batch)
    with pytest.raises(RuleError, match="不能导入"):
        apply_batch(actor=cadre, batch=batch)
    assert AuditEvent.objects.filter(action="villages.import_households").count() == 1


def test_what_changed_since_the_preview_is_checked_again(village: Village, cadre: Any) -> None:
    first = upload_batch(actor=cadre, village=village, file_name="a.xlsx", data=GOOD)
    moved = wb.with_cells(ROWS, {(row, wb.NUMBER): "2" for row in range(3)})
    second = upload_batch(actor=cadre, village=village, file_name="b.xlsx", data=wb.xlsx(moved))
    assert second.state == ImportState.READY
    apply_batch(actor=cadre, batch=first)
    second = apply_batch(actor=cadre, batch=second)
    assert (second.state, second.problem_count) == ("refused", 3)
    assert Household.objects.count() == 1


def test_the_page_of_a_large_file_shows_the_jobs_progress(
    page: Client, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_batches, "INLINE_BYTES", 10)
    text = send(page, village, GOOD).content.decode()
    assert ImportBatch.objects.get().state == ImportState.WAITING
    assert "data-job-status" in text
    assert "js/import-wait.js" in text
    assert "确认导入" not in text


@pytest.mark.django_db(transaction=True)
def test_jobs_run_to_the_end(
    village: Village, cadre: Any, private_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_batches, "INLINE_BYTES", 10)
    monkeypatch.setattr("cogov.jobs.services.nudge.nudge", lambda *args, **kwargs: True)
    batch = upload_batch(actor=cadre, village=village, file_name="a.xlsx", data=GOOD)
    work_until_idle(heartbeat=False)
    batch.refresh_from_db()
    assert batch.state == ImportState.READY
    batch = apply_batch(actor=cadre, batch=batch)
    assert batch.state == ImportState.APPLYING
    work_until_idle(heartbeat=False)
    batch.refresh_from_db()
    assert (batch.state, batch.created) == ("applied", 3)
    assert [job.state for job in Job.objects.all()] == ["done", "done"]
    assert kept(private_folder) == []
    event = AuditEvent.objects.get(action="villages.import_households")
    assert event.actor_id == cadre.pk


@pytest.mark.django_db(transaction=True)
def test_abandoned_previews_expire_with_their_files(
    village: Village, cadre: Any, private_folder: Path
) -> None:
    import os
    import time

    batch = upload_batch(actor=cadre, village=village, file_name="a.xlsx", data=GOOD)
    stray = private_folder / "stray.upload"
    stray.write_bytes(b"x")
    old = time.time() - 25 * 3600
    os.utime(stray, (old, old))
    assert expire_batches() == 0
    assert kept(private_folder) == [".upload"]
    assert expire_batches(timezone.now() + timedelta(hours=25)) == 1
    batch.refresh_from_db()
    assert (batch.state, batch.stored_name) == ("discarded", "")
    assert kept(private_folder) == []


def test_a_file_that_vanished_is_refused_clearly(village: Village, cadre: Any) -> None:
    batch = upload_batch(actor=cadre, village=village, file_name="a.xlsx", data=GOOD)
    import_files.remove(batch.stored_name)
    batch = apply_batch(actor=cadre, batch=batch)
    assert batch.state == ImportState.REFUSED
    assert batch.problems[0]["message"] == "文件已过期删除，请重新上传"


def test_twenty_megabytes_and_no_more(village: Village, cadre: Any, private_folder: Path) -> None:
    with pytest.raises(InputError):
        upload_batch(actor=cadre, village=village, file_name="a.csv", data=b"a,b\n" * 5_300_000)
    assert not ImportBatch.objects.exists()
    assert kept(private_folder) == []


def test_a_name_with_a_path_is_only_a_name(village: Village, cadre: Any, private_folder: Path) -> None:
    batch = upload_batch(actor=cadre, village=village, file_name="..\\..\\../etc/passwd<b>.xlsx", data=GOOD)
    assert batch.file_name == "passwd<b>.xlsx"
    assert [path.parent for path in private_folder.iterdir()] == [private_folder]


def test_the_form_asks_for_a_file(page: Client, village: Village) -> None:
    answer = page.post(url("upload"), {"village": village.pk})
    assert answer.status_code == 400
    assert "请选择要上传的文件" in answer.content.decode()


def test_the_template_names_the_villages_groups(page: Client, village: Village) -> None:
    answer = page.post(url("template"), {"village": village.pk})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book["户籍信息"]["A1"].value == "堰市村户籍信息表"


def test_the_register_comes_out_masked_and_goes_in_again_in_full(
    page: Client, village: Village, cadre: Any
) -> None:
    rows = wb.with_cells(ROWS, {(0, wb.TAGS): "低保、志愿者", (1, wb.STATE): "外出"})
    apply_batch(
        actor=cadre, batch=upload_batch(actor=cadre, village=village, file_name="a.xlsx", data=wb.xlsx(rows))
    )

    def export(**more: Any) -> bytes:
        answer = page.post(url("roster"), {"village": village.pk, **more})
        assert answer.status_code == 200
        return b"".join(answer.streaming_content)

    masked = list(openpyxl.load_workbook(io.BytesIO(export())).active.iter_rows(values_only=True))
    assert list(masked[0]) == wb.HEADER
    assert masked[1] == ("1", "张三", "户主", "张三", "男", "421*************" + ROWS[0][wb.IDENTITY][-2:], "138****8000", "2组", "在册", "低保、志愿者")  # fmt: skip
    assert page.post(url("roster"), {"village": village.pk, "reveal": "on"}).status_code == 400
    full = export(reveal="on", reason="与派出所核对户口")
    event = AuditEvent.objects.filter(action="villages.export_roster").latest("pk")
    assert (event.summary, event.comment) == ("导出堰市村户籍表 3 人（完整号码）", "与派出所核对户口")
    batch = upload_batch(actor=cadre, village=village, file_name="b.xlsx", data=full)
    assert (batch.state, batch.unchanged, batch.created, batch.updated) == ("ready", 3, 0, 0)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1"])
def test_names_that_look_like_formulas_are_disarmed_on_export(text: str) -> None:
    from villages.resources import RosterResource

    resource = RosterResource()
    assert resource.export_field(resource.fields["name"], Resident(name=text)) == "'" + text
    assert resource.export_field(resource.fields["name"], Resident(name="张三")) == "张三"
