import { describe, expect, test } from "@jest/globals";
import { bitString, integer, objectIdentifier, octetString, sequence, time } from "./der.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("DER", () => {
  test.each([
    ["a short length is one byte", octetString(Buffer.alloc(3)), "0403000000"],
    ["an integer whose first bit is set gets a leading zero", integer(Buffer.from([0x80])), "02020080"],
    ["an object identifier in base 128", objectIdentifier("1.2.840.10045.4.3.2"), "06082a8648ce3d040302"],
    ["a bit string says how many bits are unused", bitString(Buffer.from([0x06]), 1), "03020106"],
    ["an empty sequence", sequence(), "3000"],
  ])("%s", (_name, der, expected) => {
    expect(hex(der)).toBe(expected);
  });

  test.each([
    [127, "047f"],
    [128, "048180"],
    [255, "0481ff"],
    [256, "04820100"],
  ])("%i bytes of content have the right length octets", (size, expected) => {
    expect(hex(octetString(Buffer.alloc(size)))).toMatch(new RegExp(`^${expected}(00)+$`));
  });

  test("a time is UTCTime until 2049 and GeneralizedTime from 2050", () => {
    expect(time(new Date("2049-12-31T23:59:59Z")).subarray(2).toString()).toBe("491231235959Z");
    expect(time(new Date("2050-01-01T00:00:00Z")).subarray(2).toString()).toBe("20500101000000Z");
  });
});
