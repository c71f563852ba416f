"""What people type into a search box: it comes by POST, and the number of a person never stands in an address.

Addresses are kept by browsers, proxies and servers. Other texts go on to an address of their own, so that the list can
be paged, sorted, exported and bookmarked; for an identity or mobile number the answer is given at once.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from cogov.common.text import holds_personal_number
from cogov.desk.registry import SearchHit
from cogov.desk.search import MAX_LENGTH, HitGroup

NOT_HERE = "身份证号和手机号不能写在网址里，这次没有查。请在搜索框里输入。"
TYPED = "typed"
_MOST = 20


def at(path: str, values: QueryDict) -> HttpResponseRedirect:
    """On to the address with these values."""
    query = values.urlencode()
    return HttpResponseRedirect(f"{path}?{query}" if query else path)


class TypedSearch(admin.ModelAdmin):
    """A list whose search box sends by POST."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """As Django does, for texts that may stand in an address."""
        if request.method == "POST" and TYPED in request.POST:
            return self._typed(request)
        if holds_personal_number(request.GET.get(SEARCH_VAR, "")):
            messages.warning(request, NOT_HERE)
            return at(request.path, _without(request.GET, SEARCH_VAR))
        return super().changelist_view(request, extra_context)

    def _typed(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = request.POST.get(SEARCH_VAR, "").strip()[:MAX_LENGTH]
        if not holds_personal_number(text):
            values = _without(request.POST, TYPED, "csrfmiddlewaretoken", SEARCH_VAR)
            if text:
                values[SEARCH_VAR] = text
            return at(request.path, values)
        rows, doubled = self.get_search_results(request, self.get_queryset(request), text)
        found = list((rows.distinct() if doubled else rows)[:_MOST])
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        hits = [SearchHit(str(row), reverse(name, args=(row.pk,)), "") for row in found]
        return shown(request, [HitGroup(str(self.opts.verbose_name_plural), hits)] if hits else [])


def shown(
    request: HttpRequest, groups: list[HitGroup], *, text: str = "", asked: bool = True
) -> HttpResponse:
    """The page of hits; ``text`` is what may be repeated on it."""
    context = {
        **admin.site.each_context(request),
        "title": f"搜索：{text}" if text else "搜索",
        "query": text,
        "asked": asked,
        "groups": groups,
    }
    return TemplateResponse(request, "admin/search.html", context)


def _without(values: QueryDict, *names: str) -> QueryDict:
    left = values.copy()
    for name in names:
        left.pop(name, None)
    return left
