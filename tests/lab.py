"""A real JupyterLab in a real browser, for the tests that need a person's eyes and hands."""

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def server(root: Path, home: Path) -> Iterator[str]:
    """Serve JupyterLab on loopback from `root` through `mlcourse lab`; yield a URL template."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    command = [sys.executable, "-m", "autograder", "lab", "--course", str(root), "--"]
    options = [
        "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    # A bare PATH: the environment is not activated, as for a person who calls .venv/bin/….
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    log = (home / "jupyter.log").open("w")
    lab = subprocess.Popen(command + options, env=env, stdout=log, stderr=log, cwd=home)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{address}/api?token={token}"), 60, "JupyterLab to answer")
        yield f"{address}/%s?token={token}"
    finally:
        lab.terminate()
        lab.wait(20)
        log.close()


def answers(url: str) -> bool:
    """Whether the server answers with JSON."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return "version" in json.load(reply)
    except OSError:
        return False


@contextmanager
def browser(chromium: str, *, dark: bool = False) -> Iterator[Page]:
    """A page in headless Chromium; what it logs as an error is kept in page.errors."""
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = window.new_page(viewport={"width": 1280, "height": 1000})
        if dark:
            page.emulate_media(color_scheme="dark")
        try:
            yield page
        finally:
            window.close()


def wait_until(holds, seconds: float, what: str, state=lambda: "") -> None:
    """Wait until `holds()`; fail with what was waited for and what `state()` is then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s for {what} {state()}")


CELLS = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  if (!panel || !panel.content || !panel.content.model) return null;
  const cells = Array.from(panel.content.model.cells).filter(c => c.type === 'code');
  const context = panel.sessionContext, kernel = context.session?.kernel;
  return {
    busy: !context.isReady || kernel?.connectionStatus !== 'connected' || kernel.status !== 'idle',
    waiting: cells.filter(c => c.sharedModel.source.trim() && !c.executionCount).length,
    errors: cells.flatMap(c => c.outputs.toJSON())
      .filter(o => o.output_type === 'error' || o.name === 'stderr')
      .map(o => o.ename ? `${o.ename}: ${o.evalue}` : o.text),
  };
}"""


def open_notebook(page: Page, url: str, path: str) -> None:
    """Open a notebook in JupyterLab and wait for its kernel."""
    page.goto(url % f"lab/tree/{path}" + "&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    wait_until(lambda: (s := page.evaluate(CELLS)) and not s["busy"], 60, "the kernel")


def run_all(page: Page, seconds: float = 120) -> list[str]:
    """Run all cells through the menu, as a reader does; return errors and stderr lines."""
    page.click("li.lm-MenuBar-item >> text=Run")
    page.click("text=Run All Cells")
    dismiss = page.locator("dialog button:has-text('Restart')")
    assert dismiss.count() == 0
    wait_until(
        lambda: (s := page.evaluate(CELLS)) and not s["busy"] and not s["waiting"],
        seconds,
        "all cells to run",
        lambda: page.evaluate(CELLS),
    )
    return page.evaluate(CELLS)["errors"]
