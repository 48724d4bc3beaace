import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { STAGES } from "../admission/decision.ts";
import type { BuildOptions } from "./build.ts";
import type { DocsOptions } from "./docs.ts";
import { doctorOptions, type DoctorOptions } from "./doctor/options.ts";
import type { EvalOptions } from "./eval/eval.ts";
import { explainError, exitCodeOf } from "./explain-error.ts";
import type { ServeOptions } from "./serve/options.ts";
import { parsePort, readEnvironment, type Environment, type ProcessSurroundings } from "./surroundings.ts";
import { testOptions, type TestOptions } from "./test/options.ts";
import type { UninstallOptions } from "./uninstall/uninstall.ts";
import { uninstallOptions } from "./uninstall/options.ts";
import { secret, serverUrl, serviceOption } from "./webhooks/server.ts";
import type { WebhooksOptions } from "./webhooks/webhooks.ts";
import { LOG_LEVELS } from "../telemetry/log-level.ts";
import { holdYoungGeneration } from "../workers/young-generation.ts";

/**
 * Reads the command line, runs one command and gives the exit code. Results go to standard output, everything else to
 * standard error.
 */
export async function runCommand(streams: ProcessSurroundings): Promise<number> {
  let exitCode = 0;
  try {
    const environment = readEnvironment(streams);
    const finish = (code: number): void => {
      exitCode = code;
    };
    await commandTable({ environment, streams, finish }).parseAsync([...streams.argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    streams.stderr.write(explainError(error));
    return exitCodeOf(error);
  }
}

interface Wiring {
  readonly environment: Environment;
  readonly streams: ProcessSurroundings;
  readonly finish: (exitCode: number) => void;
}

/**
 * Every command with its options; what each does is in the file of its name, which is loaded when it is called: who
 * judges one manifest does not wait for the server's libraries.
 */
function commandTable(wiring: Wiring): Command {
  const { stdout, stderr } = wiring.streams;
  const program = new Command("portcullis")
    .description("Decides which objects may enter a Kubernetes cluster, by Rego policies.")
    .exitOverride()
    .showHelpAfterError("(--help lists the options)")
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    });
  addServe(program, wiring);
  addEval(program, wiring);
  addBuild(program, wiring);
  addTest(program, wiring);
  addWebhooks(program, wiring);
  addUninstall(program, wiring);
  addDoctor(program, wiring);
  addDocs(program, wiring);
  return program;
}

function sourceOptions(command: Command): Command {
  return command
    .option("--policies <path>", "folder of Rego files, or a bundle", "policies")
    .option(
      "--bindings <path>",
      "file or folder with PolicyBindings and Exclusions (repeatable)",
      append,
      [],
    );
}

function policyOptions(command: Command): Command {
  return sourceOptions(command).option(
    "--inventory <path>",
    "file or folder with Namespaces of the cluster (repeatable)",
    append,
    [],
  );
}

function addServe(program: Command, { environment, streams, finish }: Wiring): void {
  policyOptions(program.command("serve"))
    .description("Start the admission server.")
    .option("--port <port>", "HTTPS port for admission, 0 for any; or PORT=", port, environment.port)
    .option(
      "--metrics-port <port>",
      "HTTP port for health and metrics, 0 for any; or METRICS_PORT=",
      port,
      environment.metricsPort,
    )
    .option("--cert <file>", "PEM certificate of the server", "certs/dev/tls.crt")
    .option("--key <file>", "PEM key of the server", "certs/dev/tls.key")
    .option("--client-ca <file>", "PEM authorities: only clients with a certificate of them may ask")
    .option("--client-name <name>", "and this common name or DNS name (repeatable)", clientName, [])
    .option("--workers <number>", "worker threads; default: as many as there are cores", workers)
    .option("--drain <seconds>", "how long requests are answered after SIGTERM", seconds, 10)
    .option("--cluster", "follow the Namespaces and PolicyBindings of a cluster", false)
    .option("--kubeconfig <file>", "which cluster; or KUBECONFIG=, ~/.kube/config, the Pod's account")
    .option("--context <name>", "context of the kubeconfig")
    .addOption(
      new Option("--manage-certificates", "issue and renew the certificates, instead of --cert and --key")
        .conflicts(["cert", "key"])
        .default(false),
    )
    .option("--keep-webhooks", "keep the installed webhook configurations as they should be", false)
    .addOption(serviceOption())
    .addOption(
      new Option("--log-level <level>", "least level of the log; debug has what policies print")
        .choices(LOG_LEVELS)
        .default("info"),
    )
    .option("--try <review>", "print a command that posts this AdmissionReview")
    .option("--ca <file>", "certificate authority that this command trusts", "certs/dev/ca.crt")
    .action(async (options: ServeOptions) => {
      holdYoungGeneration();
      const { serveCommand } = await import("./serve/serve.ts");
      finish(await serveCommand(options, environment, streams));
    });
}

function addEval(program: Command, { environment, streams, finish }: Wiring): void {
  policyOptions(program.command("eval"))
    .description("Judge manifests and recorded AdmissionReviews as the server would.")
    .argument("<path...>", "files and folders with YAML or JSON; - is standard input")
    .option("--namespace <name>", "namespace of objects that name none", namespace, "default")
    .addOption(
      new Option("--operation <operation>", "operation to judge")
        .choices(["CREATE", "UPDATE", "DELETE"])
        .default("CREATE"),
    )
    .option("--user <name>", "name of the user who writes the objects", "kubernetes-admin")
    .option("--group <name>", "group of that user besides system:authenticated (repeatable)", append, [])
    .addOption(new Option("--stage <stage>", "part of the flow to run").choices(STAGES).default("both"))
    .addOption(
      new Option("-o, --output <format>", "format of the report")
        .choices(["pretty", "json"])
        .default("pretty"),
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 all admitted, 1 something denied, 2 bad input or usage, 3 a policy error.",
    )
    .action(async (paths: readonly string[], options: Omit<EvalOptions, "paths">) => {
      const { evalCommand } = await import("./eval/eval.ts");
      finish(await evalCommand({ ...options, paths }, environment, streams));
    });
}

function addBuild(program: Command, { environment, streams, finish }: Wiring): void {
  program
    .command("build")
    .description("Compile policies into a bundle.")
    .option("--policies <folder>", "folder of Rego files", "policies")
    .option("--out <file>", "the bundle to write", "dist/bundle.tar.gz")
    .action(async (options: BuildOptions) => {
      const { buildCommand } = await import("./build.ts");
      finish(await buildCommand(options, environment, streams));
    });
}

function addTest(program: Command, { environment, streams, finish }: Wiring): void {
  testOptions(program.command("test")).action(
    async (folder: string, options: Omit<TestOptions, "folder">) => {
      const { testCommand } = await import("./test/test.ts");
      finish(await testCommand({ ...options, folder }, environment, streams));
    },
  );
}

function addWebhooks(program: Command, { environment, streams, finish }: Wiring): void {
  sourceOptions(program.command("webhooks"))
    .description("Print the webhook configurations for the policies, or install them.")
    .addOption(serviceOption())
    .addOption(
      new Option("--url <url>", "where Portcullis is, without a path")
        .argParser(serverUrl)
        .conflicts("service"),
    )
    .option("--ca-file <file>", "PEM certificates that the server's certificate is checked against")
    .addOption(
      new Option("--ca-secret <namespace/name>", "the same, from ca.crt of a Secret of the cluster")
        .argParser(secret)
        .conflicts("caFile"),
    )
    .option("--failure-policy-ignore", "let everything in while Portcullis cannot answer", false)
    .addOption(
      new Option("-o, --output <format>", "format to print").choices(["yaml", "json"]).default("yaml"),
    )
    .option("--apply", "install them, proved by a dry run before anything is under Fail", false)
    .option("--cluster", "count the PolicyBindings of the cluster, as `serve --cluster` does", false)
    .option("--kubeconfig <file>", "which cluster; or KUBECONFIG=, ~/.kube/config, the Pod's account")
    .option("--context <name>", "context of the kubeconfig")
    .addHelpText(
      "after",
      "\nExit codes: 0 printed or installed, 1 ended by a signal, with what was there before, 2 bad input or usage, or it could not be installed.",
    )
    .action(async (options: WebhooksOptions) => {
      const { webhooksCommand } = await import("./webhooks/webhooks.ts");
      finish(await webhooksCommand(options, environment, streams));
    });
}

function addUninstall(program: Command, { streams, finish }: Wiring): void {
  uninstallOptions(program.command("uninstall")).action(async (options: UninstallOptions) => {
    const { uninstallCommand } = await import("./uninstall/uninstall.ts");
    finish(await uninstallCommand(options, streams));
  });
}

function addDoctor(program: Command, { environment, streams, finish }: Wiring): void {
  const command = doctorOptions(sourceOptions(program.command("doctor")));
  command.action(async (options: Omit<DoctorOptions, "arePoliciesNamed">) => {
    const { doctorCommand } = await import("./doctor/doctor.ts");
    const arePoliciesNamed = command.getOptionValueSource("policies") !== "default";
    finish(await doctorCommand({ ...options, arePoliciesNamed }, environment, streams));
  });
}

function addDocs(program: Command, { environment, streams, finish }: Wiring): void {
  program
    .command("docs")
    .description(
      "Write the pages of the policies, the schemas and the CustomResourceDefinitions from their sources.",
    )
    .option("--policies <folder>", "folder of Rego files", "policies")
    .option("--out <folder>", "folder of the documentation", "docs")
    .option("--crds <folder>", "folder of the CustomResourceDefinitions", "manifests/base/crds")
    .option("--check", "write nothing; fail if a page is not current", false)
    .action(async (options: DocsOptions) => {
      const { docsCommand } = await import("./docs.ts");
      finish(await docsCommand(options, environment, streams));
    });
}

/** Takes one value each time: an option that took several would swallow the files that follow it. */
function append(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** OpenSSL takes a name that begins with a dot for every name below it. */
function clientName(text: string, previous: readonly string[]): readonly string[] {
  if (/^[^.\0][^\0]*$/.test(text)) return append(text, previous);
  throw new InvalidArgumentError(`"${text}" is no name that a certificate can have.`);
}

/** A namespace is a DNS label (RFC 1123); a misspelt one would miss bindings without a word. */
function namespace(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError(`"${text}" can be no namespace.`);
}

function workers(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no number of threads from 1 to 999.`);
}

function seconds(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no number of seconds from 0 to 9999.`);
}

/** A port option; commander prints what is wrong. */
function port(text: string): number {
  try {
    return parsePort(text, "It");
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
