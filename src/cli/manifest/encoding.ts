/**
 * The text of a file as kubectl reads it: UTF-16 with a byte order mark is understood (Windows PowerShell writes it),
 * everything else is UTF-8, in which wrong bytes become U+FFFD. The mark itself goes.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return UTF_8.decode(bytes);
}

const UTF_8 = new TextDecoder("utf-8");
