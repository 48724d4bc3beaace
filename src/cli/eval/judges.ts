import { availableParallelism } from "node:os";
import type { Stage } from "../../admission/decision.ts";
import type { SynthesisOptions } from "../../admission/synthesize.ts";
import type { FieldPath } from "../../policy/field-path.ts";
import { BoundedReviews } from "../../workers/bounded-reviews.ts";
import type { JudgementResult } from "../../workers/judgement.ts";
import { JudgementPool } from "../../workers/judgement-pool.ts";
import type { Program } from "../../workers/program.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { customResourcesIn, namespacesIn, reviewInput } from "../review-input.ts";

/** Bytes of manifests from which on a thread saves more than its start takes: about 250 manifests. */
const MUCH = 1_000_000;
/** Beside the main thread, which reads: more threads would wait for it. */
const MAX_THREADS = 4;
/** So many reviews are made and judged at a time in this thread: enough that a limit for all of them costs nothing. */
const TOGETHER = 32;

export interface JudgesOptions extends Omit<SynthesisOptions, "uid" | "customResources"> {
  readonly stage: Stage;
  /** Told why a thread was replaced. */
  readonly replaced: (why: string) => void;
  /** How many threads may run at a time, this one included; default: as many as there are cores. */
  readonly cores?: number;
}

/** A manifest, where its object stands in its document, and what it came to. */
export interface JudgedManifest {
  readonly manifest: Manifest;
  readonly objectPath: FieldPath;
  readonly result: JudgementResult;
}

/** A manifest that threads judge. */
interface Posted {
  readonly manifest: Manifest;
  /** Set when its review is made, which is when a thread has room for it; `version` is what was known then. */
  readonly made: { objectPath: FieldPath; version: number | undefined };
  readonly result: Promise<JudgementResult>;
}

/**
 * Judges manifests in this thread or, if there is much to judge, on others, while the rest is still being read. What is
 * read later may tell of the namespace or of the resource of an earlier object: then that is judged again. Either way
 * every manifest is judged with all that there is to know. Has to be ended.
 */
export class Judges {
  readonly #program: Program;
  readonly #options: JudgesOptions;
  readonly #manifests: Manifest[] = [];
  readonly #posted: Posted[] = [];
  #namespaces: Program["namespaces"];
  #customResources: SynthesisOptions["customResources"] = new Map();
  /** Counts what became known. */
  #version = 0;
  #pool: JudgementPool | undefined;

  constructor(program: Program, options: JudgesOptions) {
    this.#program = program;
    this.#namespaces = program.namespaces;
    this.#options = options;
  }

  /** Is told how many bytes of manifests will come at least. */
  expect(bytes: number): void {
    const { replaced, cores = availableParallelism() } = this.#options;
    const size = Math.min(cores - 1, MAX_THREADS);
    if (bytes >= MUCH && size > 0) this.#pool = new JudgementPool(this.#program, { size, replaced });
  }

  /** Is given manifests that are to be judged. */
  add(manifests: readonly Manifest[]): void {
    this.#learn(namespacesIn(manifests), customResourcesIn(manifests));
    for (const manifest of manifests) {
      this.#manifests.push(manifest);
      if (this.#pool !== undefined) this.#post(manifest, this.#manifests.length, this.#pool);
    }
  }

  /** Every manifest with what it came to, in their order. Throws what `loadSurroundings` throws. */
  async *results(): AsyncGenerator<JudgedManifest> {
    if (this.#pool !== undefined && (await this.#pool.ready)) yield* this.#fromThreads(this.#pool);
    // Where threads cannot be started, this one says why, or judges all the same.
    else yield* this.#here();
  }

  async end(): Promise<void> {
    await this.#pool?.stop();
  }

  #learn(namespaces: Program["namespaces"], customResources: SynthesisOptions["customResources"]): void {
    if (namespaces.size === 0 && customResources.size === 0) return;
    this.#namespaces = new Map([...this.#namespaces, ...namespaces]);
    this.#customResources = new Map([...this.#customResources, ...customResources]);
    this.#version += 1;
    this.#pool?.learn(this.#namespaces);
  }

  #post(manifest: Manifest, number: number, pool: JudgementPool): void {
    const made: Posted["made"] = { objectPath: [], version: undefined };
    const result = pool.judge(() => {
      const { body, objectPath } = this.#review(manifest, number);
      made.objectPath = objectPath;
      made.version = this.#version;
      return { stage: this.#options.stage, body };
    });
    this.#posted[number - 1] = { manifest, made, result };
  }

  async *#fromThreads(pool: JudgementPool): AsyncGenerator<JudgedManifest> {
    for (const [index, { manifest, made }] of this.#posted.entries()) {
      if (made.version !== undefined && made.version < this.#version) this.#post(manifest, index + 1, pool);
    }
    for (const { manifest, made, result } of this.#posted) {
      yield { manifest, result: await result, objectPath: made.objectPath };
    }
  }

  *#here(): Generator<JudgedManifest> {
    const reviews = new BoundedReviews({ ...this.#program, namespaces: this.#namespaces });
    const { stage } = this.#options;
    for (let start = 0; start < this.#manifests.length; start += TOGETHER) {
      const group = this.#manifests.slice(start, start + TOGETHER).map((manifest, index) => {
        const id = start + index + 1;
        return { id, stage, manifest, ...this.#review(manifest, id) };
      });
      for (const [{ manifest, objectPath }, result] of reviews.results(group)) {
        yield { manifest, objectPath, result };
      }
    }
  }

  /** The review of the manifest of this number, by what is known now. */
  #review(manifest: Manifest, number: number): ReturnType<typeof reviewInput> {
    const { operation, namespace, userInfo } = this.#options;
    const customResources = this.#customResources;
    return reviewInput(manifest, { uid: `eval-${number}`, operation, namespace, userInfo, customResources });
  }
}
