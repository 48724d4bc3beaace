/**
 * Random Pods, as JSON values, that aim at the fields which the checks of the Pod Security Standards read: at what the API
 * server can decode, not at what it would accept.
 */
import fc, { type Arbitrary } from "fast-check";

type Value = Arbitrary<unknown>;

/** How much rarer values are that a check may refuse, or that nobody writes, than those that every check accepts. */
type Rarity = number;

const NAMES = ["web", "db", "setup"];

function pod(rarity: Rarity): Value {
  return fc.record({
    apiVersion: fc.constant("v1"),
    kind: fc.constant("Pod"),
    metadata: fc.record({ name: fc.constant("web"), annotations: annotations(rarity) }),
    spec: podSpec(rarity),
  });
}

/** A value of the first list, rarely one of the second; what is undefined is absent. */
function some(rarity: Rarity, usual: readonly unknown[], odd: readonly unknown[]): Value {
  return fc.oneof({ weight: rarity, arbitrary: fc.constantFrom(...usual) }, fc.constantFrom(...odd));
}

/** What an arbitrary gives, rarely null, nothing, or an empty object. */
function mostly(rarity: Rarity, usual: Value): Value {
  return fc.oneof({ weight: rarity * 2, arbitrary: usual }, fc.constantFrom(undefined, null, {}));
}

/** A list, rarely null, nothing, or with an item that is null. */
function list(rarity: Rarity, item: Value, lengths: readonly [number, number]): Value {
  const [minLength, maxLength] = lengths;
  return fc.oneof(
    { weight: rarity * 3, arbitrary: fc.array(item, { minLength, maxLength }) },
    fc.constantFrom(undefined, null, [], [null]),
  );
}

function flag(rarity: Rarity, usual: readonly (boolean | undefined)[]): Value {
  return some(rarity, usual, [true, false, null, undefined]);
}

const PROFILES = ["Unconfined", "", "runtimeDefault", "Foo", null, undefined];

function profile(rarity: Rarity): Value {
  const type = some(rarity, ["RuntimeDefault", "Localhost"], PROFILES);
  return fc.record({ type, localhostProfile: fc.constantFrom(undefined, "a.json") });
}

function annotations(rarity: Rarity): Value {
  // More often odd than fields are: most of them are of no container, or of no interest to the version.
  const values = some(
    Math.min(rarity, 5),
    ["runtime/default", "localhost/a"],
    ["docker/default", "unconfined", "", "localhost", "localhost/", "Runtime/default", null],
  );
  const keys = [
    "seccomp.security.alpha.kubernetes.io/pod",
    ...[...NAMES, "other", ""].flatMap((name) => [
      `container.apparmor.security.beta.kubernetes.io/${name}`,
      `container.seccomp.security.alpha.kubernetes.io/${name}`,
    ]),
    "container.apparmor.security.beta.kubernetes.io",
    "Container.apparmor.security.beta.kubernetes.io/web",
  ];
  const few = fc.dictionary(fc.constantFrom(...keys), values, { maxKeys: 4, noNullPrototype: true });
  return fc.oneof(few, fc.constantFrom(undefined, {}), fc.constantFrom(undefined, null));
}

function podSpec(rarity: Rarity): Value {
  return fc.record({
    hostNetwork: flag(rarity, [false, undefined]),
    hostPID: flag(rarity, [false, undefined]),
    hostIPC: flag(rarity, [false, undefined]),
    HostIPC: flag(rarity, [undefined]),
    hostUsers: some(rarity, [undefined, true], [false, null]),
    os: some(rarity, [undefined, { name: "linux" }], [{ name: "windows" }, { name: "Windows" }, {}, null]),
    securityContext: mostly(rarity, podSecurityContext(rarity)),
    volumes: list(rarity, volume(rarity), [0, 3]),
    initContainers: list(rarity, container(rarity), [0, 1]),
    containers: list(rarity, container(rarity), [1, 2]),
    ephemeralContainers: list(rarity, container(rarity), [0, 1]),
  });
}

const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_syncookies",
];

const YOUNG_SYSCTLS = [
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_notsent_lowat",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_slow_start_after_idle",
  "net.ipv4.tcp_wmem",
];

const BAD_SYSCTLS = ["kernel.msgmax", "net.ipv4.tcp_Rmem", "net/ipv4/tcp_rmem", "", null, undefined];

function podSecurityContext(rarity: Rarity): Value {
  const name = some(rarity, [...SYSCTLS, ...YOUNG_SYSCTLS], BAD_SYSCTLS);
  return fc.record({
    ...inBothContexts(rarity),
    sysctls: list(rarity, fc.record({ name, value: fc.constant("1") }), [0, 2]),
  });
}

function inBothContexts(rarity: Rarity): Readonly<Record<string, Value>> {
  return {
    runAsNonRoot: flag(rarity, [true, undefined]),
    runAsUser: some(rarity, [undefined, 1, 1000], [0, null]),
    RunAsUser: some(rarity, [undefined], [0]),
    seccompProfile: fc.oneof(mostly(rarity, profile(rarity)), fc.constant(undefined)),
    appArmorProfile: fc.oneof(mostly(rarity, profile(rarity)), fc.constant(undefined)),
    seLinuxOptions: fc.oneof(mostly(rarity, seLinuxOptions(rarity)), fc.constant(undefined)),
    windowsOptions: fc.oneof(
      mostly(rarity, fc.record({ hostProcess: flag(rarity, [false, undefined]) })),
      fc.constant(undefined),
    ),
  };
}

function seLinuxOptions(rarity: Rarity): Value {
  const types = [undefined, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
  const set = ["system_u", "object_r", " ", null];
  return fc.record({
    type: some(rarity, types, ["spc_t", "Container_t", null]),
    user: some(rarity, [undefined, ""], set),
    role: some(rarity, [undefined, ""], set),
    level: fc.constantFrom(undefined, "s0:c1"),
  });
}

const CAPABILITIES = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

function capabilities(rarity: Rarity): Value {
  const bad = ["SYS_ADMIN", "CAP_CHOWN", "NET_RAW", "chown", "ALL", "", null];
  const add = some(rarity, ["NET_BIND_SERVICE"], [...CAPABILITIES, ...bad]);
  const drop = some(rarity, ["ALL"], ["all", "CAP_ALL", "NET_RAW", "", null]);
  return fc.record({ add: list(rarity, add, [0, 2]), drop: list(rarity, drop, [1, 2]) });
}

function securityContext(rarity: Rarity): Value {
  return fc.record({
    ...inBothContexts(rarity),
    privileged: flag(rarity, [false, undefined]),
    Privileged: flag(rarity, [undefined]),
    allowPrivilegeEscalation: some(rarity * 3, [false], [true, null, undefined]),
    procMount: some(rarity, [undefined, "Default"], ["Unmasked", "default", "", null]),
    capabilities: mostly(rarity, capabilities(rarity)),
  });
}

function container(rarity: Rarity): Value {
  const optional = (value: Value): Value => fc.oneof(fc.constant(undefined), mostly(rarity, value));
  const handler = handlers(rarity);
  return fc.record({
    name: some(rarity * 2, NAMES, ["", "other", null, undefined]),
    image: fc.constant("nginx"),
    restartPolicy: fc.constantFrom(undefined, "Always"),
    ports: list(rarity, port(rarity), [0, 2]),
    livenessProbe: optional(handler),
    readinessProbe: optional(handler),
    startupProbe: optional(handler),
    lifecycle: optional(fc.record({ postStart: optional(handler), preStop: optional(handler) })),
    securityContext: mostly(rarity, securityContext(rarity)),
  });
}

function handlers(rarity: Rarity): Value {
  const host = some(rarity, [undefined, ""], ["127.0.0.1", "example.com", " ", null]);
  const of = (members: Readonly<Record<string, Value>>): Value =>
    fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, mostly(rarity, fc.record(members)));
  return fc.record({
    httpGet: of({ host, port: fc.constantFrom(80, "http") }),
    tcpSocket: of({ host, port: fc.constant(80) }),
    exec: of({ command: fc.constant(["true"]) }),
    grpc: of({ port: fc.constant(80) }),
    sleep: of({ seconds: fc.constant(1) }),
  });
}

function port(rarity: Rarity): Value {
  return fc.record({
    containerPort: some(rarity, [80, 8080], [0, undefined, null]),
    hostPort: some(rarity, [undefined, 0], [80, 65535, -1, null]),
    hostIP: fc.constantFrom(undefined, "127.0.0.1"),
  });
}

const PERMITTED_SOURCES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const OTHER_SOURCES = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "gitRepo",
  "glusterfs",
  "hostPath",
  "iscsi",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
];

/** With one source that is set, or none: the API server refuses two. */
function volume(rarity: Rarity): Value {
  const source = fc.oneof(
    { weight: rarity, arbitrary: fc.constantFrom(...PERMITTED_SOURCES) },
    fc.constantFrom(...OTHER_SOURCES),
    fc.constantFrom("hostPath", undefined),
  );
  const unset = fc.constantFrom(undefined, ...PERMITTED_SOURCES, ...OTHER_SOURCES);
  const name = some(rarity, ["data"], ["", null, undefined]);
  return fc.tuple(name, source, unset).map(([named, set, none]) => ({
    name: named,
    ...(none === undefined ? {} : { [none]: null }),
    ...(set === undefined ? {} : { [set]: {} }),
  }));
}

/** Some Pods in which nearly every field is fine, as only those pass at the level restricted, and wilder ones. */
export const pods: Value = fc.oneof({ weight: 3, arbitrary: pod(120) }, pod(12), pod(2));
