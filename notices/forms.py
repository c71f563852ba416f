"""Forms of the public pages."""

from __future__ import annotations

from django import forms


class CheckCodeForm(forms.Form):
    """The code under the QR; twelve letters and digits, however people type them."""

    code = forms.CharField(
        label="校验码",
        max_length=24,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "inputmode": "text",
                "placeholder": "如 ABCD-EFGH-JKMN",
                "autocapitalize": "characters",
            }
        ),
    )


class PublicObjectionForm(forms.Form):
    """An objection from the QR page. Name and telephone are optional and seen by staff only."""

    text = forms.CharField(
        label="异议内容",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明哪一户、哪一项、您认为应是多少",
    )
    person = forms.CharField(label="姓名（可不填）", max_length=20, required=False)
    phone = forms.RegexField(
        r"^[0-9+\- ]{7,20}$",
        label="联系电话（可不填）",
        required=False,
        error_messages={"invalid": "电话号码只能有数字和横线"},
        help_text="填了便于答复，只有工作人员能看到",
    )
