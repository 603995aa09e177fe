import { test } from 'vitest';
import { admit, noCounts, probe } from './campaign.ts';
import { generatedBases } from './generated.ts';
import { realBases } from './real.ts';

test('try', async () => {
  const bases = process.env.REAL ? realBases() : generatedBases(5);
  const counts = noCounts();
  const N = Number(process.env.N ?? 2000);
  const S = Number(process.env.S ?? 0);
  const subjects = [];
  for (const b of bases) subjects.push(await admit(counts, b));
  const sound = subjects.filter((s) => s.facts);
  console.log(bases.length, sound.length);
  const t = process.hrtime.bigint();
  for (let i = S; i < S + N; i++) {
    try {
      await probe(counts, sound[i % sound.length]!, bases, i);
    } catch (e) {
      console.log('CRASH', i, sound[i % sound.length]!.base.name, e);
    }
  }
  console.log(Number(process.hrtime.bigint() - t) / 1e9, 's');
  console.log(counts.mutations, counts.sameAccept, counts.sameRefuse, counts.gaps, counts.lenient);
  for (const [k, v] of Object.entries(counts.stricter).sort()) console.log('S', v, k);
  for (const f of counts.failures.slice(0, 1000)) console.log('F', f);
}, 6e6);
