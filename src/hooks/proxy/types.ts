/**
 * The verifying proxy: a registry of its own on loopback, in front of those that npm's configuration names. A tarball leaves
 * it only after the gate has judged exactly the bytes that are sent.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../../gate.ts';
import type { Verdict } from '../../policy/types.ts';
import type { NpmOptions } from '../../registry/npmrc.ts';

export interface ProxyLimits {
  /** Requests that are answered at a time; more are told to come back (503). */
  readonly requestsMax: number;
  /** Requests to registries at a time, over all clients. */
  readonly upstreamMax: number;
  /** A tarball that is larger goes into a temporary file until it is judged. */
  readonly memoryBytesMax: number;
  /** A tarball that is larger is refused. */
  readonly tarballBytesMax: number;
  /** Of all tarballs that are under way at a time, in memory and on disk. */
  readonly spoolBytesMax: number;
  /** Wait for the head of a registry's answer. */
  readonly headMs: number;
  /** Longest silence in the middle of an answer of a registry, and of a client that takes an answer. */
  readonly idleMs: number;
  /** Longest time for one answer of a registry. */
  readonly transferMs: number;
  /** Of a request's body; only the security advisories take one. */
  readonly bodyBytesMax: number;
}

/** What became of one package. The same package is judged anew for other bytes only. */
export interface Decision {
  readonly name: string;
  readonly version: string;
  /** sha512 of the bytes that the registry sent. */
  readonly integrity: string;
  /** `undecided`: something that must be known could not be asked, or the verifier failed. Blocked like `failed`. */
  readonly outcome: 'passed' | 'failed' | 'undecided';
  /** Undefined where the verifier itself failed. */
  readonly verdict: Verdict | undefined;
  /** Why it is blocked, one printable line; empty if it passed. */
  readonly line: string;
  readonly bytes: number;
  /** Base URL of the registry that sent them. */
  readonly registry: string;
  /** Address of the client whose request led to it. */
  readonly from: string;
}

/** One request to a registry that was answered, or was not. */
export interface UpstreamRecord {
  readonly kind: 'packument' | 'manifest' | 'tarball' | 'passed-on';
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  /** Until the head of the answer, or the failure. */
  readonly ms: number;
}

/** One request that was answered, or broken off by the client. */
export interface RequestRecord {
  readonly method: string;
  /** Printable, without query. */
  readonly path: string;
  readonly kind: 'packument' | 'manifest' | 'tarball' | 'passed-on' | 'refused';
  /** `NAME` or `NAME@VERSION`, where the path says so. */
  readonly package: string | undefined;
  /** What was sent; 499 if the client went away before. */
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
  readonly userAgent: string;
  /** Address of the client. */
  readonly from: string;
}

export interface HandlerOptions {
  /** Asked for every package: a service may open another gate when its policy or trust root is renewed. */
  readonly gate: () => Gate | Promise<Gate>;
  /** Registries, credentials, proxies and CAs: npm's configuration. Nobody else is asked. */
  readonly upstream: NpmOptions;
  /** Registries besides those (base URLs), for tarballs only: those of the policy. */
  readonly registries?: readonly string[];
  /** Base URL that clients know this proxy by; rewritten tarball URLs begin with it. With trailing slash. */
  readonly publicUrl: string;
  /** Values of `Host` that are answered, with port, besides that of `publicUrl`. Everybody else is refused (421). */
  readonly hosts?: readonly string[];
  /**
   * Clients of npm are told `replace-registry-host=always`, as `run` does: then tarball URLs are left as they are for them, and
   * their lockfiles stay clean. Otherwise they are left only where npm replaces them anyway: those of its default registry.
   */
  readonly npmReplacesHost?: boolean;
  /** Leave versions that would be blocked out of packuments, so that clients resolve to others. */
  readonly provenOnly?: boolean;
  readonly limits?: Partial<ProxyLimits>;
  /** Once for each package and its bytes; what it throws is ignored. */
  readonly onDecision?: (decision: Decision) => void;
  readonly onRequest?: (record: RequestRecord) => void;
  /** Once for each request to a registry; what it throws is ignored. */
  readonly onUpstream?: (record: UpstreamRecord) => void;
}

export interface ProxyStats {
  readonly requests: number;
  /** Being answered now. */
  readonly active: number;
  readonly upstreamRequests: number;
  readonly upstreamBytes: number;
  /** Answers of registries that failed: no answer, 5xx, broken off, too slow. */
  readonly upstreamFailures: number;
  readonly tarballs: number;
  readonly blocked: number;
  /** In memory and on disk, now. */
  readonly spoolBytes: number;
}

/** Answers requests of any server: `node:http` or `node:https`. */
export interface ProxyHandler {
  handle(request: IncomingMessage, response: ServerResponse): void;
  readonly stats: ProxyStats;
  /** What a tarball URL of this proxy stands for; undefined if it is none of its own, or of no configured registry. */
  originalOf(url: string): string | undefined;
  /** Breaks off what is asked of registries and removes temporary files. */
  close(): Promise<void>;
}

export interface ProxyOptions extends Omit<HandlerOptions, 'publicUrl'> {
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly publicUrl?: string;
}

export interface VerifyingProxy {
  /** Base URL with trailing slash. */
  readonly url: string;
  /** Without. */
  readonly origin: string;
  readonly stats: ProxyStats;
  originalOf(url: string): string | undefined;
  /** Ends connections, what is under way included. */
  stop(): Promise<void>;
}
