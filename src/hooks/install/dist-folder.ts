import { fileURLToPath } from 'node:url';

/** What was built of this tool: from `src/hooks/install` and `build/hooks/install` alike. From a chunk it is the folder above. */
export const distFolder: string = fileURLToPath(new URL('../../../dist/', import.meta.url));
