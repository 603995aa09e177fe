/**
 * Changes that the instance signs for: an entry of the log with another body, a checkpoint with other lines, a promise of
 * another time, a certificate or a timestamp with other contents. A signature that does not hold hides every rule behind
 * it; here all of them hold, and the rules themselves are compared.
 */
import type { Resign } from './base.ts';
import { mutateSlot } from './mutate-slot.ts';
import { entryOf, promiseOf, relog } from './relog.ts';
import { resignCertificate } from './resign-certificate.ts';
import { resignNote } from './resign-note.ts';
import { resignTimestamp } from './resign-timestamp.ts';

const BODY = /canonicalizedBody > /;

/** Another body, promised and included. */
const resignBody: Resign = (base, instance, random) => {
  const mutation = mutateSlot(base, random, ({ label }) => BODY.test(label));
  if (!mutation) return undefined;
  const bundle = JSON.parse(mutation.text);
  relog(bundle, instance);
  return { ...mutation, kind: `logged: ${mutation.kind}`, text: JSON.stringify(bundle) };
};

/** Other times and indexes, promised. */
const resignPromise: Resign = (base, instance, random) => {
  const bundle = JSON.parse(base.text);
  const entry = entryOf(bundle);
  if (!entry?.inclusionPromise) return undefined;
  const moment = Number(entry.integratedTime);
  const [kind, time] = random.pick<[string, number]>([
    ['a little earlier or later', moment + random.int(-900, 900)],
    ['far earlier or later', moment + random.int(-400_000_000, 400_000_000)],
    ['at zero', 0],
    ['before 1970', -random.int(1, 100_000)],
    ['beyond all dates', 8_640_000_000_000 + random.int(-2, 2)],
    ['a fraction', moment + 0.5],
  ]);
  entry.integratedTime = String(time);
  entry.inclusionPromise.signedEntryTimestamp = promiseOf(entry, instance);
  return { kind: `promised: time ${kind}`, detail: String(time), text: JSON.stringify(bundle) };
};

const all: readonly Resign[] = [
  resignBody,
  resignBody,
  resignNote,
  resignPromise,
  resignCertificate,
  resignCertificate,
  resignCertificate,
  resignTimestamp,
];

export const resign: Resign = (base, instance, random) => random.pick(all)(base, instance, random);
