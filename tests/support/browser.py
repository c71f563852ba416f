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
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost",  # asking before each request takes a quarter longer
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
NEUTRAL = "/static/img/favicon.svg"  # has no script and asks for nothing
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
    """One test's page. ``problems`` collects script errors, CSP violations and calls to other hosts.

    All tests share one page, emptied in between: another takes a second of processor time. A test that changes the page
    itself (its start-up scripts) asks for ``own_page``.
    """

    def __init__(self, url: str, window: Any, client: Any) -> None:
        self.url = url
        self.problems: list[str] = []
        self._client = client
        self.context = window
        self.page = window.pages[0] if window.pages else window.new_page()
        self._begin()

    def own_page(self) -> Any:
        """A page that nobody uses afterwards."""
        self._let_go()
        self.page = self.context.new_page()
        self._begin()
        return self.page

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
        from playwright.sync_api import Error

        if not self._listeners:
            return
        self._let_go()
        self.context.set_offline(False)
        shared, *others = self.context.pages
        for page in others:
            page.close()
        try:
            shared.goto(self.url + NEUTRAL, wait_until="load")
            shared.evaluate("sessionStorage.clear()")
        except Error:  # the page will not leave: the next test gets another
            shared.close()

    def _begin(self) -> None:
        """Nothing of an earlier test: cookies, storage of any kind, leave to use the camera, looks."""
        self.page.set_viewport_size(DESKTOP)
        self.page.emulate_media(
            media="screen", color_scheme="light", reduced_motion="reduce", forced_colors="none"
        )
        self.context.clear_cookies()
        self.context.clear_permissions()
        self._tools = self.context.new_cdp_session(self.page)
        self._tools.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "all"})
        self._tools.send("Network.enable")
        self._tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self._listeners = {"request": self._only_here, "pageerror": self._script, "console": self._console}
        for event, listener in self._listeners.items():
            self.page.on(event, listener)

    def _let_go(self) -> None:
        """Listen to the page no longer."""
        self._tools.detach()
        while self._listeners:
            self.page.remove_listener(*self._listeners.popitem())

    def _only_here(self, request: Any) -> None:
        """No other host has an address for this Chromium; that a page asked for one is a fault all the same."""
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.problems.append(f"foreign address: {request.url}")

    def _script(self, error: Any) -> None:
        self.problems.append(f"script: {error}")

    def _console(self, message: Any) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.problems.append(f"console: {message.text}")
