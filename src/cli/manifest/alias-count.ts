/** Documents with fewer nodes, or fewer of them from aliases, are never refused. */
const FREE = { nodes: 1_000, aliased: 100 };

/** Between these numbers of nodes the share that may come from aliases falls evenly from `most` to `least`. */
const SHARE = { low: 400_000, most: 0.99, high: 4_000_000, least: 0.1 };

/**
 * Counts the nodes of a document as goyaml decodes them (decode.go, `allowedAliasRatio`): an alias costs what it stands
 * for, so that a few lines cannot become millions of values.
 */
export class AliasCount {
  nodes = 1;
  private aliased = 0;

  /** Adds nodes, of which `aliased` come from an alias; false if the aliases are too many now. */
  add(nodes: number, aliased: number): boolean {
    this.nodes += nodes;
    this.aliased += aliased;
    if (this.aliased <= FREE.aliased || this.nodes <= FREE.nodes) return true;
    return this.aliased / this.nodes <= allowedShare(this.nodes);
  }
}

function allowedShare(nodes: number): number {
  if (nodes <= SHARE.low) return SHARE.most;
  if (nodes >= SHARE.high) return SHARE.least;
  return SHARE.most - (SHARE.most - SHARE.least) * ((nodes - SHARE.low) / (SHARE.high - SHARE.low));
}
