import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CODES = { SIGINT: 130, SIGTERM: 143 };

/** A fresh folder, and the way to be rid of it; an interrupted script leaves none behind either. */
export function temporaryFolder(prefix) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), prefix));
  const clean = () => fs.rmSync(dir, { recursive: true, force: true });
  for (const [signal, code] of Object.entries(CODES)) {
    process.once(signal, () => {
      clean();
      process.exit(code);
    });
  }
  return { dir, clean };
}
