import { parseUri, type Uri } from "../uri.ts";
import {
  type Bytes,
  bytesOf,
  escapeFragment,
  escapeHost,
  escapePath,
  textOfBytes,
  unescape,
} from "../url-escape.ts";
import { SchemaError } from "./limits.ts";
import { quoteBytes, uriFault } from "./uri-fault.ts";

/** A reference to a schema (module github.com/xeipuuv/gojsonreference): a URI whose parts are escaped as Go does it. */
export interface Reference {
  readonly scheme: string;
  /** What follows the scheme where it does not begin with a slash. */
  readonly opaque: Bytes;
  /** User and host with the slashes before them; undefined where there are none. */
  readonly authority: Bytes | undefined;
  readonly path: Bytes;
  /** With the question mark before it. */
  readonly query: Bytes;
  readonly fragment: Bytes;
}

/** Throws Go's words for what is no URI. */
export function parseReference(text: string): Reference {
  const bytes = bytesOf(text);
  const uri = parseUri(bytes);
  if (uri !== undefined) return referenceOf(uri, bytes);
  const { at, fault } = uriFault(bytes);
  throw new SchemaError(`parse ${quoteBytes(at)}: ${fault}`);
}

function referenceOf(uri: Uri, bytes: Bytes): Reference {
  const hasSlashes = /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\//.test(bytes);
  const user = partOf(bytes, /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/([^/?#]*@)/);
  // Without a scheme, slashes with nothing behind them are lost.
  const hasAuthority = user !== "" || uri.host !== "" || (hasSlashes && uri.scheme !== "");
  return {
    scheme: uri.scheme,
    opaque: uri.opaque,
    authority: hasAuthority ? `//${user}${escapeHost(uri.host)}` : undefined,
    path: escaped(uri.rawPath, /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/, escapePath),
    query: uri.query === "" && !uri.forcesQuery ? "" : `?${uri.query}`,
    fragment: escaped(partOf(bytes, /#([^]*)/), /^[A-Za-z0-9\-_.~$&+,/:;=?@!'()*[\]%]*$/, escapeFragment),
  };
}

function partOf(bytes: Bytes, pattern: RegExp): Bytes {
  return pattern.exec(bytes)?.[1] ?? "";
}

/** As it is written where that is allowed, else as Go would write it. */
function escaped(raw: Bytes, allowed: RegExp, escape: (bytes: Bytes) => string): Bytes {
  return allowed.test(raw) ? raw : escape(unescape(raw) ?? raw);
}

/** Go's `URL.String`. */
export function formatReference(reference: Reference): Bytes {
  const { scheme, opaque, query, fragment } = reference;
  const start = scheme === "" ? "" : `${scheme}:`;
  const tail = query + (fragment === "" ? "" : `#${fragment}`);
  return start + (opaque === "" ? formatHierarchy(reference) : opaque) + tail;
}

function formatHierarchy({ scheme, authority, path }: Reference): Bytes {
  // Without a host, what has a colon before its first slash would be taken for a scheme.
  if (authority === undefined) return (scheme === "" && /^[^/]*:/.test(path) ? "./" : "") + path;
  if (path === "") return authority === "//" ? "" : authority;
  return authority + (path.startsWith("/") ? "" : "/") + path;
}

export function withoutFragment(reference: Reference): Reference {
  return { ...reference, fragment: "" };
}

/** Whether it names a document by itself, so that it could be fetched. */
export function isCanonical({ scheme, authority, path }: Reference): boolean {
  return scheme === "file"
    ? path.startsWith("/")
    : scheme !== "" && !/^(?:[^]*@|\/\/)?$/.test(authority ?? "");
}

/** The keys of the JSON pointer that the fragment is; none where it is no pointer. */
export function pointerOf({ fragment }: Reference): readonly string[] {
  const bytes = unescape(fragment) ?? fragment;
  const pointer = textOfBytes(bytes) ?? bytes;
  return pointer.startsWith("/") ? pointer.slice(1).split("/") : [];
}

/** Go's `URL.ResolveReference`. */
export function resolveReference(base: Reference, child: Reference): Reference {
  return parseReference(textOfReference(resolve(withoutFragment(base), child)));
}

export function textOfReference(reference: Reference): string {
  const bytes = formatReference(reference);
  return textOfBytes(bytes) ?? bytes;
}

function resolve(base: Reference, child: Reference): Reference {
  if (child.scheme !== "" || child.authority !== undefined)
    return { ...child, scheme: child.scheme || base.scheme, path: resolvePath(child.path, "") };
  const query = child.path === "" && child.query === "" ? base.query : child.query;
  if (child.path === "" && base.opaque !== "") return { ...base, query, fragment: child.fragment };
  const authority = base.authority ?? (base.scheme === "" ? undefined : "//");
  return { ...child, scheme: base.scheme, authority, query, path: resolvePath(base.path, child.path) };
}

function resolvePath(base: Bytes, child: Bytes): Bytes {
  const full = joinPaths(base, child);
  if (full === "") return "";
  const path = `/${withoutDots(full.split("/")).join("/")}${/(?:^|\/)\.\.?$/.test(full) ? "/" : ""}`;
  return path.startsWith("//") ? path.slice(1) : path;
}

/** As Go does it: empty parts count, but for one at the very start. */
function withoutDots(parts: readonly Bytes[]): readonly Bytes[] {
  const kept: Bytes[] = [];
  for (const part of parts) {
    if (part === "..") {
      kept.pop();
      if (kept.length === 1 && kept[0] === "") kept.pop();
    } else if (part !== ".") kept.push(part);
    else if (kept.length === 0) kept.push("");
  }
  return kept;
}

function joinPaths(base: Bytes, child: Bytes): Bytes {
  if (child === "") return base;
  return child.startsWith("/") ? child : base.slice(0, base.lastIndexOf("/") + 1) + child;
}
