import type { CommandName, Flag } from './flags.ts';

const bundle: readonly CommandName[] = ['bundle'];

/** What `bundle` may demand of transparency and time. */
export const bundleFlags: Readonly<Record<string, Flag>> = {
  'transparency-logs': {
    value: 'N',
    only: bundle,
    help: ['operators of logs with an entry (default 1)'],
  },
  'inclusion-proof': {
    value: 'WHEN',
    only: bundle,
    help: ["always: a log's promise alone does not do, not", 'even in bundles v0.1, which allow it'],
  },
  witness: {
    value: 'VKEY',
    repeatable: true,
    only: bundle,
    help: ['witness that is known: NAME+HASH+KEY;', 'repeatable'],
  },
  witnesses: {
    value: 'N',
    only: bundle,
    help: ['of them, how many must have cosigned', '(default 0)'],
  },
  'ct-logs': {
    value: 'N',
    only: bundle,
    help: ['operators of certificate transparency logs', 'that know the certificate (default 1)'],
  },
  'trusted-times': {
    value: 'N',
    only: bundle,
    help: ['operators of logs and timestamp authorities', 'that say when it was signed (default 1)'],
  },
  'timestamp-authorities': {
    value: 'N',
    only: bundle,
    help: ['timestamp authorities among them (default 0)'],
  },
  'insecure-without-transparency-log': {
    only: bundle,
    help: ['accept what nobody can see was signed'],
  },
  'insecure-without-certificate-transparency': {
    only: bundle,
    help: ['accept certificates that nobody can see were', 'issued'],
  },
  'insecure-without-trusted-time': {
    only: bundle,
    help: ['with --key: accept that nothing says when it', 'was signed'],
  },
};
