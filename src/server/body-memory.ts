/** The memory that bodies of requests take, all connections of a server together; bytes. */
export interface BodyMemory {
  /** Whether so many more bytes may be taken; if so they are. */
  readonly take: (bytes: number) => boolean;
  /** Gives back what was taken. */
  readonly release: (bytes: number) => void;
  /** All that there is. */
  readonly limit: number;
}

/** Lives as long as its server. */
export function createBodyMemory(limit: number): BodyMemory {
  let taken = 0;
  return {
    limit,
    take: (bytes) => {
      if (taken + bytes > limit) return false;
      taken += bytes;
      return true;
    },
    release: (bytes) => {
      taken -= bytes;
    },
  };
}
