// Loaded into a Node process with --import: leaves the files of code it has loaded, but for this one, in LOADED_FILE.
import fs from 'node:fs';
import inspector from 'node:inspector';
import { fileURLToPath } from 'node:url';

const urls = new Set();
const session = new inspector.Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params: { url } }) => {
  if (url.startsWith('file:') && url !== import.meta.url) urls.add(url);
});
session.post('Debugger.enable');
process.on('exit', () => {
  const files = [...urls].map((url) => ({
    file: fileURLToPath(url),
    bytes: fs.statSync(fileURLToPath(url)).size,
  }));
  fs.writeFileSync(process.env.LOADED_FILE, JSON.stringify(files));
});
