"""The whole road in a real browser, at phone and desktop width, light and dark; axe-core finds nothing on any page.

Screenshots are left in build/screens. axe-core is fetched from npm's registry into build/axe; without it, or without
Chromium, the test that needs it is skipped and says so."""
import base64
import json
import shutil
import subprocess
import time

import pytest
from conftest import ROOT, WRAP

import readers

webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed")
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.common.exceptions import WebDriverException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402

SCREENS = ROOT / "build" / "screens"
TOPICS = ('( { name = "DNS"; keywords = ["resolver"]; sponsor = { name = "DNIB.com"; url = "https://www.dnib.com"; }; },'
          ' { name = "Cybersecurity"; keywords = ["patch"]; sponsor = { name = "Verisign"; url = "https://www.verisign.com"; }; },'
          ' { name = "IPv4 Markets"; keywords = ["lease"]; } )')


def find_axe():
    """axe.min.js, fetched once by npm."""
    folder = ROOT / "build" / "axe"
    script = folder / "package" / "axe.min.js"
    if script.exists():
        return script.read_text()
    if shutil.which("npm") is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        packed = subprocess.run(["npm", "pack", "--silent", "axe-core@4.10.2"], cwd=folder, capture_output=True, text=True,
                                timeout=90)
    except subprocess.TimeoutExpired:
        return None
    if packed.returncode != 0:
        return None
    shutil.unpack_archive(folder / packed.stdout.strip().splitlines()[-1], folder, "gztar")
    return script.read_text() if script.exists() else None


def browser(width):
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or chromium is None:
        pytest.skip("chromium and chromium-driver are not installed")
    o = webdriver.ChromeOptions()
    o.binary_location = chromium
    for a in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
              "--lang=en", f"--window-size={width},900"):
        o.add_argument(a)
    b = webdriver.Chrome(service=Service(driver), options=o)
    b.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                      {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
    return b


class Walker:
    def __init__(self, b, name, axe):
        self.b, self.name, self.axe, self.findings, self.n = b, name, axe, [], 0
        SCREENS.mkdir(parents=True, exist_ok=True)

    def look(self, what):
        """A picture, no scrolling sideways, and what axe says."""
        self.n += 1
        b = self.b
        size = b.execute_script("return [document.documentElement.scrollWidth, document.documentElement.clientWidth,"
                                " document.documentElement.scrollHeight]")
        assert size[0] <= size[1], f"{what} scrolls sideways: {size}"
        for scheme in ("light", "dark"):
            b.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            shot = b.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {
                "x": 0, "y": 0, "width": size[1], "height": max(size[2], 600), "scale": 1}})
            (SCREENS / f"{self.name}-{self.n:02d}-{what}-{scheme}.png").write_bytes(base64.b64decode(shot["data"]))
            if not self.axe:
                continue
            # Through the debugger, which the page's policy does not hold back.
            b.execute_cdp_cmd("Runtime.evaluate", {"expression": self.axe})
            r = b.execute_cdp_cmd("Runtime.evaluate", {
                "expression": "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify("
                              "r.violations.map(v => [v.id, v.nodes.map(n => n.html).slice(0, 3)])))",
                "awaitPromise": True, "returnByValue": True})
            self.findings += [(what, scheme, f) for f in json.loads(r["result"]["value"])]

    def press(self, css):
        """Click; a button or link leads to another page, which is waited for."""
        e = self.b.find_element(By.CSS_SELECTOR, css)
        leads = e.tag_name in ("button", "a")
        self.b.execute_script("window.here = 1; arguments[0].scrollIntoView({block: 'center'})", e)
        e.click()
        until = time.time() + 20
        while leads:
            try:
                if self.b.execute_script("return !window.here && document.readyState === 'complete'"):
                    return
            except WebDriverException:
                pass
            assert time.time() < until, f"{css} led nowhere"
            time.sleep(0.05)

    def text(self):
        return self.b.find_element(By.TAG_NAME, "main").text


@pytest.mark.parametrize("width", [375, 1280], ids=["phone", "desktop"])
def test_the_whole_road_in_a_browser(pub, width):
    pub.now = None
    pages = readers.Pages(pub, WRAP, topics=TOPICS, feeds='{ name = "notes"; folder = "articles"; }',
                          publication='description = "If you find it hard to keep up daily: a convenient summary once a '
                                      'week, a quick and easy read.";',
                          serve='quote = "I make a point of reading it. Nowhere else do I find so many thoughtful people '
                                'in one place."; quote_by = "A reader of many years";')
    folder = pub.dir / "articles"
    folder.mkdir()
    for name, topic, title, text in (
            ("a", "DNS", "How a resolver decides whom to ask", "It keeps a list of name servers and times each answer. "
             "The fastest is asked most, and the others now and then."),
            ("b", "Cybersecurity", "The patch that came before the flaw was known", "A maintainer tidied an old parser on "
             "a rainy afternoon. Months later somebody found out what that had prevented."),
            ("c", "IPv4 Markets", "What a lease of a million addresses costs now", "Prices fell for the third quarter in a "
             "row. Brokers say that buyers wait for the budget of the coming year.")):
        (folder / f"{name}.md").write_text(f"---\ntitle: {title}\ntopic: {topic}\n---\n\n{text}\n")
    axe = find_axe()
    b = None
    try:
        b = browser(width)
        w = Walker(b, str(width), axe)
        pub.run("subscribe", "first@example.net", "--confirmed", "--why", "test")
        pub.run("run")
        key = pages.sql("SELECT key FROM edition")[0][0]
        # Sign up for two topics of three.
        b.get(pages.base + "/")
        w.look("signup")
        b.find_element(By.ID, "email").send_keys("anna@example.net")
        b.find_element(By.ID, "name").send_keys("Anna")
        w.press("input[value='Cybersecurity']")
        time.sleep(2.1)
        w.press("button[type=submit]")
        assert "Check your mail" in w.text()
        w.look("sent")
        # Read the mail, follow its link, press the button.
        b.get(pages.link(pages.letters(to="anna@example.net")[0], "confirm"))
        w.look("confirm")
        w.press("button[name=confirm]")
        assert "You are on the list" in w.text()
        w.look("confirmed")
        # Choose again.
        w.press("main a.button")
        w.look("choose")
        assert not b.find_element(By.CSS_SELECTOR, "input[value='Cybersecurity']").is_selected()
        w.press("input[value='IPv4 Markets']")
        w.press("button[name=save]")
        assert "Saved" in w.text()
        w.look("saved")
        # An edition with that topic only.
        assert pages.sql("SELECT topics FROM subscriber WHERE name = 'Anna'") == [("DNS",)]
        eml = pub.run("preview", key, "--for", "anna@example.net", "--text", "-").stdout
        assert "resolver decides" in eml and "patch that came" not in eml and "a million addresses" not in eml
        first = pages.letters(to="first@example.net")[0].get_body(("plain",)).get_content()
        assert "patch that came" in first and "a million addresses" in first
        # The next week's comes by mail, and has nothing else in it.
        (folder / "d.md").write_text("---\ntitle: Zones grow slower than last year\ntopic: DNS\n---\n\nCounts fell again in "
                                     "every registry. Nobody knows yet whether the trend will last until spring.\n")
        (folder / "e.md").write_text("---\ntitle: Seven locks for one door\ntopic: Cybersecurity\n---\n\nA bank counted the "
                                     "keys that open its vault. Two of them had been lost for years.\n")
        pub.run("--now", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 8 * 86400)), "run")
        second = pages.letters(to="anna@example.net", n=3)[2].get_body(("plain",)).get_content()
        assert "Zones grow" in second and "Seven locks" not in second
        # Look back.
        b.get(pages.base + "/archive")
        w.look("archive")
        w.press(".editions a")
        assert "Zones grow" in b.find_element(By.TAG_NAME, "body").text
        w.look("edition")
        # Leave, take it back, leave, and see what is kept.
        welcome = pages.letters(to="anna@example.net", n=2)[1]
        b.get(pages.link(welcome, "leave"))
        w.look("leave")
        w.press("button[name=leave]")
        assert "You have left" in w.text() and pages.state("anna@example.net") == "unsubscribed"
        w.look("left")
        w.press("button[name=back]")
        assert pages.state("anna@example.net") == "active"
        b.get(pages.link(welcome, "choose"))
        w.press("button[name=data]")
        b.get(pages.link(pages.letters(to="anna@example.net", n=4)[3], "data"))
        assert "anna@example.net" in w.text()
        w.look("data")
        b.get(pages.base + "/leave/nothing")
        assert "no such page" in w.text()
        w.look("missing")
        # Leave for good, and come back by the front door.
        b.get(pages.link(welcome, "leave"))
        w.press("button[name=leave]")
        b.get(pages.base + "/")
        b.find_element(By.ID, "email").send_keys("anna@example.net")
        time.sleep(2.1)
        w.press("button[type=submit]")
        assert "Check your mail" in w.text()
        if axe:
            assert w.findings == []
    finally:
        if b is not None:
            b.quit()
        pages.stop()
    if not axe:
        pytest.skip("the road was walked; axe-core could not be fetched from npm's registry")
