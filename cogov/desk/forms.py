"""Forms of the desk itself: signing in, changing one's password, the second factor."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError

from cogov.access.services import set_password


class DeskAuthenticationForm(AuthenticationForm):
    """Signing in; says in Chinese what is wrong, and that nobody without a duty gets in."""

    error_messages = {
        "invalid_login": "账号或密码不正确。连续输错 5 次，账号将锁定 30 分钟。",
        "inactive": "这个账号已经停用，请联系镇管理员。",
        "no_duty": "这个账号目前没有任职，不能登录。请联系镇管理员。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "账号"
        self.fields["password"].label = "密码"

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse closed accounts and people without a duty today."""
        super().confirm_login_allowed(user)
        if not user.is_staff:
            raise ValidationError(self.error_messages["no_duty"], code="no_duty")


class DeskPasswordChangeForm(PasswordChangeForm):
    """One's own password; saved by the service, which records it."""

    def save(self, commit: bool = True) -> Any:
        """Write the password through the service."""
        set_password(actor=self.user, user=self.user, password=self.cleaned_data["new_password1"])
        return self.user

    def clean(self) -> dict[str, Any] | None:
        """A new password must differ from the old one."""
        cleaned = super().clean()
        if (
            cleaned
            and cleaned.get("new_password1")
            and cleaned["new_password1"] == cleaned.get("old_password")
        ):
            self.add_error("new_password1", "新密码不能与旧密码相同")
        return cleaned


class CodeForm(forms.Form):
    """Six digits from the authenticator, or one of the spare codes."""

    code = forms.CharField(
        label="动态码",
        max_length=16,
        help_text="手机验证器上的 6 位数字；手机不在身边时输入备用码。",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        """Digits and letters without the spaces that people type between them."""
        return "".join(self.cleaned_data["code"].split()).lower()


__all__ = ["CodeForm", "DeskAuthenticationForm", "DeskPasswordChangeForm"]
