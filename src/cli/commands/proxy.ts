import { printable } from '../../core/text.ts';
import type { LogSink } from '../../hooks/service/log.ts';
import { openLogFile } from '../../hooks/service/log-file.ts';
import { startService } from '../../hooks/service/service.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';
import type { ProxyArgs } from '../proxy-args.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** `verify-deps proxy`: serves until a signal ends it. SIGHUP has everything read anew. */
export async function proxy(args: ProxyArgs, work: WorkArgs, context: Context): Promise<number> {
  const { cwd, policy, registry, trustRoot, registryKeys, tufMirror, tufRoot, cacheDir, env } = runOptions(
    work,
    context,
  );
  const say = (line: string): void => {
    void context.say(`verify-deps: ${printable(line, 1_000)}\n`);
  };
  const ending = awaitSignal();
  const onHangup = (): void => {
    void service?.renew();
  };
  let service: Awaited<ReturnType<typeof startService>> | undefined;
  process.on('SIGHUP', onHangup);
  try {
    service = await startService({
      gate: {
        cwd,
        ...(env === undefined ? {} : { env }),
        ...given({ policy, registry, trustRoot, registryKeys, tufMirror, tufRoot, cacheDir }),
      },
      place: args.place,
      ...given({ publicUrl: args.publicUrl, certificate: args.certificate, tokenFile: args.tokenFile }),
      sink: args.logFile === undefined ? outputSink(context) : await openLogFile(args.logFile),
      renewMs: args.renewMs,
      limits: connectionLimits(args.connectionsMax),
      proxyLimits: args.tarballBytesMax === undefined ? {} : { tarballBytesMax: args.tarballBytesMax },
      onTrouble: say,
      usage,
    });
    context.ui.stop();
    if (work.detail !== 'quiet') say(`serving ${service.url}`);
    await ending.signal;
    await service.stop(args.graceMs);
    return exitCodes.passed;
  } finally {
    ending.dispose();
    process.off('SIGHUP', onHangup);
  }
}

function usage(): { readonly memoryBytes: number; readonly cpuSeconds: number } {
  const { user, system } = process.cpuUsage();
  return { memoryBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}

/** One client takes at most half of the places. */
function connectionLimits(most: number | undefined): {
  connectionsMax?: number;
  connectionsOfOneMax?: number;
} {
  return most === undefined ? {} : { connectionsMax: most, connectionsOfOneMax: Math.max(1, most >> 1) };
}

function outputSink({ output }: Context): LogSink {
  return {
    write: (text) => output.write(text),
    reopen: async () => undefined,
    close: async () => undefined,
  };
}

/** The first signal asks for the end; the second does not wait for it. */
function awaitSignal(): { readonly signal: Promise<void>; dispose(): void } {
  let came = false;
  let onSignal: (signal: (typeof SIGNALS)[number]) => void = () => undefined;
  const signal = new Promise<void>((resolve) => {
    onSignal = (name) => {
      if (came) process.exit(exitCodes[name]);
      came = true;
      resolve();
    };
  });
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal,
    dispose() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
