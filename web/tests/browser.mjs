// Chromium for the tests: pages that fail on script errors, screenshots, and axe.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './server.mjs';

const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const shots = process.env.KEMUDI_SCREENSHOTS ?? join(root, 'build/screenshots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const haveBrowser = () => existsSync(chromiumPath);

export async function launch() {
  mkdirSync(shots, { recursive: true });
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--no-first-run',
    ],
  });
}

/** A fresh page; `page.troubles` collects script errors, console errors and refused content. */
export async function open(browser, url, path, { theme = 'light', width = 1360, height = 900, ...more } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    acceptDownloads: true,
    ...more,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  page.troubles = [];
  page.on('pageerror', (error) => page.troubles.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') page.troubles.push(`console: ${message.text()}`);
  });
  await page.goto(url + path);
  await page.locator('h1, .empty h2').first().waitFor();
  return page;
}

/** Waits until nothing on the page is still being loaded or drawn. */
export async function settled(page) {
  await page.waitForFunction(
    () =>
      !document.querySelector('.loading') &&
      ![...document.querySelectorAll('.chart')].some((chart) => !chart.classList.contains('ready')) &&
      !document.querySelector('[aria-busy="true"]'),
    undefined,
    { timeout: 30000 },
  );
  await page.waitForTimeout(250);
}

export async function shoot(page, name, fullPage = true) {
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

/** Serious and critical findings of axe, as readable lines. */
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    // eslint-disable-next-line no-undef
    axe.run(document, { resultTypes: ['violations'] }),
  );
  return found.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.help}\n  ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} ${n.failureSummary}`).join('\n  ')}`);
}
