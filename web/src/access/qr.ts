// A QR code (ISO/IEC 18004) as the path of an SVG: byte mode, error correction L, versions
// 1 to 10, which is all that a key for one-time passwords needs. Nothing leaves the browser.

/** Data and correction bytes of versions 1 to 10 at level L: blocks of one or two lengths. */
const blocks: { ec: number; groups: [number, number][] }[] = [
  { ec: 7, groups: [[1, 19]] },
  { ec: 10, groups: [[1, 34]] },
  { ec: 15, groups: [[1, 55]] },
  { ec: 20, groups: [[1, 80]] },
  { ec: 26, groups: [[1, 108]] },
  { ec: 18, groups: [[2, 68]] },
  { ec: 20, groups: [[2, 78]] },
  { ec: 24, groups: [[2, 97]] },
  { ec: 30, groups: [[2, 116]] },
  { ec: 18, groups: [[2, 68], [2, 69]] },
];

const centres = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

// The field of 256 elements with the generator 2 and the polynomial 0x11d.
const exp = new Uint8Array(512);
const log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  exp[i] = exp[i + 255] = x;
  log[x] = i;
  x = x & 128 ? (x << 1) ^ 0x11d : x << 1;
}
const times = (a: number, b: number) => (a && b ? (exp[(log[a] ?? 0) + (log[b] ?? 0)] ?? 0) : 0);

/** The remainder of the data, as a polynomial, by the generator of that many roots. */
function correction(data: number[], count: number): number[] {
  let generator = [1];
  for (let i = 0; i < count; i++) {
    const next = new Array<number>(generator.length + 1).fill(0);
    generator.forEach((g, at) => {
      next[at] = (next[at] ?? 0) ^ g;
      next[at + 1] = (next[at + 1] ?? 0) ^ times(g, exp[i] ?? 0);
    });
    generator = next;
  }
  const rest = [...data, ...new Array<number>(count).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const lead = rest[i] ?? 0;
    if (lead) generator.forEach((g, at) => (rest[i + at] = (rest[i + at] ?? 0) ^ times(g, lead)));
  }
  return rest.slice(data.length);
}

function codewords(bytes: Uint8Array, version: number): number[] {
  const { ec, groups } = blocks[version - 1] ?? { ec: 0, groups: [] };
  const room = groups.reduce((sum, [n, size]) => sum + n * size, 0);
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((b) => put(b, 8));
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((v, b) => v * 2 + b, 0));
  for (let pad = 0xec; data.length < room; pad = pad === 0xec ? 0x11 : 0xec) data.push(pad);
  const parts: number[][] = [];
  let at = 0;
  for (const [n, size] of groups) for (let i = 0; i < n; i++) parts.push(data.slice(at, (at += size)));
  const checks = parts.map((part) => correction(part, ec));
  const out: number[] = [];
  const longest = Math.max(...parts.map((p) => p.length));
  for (let i = 0; i < longest; i++) for (const part of parts) if (i < part.length) out.push(part[i] ?? 0);
  for (let i = 0; i < ec; i++) for (const check of checks) out.push(check[i] ?? 0);
  return out;
}

type Cells = (boolean | null)[][];

function set(cells: Cells, y: number, x: number, dark: boolean) {
  const row = cells[y];
  if (row && x >= 0 && x < row.length) row[x] = dark;
}

function patterns(version: number): Cells {
  const size = 17 + 4 * version;
  const cells: Cells = Array.from({ length: size }, () => new Array<boolean | null>(size).fill(null));
  for (const [y0, x0] of [[0, 0], [0, size - 7], [size - 7, 0]] as const)
    for (let y = -1; y <= 7; y++)
      for (let x = -1; x <= 7; x++) {
        const ring = Math.max(Math.abs(y - 3), Math.abs(x - 3));
        if (y0 + y >= 0 && y0 + y < size) set(cells, y0 + y, x0 + x, ring !== 2 && ring < 4);
      }
  const marks = centres[version - 1] ?? [];
  for (const y of marks)
    for (const x of marks) {
      if (cells[y]?.[x] !== null) continue;
      for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) set(cells, y + dy, x + dx, Math.max(Math.abs(dy), Math.abs(dx)) !== 1);
    }
  for (let i = 8; i < size - 8; i++) {
    if (cells[6]?.[i] === null) set(cells, 6, i, i % 2 === 0);
    if (cells[i]?.[6] === null) set(cells, i, 6, i % 2 === 0);
  }
  return cells;
}

/** Level L with the mask: five bits, ten of correction, and the fixed mask. */
function format(cells: Cells, mask: number) {
  const size = cells.length;
  const data = (1 << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const dark = ((bits >> i) & 1) === 1;
    const [y, x] = i < 6 ? [i, 8] : i < 8 ? [i + 1, 8] : i === 8 ? [8, 7] : [8, 14 - i];
    set(cells, y, x, dark);
    if (i < 8) set(cells, 8, size - 1 - i, dark);
    else set(cells, size - 15 + i, 8, dark);
  }
  set(cells, size - 8, 8, true);
}

function versionInfo(cells: Cells, version: number) {
  if (version < 7) return;
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >> i) & 1) === 1;
    const a = cells.length - 11 + (i % 3);
    const b = Math.floor(i / 3);
    set(cells, a, b, dark);
    set(cells, b, a, dark);
  }
}

/** Up and down in pairs of columns from the right; the mask here is "row plus column even". */
function fill(cells: Cells, words: number[]) {
  const size = cells.length;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const up = ((right + 1) & 2) === 0;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < 2; j++) {
        const y = up ? size - 1 - i : i;
        const x = right - j;
        if (cells[y]?.[x] !== null) continue;
        const dark = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
        set(cells, y, x, dark !== ((y + x) % 2 === 0));
        bit++;
      }
  }
}

export function qr(text: string): { size: number; path: string } {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  const room = (v: number) => (blocks[v - 1]?.groups ?? []).reduce((sum, [n, size]) => sum + n * size, 0) - (v < 10 ? 2 : 3);
  while (version <= 10 && room(version) < bytes.length) version++;
  if (version > 10) return { size: 1, path: '' };
  const cells = patterns(version);
  format(cells, 0);
  versionInfo(cells, version);
  fill(cells, codewords(bytes, version));
  let path = '';
  cells.forEach((row, y) => row.forEach((dark, x) => dark && (path += `M${x} ${y}h1v1h-1z`)));
  return { size: cells.length, path };
}
