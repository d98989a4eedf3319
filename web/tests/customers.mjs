// The pages of the area Customers. Run by web.test.mjs, which opens the pages.
import assert from 'node:assert/strict';
import { settled, shoot, violations } from './browser.mjs';

const money = /[€£$][\d,.]+/;

export function customers({ onPage, title, api, noRawIds }) {
  onPage('customers: the overview offers to work it out, then shows equity, groups and customers', '/customers', {}, async (page) => {
    assert.equal(await title(page), 'Customers');
    await page.getByRole('button', { name: 'Work it out now' }).click();
    await page.getByRole('heading', { name: 'What changed the equity' }).waitFor({ timeout: 120000 });
    await page.getByRole('heading', { name: 'Who they are' }).waitFor();
    await settled(page);
    const [run] = (await api('/runs?analysis=customers.value')).items;
    await noRawIds(page, [run.id]);
    const figures = await page.locator('.figures').innerText();
    assert.match(figures, /Customer equity/);
    assert.match(figures, /[€£$][\d,.]+ to [€£$][\d,.]+/, 'equity has an interval');
    await shoot(page, 'customers');
    assert.deepEqual(await violations(page), []);
  });

  onPage('customers: a group leads to as many customers as it counts, and one of them to the card', '/customers', {}, async (page) => {
    await page.getByRole('heading', { name: 'Groups of customers' }).waitFor();
    await settled(page);
    const row = page.getByRole('region', { name: 'Groups of customers' }).locator('tbody tr').first();
    const [group, members] = await row.locator('td').allInnerTexts();
    await row.getByRole('link').click();
    await page.waitForURL(/customers\/list/);
    await settled(page);
    await page.getByText(`${members} customers`).waitFor();
    assert.match(await page.locator('.chips').innerText(), new RegExp(group));
    assert.deepEqual(await violations(page), []);

    const link = page.locator('tbody a').first();
    const who = await link.innerText();
    await link.click();
    await page.waitForURL(/customers\/customer\//);
    await page.getByRole('heading', { name: 'Purchases so far' }).waitFor();
    await settled(page);
    assert.equal(await title(page), who);
    assert.match(await page.locator('section', { has: page.getByRole('heading', { name: 'What to expect' }) }).innerText(), money);
    await noRawIds(page, []);
    await shoot(page, 'customer');
    assert.deepEqual(await violations(page), []);
  });

  onPage('customers: a bar of the chart leads to its customers too', '/customers', {}, async (page) => {
    const chart = page.getByRole('img', { name: /^Bar chart/ });
    await chart.scrollIntoViewIfNeeded();
    await settled(page);
    const group = await page.getByRole('region', { name: 'Groups of customers' }).locator('tbody td').first().innerText();
    const { width } = await chart.boundingBox();
    await chart.locator('canvas').click({ position: { x: width * 0.5, y: 18 } });
    await page.waitForURL(/customers\/list/);
    await settled(page);
    assert.match(await page.locator('.chips').innerText(), new RegExp(group));
  });

  onPage('customers: the server searches and sorts them', '/customers/list', {}, async (page) => {
    await settled(page);
    const first = () => page.locator('tbody a').first().innerText();
    const [run] = (await api('/runs?analysis=customers.value')).items;
    const least = async (sort) => (await api(`/runs/${run.id}/tables/customers?limit=1&sort=${sort}`)).rows[0][0];
    assert.equal(await first(), await least('-value'));
    await page.getByRole('button', { name: 'So far' }).click();
    await page.waitForURL(/sort=-spent/);
    await settled(page);
    assert.equal(await first(), await least('-spent'));
    const who = await first();
    await page.getByRole('searchbox').fill(who);
    await page.getByText('1 customer', { exact: true }).waitFor();
    assert.equal(await first(), who);
    await page.getByRole('searchbox').fill('no such customer');
    await page.getByText('No customer here has').waitFor();
  });

  onPage('customers: of someone unknown the card says so', '/customers/customer/nobody', {}, async (page) => {
    await page.getByRole('heading', { name: 'Nothing is known of “nobody”' }).waitFor();
    assert.deepEqual(await violations(page), []);
  });
}
