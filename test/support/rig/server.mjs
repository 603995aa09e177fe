// The registry, its attestations endpoint and the TUF mirror, on loopback only.
//
//   const server = await serve(rig, { port: 41873, latency: 20 });
//   server.url, server.stats(), server.reset(), server.set({ latency: 0 }), server.overrides, server.close()
//
// The TUF repository is served at <url>tuf/, and over TLS under its public host name through the CONNECT proxy that the same
// port offers (HTTPS_PROXY=<url>; nothing but that host is ever connected). server.tuf.files holds it in memory.
// Other processes steer it over HTTP: GET /-/rig/stats, GET /-/rig/reset, POST /-/rig/options.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import zlib from 'node:zlib';
import { etagOf, json, missing, newStats, random, stripped } from './serving.mjs';
import { tlsIdentity } from './sigstore.mjs';

export const TUF_HOST = 'tuf-repo-cdn.sigstore.dev';

/** Meaning of each: see ServerOptions in server.d.mts. */
const DEFAULTS = {
  latency: 0,
  jitter: 0,
  maxRps: 0,
  rateMode: 'wait',
  retryAfter: '1',
  maxAge: 300,
  gzip: true,
  fail: '',
  failOn: 'packument,manifest,att,tarball',
  failFirst: 0,
  strip: false,
  versionEndpoint: true,
  logRequests: false,
};
const NAME_AND_REST = /^((?:@[^/]+\/)?[^/@-][^/@]*|(?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/;
/** A port of the loopback interface that is free now. A rig's URLs bear the port, so it must be known beforehand. */
export async function freePort() {
  const probe = net.createServer();
  await new Promise((ok, bad) => probe.once('error', bad).listen(0, '127.0.0.1', ok));
  const { port } = probe.address();
  await new Promise((ok) => probe.close(ok));
  return port;
}

/** Starts serving a rig. `tufOptions` as in `Sigstore.tufRepo`; everything else is explained in server.d.mts. */
export async function serve(rig, options = {}) {
  const { port = 0, host = '127.0.0.1', seed = 7, tufOptions = {}, ...rest } = options;
  const opt = { ...DEFAULTS, ...rest };
  const stats = newStats();
  const tries = new Map();
  const overrides = new Map();
  const rand = random(seed);
  const tls = tlsIdentity(TUF_HOST);
  let nextSlot = 0;
  let active = 0;

  const server = http.createServer({ keepAliveTimeout: 60_000 }, handler('http'));
  const tlsServer = https.createServer(
    { key: tls.key, cert: tls.cert, keepAliveTimeout: 60_000 },
    handler('tuf'),
  );
  server.on('connect', (req, socket) => {
    socket.on('error', () => {});
    if (req.url !== `${TUF_HOST}:443`) {
      stats.refusedConnects.push(req.url);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    tlsServer.emit('connection', socket);
  });
  await new Promise((ok, bad) => server.once('error', bad).listen(port, host, ok));
  const origin = `http://${host}:${server.address().port}`;
  const signTuf = (o) => rig.sigstore.tufRepo({ registryHost: new URL(rig.origin ?? origin).host, ...o });
  let tuf = signTuf(tufOptions);

  function handler(kind) {
    return (req, res) => {
      const started = performance.now();
      active++;
      stats.maxConcurrent = Math.max(stats.maxConcurrent, active);
      res.once('close', () => {
        active--;
      });
      const chunks = [];
      req.on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => {
        const slot = kind === 'http' && !req.url.startsWith('/-/rig/') ? waitForSlot() : 0;
        if (slot === undefined) {
          stats.limited++;
          const headers = opt.retryAfter === '' ? {} : { 'retry-after': opt.retryAfter };
          finish(req, res, { cls: 'limited', status: 429, body: Buffer.from('slow down'), headers }, started);
          return;
        }
        const wait = slot + opt.latency + rand() * opt.jitter;
        if (wait > 0.5) setTimeout(answer, wait);
        else answer();
      });
      function answer() {
        let out;
        try {
          out = kind === 'tuf' ? tufFile(req.url.slice(1)) : route(req, Buffer.concat(chunks));
        } catch (error) {
          out = { cls: 'error', status: 500, body: Buffer.from(String(error)) };
        }
        finish(req, res, out, started);
      }
    };
  }

  /** Milliseconds to wait under the rate cap, or undefined if the answer is 429. */
  function waitForSlot() {
    if (!opt.maxRps) return 0;
    const now = Date.now();
    const slot = Math.max(now, nextSlot);
    if (opt.rateMode === '429' && slot > now + 50) return undefined;
    nextSlot = slot + 1000 / opt.maxRps;
    return slot - now;
  }

  function route(req, body) {
    const p = decodeURIComponent(new URL(req.url, origin).pathname).slice(1);
    if (p.startsWith('-/rig/')) return control(p.slice(6), body);
    if (p.startsWith('tuf/')) return tufFile(p.slice(4));
    if (p === '-/npm/v1/keys') {
      return override('keys') ?? (opt.strip ? missing('keys') : json('keys', rig.sigstore.keysEndpoint()));
    }
    if (p.startsWith('-/npm/v1/attestations/')) {
      return opt.strip ? missing('att') : doc('att', `att ${p.slice(22)}`, { maxAge: opt.maxAge });
    }
    if (p === '-/ping' || p.startsWith('-/npm/v1/security/')) return json('other', {});
    const [, name, rest] = NAME_AND_REST.exec(p) ?? [];
    if (!name) return missing();
    if (!rest) {
      const corgi = /application\/vnd\.npm\.install-v1\+json/.test(req.headers.accept ?? '');
      const ct = corgi ? { ct: 'application/vnd.npm.install-v1+json' } : {};
      return doc('packument', `${corgi ? 'corgi' : 'full'} ${name}`, {
        maxAge: opt.maxAge,
        vary: true,
        ...ct,
      });
    }
    if (rest.startsWith('-/')) {
      const version = rest.slice(2 + name.split('/').pop().length + 1, -4);
      return doc('tarball', `tarball ${name}@${version}`, { maxAge: 31557600, immutable: true });
    }
    if (!opt.versionEndpoint) return missing('manifest');
    const found = doc('manifest', `manifest ${name}@${rest}`, { maxAge: opt.maxAge });
    const full = rig.docs.get(`full ${name}`);
    if (found.status !== 404 || overrides.has(`manifest ${name}@${rest}`) || !full) return found;
    // A version outside the lockfile, or a dist-tag.
    const packument = JSON.parse(zlib.gunzipSync(full.gz));
    const version = packument.versions[packument['dist-tags'][rest] ?? rest];
    return version ? json('manifest', version) : found;
  }

  function override(key) {
    const o = overrides.get(key);
    if (!o) return undefined;
    const body =
      o.json === undefined ? {} : { body: Buffer.from(JSON.stringify(o.json)), ct: 'application/json' };
    return { cls: key.split(' ')[0], status: 200, ...o, ...body };
  }
  function doc(cls, key, meta) {
    const o = override(key);
    if (o) return { ...meta, ...o, cls };
    const found = rig.docs.get(key);
    if (!found) return missing(cls);
    const served = opt.strip && (cls === 'packument' || cls === 'manifest') ? stripped(found) : found;
    return { cls, status: 200, doc: served, ct: found.ct, ...meta };
  }
  function tufFile(escaped) {
    const p = decodeURIComponent(escaped);
    const o = override(`tuf ${p}`);
    if (o) return o;
    const body = tuf.files.get(p);
    return body
      ? { cls: 'tuf', status: 200, body, ct: 'application/json' }
      : { cls: 'tuf', status: 404, body: Buffer.from('') };
  }
  function control(what, body) {
    if (what === 'stats') return json('control', stats);
    if (what === 'options') return json('control', Object.assign(opt, JSON.parse(body)));
    if (what !== 'reset') return missing('control');
    reset();
    return json('control', {});
  }

  /** Decides whether to break this response: a status code, `reset`, `truncate`, `hang` or nothing. */
  function roll(cls, url) {
    if (!opt.failOn.split(',').includes(cls)) return undefined;
    if (opt.failFirst) {
      const n = (tries.get(url) ?? 0) + 1;
      tries.set(url, n);
      if (n <= opt.failFirst) return '503';
    }
    if (!opt.fail) return undefined;
    let x = rand();
    for (const part of opt.fail.split(',')) {
      const [what, odds] = part.split(':');
      x -= Number(odds);
      if (x < 0) return what;
    }
    return undefined;
  }

  function finish(req, res, answer, started) {
    if (res.destroyed) return;
    const { cls } = answer;
    const broken = answer.drop ?? roll(cls, req.url);
    if (broken === 'hang') return count(cls, req, 'hang', 0, started);
    if (broken === 'reset') {
      count(cls, req, 'reset', 0, started);
      res.socket?.resetAndDestroy();
      return;
    }
    const failure = /^\d+$/.test(broken ?? '') && {
      cls,
      status: Number(broken),
      body: Buffer.from('injected failure'),
      ct: 'text/plain',
    };
    const out = failure || answer;
    // Read once: an override may answer differently at each reading.
    const { status } = out;
    const headers = { 'content-type': out.ct ?? 'application/octet-stream', ...out.headers };
    let body = out.body ?? out.doc.body;
    if (status === 200 && cls !== 'control' && cls !== 'tuf') {
      headers['cache-control'] = `public, ${out.immutable ? 'immutable, ' : ''}max-age=${out.maxAge ?? 0}`;
      if (out.vary) headers.vary = 'accept-encoding, accept';
      if (out.doc) {
        headers.etag = etagOf(out.doc);
        if (req.headers['if-none-match'] === headers.etag) {
          res.writeHead(304, headers).end();
          return count(cls, req, 304, 0, started);
        }
        if (out.doc.gz && opt.gzip && /gzip/.test(req.headers['accept-encoding'] ?? '')) {
          headers['content-encoding'] = 'gzip';
          body = out.doc.gz;
        } else if (out.doc.gz) body = zlib.gunzipSync(out.doc.gz);
      }
    }
    headers['content-length'] = body.length;
    res.writeHead(status, headers);
    if (broken === 'truncate') {
      res.write(body.subarray(0, Math.floor(body.length / 2)));
      res.socket?.end();
      return count(cls, req, 'truncated', body.length / 2, started);
    }
    res.end(body);
    count(cls, req, status, body.length, started);
  }

  function count(cls, req, status, bytes, started) {
    if (cls === 'control') return;
    stats.byClass[cls] ??= { requests: 0, bytes: 0, status: {} };
    const c = stats.byClass[cls];
    c.requests++;
    c.bytes += bytes;
    c.status[status] = (c.status[status] ?? 0) + 1;
    stats.requests++;
    stats.bytes += bytes;
    if (!opt.logRequests) return;
    const ms = Math.round((performance.now() - started) * 10) / 10;
    stats.log.push({ method: req.method, url: req.url, cls, status, bytes, ms });
  }
  function reset() {
    Object.assign(stats, newStats());
    tries.clear();
  }

  return {
    origin,
    url: `${origin}/`,
    overrides,
    opt,
    rig,
    tlsCA: tls.ca,
    get tuf() {
      return tuf;
    },
    stats: () => structuredClone(stats),
    reset,
    set: (changed) => Object.assign(opt, changed),
    /** Signs the TUF repository anew, e.g. with `{ expired: true }` or `{ noKeys: true }`. */
    setTuf: (changed = {}) => {
      tuf = signTuf(changed);
    },
    close: () =>
      new Promise((ok) => {
        server.close(ok);
        server.closeAllConnections();
        tlsServer.closeAllConnections();
      }),
  };
}
