import { ValueKind } from "./ast.ts";

const BOOLEAN = /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;
const INTEGER = /^[-+]?0*(\d{1,19})$/;
const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[Ee][-+]?\d+)?$/;

/** Whether Go's strconv reads a scalar: integers have 64 bits, floats are finite. Of other kinds any may be. */
export function isReadableScalar(kind: number, raw: string): boolean {
  if (kind === ValueKind.Int) return isInt64(raw);
  if (kind === ValueKind.Float) return FLOAT.test(raw) && Number.isFinite(Number(raw));
  if (kind === ValueKind.Boolean) return BOOLEAN.test(raw);
  return kind >= ValueKind.Variable && kind <= ValueKind.Object;
}

function isInt64(raw: string): boolean {
  const [, digits] = INTEGER.exec(raw) ?? [];
  if (digits === undefined) return false;
  const integer = raw.startsWith("-") ? -BigInt(digits) : BigInt(digits);
  return BigInt.asIntN(64, integer) === integer;
}
