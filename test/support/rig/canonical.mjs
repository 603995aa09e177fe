/** Canonical JSON, as much of RFC 8785 and of TUF's OLPC flavour as signed entry timestamps and metadata need. */
export function canonical(v) {
  if (Array.isArray(v)) return `[${v.map(canonical).join(',')}]`;
  if (v && typeof v === 'object')
    return `{${Object.keys(v)
      .sort()
      .map((k) => `${str(k)}:${canonical(v[k])}`)
      .join(',')}}`;
  return typeof v === 'string' ? str(v) : JSON.stringify(v);
}
const str = (s) => `"${s.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
