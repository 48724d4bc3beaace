import { member, objectMember, type JsonObject } from "../policy/json.ts";
import type { LabelSelector } from "../policy/binding.ts";

/** Whether labels fit a selector, as `metav1.LabelSelectorAsSelector` reads it; undefined labels are none. */
export function selects(selector: LabelSelector, labels: JsonObject | undefined): boolean {
  const value = (key: string): string | undefined => {
    const found = labels === undefined ? undefined : member(labels, key);
    return typeof found === "string" ? found : undefined;
  };
  const labelsFit = Object.entries(selector.matchLabels).every(([key, wanted]) => value(key) === wanted);
  return (
    labelsFit &&
    selector.matchExpressions.every(({ key, operator, values }) => {
      const found = value(key);
      switch (operator) {
        case "In":
          return found !== undefined && values.includes(found);
        case "NotIn":
          return found === undefined || !values.includes(found);
        case "Exists":
          return found !== undefined;
        case "DoesNotExist":
          return found === undefined;
      }
    })
  );
}

/** The label keys that a selector looks at. */
export function selectorKeys(selector: LabelSelector): readonly string[] {
  return [...Object.keys(selector.matchLabels), ...selector.matchExpressions.map(({ key }) => key)];
}

/** The requirements of a selector as kubectl writes them: `team=web`, `tier in (back,front)`, `owner`, `!legacy`. */
export function requirementTexts(selector: LabelSelector): readonly string[] {
  const expressions = selector.matchExpressions.map(({ key, operator, values }) => {
    switch (operator) {
      case "In":
        return `${key} in (${values.join(",")})`;
      case "NotIn":
        return `${key} notin (${values.join(",")})`;
      case "Exists":
        return key;
      case "DoesNotExist":
        return `!${key}`;
    }
  });
  return [...labelTexts(selector.matchLabels), ...expressions];
}

/** Labels as kubectl writes them: `team=web`. */
export function labelTexts(labels: JsonObject | undefined): readonly string[] {
  return Object.entries(labels ?? {}).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
}

/** `metadata.labels` of an object. */
export function labelsOf(object: JsonObject | null | undefined): JsonObject | undefined {
  return objectMember(objectMember(object, "metadata"), "labels");
}
