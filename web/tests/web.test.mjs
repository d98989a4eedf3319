// The web app in a real browser against a real server: `npm test` in web/.
// Needs Chromium and either KEMUDI_URL or a built kemudi (KEMUDI, build/release, build/dev).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { haveBrowser, launch, open, settled, shoot, violations } from './browser.mjs';
import { customers } from './customers.mjs';
import { returns } from './returns.mjs';
import { program, serve } from './server.mjs';

const missing = !haveBrowser()
  ? 'Chromium is not installed'
  : !process.env.KEMUDI_URL && !program()
    ? 'kemudi is not built'
    : '';
const options = missing ? { skip: missing } : {};

let server;
let browser;
before(async () => {
  if (missing) return;
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens a page, hands it to `body`, and fails when the page had script errors. */
function onPage(name, path, how, body) {
  test(name, options, async () => {
    const page = await open(browser, server.url, path, how);
    try {
      await body(page);
      assert.deepEqual(page.troubles, []);
    } catch (error) {
      await shoot(page, `failed-${name.replace(/\W+/g, '-')}`).catch(() => undefined);
      throw error;
    } finally {
      await page.context().close();
    }
  });
}

const title = (page) => page.locator('h1').innerText();
const api = async (path) => (await fetch(`${server.url}/api/v1${path}`)).json();

/** What a reader sees must not hold ids of runs, uploads or columns. */
async function noRawIds(page, ids) {
  const text = await page.locator('main').innerText();
  for (const id of ids) assert.ok(!text.includes(id), `the page shows the raw id ${id}`);
  assert.ok(!/\b(undefined|NaN|\[object)/.test(text), 'the page shows undefined, NaN or an object');
}

/* ---- the shell -------------------------------------------------------------------------- */

onPage('the start page shows the sales of the bank and the areas', '/', {}, async (page) => {
  await page.waitForURL(/sales\/overview/);
  await settled(page);
  assert.equal(await title(page), 'Sales overview');
  const links = await page.locator('nav a').allInnerTexts();
  for (const name of ['Sales overview', 'Demand forecast', 'Data bank', 'Import files', 'Runs']) {
    assert.ok(links.includes(name), `${name} is not in the sidebar: ${links.join(', ')}`);
  }
  assert.equal(await page.locator('nav a[aria-current="page"]').innerText(), 'Sales overview');
});

onPage('every analysis of the registry is in the sidebar', '/data', {}, async (page) => {
  const { items } = await api('/analyses');
  for (const { title: name } of items) assert.equal(await page.locator('nav a', { hasText: name }).count(), 1, name);
});

onPage('keys: g and a letter go, ? lists, Esc closes, t changes the colours', '/data', {}, async (page) => {
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL(/\/runs$/);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await shoot(page, 'keys', false);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const before = await page.locator('html').getAttribute('data-theme');
  await page.keyboard.press('t');
  assert.notEqual(await page.locator('html').getAttribute('data-theme'), before);
  await page.reload();
  assert.notEqual(await page.locator('html').getAttribute('data-theme'), before, 'the choice is remembered');
});

onPage('keys: the skip link comes first and leads to the content', '/data', {}, async (page) => {
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

onPage('keys: every control shows where the focus is', '/data', {}, async (page) => {
  await settled(page);
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    });
    assert.ok(seen, `no outline at step ${i + 1}`);
  }
});

onPage('palette: Ctrl+K finds analyses, data and pages and opens them', '/data', {}, async (page) => {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search everything' }).fill('demand forec');
  await page.getByRole('option', { name: /Demand forecast/ }).first().waitFor();
  await shoot(page, 'palette', false);
  await page.keyboard.press('Enter');
  await page.waitForURL(/demand\/forecast/);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search everything' }).fill('no such thing at all');
  await page.getByText('Nothing found').waitFor();
});

onPage('an unknown address says so', '/no/such/place', {}, async (page) => {
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
});

test('the pages keep to a strict content security policy', options, async () => {
  const policy = (await fetch(`${server.url}/`)).headers.get('content-security-policy') ?? '';
  assert.match(policy, /script-src 'self'/);
  const scripts = policy.split(';').find((part) => part.trim().startsWith('script-src')) ?? '';
  assert.ok(!/unsafe|\*|https?:/.test(scripts), scripts);
});

/* ---- sales ----------------------------------------------------------------------------------- */

onPage('sales: figures with units and changes, charts and their tables', '/sales/overview', {}, async (page) => {
  await page.locator('.figures').waitFor({ timeout: 60000 });
  await settled(page);
  const revenue = page.locator('.figure', { hasText: 'Revenue' }).first();
  assert.match(await revenue.locator('.value').innerText(), /^\D{0,4}[\d,.]+[mk]?$/);
  assert.match(await revenue.innerText(), /[+−]\d[\d,.]*%/);
  const charts = page.locator('.chart');
  assert.ok((await charts.count()) >= 5, `${await charts.count()} charts`);
  for (const label of await charts.evaluateAll((all) => all.map((c) => c.getAttribute('aria-label')))) {
    assert.match(label, /^(Line|Bar|Waterfall|Cumulative|Heat)/);
  }
  await shoot(page, 'sales');
  await page.getByRole('button', { name: 'Show “Revenue over time” as a table' }).click();
  const table = page.getByRole('region', { name: 'Revenue over time' }).locator('table');
  await table.waitFor();
  assert.ok((await table.locator('tbody tr').count()) >= 3);
  await noRawIds(page, (await api('/runs')).items.map((run) => run.id));
});

onPage('sales: the drivers can be compared against another window', '/sales/overview', {}, async (page) => {
  const card = page.getByRole('region', { name: 'What drove the change' });
  await card.locator('.chart.ready').waitFor({ timeout: 60000 });
  const before = await card.locator('.chart').getAttribute('aria-label');
  await card.locator('label:not(.now)').first().click();
  await page.waitForFunction(
    (old) => document.querySelector('[aria-label="What drove the change"] .chart')?.getAttribute('aria-label') !== old,
    before,
  );
});

onPage('sales: data, picture and vector downloads', '/sales/overview', {}, async (page) => {
  const card = page.getByRole('region', { name: 'Revenue over time' });
  await card.locator('.chart.ready').waitFor({ timeout: 60000 });
  for (const [name, begins] of [['Data (CSV)', 'period'], ['Picture (SVG)', '<svg'], ['Picture (PNG)', '\x89PNG']]) {
    await card.locator('summary').click();
    const [download] = await Promise.all([page.waitForEvent('download'), card.getByText(name).click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    assert.ok(bytes.length > 200, `${name}: ${bytes.length} bytes`);
    assert.ok(bytes.toString('latin1').includes(begins), `${name} begins with ${bytes.subarray(0, 20)}`);
  }
});

onPage('sales: other settings give a new run with its own address', '/sales/overview', {}, async (page) => {
  await page.locator('.figures').waitFor({ timeout: 60000 });
  const before = (await api('/runs?analysis=sales.overview')).items.length;
  const address = page.url();
  await page.getByLabel('Length').selectOption({ index: 0 });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForURL((url) => url.href !== address && url.searchParams.has('run'));
  await page.waitForFunction(() => !document.querySelector('.live') && !document.querySelector('[aria-busy="true"]'));
  const runs = (await api('/runs?analysis=sales.overview')).items;
  assert.equal(runs.length, before + 1);
  assert.ok(page.url().includes(runs[0].id), 'the newest run stands in the address');
  await page.goto(page.url());
  await page.locator('.figures').waitFor();
  assert.equal(await page.getByLabel('Length').inputValue(), runs[0].params.window);
  await page.getByRole('region', { name: 'Where this result comes from' }).getByText('Random seed').waitFor();
});

/* ---- demand ----------------------------------------------------------------------------------- */

onPage('demand: history, forecast with bands, model and table of a series', '/demand/forecast', {}, async (page) => {
  await page.locator('.chart.ready').first().waitFor({ timeout: 90000 });
  await settled(page);
  assert.match(await page.locator('.chart').first().getAttribute('aria-label'), /^Line chart: Past and forecast/);
  await page.getByText('model and accuracy').first().waitFor();
  await shoot(page, 'demand');
  await noRawIds(page, (await api('/runs')).items.map((run) => run.id));
});

onPage('demand: another series can be chosen from the list', '/demand/forecast', {}, async (page) => {
  await page.locator('.chart.ready').first().waitFor({ timeout: 90000 });
  await settled(page);
  const before = await page.locator('.chart').first().getAttribute('aria-label');
  const rows = page.getByRole('region', { name: 'Models', exact: true }).locator('button.choose');
  await rows.nth((await rows.count()) - 1).click();
  await page.waitForURL(/pick\.series=/);
  await page.waitForFunction((old) => document.querySelector('.chart')?.getAttribute('aria-label') !== old, before);
});

onPage('demand: a run without scenarios shows none, and months have names', '/demand/forecast', {}, async (page) => {
  await page.locator('.chart.ready').first().waitFor({ timeout: 90000 });
  await settled(page);
  assert.equal(await page.getByRole('region', { name: 'Scenarios side by side' }).count(), 0);
  assert.equal(await page.getByText('Not found').count(), 0);
  await page.getByLabel('Period', { exact: true }).selectOption('month');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForURL(/run=/);
  const dates = page.getByRole('region', { name: 'Forecast', exact: true }).locator('tbody tr td:first-child');
  await dates.getByText(/^[A-Z][a-z]+ \d{4}$/).first().waitFor({ timeout: 30000 });
});

onPage('demand: how accurate it was, in words and units', '/demand/backtest', {}, async (page) => {
  const methods = page.getByRole('region', { name: 'Each method on this series' }).last();
  await methods.getByText('The usual choice').waitFor({ timeout: 90000 });
  await methods.getByText('Repeating the past').waitFor();
  assert.match(await methods.locator('th', { hasText: 'Mean error' }).innerText(), /units/);
  const all = page.getByRole('region', { name: 'Each method over all series' }).last();
  assert.equal(await all.locator('button.choose').count(), 0, 'a number of series is no series');
});

onPage('demand: without a kept forecast there is a way to keep one', '/demand/vintages', {}, async (page) => {
  await page.getByText('No forecast has been kept yet').waitFor({ timeout: 90000 });
  assert.equal(await page.getByRole('link', { name: 'To the planner' }).getAttribute('href'), '/demand');
});

onPage('demand: a number out of range is refused in words before anything runs', '/demand/forecast', {}, async (page) => {
  await page.getByLabel('How far').fill('0');
  await page.getByText('Enter 1 or more.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled());
  await page.getByLabel('How far').fill('many');
  await page.getByText('Enter a number.').waitFor();
});

/* ---- the planner --------------------------------------------------------------------------------- */

onPage('planner: the largest products, one of them drawn; found by a part of its name', '/demand', {}, async (page) => {
  await page.locator('.chart.ready').waitFor({ timeout: 90000 });
  await settled(page);
  assert.equal(await title(page), 'Demand planner');
  const names = page.locator('.finder .name');
  const all = await names.count();
  assert.ok(all > 5);
  const one = await names.nth(3).innerText();
  await page.getByRole('searchbox', { name: 'Find by name' }).fill(one.slice(0, 4).toLowerCase());
  await page.waitForURL(/find=/);
  await page.locator('.finder .name', { hasText: one }).first().click();
  await page.locator('h2', { hasText: one }).waitFor();
  await shoot(page, 'planner');
  await noRawIds(page, (await api('/runs')).items.map((run) => run.id));
});

onPage('planner: another order and another level', '/demand', {}, async (page) => {
  await page.locator('.chart.ready').waitFor({ timeout: 90000 });
  await page.getByLabel('First').selectOption({ label: 'By name' });
  await page.waitForFunction(() => {
    const names = [...document.querySelectorAll('.finder .name')].map((n) => n.textContent ?? '');
    return names.length > 2 && names.every((n, i) => i === 0 || (names[i - 1] ?? '') <= n);
  });
  await page.getByLabel('A forecast for each').selectOption({ label: 'All sales together' });
  await page.locator('.finder .name', { hasText: 'Total' }).waitFor({ timeout: 90000 });
  await page.locator('.chart.ready').waitFor();
});

onPage('planner: a number of one’s own needs a reason and can be taken back', '/demand', {}, async (page) => {
  await page.locator('input.own').first().waitFor({ timeout: 90000 });
  const series = await page.locator('.product h2').innerText();
  const stored = async () => (await api(`/facts/forecast_override/rows?filter.series=${encodeURIComponent(series)}`)).rows.length;
  assert.equal(await stored(), 0);
  await page.locator('input.own').first().fill('much');
  const save = page.locator('form.save button').first();
  assert.ok(await save.isDisabled());
  await page.locator('input.own').first().fill('1,234');
  assert.ok(await save.isDisabled());
  await page.getByLabel('What do you know').fill('A new customer');
  await page.getByLabel('Your name').fill('Rina');
  await save.click();
  await page.getByText('A new customer (Rina').waitFor();
  assert.equal(await stored(), 1);
  await page.getByText('With your numbers').waitFor();
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByText('A new customer (Rina').waitFor({ state: 'hidden' });
  assert.equal(await stored(), 0);
});

onPage('planner: a forecast is kept once', '/demand', {}, async (page) => {
  await page.locator('.chart.ready').waitFor({ timeout: 90000 });
  const keep = page.getByRole('button', { name: 'Keep this forecast' });
  await keep.click();
  await page.getByText('The forecast is kept.').waitFor();
  await keep.click();
  await page.getByText('in the data bank already').waitFor();
});

/* ---- customers ---------------------------------------------------------------------------------- */

customers({ onPage, title, api, noRawIds });
returns({ onPage, title, api, noRawIds });

/* ---- lists of customers ------------------------------------------------------------------------ */

onPage('lists: narrowed, and exported without those who may not be contacted', '/customers/lists?list=value', {}, async (page) => {
  const start = page.getByRole('button', { name: 'Work it out now' });
  const sums = page.locator('.sums dd');
  await start.or(sums.first()).first().waitFor({ timeout: 30000 });
  if (await start.count()) await start.click();
  await page.getByText('left out of the file').waitFor({ timeout: 90000 });
  await settled(page);
  const exported = async () => {
    const link = page.getByRole('link', { name: /^Export/ });
    const rows = (await (await fetch(server.url + (await link.getAttribute('href')))).text()).trim().split('\n');
    assert.equal(Number((await link.innerText()).replace(/\D/g, '')), rows.length - 1);
    const at = rows[0].split(',').indexOf('contact_allowed');
    return rows.slice(1).map((row) => row.split(',')[at]);
  };
  const some = await exported();
  assert.ok(some.length > 0 && some.every((allowed) => allowed === 'true'), [...new Set(some)].join());
  await page.getByLabel(/without consent/).check();
  assert.ok((await exported()).length > some.length);
  const all = await sums.first().innerText();
  await page.locator('.asks .field', { hasText: /^Segment/ }).locator('select').selectOption({ index: 1 });
  await page.waitForFunction((old) => document.querySelector('.sums dd')?.textContent !== old, all);
  await shoot(page, 'lists');
  assert.deepEqual(await violations(page), []);
  await noRawIds(page, (await api('/runs')).items.map((run) => run.id));
});

/* ---- any analysis ---------------------------------------------------------------------------------- */

/** An analysis the app has never heard of, told to the page as the server would tell it. */
const stranger = {
  id: 'service.hours', version: '3', title: 'Opening hours', area: 'Service', question: 'When do people come?',
  summary: 'Counts visits by weekday and hour.', readme: '', example: null,
  inputs: [{ name: 'visit', meaning: 'Visits.', optional: false, from_bank: false, columns: [
    { name: 'time', type: 'timestamp', unit: '', required: true, label: 'Time', meaning: 'When.' }] }],
  params: [
    { name: 'least', type: 'int', unit: 'count', min: 1, max: 50, default: '5', choices: [], label: 'Least visits', help: 'Fewer are left out.', advanced: false },
    { name: 'level', type: 'real', unit: 'share', min: 0.5, max: 0.99, default: '0.9', choices: [], label: 'Coverage', help: 'Of the interval.', advanced: true },
    { name: 'weekend', type: 'bool', unit: '', min: null, max: null, default: 'true', choices: [], label: 'With weekends', help: 'Saturday and Sunday too.', advanced: false },
    { name: 'from', type: 'date', unit: '', min: null, max: null, default: null, choices: [], label: 'From', help: 'First day.', advanced: true }],
  outputs: [{ name: 'hours', meaning: 'Visits by weekday and hour.', optional: false, from_bank: false, columns: [
    { name: 'day', type: 'text', unit: '', required: true, label: 'Weekday', meaning: '' },
    { name: 'hour', type: 'text', unit: '', required: true, label: 'Hour', meaning: '' },
    { name: 'visits', type: 'double', unit: 'count', required: true, label: 'Visits', meaning: '' }] }],
  views: [{ name: 'hours', title: 'Visits by hour', kind: 'heatmap', table: 'hours', x: 'hour', y: 'visits', series: 'day' }],
  assumptions: ['A visit is counted once.'], sources: [{ citation: 'A Book (2001).', where: 'chapter 2' }],
};

const hours = ['Mon', 'Tue', 'Wed'].flatMap((day, i) => [9, 10, 11].map((hour, j) => [day, `${hour}:00`, 12 + i * 7 + j * 3]));

function visit(state, more = {}) {
  return {
    id: 'rstranger', analysis: stranger.id, version: '3', program: '0.1.0', state, params: { least: '5', level: '0.9', weekend: 'true' },
    seed: 1, input_hash: null, output_hash: null, as_of: null, started: '2026-11-23T10:00:00Z', ended: null, seconds: 1, cpu_seconds: 1,
    peak_bytes: 1000000, progress: 0.4, doing: 'counting', actor: 'web', again_of: null, failure: null,
    remarks: [{ severity: 'warn', check: 'length', text: 'Only three weekdays have visits.' }], inputs: [], outputs: [{ name: 'hours', rows: 9 }], ...more,
  };
}

/** Answers for the stranger; everything else goes to the real server. */
async function introduce(page, ending) {
  const json = (route, body) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) });
  await page.route('**/api/v1/analyses', async (route) => {
    const known = await (await route.fetch()).json();
    await json(route, { items: [...known.items, stranger], next: null });
  });
  await page.route('**/api/v1/runs?analysis=service.hours*', (route) => json(route, { items: [], next: null }));
  await page.route('**/api/v1/runs', (route) => json(route, visit('queued')));
  await page.route('**/api/v1/runs/rstranger', (route) => json(route, ending));
  await page.route('**/api/v1/runs/rstranger/events', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `event: run\ndata: ${JSON.stringify(visit('running'))}\n\nevent: run\ndata: ${JSON.stringify(ending)}\n\n` }));
  await page.route('**/api/v1/runs/rstranger/tables/**', (route) =>
    json(route, { name: 'hours', columns: stranger.outputs[0].columns, rows: hours, total: hours.length, next: null }));
}

async function runStranger(page) {
  await page.getByLabel('File for “Visit”').setInputFiles({ name: 'visits.csv', mimeType: 'text/csv', buffer: Buffer.from('time\n2026-01-01\n') });
  await page.waitForFunction(() => !document.querySelector('form button[type=submit]').disabled);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
}

onPage('a new analysis gets its area, form, run and charts by itself', '/data', {}, async (page) => {
  await introduce(page, visit('done', { progress: 1, ended: '2026-11-23T10:00:01Z' }));
  await page.reload();
  await page.getByRole('link', { name: 'Opening hours' }).click();
  await page.getByRole('heading', { name: 'Opening hours', level: 1 }).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled(), 'it needs a file first');
  assert.equal(await page.getByLabel('Least visits').inputValue(), '5');
  await page.getByText('Fewer are left out. (1 to 50)').waitFor();
  assert.ok(await page.getByLabel('With weekends').isChecked());
  assert.ok(!(await page.getByLabel('Coverage').isVisible()), 'further settings are folded away');
  await page.getByText('More settings').click();
  assert.equal(await page.getByLabel('Coverage').inputValue(), '90');
  await page.getByLabel('Coverage').fill('200');
  await page.getByText('Enter 99 or less.').waitFor();
  await page.getByLabel('Coverage').fill('95');
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/runs'));
  await runStranger(page);
  const { params, inputs } = (await asked).postDataJSON();
  assert.deepEqual(params, { least: 5, level: 0.95, weekend: true });
  assert.deepEqual(Object.keys(inputs), ['visit']);
  await page.getByText('Only three weekdays have visits.').waitFor();
  await page.locator('.chart.ready').waitFor();
  assert.match(await page.locator('.chart').getAttribute('aria-label'), /^Heat map: Visits by hour\. 3 rows, 3 columns/);
  await settled(page);
  await shoot(page, 'generic');
  assert.deepEqual(await violations(page), []);
  await noRawIds(page, ['rstranger', 'service.hours']);
});

onPage('a run that fails says why, in words', '/data', {}, async (page) => {
  await introduce(page, visit('failed', { failure: { code: 'BAD_DATA', message: 'the file has no column time', where: 'visits.csv, line 1' } }));
  await page.reload();
  await page.getByRole('link', { name: 'Opening hours' }).click();
  await runStranger(page);
  const alert = page.getByRole('alert');
  await alert.getByText('The file has no column time').waitFor();
  await alert.getByText('visits.csv, line 1').waitFor();
  await shoot(page, 'generic-failed');
});

onPage('when the server is gone the page says so and tries again', '/runs', {}, async (page) => {
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.reload();
  await page.getByText('Kemudi does not answer').waitFor();
  await shoot(page, 'unreachable', false);
  await page.unroute('**/api/v1/**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
  page.troubles = page.troubles.filter((line) => !line.includes('ERR_FAILED'));
});

/* ---- data -------------------------------------------------------------------------------------- */

const orders = [
  'date,order,customer,product,quantity,amount',
  '2026-03-02,W-1,C1,WEBTEST,2,20.00',
  '2026-03-03,W-2,C2,WEBTEST,1,10.00',
  '2026-02-31,W-3,C2,WEBTEST,1,10.00',
  '2026-03-04,W-4,,WEBTEST,three,10.00',
  '2026-03-05,W-5,C3,WEBTEST,-1,-10.00',
].join('\n');

onPage('data: import with mapping, check, refused rows, import and undo', '/data/import?fact=sale', {}, async (page) => {
  const rowsBefore = (await api('/facts/sale')).rows;
  await page.locator('input[type=file]').setInputFiles({ name: 'web-orders.csv', mimeType: 'text/csv', buffer: Buffer.from(orders) });
  await page.getByText('Ready').waitFor();
  await shoot(page, 'import-1-files');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Which column is what' }).waitFor();
  await settled(page);
  assert.equal(await page.getByLabel('Column of the file: Quantity').inputValue(), 'quantity');
  assert.equal(await page.getByLabel('Column of the file: Customer').inputValue(), 'customer');
  await shoot(page, 'import-2-reading');
  await page.getByLabel('Columns separated by').selectOption(';');
  await page.waitForFunction(() => document.querySelectorAll('.preview th').length === 1);
  await page.getByLabel('Columns separated by').selectOption('');
  await page.waitForFunction(() => document.querySelectorAll('.preview th').length === 6);
  await page.getByRole('button', { name: 'Check without importing' }).click();
  await page.getByRole('heading', { name: 'Refused rows' }).waitFor();
  const refused = page.getByRole('region', { name: 'Refused rows' }).locator('tbody tr');
  assert.equal(await refused.count(), 2);
  assert.match(await refused.first().innerText(), /web-orders\.csv\s+4\s/);
  await shoot(page, 'import-3-check');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download refused rows (CSV)' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.csv$/);
  assert.equal((await api('/facts/sale')).rows, rowsBefore, 'a check adds nothing');
  await page.getByRole('button', { name: 'Import 3 rows' }).click();
  await page.getByText('3 rows were added').waitFor();
  assert.equal((await api('/facts/sale')).rows, rowsBefore + 3);
  await shoot(page, 'import-4-done');

  await page.getByRole('link', { name: 'To the data bank' }).click();
  const batch = page.locator('tr', { hasText: 'web-orders.csv' }).first();
  await batch.getByRole('button', { name: 'Undo' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take this import out again?' });
  await dialog.waitFor();
  await shoot(page, 'undo', false);
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await api('/facts/sale')).rows, rowsBefore + 3);
  await batch.getByRole('button', { name: 'Undo' }).click();
  await dialog.getByRole('button', { name: 'Take it out' }).click();
  await batch.getByText('Undone').waitFor();
  assert.equal((await api('/facts/sale')).rows, rowsBefore);
});

onPage('data: a file that lacks what is needed says what is missing', '/data/import?fact=sale', {}, async (page) => {
  await page.locator('input[type=file]').setInputFiles({ name: 'thin.csv', mimeType: 'text/csv', buffer: Buffer.from('colour,shape\nred,round\nblue,square\n') });
  await page.getByText('Ready').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Still needed:').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Check without importing' }).isDisabled());
});

onPage('data: binary rubbish is refused in words', '/data/import?fact=sale', {}, async (page) => {
  const rubbish = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919 + 13) % 256));
  await page.locator('input[type=file]').setInputFiles({ name: 'photo.csv', mimeType: 'text/csv', buffer: rubbish });
  await page.getByText('Ready').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('[role=alert], .still').first().waitFor();
  page.troubles = page.troubles.filter((line) => !line.includes('the server responded with a status of 4'));
});

/* ---- customers: segments and cohorts ---------------------------------------------------------------- */

const newest = async (analysis) => (await api(`/runs?analysis=${analysis}`)).items.find((run) => run.state === 'done').id;

/** Opens a page of customers, starting its analysis where none has been run. */
async function withResult(page, start) {
  const result = page.getByRole('link', { name: 'The whole analysis and its settings' });
  const button = page.getByRole('button', { name: start });
  await result.or(button).first().waitFor();
  if (await button.isVisible()) await button.click();
  await result.waitFor({ timeout: 60000 });
}

onPage('segments: what each brings, and of one its traits, moves and customers', '/customers/segments', {}, async (page) => {
  await withResult(page, 'Make the segments');
  const { rows, columns } = await api(`/runs/${await newest('customers.segments')}/tables/segments`);
  const all = page.getByRole('region', { name: 'All segments' }).last().locator('tbody tr');
  assert.equal(await all.count(), rows.length);
  const at = (name) => columns.findIndex((c) => c.name === name);
  const last = rows.findLast((row) => row[at('customers')] > 0 && row[at('retention')] !== null);
  const name = last[at('segment')];
  const line = all.filter({ has: page.getByRole('button', { name, exact: true }) });
  assert.match(await line.innerText(), /\d[\d.]*% to \d[\d.]*%/, 'retention stands with its interval');
  await line.getByRole('button').click();
  await page.getByRole('heading', { name: `Customers in “${name}”` }).waitFor();
  await page.getByRole('heading', { name: 'What sets them apart' }).waitFor();
  const came = page.getByRole('row', { name: /^Moved in/ }).getByRole('link');
  const many = await came.innerText();
  const back = page.url();
  await came.click();
  await page.waitForURL(/customers\/list/);
  await page.getByText(many === '1' ? '1 customer' : `${many} customers`, { exact: true }).waitFor();
  await page.goto(back);
  await page.getByRole('heading', { name: 'What sets them apart' }).waitFor();
  await page.getByRole('heading', { name: 'Who moved in and out' }).waitFor();
  const members = page.getByRole('region', { name: `Customers in “${name}”` }).first();
  await members.getByText(`${last[at('customers')]} customer`).waitFor();
  const first = members.locator('tbody a').first();
  assert.equal(await first.getAttribute('href'), `/customers/customer/${await first.innerText()}`);
  await settled(page);
  await shoot(page, 'segments');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('link', { name: 'The whole analysis and its settings' }).click();
  await page.getByRole('region', { name: 'Where this result comes from' }).waitFor();
});

onPage('cohorts: a cell of the heat map leads to the customers behind it', '/customers/cohorts', {}, async (page) => {
  await withResult(page, 'Make the cohorts');
  const { rows, columns } = await api(`/runs/${await newest('customers.cohorts')}/tables/retention?limit=200`);
  const at = (name) => columns.findIndex((c) => c.name === name);
  const cell = rows.find((row) => row[at('kind')] === 'actual' && row[at('age')] === 2 && row[at('active')] > 0);
  await page.locator('button.cell:not(.expected)').nth(1).click();
  await page.getByText(`${cell[at('active')]} of ${cell[at('customers')]} customers`).waitFor();
  const people = page.getByRole('region', { name: /^Won in .*, active at age 2$/ }).first();
  await people.getByText(`${cell[at('active')]} customer`, { exact: false }).last().waitFor();
  assert.match(await people.locator('tbody a').first().getAttribute('href'), /^\/customers\/customer\/C\d+$/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /active at age 3$/ }).waitFor();
  await page.locator('button.cell.expected').first().click();
  await page.getByText(/are expected to buy in .*Nobody has yet/).waitFor();
  await settled(page);
  await shoot(page, 'cohorts');
  assert.deepEqual(await violations(page), []);
});

onPage('data: what the bank holds, and what a fact means', '/data', {}, async (page) => {
  await settled(page);
  const row = page.locator('tr', { has: page.getByRole('link', { name: 'Sales', exact: true }) }).first();
  assert.match(await row.innerText(), /[\d,]{4,}/);
  await shoot(page, 'data');
  await row.getByRole('link').first().click();
  await page.waitForURL(/facts\/sale/);
  await page.getByRole('cell', { name: 'Quantity', exact: true }).first().waitFor();
  await shoot(page, 'fact');
});

/* ---- runs, and pages in other dress ---------------------------------------------------------------- */

onPage('runs: the register lists runs and opens them', '/runs', {}, async (page) => {
  await settled(page);
  const link = page.locator('tbody a').first();
  await link.waitFor();
  await shoot(page, 'runs');
  await noRawIds(page, (await api('/runs')).items.map((run) => run.id));
  await link.click();
  await page.waitForURL(/run=/);
  await page.getByRole('region', { name: 'Where this result comes from' }).waitFor();
});

onPage('a run that is not there is a plain message', '/sales/overview?run=r00000000', {}, async (page) => {
  await page.getByRole('alert').waitFor();
  page.troubles = page.troubles.filter((line) => !line.includes('404'));
});

for (const theme of ['light', 'dark']) {
  for (const path of ['/sales/overview', '/demand', '/demand/forecast', '/data', '/data/import', '/data/facts/sale', '/runs']) {
    const name = path.slice(1).replace(/\//g, '-');
    onPage(`axe finds nothing serious on ${path} in ${theme}`, path, { theme }, async (page) => {
      if (/overview|demand/.test(path)) await page.locator('.chart.ready').first().waitFor({ timeout: 60000 });
      await settled(page);
      assert.equal(await page.locator('html').getAttribute('data-theme'), theme);
      if (theme === 'dark') await shoot(page, `${name}-dark`);
      assert.deepEqual(await violations(page), []);
    });
  }
}

for (const path of ['/sales/overview', '/demand', '/demand/forecast', '/data', '/data/import', '/runs']) {
  onPage(`on a phone ${path} fits its width`, path, { width: 390, height: 844 }, async (page) => {
    if (/overview|demand/.test(path)) await page.locator('.chart.ready').first().waitFor({ timeout: 60000 });
    await settled(page);
    await shoot(page, `phone${path.replace(/\//g, '-')}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} px too wide`);
    assert.deepEqual(await violations(page), []);
  });
}

onPage('on a phone the menu is a drawer that Esc and a choice close', '/data', { width: 390, height: 844 }, async (page) => {
  const menu = page.getByRole('button', { name: 'Menu', exact: true });
  await menu.click();
  await page.getByRole('link', { name: 'Runs' }).waitFor();
  await shoot(page, 'phone-menu', false);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Runs' }).waitFor({ state: 'hidden' });
  await menu.click();
  await page.getByRole('link', { name: 'Runs' }).click();
  await page.waitForURL(/\/runs$/);
  await page.locator('nav a', { hasText: 'Runs' }).waitFor({ state: 'hidden' });
});

test('an empty workspace leads to the import', { ...options, ...(program() ? {} : { skip: 'kemudi is not built' }) }, async () => {
  const bare = await serve({ empty: true });
  try {
    const page = await open(browser, bare.url, '/');
    await page.getByRole('heading', { name: 'The data bank is empty' }).waitFor();
    await settled(page);
    await shoot(page, 'empty');
    assert.deepEqual(await violations(page), []);
    await page.goto(`${bare.url}/sales/overview`);
    await page.getByRole('heading', { name: 'The data bank is still empty here' }).waitFor();
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  } finally {
    await bare.stop();
  }
});

/* ---- budget -------------------------------------------------------------------------------------------- */

test('the first page takes at most 300 kB of JavaScript before charts', options, async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  let bytes = 0;
  let engine = 0;
  page.on('response', async (response) => {
    if (!/\.js$/.test(new URL(response.url()).pathname)) return;
    const size = (await response.body().catch(() => Buffer.alloc(0))).length;
    if (/engine/.test(response.url())) engine += size;
    else bytes += size;
  });
  await page.goto(`${server.url}/`);
  await page.locator('.chart.ready').first().waitFor({ timeout: 60000 });
  await page.waitForTimeout(300);
  await context.close();
  console.log(`# JavaScript of the first page: ${bytes} bytes before charts, ${engine} bytes for charts`);
  assert.ok(bytes > 20000, `only ${bytes} bytes were counted`);
  assert.ok(engine > 100000, 'the charts are a chunk of their own');
  assert.ok(bytes <= 300000, `${bytes} bytes`);
});

test('nothing is fetched from anywhere else', options, async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const others = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && /^(https?|wss?):/.test(request.url())) others.push(request.url());
  });
  for (const path of ['/sales/overview', '/data', '/runs']) {
    await page.goto(server.url + path);
    await page.waitForTimeout(800);
  }
  await context.close();
  assert.deepEqual(others, []);
});
