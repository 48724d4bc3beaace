import type { Builtin } from "./builtin.ts";
import { CRYPTO } from "./crypto.ts";
import { ENCODING } from "./encoding.ts";
import { OBJECT } from "./object.ts";
import { RANDOM } from "./random.ts";
import { SEMVER } from "./semver.ts";
import { SPRINTF } from "./sprintf.ts";
import { STRINGS } from "./strings.ts";
import { TIME } from "./time.ts";
import { UNITS } from "./units.ts";

/** Every builtin that the host provides, by OPA's name; `portcullis build` refuses policies that call any other. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  [CRYPTO, ENCODING, OBJECT, RANDOM, SEMVER, SPRINTF, STRINGS, TIME, UNITS].flatMap((family) =>
    Object.entries(family),
  ),
);
