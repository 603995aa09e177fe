/** Entry of the security scanner for bun, and for whoever else speaks version 1 of its contract. */
import { type Advisory, scan } from './bun/scan.ts';

export const scanner: {
  readonly version: '1';
  scan(request: { readonly packages: unknown }): Promise<readonly Advisory[]>;
} = {
  version: '1',
  scan({ packages }) {
    // Warnings about dependencies of ours would stand between the user and the verdict.
    process.noDeprecation = true;
    return scan(packages, { cwd: process.cwd(), env: process.env });
  },
};
