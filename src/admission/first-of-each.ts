/** Of the items with one key, the first. */
export function firstOfEach<T>(items: readonly T[], key: (item: T) => readonly unknown[]): readonly T[] {
  const first = new Map<string, T>();
  for (const item of items) {
    const text = JSON.stringify(key(item));
    if (!first.has(text)) first.set(text, item);
  }
  return [...first.values()];
}
