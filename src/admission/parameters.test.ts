import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { samplePolicy } from "../../test/samples.ts";
import { bindingParameters, effectiveParameters } from "./parameters.ts";

const SCHEMA = {
  type: "object",
  properties: {
    max: { type: "number", default: 5 },
    registry: {
      type: "object",
      default: {},
      properties: { host: { type: "string", default: "docker.io" }, port: { type: "integer" } },
    },
    images: {
      type: "array",
      items: {
        type: "object",
        properties: { name: { type: "string" }, pull: { type: "boolean", default: true } },
      },
    },
  },
};

function effective(text: string, parameters: Record<string, unknown> | undefined = SCHEMA): string {
  return effectiveParameters(samplePolicy("a/b", { metadata: { parameters } }), { text, where: "in a test" });
}

function parametersOf(binding: string): string {
  return bindingParameters({ text: binding, where: "in a test", position: { file: "b.yaml", line: 1 } });
}

test.each([
  ["nothing", "{}", '{"max":5,"registry":{}}'],
  ["a value, which replaces its default", '{"max":7}', '{"max":7,"registry":{}}'],
  [
    "a number with all its digits",
    '{"max":12345678901234567890}',
    '{"max":12345678901234567890,"registry":{}}',
  ],
  [
    "part of an object",
    '{"registry":{"port":443},"max":1}',
    '{"max":1,"registry":{"port":443,"host":"docker.io"}}',
  ],
  [
    "items of a list",
    '{"max":1,"registry":{},"images":[{"name":"a"},{"pull":false}]}',
    '{"images":[{"name":"a","pull":true},{"pull":false}],"max":1,"registry":{"host":"docker.io"}}',
  ],
  [
    "what the schema does not name",
    '{"max":1,"registry":{"port":1},"other":1.10}',
    '{"max":1,"other":1.10,"registry":{"port":1,"host":"docker.io"}}',
  ],
])("%s is filled in", (_name, given, expected) => {
  expect(effective(given)).toBe(expected);
});

test("without a schema parameters stay as they are", () => {
  expect(effectiveParameters(samplePolicy("a/b"), { text: '{"n": 1.0}', where: "" })).toBe('{"n": 1.0}');
});

test("what was given is never changed, and parameters that are complete stay as they are", () => {
  const parameters = fc.record({
    max: fc.nat(),
    registry: fc.record({ host: fc.string(), port: fc.integer() }),
  });
  fc.assert(
    fc.property(parameters, (given) => {
      expect(JSON.parse(effective(JSON.stringify(given)))).toEqual(given);
    }),
  );
});

test("a value of the wrong type is refused with policy, place and key", () => {
  expect(() => effective('{"max":"7"}')).toThrow(/a\/b in a test.*number.*max/s);
});

test("a missing parameter without a default is refused", () => {
  expect(() =>
    effective("{}", { type: "object", properties: { team: { type: "string" } }, required: ["team"] }),
  ).toThrow(expect.objectContaining({ code: "PARAMETERS_INVALID" }));
});

test.each([
  { type: "text" },
  { $ref: "#/definitions/x" },
  { type: "object", properties: { a: { type: "string", pattern: "(" } } },
])("a schema such as %j is an error of the METADATA, not a fault of Portcullis", (schema) => {
  expect(() => effective("{}", schema)).toThrow(
    expect.objectContaining({ code: "METADATA_INVALID", position: { file: "a/b.rego" } }),
  );
});

test("a binding's parameters keep their digits", () => {
  expect(
    parametersOf('{"spec":{"policies":["a/b"],"parameters":{"n":12345678901234567890, "f":1.50}}}'),
  ).toBe('{"f":1.50,"n":12345678901234567890}');
});

test("a binding without parameters gives none", () => {
  expect(parametersOf('{"spec":{"policies":["a/b"]}}')).toBe("{}");
});

test("parameters nested deeper than the engine reads are an error that names the binding and its place", () => {
  const deep = `{"spec":{"parameters":{"list":${"[".repeat(2_000)}${"]".repeat(2_000)}}}}`;
  expect(() => parametersOf(deep)).toThrow(
    expect.objectContaining({
      code: "PARAMETERS_INVALID",
      message: "The parameters in a test cannot be read: A value is nested deeper than 1000 levels.",
      position: { file: "b.yaml", line: 1 },
    }),
  );
});

test("so are defaults of a schema", () => {
  const list: unknown = JSON.parse(`${"[".repeat(2_000)}${"]".repeat(2_000)}`);
  const parameters = { type: "object", properties: { list: { type: "array", default: list } } };
  expect(() => effective("{}", parameters)).toThrow(expect.objectContaining({ code: "PARAMETERS_INVALID" }));
});
