import type { RegoValue } from "../value.ts";
import { type Builtins, objectValue, ofStrings } from "./builtin.ts";
import { parseAddress } from "./ip-address.ts";
import {
  type Bytes,
  bytesOf,
  escapePath,
  exactTextOfBytes,
  unescape,
  unescapeHost,
  unescapeZone,
} from "./url-escape.ts";

/** v1/topdown/uri.go, with Go's `url.Parse`. */
export const URI: Builtins = {
  "uri.parse": ofStrings((text) => {
    const uri = parseUri(bytesOf(text));
    return uri && toObject(uri);
  }),
  "uri.is_valid": ([text]) =>
    typeof text === "string" && text !== "" && parseUri(bytesOf(text)) !== undefined,
};

export interface Uri {
  readonly scheme: string;
  /** What follows the scheme where it does not begin with a slash. */
  readonly opaque: Bytes;
  readonly host: Bytes;
  readonly path: Bytes;
  /** As it was written. */
  readonly rawPath: Bytes;
  readonly query: Bytes;
  /** There is a `?` with nothing behind it. */
  readonly forcesQuery: boolean;
  readonly fragment: Bytes;
}

const EMPTY: Uri = {
  scheme: "",
  opaque: "",
  host: "",
  path: "",
  rawPath: "",
  query: "",
  forcesQuery: false,
  fragment: "",
};

/** Whether the path is written as Go would write it: then nothing is kept of how it was. */
export function hasDefaultPath({ path, rawPath }: Uri): boolean {
  return escapePath(path) === rawPath;
}

function toObject(uri: Uri): RegoValue {
  const { hostname, port } = splitPort(uri.host);
  const parts = {
    scheme: uri.scheme,
    hostname,
    port,
    path: uri.path,
    raw_path: hasDefaultPath(uri) ? uri.path : uri.rawPath,
    raw_query: uri.query,
    fragment: uri.fragment,
  };
  const texts = Object.entries(parts).map(([name, bytes]) => [name, exactTextOfBytes(bytes)] as const);
  return objectValue(texts.filter(([, text]) => text !== ""));
}

function splitPort(host: Bytes): { readonly hostname: Bytes; readonly port: Bytes } {
  const [, name = host, port = ""] = /^([^]*):(\d*)$/.exec(host) ?? [];
  return { hostname: /^\[[^]*\]$/.test(name) ? name.slice(1, -1) : name, port };
}

/** Undefined if the bytes are no URI. */
export function parseUri(bytes: Bytes): Uri | undefined {
  const [, before = "", fragment = ""] = /^([^#]*)#?([^]*)$/.exec(bytes) ?? [];
  const uri = parseWithoutFragment(before);
  const read = unescape(fragment);
  return uri === undefined || read === undefined ? undefined : { ...uri, fragment: read };
}

function parseWithoutFragment(bytes: Bytes): Uri | undefined {
  // oxlint-disable-next-line no-control-regex -- these are what a URL may not have
  if (/[\x00-\x1f\x7f]|^:/.test(bytes)) return undefined;
  if (bytes === "*") return { ...EMPTY, path: "*", rawPath: "*" };
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(bytes)?.[0] ?? "";
  const rest = scheme === "" ? bytes : bytes.slice(scheme.length + 1);
  const mark = rest.indexOf("?");
  const query = mark < 0 ? "" : rest.slice(mark + 1);
  const known = { ...EMPTY, scheme: scheme.toLowerCase(), query, forcesQuery: mark >= 0 && query === "" };
  return withHierarchy(known, mark < 0 ? rest : rest.slice(0, mark));
}

function withHierarchy(known: Uri, rest: Bytes): Uri | undefined {
  if (rest.startsWith("/")) return withAuthority(known, rest);
  // What follows a scheme without a slash is no path.
  if (known.scheme !== "") return { ...known, opaque: rest };
  return /^[^/]*:/.test(rest) ? undefined : withPath(known, rest);
}

function withAuthority(known: Uri, rest: Bytes): Uri | undefined {
  const hasAuthority = rest.startsWith("//") && (known.scheme !== "" || !rest.startsWith("///"));
  if (!hasAuthority) return withPath(known, rest);
  const [, user, authority = "", path = ""] = /^\/\/(?:([^/]*)@)?([^/]*)([^]*)$/.exec(rest) ?? [];
  const host = parseHost(known.scheme, authority);
  if (host === undefined || (user !== undefined && !isUser(user))) return undefined;
  return withPath({ ...known, host }, path);
}

function withPath(known: Uri, rawPath: Bytes): Uri | undefined {
  const path = unescape(rawPath);
  return path === undefined ? undefined : { ...known, path, rawPath };
}

function isUser(user: Bytes): boolean {
  return /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) && unescape(user) !== undefined;
}

function parseHost(scheme: string, host: Bytes): Bytes | undefined {
  if (host.startsWith("[") && host.lastIndexOf("[") === 0) return parseBracketed(host);
  if (host.includes("[")) return undefined;
  // Several hosts, each with a port, are taken except in these two.
  const isStrict = scheme === "http" || scheme === "https";
  const port = /:/.test(host) ? host.slice(isStrict ? host.indexOf(":") : host.lastIndexOf(":")) : "";
  return /^(?::\d*)?$/.test(port) ? unescapeHost(host) : undefined;
}

/** An address of IPv6, maybe with a zone, maybe with a port after it. */
function parseBracketed(host: Bytes): Bytes | undefined {
  const found = /^\[((?:(?!%25)[^])*)(%25[^]*)?\](:\d*)?$/.exec(host);
  if (found === null) return undefined;
  const [, address, zone, port] = found.map((part) => part ?? "");
  const ip = unescapeHost(address ?? "");
  const place = unescapeZone(zone ?? "");
  if (ip === undefined || place === undefined || place === "%") return undefined;
  return parseAddress(ip)?.bits === 128 ? `[${ip}${place}]${port ?? ""}` : undefined;
}
