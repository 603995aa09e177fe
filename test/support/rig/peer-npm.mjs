// Runs the real, unmodified npm against the rig.
//
// How npm finds its trust root (npm 11, pacote 21, @sigstore/tuf 4):
//  * its TUF client keeps its state in <npm cache>/_tuf/<mirror host>; a root.json found there is its trust anchor. So it gets
//    a private cache primed with the rig's root.
//  * it then always refreshes over https from the public mirror's host name. That request ignores npm's own proxy settings,
//    but honours HTTPS_PROXY: the rig answers CONNECT for that one host, with a certificate that NODE_EXTRA_CA_CERTS makes
//    valid. No /etc/hosts, no rights beyond a user's.
//  * the registry's keys are the TUF target <registry host[:port]>/keys.json.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TUF_HOST } from './server.mjs';

const PROBE = new URL('./usage-probe.mjs', import.meta.url).href;

/**
 * Empties a cache folder and leaves in it what makes npm trust the rig. With `trustedRoot` (the bytes of that TUF target) it
 * looks like a fresh npm whose shipped seeds are current. Without, npm downloads the target, and its concurrent verifications
 * race for it: about every fifth cold run then reports an intact package as tampered with.
 */
export function primeCache(cache, anchor, trustedRoot) {
  const dir = path.join(cache, '_tuf', TUF_HOST);
  fs.rmSync(cache, { recursive: true, force: true });
  fs.mkdirSync(path.join(dir, 'targets'), { recursive: true });
  fs.writeFileSync(path.join(dir, 'root.json'), anchor);
  if (trustedRoot) fs.writeFileSync(path.join(dir, 'targets', 'trusted_root.json'), trustedRoot);
}

/** The target trusted_root.json as a TUF repository serves it. */
export const trustedRootOf = (tuf) => [...tuf.files].find(([f]) => f.endsWith('.trusted_root.json'))[1];

/** Environment in which npm knows the rig and nothing else. */
function npmEnv({ url, cache, caFile, home }) {
  const outside = Object.entries(process.env).filter(([k]) => !/^(npm_|.*_proxy$|NODE_)/i.test(k));
  return {
    ...Object.fromEntries(outside),
    HOME: home,
    HTTPS_PROXY: url,
    NO_PROXY: '127.0.0.1,localhost',
    NODE_EXTRA_CA_CERTS: caFile,
    npm_config_registry: url,
    npm_config_cache: cache,
    npm_config_userconfig: path.join(home, 'npmrc'),
    npm_config_globalconfig: path.join(home, 'globalrc'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
    npm_config_color: 'false',
    npm_config_progress: 'false',
  };
}

/** Working folder for npm (a temporary one unless given): home, CA file, cache and a copy of the project. */
export function peerDir(base, { anchor, trustedRoot, tlsCA, project }) {
  const dir = base ?? fs.mkdtempSync(path.join(os.tmpdir(), 'rig-peer-'));
  const [home, cache, cwd] = ['home', 'cache', 'project'].map((x) => path.join(dir, x));
  const caFile = path.join(dir, 'tls-ca.pem');
  fs.mkdirSync(home, { recursive: true });
  fs.mkdirSync(cwd, { recursive: true });
  fs.writeFileSync(caFile, tlsCA);
  fs.writeFileSync(path.join(home, 'npmrc'), '');
  fs.writeFileSync(path.join(home, 'globalrc'), '');
  for (const [file, value] of Object.entries(project)) {
    fs.writeFileSync(path.join(cwd, file), `${JSON.stringify(value, null, 2)}\n`);
  }
  primeCache(cache, anchor, trustedRoot);
  return { dir, home, cache, caFile, cwd };
}

let gnuTime;
/** Path of GNU time, or an empty string; BSD's has neither -f nor -o. */
function timeProgram() {
  gnuTime ??= /GNU/.test(spawnSync('/usr/bin/time', ['--version'], { encoding: 'utf8' }).stdout ?? '')
    ? '/usr/bin/time'
    : '';
  return gnuTime;
}

/** Runs a Node program and measures it, by GNU time where there is one, else by what the process says of itself. */
export function run(argv, { cwd, env = process.env, timeout = 600_000 } = {}) {
  const report = path.join(os.tmpdir(), `rig-usage-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const time = timeProgram();
  const [command, ...args] = time ? [time, '-o', report, '-f', '%U %S %M', ...argv] : argv;
  const probed = { ...env, NODE_OPTIONS: `--import ${PROBE}`, RIG_USAGE_FILE: report };
  return new Promise((ok, bad) => {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd,
      env: time ? env : probed,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      // The child leads a process group of its own, and only that is ended.
      process.kill(-child.pid, 'SIGKILL');
    }, timeout);
    child.on('error', bad);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const wall = (performance.now() - started) / 1000;
      ok({ code: timedOut ? 'timeout' : (code ?? signal), out, err, wall, ...usage(report, time) });
    });
  });
}

function usage(file, time) {
  let text;
  try {
    text = fs.readFileSync(file, 'utf8').trim();
    fs.rmSync(file, { force: true });
  } catch {
    return {};
  }
  if (!time) {
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(text);
    return { user: userCPUTime / 1e6, sys: systemCPUTime / 1e6, rssMB: Math.round(maxRSS / 1024) };
  }
  // A line before the last says that the command failed.
  const [user, sys, kilobytes] = text.split('\n').at(-1).split(' ').map(Number);
  return { user, sys, rssMB: Math.round(kilobytes / 1024) };
}

/** The npm to compare with; RIG_NPM names another than the one on the PATH. */
export const npmCli = () => process.env.RIG_NPM ?? 'npm';
export const npmCi = (peer, url) =>
  run([npmCli(), 'ci', '--ignore-scripts'], { cwd: peer.cwd, env: npmEnv({ url, ...peer }) });
export const auditSignatures = (peer, url, extra = [], timeout) =>
  run([npmCli(), 'audit', 'signatures', ...extra], { cwd: peer.cwd, env: npmEnv({ url, ...peer }), timeout });

/** The numbers of `100 packages have verified registry signatures` and the like. */
export function parseAudit(out) {
  const n = (re) => {
    const m = re.exec(out);
    return m ? Number(m[1]) : 0;
  };
  return {
    audited: n(/audited (\d+) package/),
    signatures: n(/(\d+) packages? ha(?:s a|ve) verified registry signature/),
    attestations: n(/(\d+) packages? ha(?:s a|ve) verified attestation/),
    missing: n(/(\d+) packages? ha(?:s a|ve) missing registry signature/),
    invalidSignatures: n(/(\d+) packages? ha(?:s an|ve) invalid registry signature/),
    invalidAttestations: n(/(\d+) packages? ha(?:s an|ve) invalid attestation/),
  };
}
