"""Forms of the import pages: which village, which file; and what an export shows."""

from __future__ import annotations

from typing import Any

from django import forms

from cogov.desk.actions import GuidedForm
from villages.importing.limits import MAX_FILE_BYTES
from villages.models import Village
from villages.services.import_households import PERMISSION
from villages.services.roster import PERMISSION as ROSTER_PERMISSION
from villages.services.roster import REVEAL_PERMISSION


class _VillageForm(GuidedForm):
    """Asks for a village where the user holds ``permission``; takes the only one for granted."""

    permission = PERMISSION
    village = forms.ModelChoiceField(
        label="村（社区）", queryset=Village.objects.none(), empty_label="请选择"
    )

    def prepare(self) -> None:
        field: Any = self.fields["village"]
        field.queryset = Village.objects.for_user(self.user, self.permission).order_by("code")
        only = list(field.queryset[:2])
        if len(only) == 1:
            field.initial = only[0].pk


class UploadForm(_VillageForm):
    """A household workbook for one village."""

    file = forms.FileField(
        label="户籍表",
        help_text="支持 .xlsx、.xls、.csv，最大 20 MB。上传后先核对，确认后才导入。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"required": "请选择要上传的文件", "empty": "文件是空的，没有任何内容"},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB，请分村、分组导入")
        return file


class TemplateForm(_VillageForm):
    """For which village the template is."""


class RosterForm(_VillageForm):
    """A village's register as a workbook."""

    permission = ROSTER_PERMISSION
    reveal = forms.BooleanField(
        label="导出完整的身份证号和电话",
        required=False,
        help_text="默认只导出隐去中间几位的号码。勾选后要写明用途，并记入操作日志。",
    )
    reason = forms.CharField(label="用途", max_length=200, required=False)

    def prepare(self) -> None:
        super().prepare()
        if not self.user.has_perm(REVEAL_PERMISSION):
            del self.fields["reveal"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reveal") and not str(cleaned.get("reason", "")).strip():
            self.add_error("reason", "导出完整号码须写明用途")
        return cleaned
