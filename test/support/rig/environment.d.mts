export function isolatedEnv(home: string): Record<string, string | undefined>;
