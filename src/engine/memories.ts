import { PortcullisError } from "../error.ts";
import { DataOverflow, type BaseDocuments, type DataSource } from "./base-documents.ts";
import { isMemoryExhausted } from "./evaluation-error.ts";
import { InstanceSlot, type Instantiate } from "./instance-slot.ts";

/** Parsed base documents take 10 to 12 times their text, by measurement; a quarter is for what is added. */
const DATA_FACTOR = 15;
/** The most that parsed JSON takes, for lists of zeros. */
const WORST_FACTOR = 110;
/** The least that the base documents get: what is added later should seldom need another memory. */
const LEAST_DATA_BYTES = 2 ** 20;
/** The most: beside it the large memory, which addresses of 32 bits can name, has its 1 GiB. */
const MOST_DATA_BYTES = 2.75 * 2 ** 30;

/** How to make instances with an ordinary and with a large memory. */
export interface InstanceMakers {
  readonly ordinary: Instantiate;
  readonly large: Instantiate;
}

/** The makers of instances that have so many bytes for the base documents. */
export type MakersFor = (dataBytes: number) => InstanceMakers;

interface Slots {
  readonly ordinary: InstanceSlot;
  readonly large: InstanceSlot;
  readonly dataBytes: number;
}

/**
 * The memories of an engine, as long as it lives: the ordinary one, in which the base documents are changed, and the large
 * one, which gets a copy of them when it is first needed. Both are replaced when the documents have outgrown them.
 */
export class Memories {
  readonly #makersFor: MakersFor;
  #slots: Slots;

  /** `json` is a JSON object, validated. Throws what making an instance throws, or DATA_INVALID. */
  constructor(makersFor: MakersFor, json: Uint8Array) {
    this.#makersFor = makersFor;
    this.#slots = this.#loaded(json);
  }

  /** Where every session begins. */
  get ordinary(): InstanceSlot {
    return this.#slots.ordinary;
  }

  /** Where a session goes on that needs more memory. */
  get large(): InstanceSlot {
    return this.#slots.large;
  }

  /** `json` is a JSON object, validated. Throws DATA_INVALID; then the data are what they were. */
  setData(json: Uint8Array): void {
    const { ordinary, large, dataBytes } = this.#slots;
    // Only what fits in any case may be written over what is there.
    if (json.length * WORST_FACTOR > dataBytes) this.#slots = this.#loaded(json);
    else {
      ordinary.instance().documents.set(json);
      large.dropData();
    }
  }

  /** Changes the data in their place. Throws what `change` throws, or DATA_INVALID; then they are what they were. */
  changeData(change: (documents: BaseDocuments) => void): void {
    for (;;) {
      const { documents } = this.ordinary.instance();
      try {
        change(documents);
        break;
      } catch (thrown) {
        if (!isMemoryExhausted(thrown)) throw thrown;
        this.ordinary.dropInstance();
        this.#slots = this.#grown();
      }
    }
    this.large.dropData();
    if (this.ordinary.instance().documents.isTooLarge) this.#slots = this.#grown();
  }

  dropInstances(): void {
    this.ordinary.dropInstance();
    this.large.dropInstance();
  }

  #loaded(json: Uint8Array): Slots {
    return this.#fitting(
      json.length * DATA_FACTOR + LEAST_DATA_BYTES,
      () => ({ kind: "json", json }),
      () => undefined,
    );
  }

  /** Only there the data are written anew, without what was lost of free blocks when instances were dropped. */
  #grown(): Slots {
    const old = this.ordinary.copy();
    return this.#fitting(2 * this.#slots.dataBytes, () => old, rewrite);
  }

  /** Doubles the room until the data fit into it. */
  #fitting(least: number, source: () => DataSource, then: (documents: BaseDocuments) => void): Slots {
    for (let dataBytes = least; ; dataBytes *= 2) {
      const slots = this.#slotsFor(dataBytes, source);
      try {
        then(slots.ordinary.instance().documents);
        return slots;
      } catch (thrown) {
        if (!(thrown instanceof DataOverflow) && !isMemoryExhausted(thrown)) throw thrown;
      }
    }
  }

  #slotsFor(dataBytes: number, source: () => DataSource): Slots {
    if (dataBytes > MOST_DATA_BYTES) throw tooLarge();
    const makers = this.#makersFor(dataBytes);
    const ordinary = new InstanceSlot(makers.ordinary, source);
    const large = new InstanceSlot(makers.large, () => ordinary.copy());
    return { ordinary, large, dataBytes };
  }
}

function rewrite(documents: BaseDocuments): void {
  documents.set(documents.dump());
}

function tooLarge(): PortcullisError {
  return new PortcullisError("DATA_INVALID", {
    message: "The base documents take more memory than WebAssembly can address.",
    remedy: "Load fewer of them: parsed they take 10 to 100 times their text, of at most 2.75 GiB.",
  });
}
