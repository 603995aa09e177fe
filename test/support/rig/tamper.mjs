// Named attacks and faults, for judging verifiers. Each changes what the rig serves, what the lockfile says, or what lies on
// disk, for one victim package.
import { ATTESTATION } from './tampers/attestation.mjs';
import { BUNDLE } from './tampers/bundle.mjs';
import { context } from './tampers/context.mjs';
import { DISK, LOCK } from './tampers/project.mjs';
import { SERVICE } from './tampers/service.mjs';
import { SIGNATURE } from './tampers/signature.mjs';

const CONTROL = [['control-none', 'accept', 'nothing is tampered with', () => {}]];

const entries = (where, list) =>
  list.map(([id, sound, about, apply, needs]) => ({
    id,
    group: id.split('-')[0],
    sound,
    about,
    apply,
    where,
    ...(needs ? { needs } : {}),
  }));

/** The catalogue; what the fields mean is in tamper.d.mts. */
export const TAMPERS = [
  ...entries('served', [...CONTROL, ...SIGNATURE, ...ATTESTATION, ...BUNDLE, ...SERVICE]),
  ...entries('lock', LOCK),
  ...entries('disk', DISK),
];

/**
 * Packages worth attacking: attested, direct, in production; in the lockfile's order.
 * @param options `rotated: true` for those published after the registry changed its key (`rig.sigstore.conf.rotation`),
 *   `false` for those published before the new key came into force
 */
function victims(rig, { rotated } = {}) {
  const { npmKeys } = rig.sigstore;
  const wanted = rig.project['package.json'].dependencies;
  return rig.packages.filter((x) => {
    if (!x.onDisk || !x.attested || x.location !== `node_modules/${x.name}` || !wanted[x.name]) return false;
    if (rotated === undefined) return true;
    return rotated ? x.time >= npmKeys[0].end : x.time < npmKeys[1].start;
  });
}

/**
 * Applies one tamper to a victim; `undo()` takes it back.
 * @param target `{ rig, server, victim?, other?, project?, dir? }`: `lock-*` edit `project` (a deep copy of rig.project),
 *   `disk-*` the installed project in the folder `dir`
 */
export function applyTamper(id, { rig, server, victim, other, project, dir }) {
  const tamper = TAMPERS.find((x) => x.id === id);
  if (!tamper) throw new Error(`no tamper ${id}; there are: ${TAMPERS.map((x) => x.id).join(' ')}`);
  if (tamper.where === 'lock' && !project) throw new Error(`${id} needs a project to edit`);
  if (tamper.where === 'disk' && !dir) throw new Error(`${id} needs a folder to edit`);
  const fit = tamper.needs ? victims(rig, { rotated: tamper.needs === 'rotated' }) : victims(rig);
  const target = victim ?? fit[0];
  const helper = other ?? victims(rig).find((x) => x.name !== target?.name);
  if (!target || !helper) throw new Error(`${id}: the rig has no fitting victim, try another seed`);
  const before = new Map(rig.docs);
  const c = context({ rig, server, victim: target, other: helper });
  tamper.apply(c, tamper.where === 'lock' ? project : dir);
  return {
    victim: c.id,
    other: `${helper.name}@${helper.version}`,
    sound: tamper.sound,
    about: tamper.about,
    undo() {
      server.overrides.clear();
      server.setTuf();
      for (const key of [...rig.docs.keys()]) if (!before.has(key)) rig.docs.delete(key);
      for (const [key, doc] of before) rig.docs.set(key, doc);
    },
  };
}
