"""Chromium through Playwright: a page that is allowed to talk to the site under test and to nobody else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
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
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@contextmanager
def chromium() -> Iterator[Any]:
    """The window of a headless Chromium. One for all tests: making another costs a second; ``LiveApp`` empties it."""
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=str(find_program(*CHROMIUM)), args=[*QUIET, *root]
        )
        window = running.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
        window.set_default_timeout(10_000)
        yield window
        running.close()


def faults(page: Any, *, without: str = "", only: Sequence[str] = ()) -> list[str]:
    """What axe finds against WCAG A and AA, ``without`` the elements of a selector, or by these rules ``only``."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": WCAG}
    options = {
        "runOnly": rules,
        "resultTypes": ["violations"],
    }  # to describe what is right takes half the time
    found = Axe().run(page, context={"exclude": [[without]]} if without else None, options=options)
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found.response["violations"]]


class LiveApp:
    """One test's page. ``problems`` collects script errors, CSP violations and calls to other hosts."""

    def __init__(self, url: str, window: Any, client: Any) -> None:
        self.url = url
        self.problems: list[str] = []
        self._client = client
        self.context = window
        self.page = window.new_page()
        self.page.set_viewport_size(DESKTOP)
        self._forget()
        self.page.route("**/*", self._only_here)  # which also keeps Chromium from caching
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
        """Leave the site; what was loaded is not asked for any more."""
        self.context.set_offline(False)
        self.page.close()

    def _forget(self) -> None:
        """Nothing of an earlier test: cookies, storage of any kind, leave to use the camera."""
        self.context.clear_cookies()
        self.context.clear_permissions()
        tools = self.context.new_cdp_session(self.page)
        tools.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "all"})
        tools.detach()

    def _only_here(self, route: Any) -> None:
        if route.request.url.startswith((self.url, "data:", "blob:")):
            route.continue_()
        else:
            self.problems.append(f"foreign address: {route.request.url}")
            route.abort()

    def _console(self, message: Any) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.problems.append(f"console: {message.text}")
