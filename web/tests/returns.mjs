// The pages of the area Return. Run by web.test.mjs, which opens the pages.
import assert from 'node:assert/strict';
import { settled, shoot, violations } from './browser.mjs';

export function returns({ onPage, title, api, noRawIds }) {
  onPage('return: without a model the planner says what comes first', '/returns/planner', {}, async (page) => {
    await page.getByRole('heading', { name: 'The model of return comes first' }).waitFor();
    await page.getByRole('link', { name: 'To the overview of return' }).click();
    await page.waitForURL(/returns$/);
  });

  onPage('return: the overview works it out, then shows channels, curves, the course and its health', '/returns', {}, async (page) => {
    assert.equal(await title(page), 'Return');
    await page.getByRole('button', { name: 'Work it out now' }).click();
    await page.getByRole('heading', { name: 'Return by channel' }).waitFor({ timeout: 240000 });
    await settled(page);
    const [run] = (await api('/runs?analysis=returns.mix')).items;
    await noRawIds(page, [run.id]);
    const table = await api(`/runs/${run.id}/tables/return`);
    const lines = page.getByRole('region', { name: 'Return by channel' }).last().locator('tbody tr');
    assert.equal(await lines.count(), table.rows.length);
    assert.match(await lines.first().innerText(), /\d to [\d−]/, 'a return has a range');
    await page.getByRole('heading', { name: 'Can this be relied on?' }).waitFor();
    await shoot(page, 'returns');
    assert.deepEqual(await violations(page), []);

    const second = lines.nth(1).getByRole('button');
    const channel = await second.innerText();
    await second.click();
    await page.waitForURL((url) => url.searchParams.get('channel') === channel);
  });

  onPage('return: the planner makes a calendar, and sliders show what moving money brings', '/returns/planner', {}, async (page) => {
    await page.getByRole('button', { name: 'Make a plan' }).click();
    await page.getByRole('heading', { name: 'Money by channel and month' }).waitFor({ timeout: 120000 });
    await settled(page);
    const tried = page.getByRole('region', { name: 'Try it' });
    const before = await tried.locator('dl').innerText();
    await tried.getByRole('slider').first().fill('0.5');
    const after = await tried.locator('dl').innerText();
    assert.notEqual(after, before);
    assert.match(after, /\d%/, 'there is a chance to be better');
    await tried.getByRole('button', { name: 'As now' }).click();
    assert.equal(await tried.locator('dl').innerText(), before);
    await tried.getByRole('button', { name: 'As in the best plan' }).click();
    await shoot(page, 'spending');
    await noRawIds(page, (await api('/runs')).items.map((run) => run.id));
    assert.deepEqual(await violations(page), []);
  });

  onPage('return: the ledger of tests shows what was tested and whether the model agrees', '/returns/tests', {}, async (page) => {
    await page.getByRole('heading', { name: 'No tests yet' }).waitFor();
    const test = { experiment: 'Radio off', channel: 'radio', region: 'Berlin; Hamburg', starts: '2025-03-03', ends: '2025-03-30', spend: -900, effect: -1500, effect_error: 400 };
    const saved = await page.evaluate(async (rows) => (await fetch('/api/v1/facts/experiment/rows', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Kemudi': '1' }, body: JSON.stringify({ rows }) })).status, [test]);
    assert.ok(saved < 300, `the test was saved: ${saved}`);
    await page.waitForTimeout(1500);
    await page.reload();
    await page.getByRole('heading', { name: 'Tests so far' }).waitFor();
    await settled(page);
    const line = await page.getByRole('region', { name: 'Tests so far' }).last().getByRole('row', { name: /Radio off/ }).innerText();
    assert.match(line, /−€2,284 to −€716/, 'the range follows from the error');
    assert.match(line, /1\.67/, 'what was lost a unit of money saved');
    await shoot(page, 'tests');
    assert.deepEqual(await violations(page), []);
  });

  onPage('return: the summary says it in sentences', '/returns/summary', {}, async (page) => {
    await page.getByText(/All paid media together brought/).waitFor();
    await settled(page);
    await shoot(page, 'return-summary');
    assert.deepEqual(await violations(page), []);
  });
}
