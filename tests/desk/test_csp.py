from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.desk.conftest import TOWNSHIP

PAGES = [
    "/admin/",
    "/admin/todo/",
    "/admin/search/?q=a",
    "/admin/access/user/",
    "/admin/access/user/add/",
    "/admin/access/user/{user}/change/",
    "/admin/access/user/{user}/history/",
    "/admin/access/user/{user}/do/assign-duty/",
    "/admin/access/duty/",
    "/admin/access/",
    "/admin/audit/auditevent/",
    "/admin/jobs/job/",
    "/admin/jobs/{job}/",
    "/admin/password_change/",
    "/admin/second-factor/enrol/",
    "/admin/no/such/page/",
]


class Inline(HTMLParser):
    """Collects what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")
        for name, value in names.items():
            if name == "style" or name.startswith("on") or (value or "").startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")
            loads = name in ("src", "href") and tag in ("script", "link", "img", "use", "iframe")
            if loads and (value or "").startswith(("http", "//")):
                self.found.append(f"{tag} {value}")

    handle_startendtag = handle_starttag


_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)  # `with one=village` is no handler of an event


def inline_parts(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("url", PAGES)
def test_pages_obey_the_policy_they_send(desk: Any, cadre: Any, url: str) -> None:
    from cogov.jobs.models import Job

    job = Job.objects.create(kind="k", key="k", label="月结", township_code=TOWNSHIP)
    answer = desk.get(url.format(user=cadre.pk, job=job.pk))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert inline_parts(answer.content.decode()) == []


def test_the_login_page(client: Any, db: None) -> None:
    answer = client.get("/admin/login/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert inline_parts(answer.content.decode()) == []
    assert "Log in" not in answer.content.decode()


def test_no_template_of_ours_carries_inline_script_or_style() -> None:
    folder = Path(settings.BASE_DIR) / "templates"
    # Printed sheets are turned into PDF by WeasyPrint, never sent to a browser with this policy.
    for path in folder.rglob("*.html"):
        if {"printing", "print", "pdf"} & set(path.parts):
            continue
        assert inline_parts(_TAG.sub("", path.read_text())) == [], path


def test_style_sheets_and_modules_fetch_nothing_from_elsewhere() -> None:
    folder = Path(settings.BASE_DIR) / "static"
    for path in [*folder.glob("css/*.css"), *folder.glob("js/*.js")]:
        text = path.read_text()
        assert "http://" not in text.replace("http://www.w3.org", ""), path
        assert "https://" not in text, path
