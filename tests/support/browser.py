"""Chromium through Playwright: a page that is allowed to talk to the site under test and to nobody else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cogov.bootstrap.system import CHROMIUM, find_program

QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--mute-audio",
    "--use-fake-device-for-media-stream",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=str(find_program(*CHROMIUM)), args=[*QUIET, *root]
        )
        yield running
        running.close()


class LiveApp:
    """One test's browser window. ``problems`` collects script errors, CSP violations and calls to other hosts."""

    def __init__(self, url: str, browser: Any, client: Any) -> None:
        self.url = url
        self.problems: list[str] = []
        self._client = client
        self.context = browser.new_context(
            viewport=DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        self.context.set_default_timeout(10_000)
        self.context.route("**/*", self._only_here)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("console", self._console)

    def login(self, user: Any) -> None:
        """As ``user``, by session cookie."""
        self._client.force_login(user)
        cookie = self._client.cookies["sessionid"]
        self.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self.url}])

    def open(self, path: str, *, phone: bool = False) -> Any:
        """Go to ``path`` at desktop or phone width and return the page."""
        self.page.set_viewport_size(PHONE if phone else DESKTOP)
        self.page.goto(self.url + path, wait_until="load")
        return self.page

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window; 0 is right."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth").real)

    def close(self) -> None:
        """Leave the site before the server stops, so that no request is cut off."""
        self.page.goto("about:blank")
        self.context.close()

    def _only_here(self, route: Any) -> None:
        if route.request.url.startswith((self.url, "data:", "blob:")):
            route.continue_()
        else:
            self.problems.append(f"foreign address: {route.request.url}")
            route.abort()

    def _console(self, message: Any) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.problems.append(f"console: {message.text}")
