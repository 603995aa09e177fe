import { expect, it } from 'vitest';
import { normalRegistry, withoutSlashes } from '../../src/core/registry-url.ts';
import { keysTargetName } from '../../src/trust/registry-url.ts';

it.each([
  ['https://Registry.Example', 'https://registry.example/', 'registry.example/keys.json'],
  ['https://registry.example:443/', 'https://registry.example/', 'registry.example/keys.json'],
  ['http://registry.example:80//', 'http://registry.example/', 'registry.example/keys.json'],
  [
    'https://registry.example:8443/npm/',
    'https://registry.example:8443/npm/',
    'registry.example:8443/npm/keys.json',
  ],
  [
    'https://me:secret@registry.example/Npm?x=1#y',
    'https://registry.example/Npm/',
    'registry.example/Npm/keys.json',
  ],
  ['https://registry.example/a/../b', 'https://registry.example/b/', 'registry.example/b/keys.json'],
])('%s', (url, normal, name) => {
  expect(normalRegistry(url)).toBe(normal);
  expect(normalRegistry(normal)).toBe(normal);
  expect(keysTargetName(normal)).toBe(name);
});

it.each([
  '',
  'registry.example',
  'file:///etc/',
  'git+https://registry.example/',
  'https://',
  `https://registry.example/${'x'.repeat(3000)}`,
])('is no registry: %s', (url) => {
  expect(normalRegistry(url)).toBeUndefined();
});

it('tells protocols, hosts, ports and paths apart', () => {
  const urls = [
    'https://registry.example/',
    'http://registry.example/',
    'https://registry.example:444/',
    'https://registry.example./',
    'https://registry.example/npm/',
    'https://registry.example/NPM/',
  ];
  expect(new Set(urls.map(normalRegistry)).size).toBe(urls.length);
});

it('a path of nothing but slashes is no path', () => {
  expect(withoutSlashes('/'.repeat(2000))).toBe('');
  expect(withoutSlashes('/a//')).toBe('/a');
});
