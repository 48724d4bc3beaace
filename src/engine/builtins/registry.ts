import type { Builtin } from "./builtin.ts";
import { CASTS } from "./casts.ts";
import { CRYPTO } from "./crypto.ts";
import { ENCODING } from "./encoding.ts";
import { GLOB } from "./glob.ts";
import { GRAPH } from "./graph.ts";
import { GRAPHQL } from "./graphql/graphql.ts";
import { JSON_MARSHAL } from "./json-marshal.ts";
import { JSON_PATCH } from "./json-patch.ts";
import { JSON_SCHEMA } from "./json-schema/json-schema.ts";
import { JWT_VERIFY } from "./jwt-verify.ts";
import { JWT } from "./jwt.ts";
import { NET } from "./net.ts";
import { NUMBERS } from "./numbers.ts";
import { OBJECT } from "./object.ts";
import { RANDOM } from "./random.ts";
import { REGEX } from "./regex.ts";
import { RENDER_TEMPLATE } from "./render-template.ts";
import { SEMVER } from "./semver.ts";
import { SPRINTF } from "./sprintf.ts";
import { STRINGS } from "./strings.ts";
import { TIME } from "./time.ts";
import { TRACE } from "./trace.ts";
import { UNITS } from "./units.ts";
import { URI } from "./uri.ts";
import { URLQUERY } from "./urlquery.ts";
import { UUID_PARSE } from "./uuid.ts";
import { X509 } from "./x509.ts";
import { YAML } from "./yaml.ts";

/** Every builtin that the host provides, by OPA's name; `portcullis build` refuses policies that call any other. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  [
    CASTS,
    CRYPTO,
    ENCODING,
    GLOB,
    GRAPH,
    GRAPHQL,
    JSON_MARSHAL,
    JSON_PATCH,
    JSON_SCHEMA,
    JWT_VERIFY,
    JWT,
    NET,
    NUMBERS,
    OBJECT,
    RANDOM,
    REGEX,
    RENDER_TEMPLATE,
    SEMVER,
    SPRINTF,
    STRINGS,
    TIME,
    TRACE,
    UNITS,
    URI,
    URLQUERY,
    UUID_PARSE,
    X509,
    YAML,
  ].flatMap((family) => Object.entries(family)),
);
