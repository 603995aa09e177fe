/** The parts of npm's own untyped libraries that this folder uses. */

declare module '@npmcli/config' {
  interface ConfigLayer {
    readonly data: Record<string, unknown>;
    readonly source: string | null;
  }
  export default class Config {
    constructor(options: {
      definitions: object;
      shorthands: object;
      flatten: (data: object, flat: object) => object;
      nerfDarts: readonly string[];
      npmPath: string;
      env: Record<string, string>;
      argv: readonly string[];
      cwd: string;
      warn: boolean;
    });
    readonly data: ReadonlyMap<string, ConfigLayer>;
    readonly flat: Record<string, unknown>;
    localPrefix: string | null;
    load(): Promise<void>;
    validate(): boolean;
    get(key: string): unknown;
    find(key: string): string | null;
    isDefault(key: string): boolean;
    loadLocalPrefix(): Promise<void>;
    loadUserConfig(): Promise<void>;
    loadGlobalConfig(): Promise<void>;
    setEnvs(): void;
    invalidHandler(key: string, value: unknown, type: unknown, source: string, where: string): void;
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const library: {
    readonly definitions: object;
    readonly shorthands: object;
    readonly nerfDarts: readonly string[];
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly flatten: (data: object, flat: object) => object;
  };
  export default library;
}

declare module '@npmcli/agent' {
  import type { ClientRequest, Agent as HttpAgent } from 'node:http';
  export class Agent extends HttpAgent {
    constructor(options: Readonly<Record<string, unknown>>);
    addRequest(request: ClientRequest, options: object): void;
    isSecureEndpoint(options?: object): boolean;
  }
  const library: {
    readonly Agent: typeof Agent;
  };
  export default library;
}

declare module '@npmcli/agent/lib/proxy.js' {
  const library: {
    getProxy(url: string, options: { readonly proxy: unknown; readonly noProxy: unknown }): URL | null;
  };
  export default library;
}

declare module 'npm-registry-fetch/lib/auth.js' {
  interface Auth {
    readonly token: string | null;
    readonly auth: string | null;
    readonly cert: string | null;
    readonly key: string | null;
    readonly regKey: string | false | null;
  }
  export default function getAuth(uri: string, options: Readonly<Record<string, unknown>>): Auth;
}

declare module 'pacote' {
  export interface TarballStream {
    on(event: 'data', listener: (chunk: Uint8Array) => void): this;
    on(event: 'end', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  const library: {
    readonly tarball: {
      stream<T>(
        spec: string,
        handler: (stream: TarballStream) => Promise<T>,
        options: Readonly<Record<string, unknown>>,
      ): Promise<T>;
    };
  };
  export default library;
}
