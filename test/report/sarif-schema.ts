/**
 * The parts of SARIF 2.1.0 that the specification requires of what this tool writes, in the words of JSON Schema: required
 * properties (sections 3.13 to 3.58), enumerations, and no property that the sections do not name.
 */
const text = { type: 'string', minLength: 1 };
const index = { type: 'integer', minimum: 0 };
const object = (
  required: readonly string[],
  properties: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties: { ...properties, properties: { type: 'object' } },
});
const list = (items: unknown, more: object = {}) => ({ type: 'array', items, ...more });

/** 3.11: no placeholder without arguments, no link that was not meant. */
const message = object(['text'], {
  text: { type: 'string', minLength: 1, pattern: '^(?:[^{}\\[\\]\\\\]|\\{\\{|\\}\\}|\\\\[\\[\\]\\\\])*$' },
  markdown: text,
});
const level = { enum: ['none', 'note', 'warning', 'error'] };
const artifactLocation = object(['uri'], {
  uri: { type: 'string', format: 'uri-reference' },
  uriBaseId: text,
  index,
});
const physicalLocation = object(['artifactLocation', 'region'], {
  artifactLocation,
  region: object(['startLine'], { startLine: { type: 'integer', minimum: 1 } }),
});
const location = object(['physicalLocation'], {
  id: index,
  physicalLocation,
  logicalLocations: list(object([], { name: text, fullyQualifiedName: text, kind: text }), {
    uniqueItems: true,
  }),
});
const suppression = object(['kind'], {
  kind: { enum: ['inSource', 'external'] },
  status: { enum: ['accepted', 'underReview', 'rejected'] },
  justification: text,
});
const rule = object(['id'], {
  id: text,
  shortDescription: message,
  fullDescription: message,
  help: message,
  defaultConfiguration: object([], { level }),
});
const result = object(['message', 'ruleId', 'locations', 'partialFingerprints', 'suppressions'], {
  ruleId: text,
  ruleIndex: index,
  level,
  message,
  locations: list(location, { minItems: 1 }),
  relatedLocations: list(location, { minItems: 1, uniqueItems: true }),
  partialFingerprints: { type: 'object', additionalProperties: text, minProperties: 1 },
  suppressions: list(suppression, { uniqueItems: true }),
});
const run = object(['tool', 'results'], {
  tool: object(['driver'], {
    driver: object(['name'], { name: text, version: text, rules: list(rule, { uniqueItems: true }) }),
  }),
  automationDetails: object([], { id: text }),
  columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
  invocations: list(
    object(['executionSuccessful'], {
      executionSuccessful: { type: 'boolean' },
      exitCode: { type: 'integer' },
      toolExecutionNotifications: list(object(['message'], { level, message })),
    }),
  ),
  artifacts: list(
    object([], {
      location: artifactLocation,
      hashes: { type: 'object', additionalProperties: text },
      roles: list({ enum: ['analysisTarget'] }),
    }),
  ),
  results: list(result),
});

export const sarifSchema: Readonly<Record<string, unknown>> = {
  ...object(['version', 'runs'], {
    $schema: { type: 'string', format: 'uri' },
    version: { const: '2.1.0' },
    runs: list(run, { minItems: 1 }),
  }),
};
