import { quote } from "../go-fmt/quote.ts";
import { type Bytes, textOfBytes } from "../url-escape.ts";

/** What Go's `url.Parse` says of bytes that are no URI: the part that it names and the fault. */
export function uriFault(bytes: Bytes): { readonly at: Bytes; readonly fault: string } {
  const mark = bytes.indexOf("#");
  const before = mark < 0 ? bytes : bytes.slice(0, mark);
  const fault = faultBeforeFragment(before);
  if (fault !== undefined) return { at: before, fault };
  return { at: bytes, fault: badEscape(bytes.slice(before.length)) ?? "net/url: invalid fragment" };
}

function faultBeforeFragment(bytes: Bytes): string | undefined {
  // oxlint-disable-next-line no-control-regex -- these are what a URL may not have
  if (/[\x00-\x1f\x7f]/.test(bytes)) return "net/url: invalid control character in URL";
  if (bytes.startsWith(":")) return "missing protocol scheme";
  const hierarchy = bytes.replace(/\?[^]*$/, "");
  const path = hierarchy.replace(/^[A-Za-z][A-Za-z0-9+.-]*:/, "");
  const scheme = hierarchy.slice(0, hierarchy.length - path.length);
  if (scheme === "" && /^[^/]*:/.test(path)) return "first path segment in URL cannot contain colon";
  return hierarchyFault(scheme, path);
}

/** Of an authority, if there is one, and the path after it. */
function hierarchyFault(scheme: Bytes, hierarchy: Bytes): string | undefined {
  const hasAuthority = scheme !== "" || !hierarchy.startsWith("///");
  const authority = hasAuthority ? (/^\/\/[^/]*/.exec(hierarchy)?.[0] ?? "") : "";
  // Schemes other than these may name several hosts, each with a port.
  const port = /^https?:$/i.test(scheme) ? /:[^]*$/ : /:[^:]*$/;
  return authorityFault(authority.slice(2), port) ?? badEscape(hierarchy.slice(authority.length));
}

function authorityFault(authority: Bytes, port: RegExp): string | undefined {
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  const fault = host.includes("[") ? bracketFault(host) : hostFault(host, port);
  if (fault !== undefined || at < 0) return fault;
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) return "net/url: invalid userinfo";
  const [name = "", password = ""] = user.split(/:([^]*)/);
  return badEscape(name) ?? badEscape(password);
}

/** Of a host between brackets. */
function bracketFault(host: Bytes): string | undefined {
  if (host.lastIndexOf("[") > 0) return "invalid IP-literal";
  const close = host.lastIndexOf("]");
  if (close < 0) return "missing ']' in host";
  const name = host.slice(1, close);
  const fault = portFault(host.slice(close + 1)) ?? characterFault(name);
  return fault ?? `invalid host: ParseAddr(${quoteBytes(name)}): unable to parse IP`;
}

function hostFault(host: Bytes, port: RegExp): string | undefined {
  return portFault(port.exec(host)?.[0] ?? "") ?? characterFault(host);
}

function portFault(port: Bytes): string | undefined {
  return /^(?::\d*)?$/.test(port) ? undefined : `invalid port ${quoteBytes(port)} after host`;
}

function characterFault(host: Bytes): string | undefined {
  const [found] =
    /%(?!25|[89a-fA-F][0-9a-fA-F])[^]{0,2}|[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\x80-\xff]/.exec(host) ?? [];
  if (found === undefined) return undefined;
  return found.startsWith("%")
    ? `invalid URL escape ${quoteBytes(found)}`
    : `invalid character ${quoteBytes(found)} in host name`;
}

function badEscape(bytes: Bytes): string | undefined {
  const [found] = /%(?![0-9a-fA-F]{2})[^]{0,2}/.exec(bytes) ?? [];
  return found === undefined ? undefined : `invalid URL escape ${quoteBytes(found)}`;
}

/** Go's `strconv.Quote`, also of bytes that are no text, such as half of a character. */
export function quoteBytes(bytes: Bytes): string {
  const text = textOfBytes(bytes);
  if (text !== undefined) return quote(text);
  const parts = bytes.match(/[^\x80-\xff]+|[\x80-\xff]/g) ?? [];
  const quoted = parts.map((part) =>
    part > "\x7f" ? `\\x${part.charCodeAt(0).toString(16)}` : quote(part).slice(1, -1),
  );
  return `"${quoted.join("")}"`;
}
