// Writes policies/policy.schema.json from the built schema: `npm run schema`.
import { writeFile } from 'node:fs/promises';
import { policyJsonSchema } from '../build/policy/schema.js';

const file = new URL('../policies/policy.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
console.log('policies/policy.schema.json');
