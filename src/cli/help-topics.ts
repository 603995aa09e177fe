/** What the help says of each command. */
import type { CommandName } from './flags.ts';

export const EXIT_CODES = `Exit codes
  0  the policy holds            3  could not decide: trust root or network
  1  the policy failed          70  a bug in verify-deps
  2  bad flag, lockfile or policy file`;

const GATE_EXIT_CODES = `Exit codes
  0  installed                   3  could not decide: nothing was installed
  1  stopped, or npm's own code  70  a bug in verify-deps
  2  bad flag, policy or npm, or no lockfile; others are npm's own`;

interface Topic {
  readonly usage: string;
  readonly about: string;
  readonly examples: string;
  readonly exitCodes?: string;
}

export const topics: Readonly<Record<Exclude<CommandName, 'help'>, Topic>> = {
  check: {
    usage: 'verify-deps [check] [flags]',
    about: `Verifies every package that the lockfile will install and judges it by the
policy. The lockfile (package-lock.json, npm-shrinkwrap.json or pnpm-lock.yaml)
says which bytes count; the registry, the network and the cache are not
believed. The answer goes to verify-deps.lock.json beside the lockfile: commit
it, and a pull request shows what changed. A run over a part of the tree
(--omit, --workspace) leaves it as it is.`,
    examples: `  verify-deps --omit dev,optional     only what production installs
  verify-deps -w packages/api         only what one workspace needs
  verify-deps --no-report --json      look, and change no file
  verify-deps --fix                   remove dead exemptions from the policy`,
  },
  explain: {
    usage: 'verify-deps explain PKG[@VERSION] [flags]',
    about: `Verifies one package of the lockfile and shows every check in order: what was
signed, by whom, the log entry, and the rule and line of the policy that
decided. Without a version, every version in the lockfile is explained. Writes
no report.`,
    examples: `  verify-deps explain lodash
  verify-deps explain @scope/name@1.2.3 --json
  verify-deps explain lodash --note    text for the maintainer of a release`,
  },
  accept: {
    usage: 'verify-deps accept PKG[@VERSION] --reason TEXT [flags]',
    about: `Verifies the package anew, shows what differs from what verify-deps.lock.json
has recorded for its release line, and records what is so now, with the reason:
later versions are held to it. For a change that you have looked into, such as a
move to another repository. Commit the file, and a reviewer sees it.`,
    examples: `  verify-deps accept left-pad --reason 'moved to the organisation, see #12'
  verify-deps accept @scope/name@2.1.0 --reason 'releases from main now'`,
    exitCodes: `Exit codes
  0  it is recorded              3  could not decide: trust root or network
  1  it does not verify         70  a bug in verify-deps
  2  bad flag, unknown package, no report, or a file that cannot be read`,
  },
  bundle: {
    usage: 'verify-deps bundle FILE [ARTIFACT] [flags]',
    about: `Verifies a Sigstore bundle, of a file or an attestation, and shows who signed,
what the certificate says of them, the log entries and the times. FILE holds
one bundle, or one on each line (of which one has to hold); - reads standard
input. ARTIFACT is the file it was made for, or its digest. Needs no lockfile,
policy or registry. Who may sign has to be said: with --identity and --issuer,
or with --key.`,
    examples: `  verify-deps bundle app.sigstore.json app.tar.gz \\
    --identity https://github.com/o/r/.github/workflows/w.yml@refs/tags/v1 \\
    --issuer https://token.actions.githubusercontent.com
  verify-deps bundle app.bundle app.tar.gz --key cosign.pub
  gh attestation download app.tar.gz -R o/r && \\
    verify-deps bundle sha256*.jsonl app.tar.gz   shows who signed, ends with 1`,
    exitCodes: `Exit codes
  0  it is verified              3  could not decide: no trust root, no
  1  it does not hold, or           artifact, or a newer format
     nobody said who may sign   70  a bug in verify-deps
  2  bad flag or unreadable file`,
  },
  scripts: {
    usage: 'verify-deps scripts [--write] [flags]',
    about: `Verifies the whole tree and lists the packages that run scripts when they are
installed, with what is proven of each. With --write, exactly the versions that
pass stand in allowScripts of package.json (npm) or allowBuilds of
pnpm-workspace.yaml (pnpm): what does not pass, or would allow versions nobody
has looked at, is taken out. What you have forbidden (false) stays forbidden.
Writes no report.`,
    examples: `  verify-deps scripts             who runs code here, and who built it
  verify-deps scripts --write     let those run that pass, and no others`,
    exitCodes: `Exit codes
  0  all of them pass            3  could not decide: trust root or network
  1  one of them does not pass  70  a bug in verify-deps
  2  bad flag, lockfile or policy file, or a list that cannot be edited`,
  },
  init: {
    usage: 'verify-deps init [--preset NAME] [--owner WHO] [--force] [flags]',
    about: `Verifies the tree under a preset and writes verify-deps.yaml beside the
lockfile: the preset, pins of your own scopes to who builds them today, and
exemptions for what fails today, which end after 90 days. Then writes the report
that later runs are held to. A proof that is wrong, or worse than an earlier
report recorded, is never exempted: it is listed, and the exit code is 1. A
policy that is there is left alone without --force.`,
    examples: `  verify-deps init --owner web-team@acme.example
  verify-deps init --preset strict     what comes from now on has to be proven`,
  },
  policy: {
    usage: 'verify-deps policy show|check|test [FILE] [flags]',
    about: `show prints the policy in force, value by value, with the file, line and column
that set each. check reads it with all it extends and says what is wrong with
it. test judges the cases of FILE (default verify-deps.test.yaml beside the
policy) and says which do not end as expected. A lockfile is not needed.`,
    examples: `  verify-deps policy show
  verify-deps policy check --policy next.yaml
  verify-deps policy test`,
    exitCodes: `Exit codes
  0  in order                    3  could not decide: a policy from elsewhere
  1  a case ends otherwise          cannot be fetched
  2  bad flag, policy or cases  70  a bug in verify-deps`,
  },
  simulate: {
    usage: 'verify-deps simulate --policy NEW [--since REF] [flags]',
    about: `Judges the lockfile as it was after each commit that changed it, by the policy
in force and by another one, and lists what only the other one would have
stopped. NEW is a file or a preset. Evidence is what can be had today; the
history is read with git. Writes nothing.`,
    examples: `  verify-deps simulate --policy strict
  verify-deps simulate --policy new.yaml --since v2.0.0 --json`,
    exitCodes: `Exit codes
  0  done: see what it says      3  something could not be asked
  1  does not occur             70  a bug in verify-deps
  2  bad flag, lockfile or policy, or no history`,
  },
  ci: {
    usage: 'verify-deps [flags] ci [NPM FLAGS]',
    about: `npm ci, behind the gate: your own npm plans what it would install, verify-deps
verifies exactly that, and npm installs it or nothing. A tree that is stopped
leaves node_modules as it was. What stands after "ci" goes to npm as it is;
flags of verify-deps stand before it. For npm 11 and 12.`,
    examples: `  verify-deps ci
  verify-deps ci --omit=dev
  verify-deps --policy strict.yaml ci --ignore-scripts`,
    exitCodes: GATE_EXIT_CODES,
  },
  install: {
    usage: 'verify-deps [flags] install [PKG...] [NPM FLAGS]',
    about: `npm install, behind the gate: your own npm resolves what it would install, with
the packages that are added, and verify-deps verifies exactly that before
anything is unpacked. If it is stopped, package.json, the lockfile and
node_modules stay as they were. What stands after "install" goes to npm as it
is; flags of verify-deps stand before it. Not for --global.`,
    examples: `  verify-deps install
  verify-deps install left-pad@1 --save-dev
  verify-deps install -w packages/api`,
    exitCodes: GATE_EXIT_CODES,
  },
  hook: {
    usage: 'verify-deps hook [install [--dry-run] [--git-hook]] [flags]',
    about: `For npm 12, which runs the preinstall script of a project before it fetches
anything: verifies package-lock.json, and ends npm if it does not pass. Covers
npm ci and npm install without packages. Older npm runs preinstall too late: the
hook says so and refuses.
hook install finds out which package manager and which CI are at work here,
writes the gates that go with them (npm 12, pnpm, yarn 4, bun, a workflow of
GitHub) and says what they do not stop. Files that are there are added to, or
left alone and the lines printed. Doing it again changes nothing.`,
    examples: `  verify-deps hook install --dry-run
  package.json:  "scripts": { "preinstall": "verify-deps hook" }`,
  },
  run: {
    usage: 'verify-deps [flags] run [--proven-only] -- COMMAND [ARGS...]',
    about: `Runs npm, pnpm, yarn, bun, deno, npx, dlx or anything that starts them, with a
registry of our own on loopback that judges every tarball before it hands it
over, and with empty caches. Lockfiles are left as they would have been. Every
package that was stopped is named at the end. A set-up that would lead past the
gate is refused before the command starts.`,
    examples: `  verify-deps run -- yarn install --frozen-lockfile
  verify-deps run -- bun add left-pad
  verify-deps run -- npx create-app my-app
  verify-deps run --proven-only -- npm update`,
    exitCodes: `Exit codes
  0  nothing was stopped         3  could not decide about a package
  1  a package was stopped      70  a bug in verify-deps
  2  bad flag or set-up: nothing was started; others are the command's own`,
  },
  proxy: {
    usage: 'verify-deps proxy [--listen HOST:PORT] [flags]',
    about: `A registry in front of those that npm's configuration of this folder names, for
a team or a CI fleet: a package is served when the policy of this folder lets
exactly its bytes through, and refused with the reason otherwise. Runs until
SIGTERM or SIGINT. Answers to this machine only, unless --listen says otherwise;
then clients need a token. Health and metrics (Prometheus) are below
/-/verify-deps/, every decision is a line of JSON in the log.`,
    examples: `  verify-deps proxy
  verify-deps proxy --listen 0.0.0.0:443 --public-url https://npm.acme.example \\
    --tls-cert chain.pem --tls-key key.pem --client-token-file tokens`,
    exitCodes: `Exit codes
  0  ended by a signal           3  no trust root
  1  does not occur             70  a bug in verify-deps
  2  bad flag, policy, certificate or token file, or the port is taken`,
  },
  fetch: {
    usage: 'verify-deps fetch [-o FILE] [flags]',
    about: `Collects everything that a check of this tree by this policy asks for, verified
as a check does it, and writes it to one file: what registries say of each
version, signatures, attestations, the trust root with all that proves it, and
policies from elsewhere. check --offline --evidence FILE needs nothing else, on
any machine, at any time. What is signed in it is verified anew each time, so
the file need not be trusted for that; docs/offline.md says what is not signed.
If something cannot be asked, nothing is written and the exit code is 3.`,
    examples: `  verify-deps fetch
  verify-deps check --offline --evidence verify-deps.evidence
  verify-deps fetch --omit dev -o production.evidence`,
    exitCodes: `Exit codes
  0  the file has all of it      3  something could not be asked: the file
  1  does not occur                 stands as it was
  2  bad flag, lockfile, policy 70  a bug in verify-deps`,
  },
  trust: {
    usage: 'verify-deps trust [flags]',
    about: `Shows what every verdict rests on: where the trust root comes from, how old it
is, its digest, the certificate authorities and logs with their validity, and
the signing keys of each registry in use.`,
    examples: `  verify-deps trust
  verify-deps trust --trust-root trusted_root.json`,
  },
};
