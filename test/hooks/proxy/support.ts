/** A proxy in front of a lab's registry, with the gate of the lab's project. */
import http from 'node:http';
import { npmOf } from '../../../src/connect.ts';
import { type Gate, openGate } from '../../../src/gate.ts';
import { createProxy } from '../../../src/hooks/proxy/proxy.ts';
import type {
  Decision,
  ProxyOptions,
  RequestRecord,
  UpstreamRecord,
  VerifyingProxy,
} from '../../../src/hooks/proxy/types.ts';
import { type Lab, type LabOptions, makeLab, type TreeKind } from '../../gates/support/lab.ts';

export interface Setup {
  readonly lab: Lab;
  readonly gate: Gate;
  readonly proxy: VerifyingProxy;
  readonly decisions: Decision[];
  readonly records: RequestRecord[];
  readonly upstream: UpstreamRecord[];
  close(): Promise<void>;
}

export async function setUp(
  kind: TreeKind,
  more: Partial<ProxyOptions> = {},
  options: LabOptions = {},
): Promise<Setup> {
  const lab = await makeLab(kind, undefined, options);
  const { project, env, served } = lab;
  const gateOptions = {
    cwd: project.cwd,
    env,
    cacheDir: project.cacheDir,
    tufMirror: `${served.server.url}tuf`,
    tufRoot: project.tufRoot,
  };
  const gate = await openGate(gateOptions);
  const decisions: Decision[] = [];
  const records: RequestRecord[] = [];
  const upstream: UpstreamRecord[] = [];
  const proxy = await createProxy({
    gate: () => gate,
    upstream: await npmOf(project.cwd, gateOptions),
    onDecision: (decision) => decisions.push(decision),
    onRequest: (record) => records.push(record),
    onUpstream: (record) => upstream.push(record),
    ...more,
  });
  return {
    lab,
    gate,
    proxy,
    decisions,
    records,
    upstream,
    async close() {
      await proxy.stop();
      await gate.close();
      await lab.close();
    },
  };
}

export interface Answered {
  readonly status: number;
  readonly reason: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly json: () => Record<string, never>;
}

/** One request with the path as it is given: nothing is normalised on the way. */
export function ask(
  proxy: { readonly url: string },
  path: string,
  more: {
    readonly method?: string;
    readonly headers?: http.OutgoingHttpHeaders;
    readonly body?: string;
  } = {},
): Promise<Answered> {
  const { hostname, port } = new URL(proxy.url);
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, path, method: more.method ?? 'GET', headers: more.headers ?? {}, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers,
            body,
            json: () => JSON.parse(body.toString('utf8')),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(more.body);
  });
}
