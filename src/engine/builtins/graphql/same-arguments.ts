import { compare } from "../../compare.ts";
import { type Argument, type ChildValue, type Value, ValueKind } from "./ast.ts";
import { type Limits, required } from "./limits.ts";

/** Whether two fields are given the same, in whatever order (rules/overlapping_fields_can_be_merged.go). */
export function haveSameArguments(
  listA: readonly Argument[],
  listB: readonly Argument[],
  limits: Limits,
): boolean {
  if (listA.length !== listB.length) return false;
  limits.spend(listA.length * listB.length);
  return listA.every((a) =>
    listB.some((b) => a.Name === b.Name && isSameValue(required(a.Value), required(b.Value), limits)),
  );
}

function isSameValue(a: Value, b: Value, limits: Limits): boolean {
  limits.spend(1 + a.Children.length);
  if (a.Kind !== b.Kind || a.Raw !== b.Raw || a.Children.length !== b.Children.length) return false;
  const isObject = a.Kind === ValueKind.Object;
  const othersOfB = isObject ? byName(b.Children) : b.Children;
  return (isObject ? byName(a.Children) : a.Children).every((child, index) => {
    const other = required(othersOfB[index]);
    return child.Name === other.Name && isSameValue(required(child.Value), required(other.Value), limits);
  });
}

function byName(children: readonly ChildValue[]): readonly ChildValue[] {
  return children.toSorted((a, b) => compare(a.Name, b.Name));
}
