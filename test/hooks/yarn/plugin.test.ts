import { describe, expect, test } from 'vitest';
import { createPlugin } from '../../../src/hooks/yarn/plugin.ts';
import type {
  Fetcher,
  FetchOptions,
  Locator,
  Package,
  Project,
  YarnCore,
} from '../../../src/hooks/yarn/types.ts';

const locator = (name: string, reference: string): Package => ({
  locatorHash: `${name} ${reference}`,
  scope: null,
  name,
  reference,
  version: '1.0.0',
});

/** As much of yarn as is asked before anything is fetched. */
function fakeYarn(fetcher: Fetcher) {
  class Configuration {
    sources = new Map<string, string>();
    get(): unknown {
      throw new Error('unknown setting');
    }
    makeFetcher(): Fetcher {
      return fetcher;
    }
  }
  const core: YarnCore = {
    Configuration,
    MessageName: { UNNAMED: 0 },
    ReportError: class extends Error {
      constructor(_code: number, message: string) {
        super(message);
      }
    },
    structUtils: {
      stringifyIdent: ({ name }) => name,
      stringifyLocator: ({ name, reference }) => `${name}@${reference}`,
      parseLocator: (text) => locator(text.slice(0, text.indexOf('@')), text.slice(text.indexOf('@') + 1)),
      parseRange: (range) => ({ source: null, selector: range.slice(range.indexOf(':') + 1), params: null }),
      isVirtualLocator: () => false,
      devirtualizeLocator: (of: Locator) => of,
    },
  };
  const { hooks } = createPlugin(
    core,
    { npath: { fromPortablePath: (file) => file } },
    { HOME: '/nowhere', VERIFY_DEPS_TRUST_ROOT: '/nowhere/root.json' },
  );
  const configuration = new Configuration();
  const project = (...packages: readonly Package[]): Project => ({
    cwd: '/nowhere',
    configuration,
    storedPackages: new Map(packages.map((one) => [one.locatorHash, one])),
    originalPackages: new Map(),
    accessibleLocators: new Set(packages.map((one) => one.locatorHash)),
    disabledLocators: new Set(),
  });
  return { hooks, configuration, project };
}

const never: Fetcher = {
  supports: () => true,
  getLocalPath: () => null,
  fetch: () => Promise.reject(new Error('asked for')),
};

describe('the plugin for yarn', () => {
  const get = (target: string, method = 'GET') => {
    const { hooks } = fakeYarn(never);
    return hooks.wrapNetworkRequest(async () => ({ body: Buffer.from('x') }), { target, method });
  };

  test('refuses a tarball for which no gated fetcher asked', async () => {
    const call = await get('https://registry.example/@a%2fb/-/b-1.0.0.tgz');
    await expect(call()).rejects.toThrow('verify-deps: a tarball was asked for past the gate');
  });

  test.each([
    ['https://registry.example/a', 'GET'],
    ['https://registry.example/a/-/a-1.0.0.tgz', 'PUT'],
  ])('leaves %s alone (%s)', async (target, method) => {
    const call = await get(target, method);
    expect(await call()).toEqual({ body: Buffer.from('x') });
  });

  test('lets no script run where something was linked past the gate', async () => {
    const { hooks, project } = fakeYarn(never);
    await hooks.globalHashGeneration(project(locator('root', 'workspace:.'), locator('l', 'link:./l')));
    await expect(hooks.globalHashGeneration(project(locator('a', 'npm:1.0.0')))).rejects.toThrow(
      'verify-deps: a@npm:1.0.0 was linked past the gate, so nothing is installed',
    );
    await expect(
      hooks.globalHashGeneration({ ...project(), accessibleLocators: new Set(['unknown']) }),
    ).rejects.toThrow('past the gate');
  });

  test('fetches nothing where nothing can be decided, and says why in one line', async () => {
    const { hooks, configuration, project } = fakeYarn(never);
    const errors: string[] = [];
    await hooks.validateProject(project(), { reportError: (_code, text) => errors.push(text) });
    expect(errors).toEqual([
      expect.stringMatching(/^verify-deps could not decide, so nothing is installed: /),
    ]);
    const how = { project: project(), cache: {}, fetcher: never } as unknown as FetchOptions;
    for (const reference of [
      'npm:1.0.0',
      'git@git.example:a.git#commit=0123abc',
      'https://x.example/a.tgz',
    ]) {
      const fetched = configuration.makeFetcher().fetch(locator('a', reference), how);
      await expect(fetched).rejects.toThrow('verify-deps could not decide');
    }
  });

  test('leaves the project’s own folders to yarn', async () => {
    const { configuration, project } = fakeYarn(never);
    const how = { project: project(), cache: {}, fetcher: never } as unknown as FetchOptions;
    const fetched = configuration.makeFetcher().fetch(locator('a', 'workspace:packages/a'), how);
    await expect(fetched).rejects.toThrow('asked for');
  });

  test('does not stand in a yarn that it does not know', () => {
    const core = { Configuration: { prototype: {} } } as unknown as YarnCore;
    expect(() => createPlugin(core, { npath: { fromPortablePath: (file) => file } }, {})).toThrow(
      'does not know this version of yarn',
    );
  });
});
