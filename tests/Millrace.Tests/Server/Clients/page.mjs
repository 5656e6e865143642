// The page in a browser, as a person uses it: reports what is seen.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [, , modules, address, browserPath, axePath] = process.argv;
const { chromium } = createRequire(modules + "/")("playwright-core");
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, colorScheme: "light" });
const page = await context.newPage();
const seen = { errors: [], foreign: [] };
page.on("pageerror", error => seen.errors.push(error.message));
page.on("console", message => message.type() === "error" && seen.errors.push(message.text()));
page.on("request", request => new URL(request.url()).origin === new URL(address).origin || seen.foreign.push(request.url()));

/** Rules that the page breaks for people who cannot see or cannot use a mouse. */
async function violations() {
  await page.evaluate(readFileSync(axePath, "utf8"));
  const result = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }));
  return result.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.html.slice(0, 80)).join(" | ")}`);
}

const text = selector => page.locator(selector).innerText();
const answers = page.locator("li.assistant:not(.waiting)");

// By keyboard alone: the cursor stands in the message, Enter asks.
await page.goto(address);
await page.waitForFunction(() => document.getElementById("model").value);
seen.model = await page.inputValue("#model");
seen.focus = await page.evaluate(() => document.activeElement.id);
await page.click("#settings-toggle");
await page.fill("#temperature", "0");
await page.keyboard.press("Escape");
await page.focus("#text");
await page.keyboard.type("Once upon");
await page.keyboard.press("Shift+Enter");
await page.keyboard.press("Backspace");
await page.keyboard.press("Enter");
await answers.nth(0).waitFor();
seen.asked = await text("li.user");
seen.answer = await text("li.assistant .body");
seen.foot = await text("li.assistant .foot");
await page.click("summary");
seen.receipt = await text("li.assistant .receipt");

// Settings count, and are kept over a reload, as the conversation is.
await page.click("#settings-toggle");
await page.fill("#max_tokens", "3");
await page.keyboard.press("Tab");
await page.keyboard.press("Escape");
seen.settingsClosed = await page.locator("#settings").isHidden();
await page.click("text=Regenerate");
await page.waitForFunction(() => document.querySelector("li.assistant:not(.waiting) .foot")?.innerText.includes("cut at the token limit"));
seen.short = await text("li.assistant .body");
await page.reload();
await answers.nth(0).waitFor();
seen.kept = [await text("li.user"), await text("li.assistant .body"), await page.inputValue("#max_tokens")];
seen.chatViolations = await violations();

// Esc stops an answer that would go on.
await page.click("#settings-toggle");
await page.fill("#max_tokens", "");
await page.fill("#temperature", "2");
await page.click("#fresh");
await page.route("**/v1/chat/completions", async route => {
  const body = JSON.parse(route.request().postData());
  await route.continue({ postData: JSON.stringify({ ...body, ignore_eos: true, max_tokens: 450 }) });
});
const network = await context.newCDPSession(page);
await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: 4000, uploadThroughput: -1 }); // or it would be over at once
await page.fill("#text", "The");
await page.keyboard.press("Enter");
await page.waitForFunction(() => document.querySelector("li.assistant.waiting .body")?.innerText.length > 20);
await page.keyboard.press("Escape");
await page.waitForFunction(() => document.querySelector("li.assistant:not(.waiting) .foot")?.innerText.includes("stopped"));
seen.stopped = await text("li.assistant .foot");
await page.unroute("**/v1/chat/completions");
await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });

// What a model writes is text, whatever it looks like.
await page.evaluate(async () => {
  const { render } = await import("/markdown.js");
  const probe = document.createElement("div");
  probe.append(render("# Head\n\n**bold** <img src=x onerror=alert(1)> [x](javascript:alert(1)) `a<b`\n\n```js\n<script>\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n  - two"));
  window.probe = probe;
});
seen.markdown = await page.evaluate(() => window.probe.innerHTML.replace(/<button.*?<\/button>/g, ""));

// An error is said, and the next question works.
await page.fill("#text", "x ".repeat(3000));
await page.keyboard.press("Enter");
await page.waitForSelector(".error");
seen.refusal = await text(".error");

// The dashboard, light and dark.
await page.click("#to-dashboard");
await page.waitForFunction(() => document.querySelectorAll(".tile").length >= 10);
seen.tiles = await page.locator(".tile").allInnerTexts();
seen.table = await text("#models");
seen.ink = await page.evaluate(() => {
  const canvas = document.getElementById("plot-tokens");
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0);
});
seen.dashboardViolations = await violations();
const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
seen.light = await ground();
await page.click("#theme");
seen.dark = await ground();
seen.darkViolations = await violations();
await browser.close();
console.log(JSON.stringify(seen));
