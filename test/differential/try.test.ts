import { test } from 'vitest';
import { compare, noCounts } from './campaign.ts';
import { generatedBases } from './generated.ts';
import { mutate } from './mutate.ts';
import { realBases } from './real.ts';

test('try', async () => {
  const bases = process.env.REAL ? realBases() : generatedBases(5);
  const counts = noCounts();
  const N = Number(process.env.N ?? 2000);
  const S = Number(process.env.S ?? 0);
  for (const b of bases) {
    const c = noCounts();
    await compare(c, b, b.text, 'as it came', '');
    console.log(
      'BASE',
      b.name,
      c.sameAccept ? 'accept' : c.sameRefuse ? 'refuse' : JSON.stringify([c.stricter, c.lenient]),
    );
  }
  const t = process.hrtime.bigint();
  const where: Record<string, Set<string>> = {};
  for (let i = S; i < S + N; i++) {
    const base = bases[i % bases.length]!;
    let m;
    try {
      m = mutate(base, bases, i);
    } catch (e) {
      console.log('MUT', i, base.name, e);
      continue;
    }
    if (!m) continue;
    const c = noCounts();
    try {
      await compare(c, base, m.text, m.kind, m.detail);
    } catch (e) {
      console.log('CRASH', i, base.name, m.kind, m.detail, e);
    }
    counts.compared += c.compared;
    counts.sameAccept += c.sameAccept;
    counts.sameRefuse += c.sameRefuse;
    for (const k of Object.keys(c.stricter)) {
      counts.stricter[k] = (counts.stricter[k] ?? 0) + 1;
      (where[k] ??= new Set()).add(m.detail.replace(/\d+/g, 'N').slice(0, 110));
    }
    for (const k of Object.keys(c.lenient)) {
      counts.lenient[k] = (counts.lenient[k] ?? 0) + 1;
    }
    counts.failures.push(...c.failures.map((f) => i + ' ' + f));
  }
  console.log(Number(process.hrtime.bigint() - t) / 1e9, 's');
  console.log(counts.compared, counts.sameAccept, counts.sameRefuse);
  for (const [k, v] of Object.entries(counts.stricter).sort())
    console.log('S', v, k, '\t', [...(where[k] ?? [])].slice(0, 3).join(' ; '));
  for (const [k, v] of Object.entries(counts.lenient).sort()) console.log('L', v, k);
  for (const f of counts.failures.slice(0, 400)) console.log('F', f);
}, 6e6);
