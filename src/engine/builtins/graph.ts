import { compare } from "../compare.ts";
import { RegoObject, type RegoValue } from "../value.ts";
import { type Builtins, itemsOf, setValue } from "./builtin.ts";
import { LimitReached } from "./limit-reached.ts";

/** Nodes on all paths together: a graph of twenty nodes may have a million paths. */
const MAX_NODES = 200_000;

/** Nodes on one path: each is a level of recursion. */
const MAX_LENGTH = 1_000;

/** v1/topdown/reachable.go, without what is native in WebAssembly. */
export const GRAPH: Builtins = {
  "graph.reachable_paths": ([graph, initial]) => {
    const roots = itemsOf(initial);
    if (!(graph instanceof RegoObject) || roots === undefined) return undefined;
    return new Paths(graph).from(roots);
  },
};

/** One search: `from` throws LimitReached where the paths are too many or too long. */
class Paths {
  readonly #graph: RegoObject;
  readonly #paths: RegoValue[] = [];
  #nodes = 0;

  constructor(graph: RegoObject) {
    this.#graph = graph;
  }

  from(roots: readonly RegoValue[]): RegoValue {
    for (const root of roots) {
      const neighbours = this.#neighboursOf(root);
      if (neighbours?.length === 0) this.#add([root]);
      for (const neighbour of neighbours ?? []) this.#extend([root], neighbour);
    }
    return setValue(this.#paths);
  }

  /** A path ends before a node that is none of the graph's or already on it. */
  #extend(path: readonly RegoValue[], node: RegoValue): void {
    if (path.length > MAX_LENGTH) throw new LimitReached("would follow a path of more than 1,000 nodes");
    const neighbours = this.#neighboursOf(node);
    if (neighbours === undefined) {
      this.#add(path);
      return;
    }
    const longer = [...path, node];
    if (neighbours.length === 0) this.#add(longer);
    for (const neighbour of neighbours) {
      if (longer.some((other) => compare(other, neighbour) === 0)) this.#add(longer);
      else this.#extend(longer, neighbour);
    }
  }

  #add(path: readonly RegoValue[]): void {
    this.#nodes += path.length;
    if (this.#nodes > MAX_NODES) throw new LimitReached("would give paths of more than 200,000 nodes");
    this.#paths.push(path);
  }

  /** Undefined if the graph has no such node. Its keys are in order. */
  #neighboursOf(node: RegoValue): readonly RegoValue[] | undefined {
    const { entries } = this.#graph;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [key, neighbours] = entries[middle] ?? [node, null];
      const order = compare(key, node);
      if (order === 0) return itemsOf(neighbours) ?? [];
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }
}
