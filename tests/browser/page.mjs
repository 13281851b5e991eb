// Opens a page that `recon plan -html` wrote, uses it as a person would, and prints one JSON object with what was seen.
//
//   node page.mjs '{"page": "/…/plan.html", "shots": "/…/folder", "open": "ADDRESS", "search": "TEXT", "filter": "Destroy"}'
//
// A failure to start is a sentence on stderr and exit code 1. What is right and wrong is for the test to say.

import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const wish = JSON.parse(process.argv[2]);
const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executable = process.env.CHROMIUM || candidates.find((path) => existsSync(path));
if (!executable) {
  console.error("There is no Chromium. Install it with `apt-get install --no-install-recommends chromium`, or name one in CHROMIUM.");
  process.exit(1);
}

const profile = mkdtempSync(join(tmpdir(), "recon-browser-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: executable,
  headless: true,
  viewport: { width: 1400, height: 900 },
  colorScheme: "light",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const seen = { requests: [], complaints: [] };
try {
  mkdirSync(wish.shots, { recursive: true });
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    seen.complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const shot = async (name) => {
    const path = join(wish.shots, `${name}.png`);
    const png = await page.screenshot({ path });
    return colours(page, png);
  };
  const panel = () => page.locator("#panel");
  const rows = async () => (await page.locator("#list [role=option]:visible").allTextContents()).map((text) => text.trim());
  const press = (key) => page.keyboard.press(key);

  await page.goto(pathToFileURL(wish.page).href, { waitUntil: "load" });
  seen.title = await page.title();
  seen.total = await page.locator("#total").innerText();
  const all = await rows();
  seen.rows = all.length;
  seen.first = all[0];
  seen.drawn = await page.locator("#nodes .node").count();
  seen.markup = await page.evaluate(() => document.querySelectorAll("img, iframe, link, script[src]").length);
  seen.inView = await page.evaluate(() => {
    const stage = document.getElementById("stage").getBoundingClientRect();
    return [...document.querySelectorAll("#nodes .node")].every((node) => {
      const box = node.getBoundingClientRect();
      return box.left >= stage.left - 1 && box.right <= stage.right + 1 && box.top >= stage.top - 1 && box.bottom <= stage.bottom + 1;
    });
  });
  seen.light = await shot("light");

  // Keys alone: search, open what was found, close.
  await press("/");
  await page.keyboard.type(wish.search);
  seen.found = await rows();
  await press("Enter");
  seen.openedByKeys = await panel().innerText();
  seen.focusIsSeen = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== "none");
  await press("Escape");
  seen.closedByKeys = !(await panel().isVisible());
  await press("/");
  await press("Escape");
  seen.rowsAfterSearch = (await rows()).length;
  await press("j");
  await press("j");
  await press("k");
  seen.movedTo = (await page.locator("#list [aria-selected=true]").innerText()).trim();
  await press("?");
  seen.help = await page.locator("#help").innerText();
  await press("Escape");

  // The mouse: a row, then the box in the graph, then a filter.
  await page.locator("#list [role=option]", { hasText: wish.open }).first().click();
  seen.openedByClick = await panel().innerText();
  seen.panel = await shot("panel");
  seen.contrast = await contrast(page);
  await press("Escape");
  // A box may be smaller than a pixel when all of a large graph is in view.
  await page.locator("#nodes .node", { hasText: wish.open.split(".").pop() }).first().dispatchEvent("click");
  seen.openedInGraph = await panel().innerText();
  await press("Escape");
  await page.locator("#filters button", { hasText: wish.filter }).first().click();
  seen.filtered = await rows();
  await page.locator("#filters button", { hasText: wish.filter }).first().click();

  // The wheel and a drag move the picture; `f` brings all of it back.
  const view = () => page.locator("#view").getAttribute("transform");
  const fitted = await view();
  await page.mouse.move(800, 500);
  await page.mouse.wheel(0, -400);
  const zoomed = await view();
  await page.mouse.down();
  await page.mouse.move(860, 540);
  await page.mouse.up();
  seen.moves = [fitted !== zoomed, zoomed !== (await view())];
  seen.openedByDrag = await panel().isVisible();
  seen.zoomed = await shot("zoomed");
  await press("Escape");
  await press("f");
  seen.fitsAgain = (await view()) === fitted;

  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await ground();
  await page.locator("#theme").click();
  seen.grounds = [before, await ground()];
  await page.locator("#list [role=option]", { hasText: wish.open }).first().click();
  seen.dark = await shot("dark");
  seen.contrastInDark = await contrast(page);
  await page.locator("#theme").click();
  await page.emulateMedia({ colorScheme: "dark" });
  // The page hears of a preference with the next picture that it draws.
  await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, seen.grounds[0]);
  seen.grounds.push(await ground());
  await page.emulateMedia({ colorScheme: "light" });

  // On paper everything that differs is there.
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  seen.printed = await page.locator("body").innerText();
  seen.paper = await shot("print");
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
console.log(JSON.stringify(seen));

// How many colours a picture has, looked at in the browser itself, which can read its own pictures.
async function colours(page, png) {
  const tab = await page.context().newPage();
  const count = await tab.evaluate(async (source) => {
    const picture = await createImageBitmap(await (await fetch(source)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
    return new Set(pixels).size;
  }, `data:image/png;base64,${png.toString("base64")}`);
  await tab.close();
  return count;
}

// The smallest contrast of a visible text with what is behind it, as WCAG counts it, and where that is.
async function contrast(page) {
  return page.evaluate(() => {
    const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = channels(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || colour[3] === 1) return colour;
      }
      return [255, 255, 255];
    };
    let worst = { ratio: 21, where: "" };
    const look = (element, ink, ground) => {
      const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < worst.ratio) worst = { ratio, where: `${element.tagName} ${element.className.baseVal ?? element.className} ${element.textContent.slice(0, 40)}` };
    };
    for (const element of [...document.querySelectorAll("body *")].slice(0, 6000)) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (!own || element.closest("script, style, noscript, dialog, title, .hidden") || !element.getClientRects().length) continue;
      const style = getComputedStyle(element);
      if (element instanceof SVGElement) {
        const box = element.parentElement.querySelector("rect");
        look(element, channels(style.fill), box ? channels(getComputedStyle(box).fill) : behind(document.getElementById("stage")));
      } else look(element, channels(style.color), behind(element));
    }
    return worst;
  });
}
