// A server to test against: the one KEMUDI_URL names, or a `kemudi serve` of our own on a
// simulated company in a temporary workspace, stopped and removed at the end.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export function program() {
  const named = process.env.KEMUDI;
  const usual = ['build/release/kemudi', 'build/dev/kemudi'].map((p) => join(root, p));
  return [named, ...usual].find((p) => p && existsSync(p));
}

function run(kemudi, ...args) {
  const done = spawnSync(kemudi, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`kemudi ${args.join(' ')} ended with ${done.status}:\n${done.stderr}`);
  return done.stdout;
}

async function freePort() {
  const probe = createServer();
  await new Promise((ready) => probe.listen(0, '127.0.0.1', ready));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** Waits until the server answers, or says why it never did. */
async function answers(url, child, said) {
  for (let i = 0; i < 150; i++) {
    if (child.exitCode !== null) throw new Error(`kemudi serve ended with ${child.exitCode}:\n${said()}`);
    try {
      if ((await fetch(`${url}/api/v1/health`)).ok) return;
    } catch {
      /* not yet */
    }
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`kemudi serve did not answer within 15 s:\n${said()}`);
}

export async function serve({ empty = false } = {}) {
  if (process.env.KEMUDI_URL && !empty) return { url: process.env.KEMUDI_URL.replace(/\/$/, ''), stop: async () => {} };
  const kemudi = program();
  if (!kemudi) return null;
  const folder = mkdtempSync(join(tmpdir(), 'kemudi-web-'));
  const shop = join(folder, 'shop');
  run(kemudi, 'init', '-w', shop);
  if (!empty) fill(kemudi, folder, shop);
  const port = await freePort();
  const child = spawn(kemudi, ['serve', '-w', shop, '--port', String(port)]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
  const url = `http://127.0.0.1:${port}`;
  await answers(url, child, () => output);
  return {
    url,
    stop: async () => {
      child.kill('SIGINT');
      await new Promise((gone) => (child.exitCode === null ? child.on('exit', gone) : gone()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fill(kemudi, folder, shop) {
  const data = join(folder, 'data');
  const facts = ['product', 'outlet', 'customer', 'sale', 'channel', 'campaign', 'spend'];
  run(kemudi, 'simulate', 'company', '--out', data, '--seed', '7', '--customers', '800', '--years', '2', '--only', facts.join(','));
  for (const fact of facts) {
    const files = readdirSync(data).filter((name) => name.startsWith(`${fact}.`)).map((name) => join(data, name));
    run(kemudi, 'import', fact, ...files, '-w', shop);
  }
}
