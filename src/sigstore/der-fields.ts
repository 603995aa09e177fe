/** Fields of DER structures as CMS and timestamps define them: in a fixed order, some of them optional. */
import { children, type Der, expectTag, oidOf } from '../core/der.ts';
import { MalformedError } from '../core/errors.ts';
import { isNull } from './signature-algorithm.ts';

/** Goes through the fields of one SEQUENCE in their order. What nobody has asked for by the end is refused. */
export class Fields {
  private readonly list: readonly Der[];
  private readonly what: string;
  private at = 0;

  constructor(sequence: Der | undefined, what: string) {
    this.list = children(expectTag(sequence, 0x30, what), what);
    this.what = what;
  }

  required(tag: number): Der {
    return expectTag(this.list[this.at++], tag, this.what);
  }

  optional(tag: number): Der | undefined {
    return this.list[this.at]?.tag === tag ? this.list[this.at++] : undefined;
  }

  /** The next field, whatever it is. */
  any(): Der | undefined {
    return this.list[this.at++];
  }

  end(): void {
    if (this.at < this.list.length)
      throw new MalformedError(this.what, 'field twice, unknown or out of order');
  }
}

/** The one element inside an EXPLICIT tag. */
export function explicit(element: Der, what: string): Der {
  const [inner, ...rest] = children(element, what);
  if (!inner || rest.length > 0) throw new MalformedError(what, 'not one value in an explicit tag');
  return inner;
}

/** RFC 5280 section 4.1.1.2. */
export interface AlgorithmIdentifier {
  readonly element: Der;
  readonly oid: string;
  /** What stands behind the identifier, if anything does. */
  readonly parameters: Der | undefined;
  /** True if there are no parameters, or NULL in their place: both are in use for the same (RFC 5754 section 2). */
  readonly bare: boolean;
}

export function algorithmIdentifier(element: Der | undefined, what: string): AlgorithmIdentifier {
  const sequence = expectTag(element, 0x30, what);
  const fields = new Fields(sequence, what);
  const oid = oidOf(fields.required(0x06), what);
  const parameters = fields.any();
  fields.end();
  return { element: sequence, oid, parameters, bare: parameters === undefined || isNull(parameters) };
}
