import { describe, expect, test } from "@jest/globals";
import { buildPolicies, type Files } from "../../test/policy-folder.ts";

/** One file and package for each case, so that a whole table is one build. */
function cases(table: Readonly<Record<string, string>>): Files {
  return Object.fromEntries(
    Object.entries(table).map(([name, rules]) => [`pack/${name}.rego`, `package ${name}\n\n${rules}\n`]),
  );
}

describe("a policy without match", () => {
  test("is for the kinds that all of its rules test", async () => {
    const policies = await buildPolicies(
      cases({
        object: 'deny contains "x" if input.kind == "Pod"',
        reversed: 'deny contains "x" if "Pod" == input.kind',
        unified: 'deny contains "x" if input.kind = "Service"',
        admission: 'deny contains "x" if input.request.kind.kind == "Deployment"',
        admitted: 'deny contains "x" if input.request.object.kind == "Ingress"',
        gatekeeper: 'violation contains {"msg": "x"} if input.review.kind.kind == "Namespace"',
        reviewed: 'violation contains {"msg": "x"} if input.review.object.kind == "StatefulSet"',
        set: 'deny contains "x" if input.kind in {"Job", "CronJob"}',
        list: 'deny contains "x" if input.kind in ["Job"]',
        constant: 'kinds := {"Secret"}\n\ndeny contains "x" if input.kind in kinds',
        lookup: 'kinds := {"Secret", "ConfigMap"}\n\ndeny contains "x" if kinds[input.kind]',
        variable: 'deny contains "x" if {\n  kind := input.kind\n  kind == "Pod"\n}',
        helper:
          'is_pod if input.kind == "Pod"\n\nis_pod if input.kind == "Job"\n\ndeny contains "x" if is_pod',
        rules: 'deny contains "x" if input.kind == "Pod"\n\nwarn contains "x" if input.kind == "Job"',
        events: 'deny contains "x" if input.kind == "Event"',
      }),
    );
    const found = [...policies].map(([id, { metadata }]) => [id, metadata.match?.resources.join(" ")]);
    expect(Object.fromEntries(found)).toEqual({
      "pack/object": "pods",
      "pack/reversed": "pods",
      "pack/unified": "services",
      "pack/admission": "deployments.apps",
      "pack/admitted": "ingresses.networking.k8s.io",
      "pack/gatekeeper": "namespaces",
      "pack/reviewed": "statefulsets.apps",
      "pack/set": "cronjobs.batch jobs.batch",
      "pack/list": "jobs.batch",
      "pack/constant": "secrets",
      "pack/lookup": "configmaps secrets",
      "pack/variable": "pods",
      "pack/helper": "jobs.batch pods",
      "pack/rules": "jobs.batch pods",
      "pack/events": "events events.events.k8s.io",
    });
  });

  test("is for nothing that can be told if one rule may hold for any kind", async () => {
    const policies = await buildPolicies(
      cases({
        untested: 'deny contains "x" if input.metadata.name == "x"',
        one_of_two: 'deny contains "x" if input.kind == "Pod"\n\nwarn contains "x" if input.metadata',
        negated: 'deny contains "x" if not input.kind == "Pod"',
        different: 'deny contains "x" if input.kind != "Pod"',
        modified:
          'deny contains "x" if {\n  input.metadata\n  input.kind == "Pod" with input.kind as "Pod"\n}',
        custom: 'deny contains "x" if input.kind == "Widget"',
        mixed: 'deny contains "x" if input.kind in {"Pod", input.other}',
        computed: 'deny contains "x" if input.kind == input.other',
        nested: 'deny contains "x" if input.spec.kind == "Pod"',
        deeper: 'deny contains "x" if input.kind.x == "Pod"',
        helper: 'is_pod if input.kind == "Pod"\n\nis_pod if input.metadata\n\ndeny contains "x" if is_pod',
        branches: 'is_pod if input.kind == "Pod"\n\nelse if input.x\n\ndeny contains "x" if is_pod',
        false_helper: 'no_pod := false if input.kind == "Pod"\n\ndeny contains "x" if { no_pod; input.x }',
        constant: 'deny contains "x"',
        // A name that means something else here than the constant of the package.
        assigned: 'kinds := {"Pod"}\n\ndeny contains "x" if { kinds := {input.other}; input.kind in kinds }',
        declared:
          'kinds := {"Pod"}\n\ndeny contains "x" if { some kinds in input.lists; input.kind in kinds }',
        argument:
          'kinds := {"Pod"}\n\none_of(kinds) if input.kind in kinds\n\nhelper if one_of(input.x)\n\ndeny contains "x" if helper',
        hidden_helper: 'is_pod if input.kind == "Pod"\n\ndeny contains "x" if { is_pod := input.x; is_pod }',
        // A constant that is not always the same.
        otherwise:
          'kinds := {"Pod"} if input.x\n\nelse := {"Job"}\n\ndeny contains "x" if input.kind in kinds',
        conditional: 'kinds := {"Pod"} if input.x\n\ndeny contains "x" if input.kind in kinds',
        several:
          'kinds := {"Pod"} if input.x\n\nkinds := {"Job"} if input.y\n\ndeny contains "x" if input.kind in kinds',
        default_only:
          'default is_pod := true\n\nis_pod if input.kind == "Pod"\n\ndeny contains "x" if is_pod',
      }),
    );
    const matched = [...policies.values()].filter(({ metadata }) => metadata.match !== undefined);
    expect(matched.map(({ id }) => id)).toEqual([]);
  });
});

test("the operations are those that every rule tests for, unless METADATA has them", async () => {
  const rule = 'input.request.kind.kind == "Pod"; input.request.operation == "DELETE"';
  const policies = await buildPolicies({
    ...cases({
      one: `deny contains "x" if { ${rule} }`,
      several:
        'deny contains "x" if { input.review.kind.kind == "Pod"; input.review.operation in {"CONNECT", "CREATE"} }',
      not_every: `deny contains "x" if { ${rule} }\n\nwarn contains "x" if input.request.kind.kind == "Pod"`,
      unknown:
        'deny contains "x" if { input.request.kind.kind == "Pod"; input.request.operation == "PATCH" }',
    }),
    "pack/resources.rego": `# METADATA\n# custom:\n#   match: {resources: [pods]}\npackage resources\n\ndeny contains "x" if { ${rule} }\n`,
    "pack/both.rego": `# METADATA\n# custom:\n#   match: {resources: [pods], operations: [UPDATE]}\npackage both\n\ndeny contains "x" if { ${rule} }\n`,
  });
  const found = [...policies].map(([id, { metadata }]) => [
    id.slice(5),
    metadata.match?.operations.join(" "),
  ]);
  expect(Object.fromEntries(found)).toEqual({
    one: "DELETE",
    several: "CREATE CONNECT",
    not_every: "CREATE UPDATE",
    unknown: "CREATE UPDATE",
    resources: "DELETE",
    both: "UPDATE",
  });
});

test("the input contract is what a policy reads, through functions and libraries", async () => {
  const policies = await buildPolicies({
    "lib/requests.rego":
      'package lib.requests\n\nuser := input.request.userInfo.username\n\nexempt if object.get(input, "parameters", {}).off\n',
    ...cases({
      native: 'deny contains "x" if input.request.object.spec.hostNetwork',
      native_with_parameters: 'deny contains "x" if input.request.name == input.parameters.name',
      namespace: 'deny contains "x" if input.namespaceObject.metadata.labels.x',
      nothing: 'deny contains "x"',
      parameters: 'deny contains "x" if input.parameters.on',
      library: 'import data.lib.requests\n\ndeny contains "x" if requests.user == "admin"',
      gatekeeper: 'violation contains {"msg": "x"} if input.review.object.spec.x == input.parameters.x',
      get: 'violation contains {"msg": "x"} if object.get(input, "review", {}).name == "x"',
      get_path: 'violation contains {"msg": "x"} if object.get(input, ["review", "name"], "") == "x"',
      whole: 'violation contains {"msg": "x"} if f(input) == input.review.name\n\nf(i) := i.parameters.name',
      in_library:
        'import data.lib.requests\n\ndeny contains "x" if {\n  not requests.exempt\n  input.spec\n}',
      object: 'deny contains "x" if input.spec.hostNetwork',
      object_get: 'deny contains "x" if {\n  input.kind\n  object.get(input, ["spec", "x"], 1) == 1\n}',
    }),
    "pack/declared.rego":
      '# METADATA\n# custom:\n#   input: gatekeeper\npackage declared\n\ndeny contains "x" if count(input) == 2\n',
  });
  expect(
    Object.fromEntries([...policies].map(([id, { contract }]) => [id.slice("pack/".length), contract])),
  ).toEqual({
    native: "admission",
    native_with_parameters: "admission",
    namespace: "admission",
    nothing: "admission",
    parameters: "admission",
    library: "admission",
    gatekeeper: "gatekeeper",
    get: "gatekeeper",
    get_path: "gatekeeper",
    whole: "gatekeeper",
    in_library: "object",
    object: "object",
    object_get: "object",
    declared: "gatekeeper",
  });
});

const IMPORTS: Readonly<Record<string, string>> = {
  library: "import data.lib.who\n\n",
  compared: "import data.lib.spec\n\n",
};

const ADMISSION = "# METADATA\n# custom:\n#   match: {resources: [pods]}\n";

function policy(name: string, body: string): string {
  return `${ADMISSION}package ${name}\n\n${IMPORTS[name] ?? ""}deny contains "x" if { ${body} }\n`;
}

test("a policy about the change denies an update for all violations, unless METADATA says otherwise", async () => {
  const bodies = {
    object: "input.request.object.spec.hostPID",
    locked: "input.request.oldObject.metadata.labels.locked",
    user: 'input.request.userInfo.username == "guest"',
    got: 'object.get(input, ["request", "userInfo", "username"], "") == "guest"',
    library: "who.is_guest",
    compared: "spec.changed",
    frozen: 'input.request.operation == "UPDATE"; input.request.namespace == "frozen"',
    written: 'input.request.operation in {"CREATE", "UPDATE"}; input.request.object.spec.hostPID',
  };
  const said = (value: string): string =>
    policy("said", bodies.user).replace("#   match", `#   updates: ${value}\n#   match`);
  const policies = await buildPolicies({
    "lib/who.rego": 'package lib.who\n\nimport data.lib.user\n\nis_guest if user.name == "guest"\n',
    "lib/user.rego": "package lib.user\n\nname := input.request.userInfo.username\n",
    "lib/spec.rego":
      "package lib.spec\n\nchanged if input.request.object.spec != input.request.oldObject.spec\n",
    ...Object.fromEntries(
      Object.entries(bodies).map(([name, body]) => [`pack/${name}.rego`, policy(name, body)]),
    ),
    "pack/said.rego": said("new-violations-only"),
  });
  const found = [...policies].map(([id, { metadata }]) => [id.replace("pack/", ""), metadata.updates]);
  expect(Object.fromEntries(found)).toEqual({
    object: "new-violations-only",
    locked: "all-violations",
    user: "all-violations",
    got: "all-violations",
    library: "all-violations",
    compared: "new-violations-only",
    frozen: "all-violations",
    written: "new-violations-only",
    said: "new-violations-only",
  });
});
