/** What this plugin uses of yarn 4: parts of `@yarnpkg/core` and `@yarnpkg/fslib`, which yarn hands to its plugins. */

export interface Locator {
  readonly locatorHash: string;
  readonly scope: string | null;
  readonly name: string;
  /** `npm:1.2.0`, `patch:…`, `workspace:.`, … */
  readonly reference: string;
}

export interface Package extends Locator {
  readonly version: string | null;
}

export interface Configuration {
  /** Where a setting was made; nothing for a default. */
  readonly sources: ReadonlyMap<string, string>;
  /** @throws for a setting that this yarn does not know */
  get(key: string): unknown;
}

/** Its prototype carries the one way from a package to a fetcher. */
export interface ConfigurationClass {
  readonly prototype: { makeFetcher: (this: Configuration) => Fetcher };
}

export interface Project {
  /** A portable path, as all paths of yarn. */
  readonly cwd: string;
  readonly configuration: Configuration;
  readonly storedPackages: ReadonlyMap<string, Package>;
  readonly originalPackages: ReadonlyMap<string, Package>;
  /** What is linked. */
  readonly accessibleLocators: ReadonlySet<string>;
  /** What is for other platforms and not unpacked. */
  readonly disabledLocators: ReadonlySet<string>;
}

export interface Cache {
  /** Compare what is there with what is loaded anew, as `--check-cache` does. */
  readonly check: boolean;
  fetchPackageFromCache(
    locator: Locator,
    checksum: string | null,
    options: { readonly loader?: () => Promise<unknown> },
  ): Promise<unknown>;
}

export interface FetchResult {
  /** Its real path is that of the archive in the cache. */
  readonly packageFs: { getRealPath(): string };
  readonly releaseFs?: () => void;
}

export interface FetchOptions {
  readonly project: Project;
  readonly cache: Cache;
  readonly fetcher: Fetcher;
  readonly cacheOptions?: {
    /** Packages for other platforms: nothing of theirs is unpacked. */
    readonly mockedPackages?: ReadonlySet<string>;
    readonly skipIntegrityCheck?: boolean;
  };
}

export interface Fetcher {
  supports(locator: Locator, options: unknown): boolean;
  getLocalPath(locator: Locator, options: unknown): string | null;
  readonly fetch: (locator: Locator, options: FetchOptions) => Promise<FetchResult>;
}

export interface Report {
  reportError(code: number, text: string): void;
}

export interface YarnCore {
  readonly Configuration: ConfigurationClass;
  readonly MessageName: { readonly UNNAMED: number };
  readonly ReportError: new (
    code: number,
    message: string,
    /** Says more below the message. */
    extra?: (report: Report) => void,
  ) => Error;
  readonly structUtils: {
    stringifyIdent(locator: Locator): string;
    stringifyLocator(locator: Locator): string;
    parseLocator(text: string, strict?: boolean): Locator;
    parseRange(range: string): {
      readonly source: string | null;
      readonly selector: string;
      readonly params: Readonly<Record<string, unknown>> | null;
    };
    isVirtualLocator(locator: Locator): boolean;
    devirtualizeLocator(locator: Locator): Locator;
  };
}

export interface YarnPaths {
  readonly npath: { fromPortablePath(path: string): string };
}

export interface NetworkRequest {
  readonly target: string | URL;
  readonly method: string;
}

export interface NetworkResponse {
  readonly body: unknown;
}

export type NetworkCall = () => Promise<NetworkResponse>;
