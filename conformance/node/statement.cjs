// Opens pages of package statement in Chromium, and prints as JSON what is seen: node node/statement.cjs PAGE.html… CHROMIUM names the browser. If
// SCREENSHOTS names a directory, pictures of the pages and their prints on A4 are left there.
'use strict';

const { basename, join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { inflateSync } = require('node:zlib');
const axe = require('axe-core');
const { chromium } = require('playwright-core');

const screenshots = process.env.SCREENSHOTS;
const widths = [360, 800, 1400];

// tables reads all tables as a reader sees them: the texts of their cells.
function tables() {
  const texts = (cells) => [...cells].map((cell) => cell.textContent.trim());
  return [...document.querySelectorAll('table')].map((table) => ({
    caption: table.caption.textContent,
    heads: texts(table.tHead.rows[0].cells),
    rows: [...table.tBodies[0].rows].map((row) => texts(row.cells)),
  }));
}

// tooWide is by how much the page is wider than the window, and what is cut off outside of the regions that scroll.
function tooWide() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const cut = [...document.querySelectorAll('body :not([role=region] *)')].filter((element) => {
    const { right, width } = element.getBoundingClientRect();
    return width > 1 && right > clientWidth + 0.5;
  });
  return { pixels: scrollWidth - clientWidth, cut: cut.map((element) => element.outerHTML.slice(0, 80)) };
}

// isFinding leaves out cells of a single character, whose contrast axe doesn't judge. Longer ones look the same.
function isFinding(node) {
  return !node.any.some((check) => check.id === 'color-contrast' && check.data?.messageKey === 'shortTextContent');
}

// sheets are the pages of a PDF of Chromium's: how large each is, and how many characters are on it.
function sheets(pdf) {
  const text = pdf.toString('latin1');
  const object = (id) => text.indexOf(`\n${id} 0 obj`);
  const content = (id) => {
    const head = text.slice(object(id)).match(/\/Length (\d+)[^]*?stream\r?\n/);
    const start = object(id) + head.index + head[0].length;
    return inflateSync(pdf.subarray(start, start + Number(head[1]))).toString('latin1');
  };
  return [...text.matchAll(/\n\d+ 0 obj\s*<<\/Type \/Page\s[^]*?endobj/g)].map(([page]) => ({
    box: page.match(/\/MediaBox \[([^\]]*)\]/)[1],
    characters: [...content(page.match(/\/Contents (\d+) 0 R/)[1]).matchAll(/<([0-9A-F]+)>/gi)].reduce((sum, glyphs) => sum + glyphs[1].length / 4, 0),
  }));
}

async function look(browser, file) {
  const url = pathToFileURL(resolve(file)).href;
  const name = basename(file, '.html');
  const seen = { file, requests: [], messages: [], wide: {}, findings: {} };
  const open = async (options) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.on('request', (request) => seen.requests.push(request.url()));
    page.on('console', (message) => seen.messages.push(message.text()));
    page.on('pageerror', (error) => seen.messages.push(String(error)));
    await page.goto(url);
    return page;
  };
  const picture = async (page, suffix) => {
    if (!screenshots) return;
    const { width } = page.viewportSize();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.screenshot({ path: join(screenshots, `${name}-${suffix}.png`), fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, 3 * 1400) } });
  };

  const still = await open({ javaScriptEnabled: false, viewport: { width: widths[0], height: 800 } });
  seen.title = await still.title();
  seen.tables = await still.evaluate(tables);
  for (const width of widths) {
    await still.setViewportSize({ width, height: 800 });
    seen.wide[width] = await still.evaluate(tooWide);
    await picture(still, width);
  }
  const print = await still.pdf({ format: 'A4', path: screenshots && join(screenshots, `${name}.pdf`) });
  seen.sheets = sheets(print);
  await still.context().close();

  for (const colorScheme of ['light', 'dark']) {
    // What is scrolled out of sight can't be checked, so the window is wide enough for all tables. Rows are alike, so those after the fortieth of
    // a table, of which a year has a thousand, are left out.
    const page = await open({ colorScheme, viewport: { width: 4000, height: 1200 } });
    await page.evaluate(() => {
      document.body.style.maxWidth = 'none';
      document.querySelectorAll('tr:nth-child(n+40)').forEach((row) => row.remove());
    });
    await page.evaluate(axe.source);
    const result = await page.evaluate(() => axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
    seen.findings[colorScheme] = [...result.violations, ...result.incomplete].flatMap((rule) => rule.nodes.filter(isFinding).map((node) => `${rule.id}: ${node.html}: ${node.failureSummary}`));
    seen.checked = result.passes.length;
    if (colorScheme === 'dark') {
      await page.setViewportSize({ width: 800, height: 800 });
      await picture(page, 'dark');
    }
    await page.context().close();
  }
  return seen;
}

async function main(files) {
  // Chromium's sandbox doesn't start for root.
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, chromiumSandbox: process.getuid() !== 0 });
  const seen = [];
  for (const file of files) seen.push(await look(browser, file));
  await browser.close();
  process.stdout.write(JSON.stringify(seen));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
