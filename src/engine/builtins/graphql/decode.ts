import { RegoNumber, RegoObject, type RegoValue } from "../../value.ts";
import { isArray } from "../builtin.ts";
import { InvalidGraphql, type Limits } from "./limits.ts";

/**
 * Reads JSON as Go's encoding/json reads it into a struct: null is nothing, members that the struct lacks are passed
 * over. Throws InvalidGraphql where a type is wrong.
 */
export type Decode<T> = (value: RegoValue, limits: Limits) => T;

export function text(value: RegoValue): string {
  if (value === null) return "";
  if (typeof value !== "string") throw new InvalidGraphql();
  return value;
}

export function flag(value: RegoValue): boolean {
  if (value === null) return false;
  if (typeof value !== "boolean") throw new InvalidGraphql();
  return value;
}

const INTEGER = /^-?\d{1,15}$/;

export function integer(value: RegoValue): number {
  if (value === null) return 0;
  if (!(value instanceof RegoNumber) || !INTEGER.test(value.text)) throw new InvalidGraphql();
  return Number(value.text);
}

export function list<T>(decode: Decode<T>): Decode<readonly T[]> {
  return (value, limits) => items(value).map((item) => decode(item, limits));
}

/** The items of an array, without type. */
export function items(value: RegoValue): readonly RegoValue[] {
  if (value === null) return [];
  if (!isArray(value)) throw new InvalidGraphql();
  return value;
}

/** What may be left out. */
export function optional<T>(decode: Decode<T>): Decode<T | undefined> {
  return (value, limits) => (value === null ? undefined : decode(value, limits));
}

/** What may not: OPA panics where null stands for it. */
export function present<T>(decode: Decode<T>): Decode<T> {
  return (value, limits) => {
    if (value === null) throw new InvalidGraphql();
    return decode(value, limits);
  };
}

type Fields<T> = { readonly [K in keyof T]-?: Decode<T[K]> };

/** A struct; the names of its members may be written in capital or small letters unless they are `exact`. */
export function struct<T>(fields: () => Fields<T>, names: "exact" | "folded" = "folded"): Decode<T> {
  // Looked up with the first value, since structs refer to each other.
  let known: ReadonlyMap<string, Member> | undefined;
  return (value, limits) => {
    limits.spend(1);
    known ??= membersOf(fields(), names);
    const members: Record<string, unknown> = {};
    for (const { name, decode } of known.values()) members[name] = decode(null, limits);
    for (const [key, given] of entriesOf(value)) {
      const member = known.get(key) ?? known.get(names === "exact" ? key : fold(key));
      if (member !== undefined && given !== null) members[member.name] = member.decode(given, limits);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each member was read by the decoder of its name
    return members as T;
  };
}

interface Member {
  readonly name: string;
  readonly decode: Decode<unknown>;
}

/** By their names, and by those in small letters. */
function membersOf(decoders: object, names: "exact" | "folded"): ReadonlyMap<string, Member> {
  const members = Object.entries<Decode<unknown>>({ ...decoders }).map(([name, decode]) => ({
    name,
    decode,
  }));
  const folded = members.map((member) => [fold(member.name), member] as const);
  const exact = members.map((member) => [member.name, member] as const);
  return new Map(names === "exact" ? exact : [...folded, ...exact]);
}

function entriesOf(value: RegoValue): readonly (readonly [string, RegoValue])[] {
  if (value === null) return [];
  if (!(value instanceof RegoObject)) throw new InvalidGraphql();
  return value.entries.flatMap(([key, member]) => (typeof key === "string" ? [[key, member] as const] : []));
}

/** As encoding/json compares names: also the Kelvin sign is a `k`, and the long s an `s`. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll("\u017f", "s");
}
