// Whole commands: this tool beside the real `npm audit signatures`. Each run measures npm cold, ours cold, npm warm, ours
// warm, one right after the other, so that a ratio compares two numbers of the same minute.
import path from 'node:path';
import * as peer from '../test/support/rig/peer-npm.mjs';
import { auditTable, percent, summarizeAudit } from './bench-table.mjs';
import { checkTree, measured } from './bench-trees.mjs';

export const auditTrees = ({ base, shares }) => shares.map((attested) => ({ packages: base, attested }));

export async function benchAudit(context) {
  const { trees, npm, runs: wanted, base, machine } = context;
  const runs = wanted(3);
  const rows = [];
  for (const shape of auditTrees(context))
    await trees.use(shape, async (tree) => rows.push(...(await measureTree(tree, shape, runs, context))));
  const cells = summarizeAudit(rows);
  const facts = { packages: base, runs, npm, ...machine };
  return { facts, rows, bars: cells.map(({ bar }) => bar).filter(Boolean), text: auditTable(cells, facts) };
}

async function measureTree(tree, { attested }, runs, { npm, latencies, say }) {
  const { home, server, project } = tree;
  const anchor = Buffer.from(server.anchor, 'base64');
  const trustedRoot = Buffer.from(server.trustedRoot, 'base64');
  const theirs = peer.peerDir(path.join(home, 'npm'), { anchor, tlsCA: server.tlsCA, project });
  const contestants = { ours: (cache) => checkTree(tree, cache) };
  if (npm) {
    const ci = await peer.npmCi(theirs, server.url);
    if (ci.code !== 0) throw new Error(`npm ci ended with ${ci.code}: ${ci.err}`);
    contestants.npm = (cache) => {
      if (cache === 'cold') peer.primeCache(theirs.cache, anchor, trustedRoot);
      return auditSignatures(theirs, tree);
    };
  }
  const rows = [];
  for (const latency of latencies) {
    await server.control('options', { latency });
    for (let run = 1; run <= runs; run++) {
      for (const cache of ['cold', 'warm']) {
        for (const who of npm ? ['npm', 'ours'] : ['ours']) {
          const row = { who, run, cache, attested, latency };
          rows.push(Object.assign(row, await measured(tree, () => contestants[who](cache))));
          say(
            `${percent(attested)}, ${latency} ms, ${cache}, run ${run}: ${who} ${row.wall.toFixed(2)} s, ${row.cpu.toFixed(2)} s CPU, ${row.requests} requests`,
          );
        }
      }
    }
  }
  return rows;
}

async function auditSignatures(folder, { server, expected }) {
  const result = await peer.auditSignatures(folder, server.url);
  const { signatures } = peer.parseAudit(result.out);
  if (result.code !== 0 || signatures !== expected.installed)
    throw new Error(`npm audit signatures ended with ${result.code}: ${result.out}${result.err}`);
  return result;
}
