/** A body of YAML below `spec:` and the JSON that kubectl makes of it; undefined if it refuses the document. */
export type Row = readonly [name: string, body: string, json: string | undefined];
export const TABLE: readonly Row[] = [
