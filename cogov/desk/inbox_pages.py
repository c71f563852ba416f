"""The message box: everybody's own messages, newest first."""

from __future__ import annotations

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cogov.desk import inbox
from cogov.desk.models import Message

_PER_PAGE = 30


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Addresses of the message box."""
    return [
        path("messages/", site.admin_view(message_list), name="desk_messages"),
        path("messages/read/", site.admin_view(read_all), name="desk_messages_read"),
        path("messages/<int:message_id>/open/", site.admin_view(open_message), name="desk_message_open"),
    ]


@never_cache
def message_list(request: HttpRequest) -> HttpResponse:
    """The user's messages by pages."""
    rows = Message.objects.for_user(request.user)
    context = {
        **admin.site.each_context(request),
        "title": "消息",
        "page_obj": Paginator(rows, _PER_PAGE).get_page(request.GET.get("page")),
        "unread": inbox.unread_count(request.user),
    }
    return TemplateResponse(request, "admin/messages.html", context)


@require_POST
def open_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Mark as read and go where it leads; 404 for somebody else's."""
    message = get_object_or_404(Message.objects.for_user(request.user), pk=message_id)
    inbox.mark_read(request.user, message.pk)
    own = url_has_allowed_host_and_scheme(message.link, allowed_hosts=None)
    return HttpResponseRedirect(message.link if message.link and own else reverse("admin:desk_messages"))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark every message as read."""
    inbox.mark_read(request.user)
    return HttpResponseRedirect(reverse("admin:desk_messages"))
