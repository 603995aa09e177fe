// Serves a rig that `writeRig` has written, in a process of its own: node scripts/rig-server.mjs DIR
// Started with fork(): sends { url, tlsCA, anchor, trustedRoot } when it listens, and ends with its parent.
import { trustedRootOf } from '../test/support/rig/peer-npm.mjs';
import { readRig } from '../test/support/rig/registry.mjs';
import { serve } from '../test/support/rig/server.mjs';

const rig = readRig(process.argv[2]);
const server = await serve(rig, { port: Number(new URL(rig.origin).port) });
process.on('disconnect', () => process.exit(0));
process.send({
  url: server.url,
  tlsCA: server.tlsCA,
  anchor: server.tuf.anchor.toString('base64'),
  trustedRoot: trustedRootOf(server.tuf).toString('base64'),
});
