// Small parts of the server: answers, counters, faults in a fixed order, documents as a careless mirror serves them.
import zlib from 'node:zlib';
import { sha } from './der.mjs';

export const newStats = () => ({
  requests: 0,
  bytes: 0,
  maxConcurrent: 0,
  limited: 0,
  refusedConnects: [],
  byClass: {},
  log: [],
});
export const json = (cls, value) => ({
  cls,
  status: 200,
  body: Buffer.from(JSON.stringify(value)),
  ct: 'application/json',
});
export const missing = (cls = 'other') => ({ ...json(cls, { error: 'Not found' }), status: 404 });

/** Linear congruential generator: the same faults in the same order. */
export function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Entity tags, by document. */
const etags = new WeakMap();
export function etagOf(doc) {
  if (!etags.has(doc)) etags.set(doc, `"${sha('sha1', doc.gz ?? doc.body).toString('hex')}"`);
  return etags.get(doc);
}

const strippedDocs = new WeakMap();
/** What a mirror that knows nothing of signatures makes of a packument or manifest. */
export function stripped(doc) {
  if (!strippedDocs.has(doc)) {
    const value = JSON.parse(zlib.gunzipSync(doc.gz));
    for (const manifest of value.versions ? Object.values(value.versions) : [value]) {
      delete manifest.dist.signatures;
      delete manifest.dist.attestations;
    }
    strippedDocs.set(doc, { gz: zlib.gzipSync(JSON.stringify(value)), ct: doc.ct });
  }
  return strippedDocs.get(doc);
}
