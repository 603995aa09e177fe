// A certificate with embedded timestamps, as the vectors vary it.
import {
  certificate,
  ctLog,
  EXTENSIONS,
  extension,
  issuer,
  otherLog,
  precertificate,
  SCT_LIST,
  sct,
  sctListBytes,
  TIME,
  tbs,
} from './certificate.mjs';
import { hex, octets } from './encode.mjs';
import { vectorTable } from './table.mjs';

/** All vectors of timestamps; `leaf` and `one` add one. */
export const table = vectorTable();

export const BAD = 'malformed';
export const listExtension = (list) => extension(SCT_LIST, octets(list));
export const logOf = (log, fields = {}) => ({
  id: hex(log.id),
  spki: hex(log.spki),
  operator: 'one',
  start: 0,
  ...fields,
});
export const PARTS = precertificate(tbs(EXTENSIONS));
export const good = (log = ctLog, options = {}) => sct(log, PARTS, options);

/** A certificate whose timestamps stand behind its other extensions, unless `extensions` says otherwise. */
export function leaf(name, why, list, outcome, fields = {}) {
  const extensions = fields.extensions ?? [...EXTENSIONS, listExtension(list)];
  const logs = fields.logs ?? [logOf(ctLog), logOf(otherLog)];
  const without = fields.precertificate ?? tbs(EXTENSIONS);
  const value =
    typeof outcome === 'string' ? outcome : { value: { scts: outcome, precertificate: hex(without) } };
  const input = {
    certificate: hex(certificate(extensions)),
    issuerSpki: hex(issuer.spki),
    logs,
    demanded: fields.demanded ?? 1,
  };
  table.add(name, why, input, value);
}
export const held = (log, time = TIME) => ({ logId: hex(log.id), time });
/** One timestamp. */
export const one = (name, why, item, outcome, fields) => leaf(name, why, sctListBytes(item), outcome, fields);
export const INVALID = 'sct-invalid';
/** The extension with one good timestamp. */
export const list = listExtension(sctListBytes(good()));
