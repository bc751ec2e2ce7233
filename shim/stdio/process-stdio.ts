// Makes the stdio of a process from a plan, and hands on the types that its users need. Composes what is in this
// directory; knows no detail of any of it.
import { Code, HawserError } from "../../proto/errors.ts";
import { Scope } from "../../sys/scope.ts";
import { ConsoleStdio } from "./console.ts";
import type { CallOptions, ProcessStdio, StdioOptions } from "./contract.ts";
import { DirectStdio } from "./direct.ts";
import { Input } from "./input.ts";
import { LoggerOutputs } from "./logger-outputs.ts";
import type { Outputs } from "./outputs.ts";
import { ensureFile, PathOutputs } from "./path-outputs.ts";
import type { BrokeredPlan, OutputPlan, StdioPlan } from "./spec.ts";

export type { ChildStdio, Drained, OnNotice, ProcessStdio, StdioOptions } from "./contract.ts";

/** How long connecting may take: what a client waits for in Create and in the Start of an exec. */
const OPEN_LIMIT_MS = 30_000;

/**
 * Connects: everything is open when this resolves, and a logger is ready. On failure all that was acquired is undone,
 * and the HawserError says what could not be opened: FailedPrecondition for a path that is not there, DeadlineExceeded
 * for a logger that was not ready within 30 s.
 */
export async function openStdio(
  plan: StdioPlan,
  options: StdioOptions,
  { signal }: CallOptions = {},
): Promise<ProcessStdio> {
  if (signal?.aborted) throw HawserError.from(signal.reason).wrap("open stdio");
  const limit = AbortSignal.timeout(OPEN_LIMIT_MS);
  if (plan.output.kind === "brokered") return await openBrokered(plan, plan.output, options);
  const call = { signal: signal ? AbortSignal.any([signal, limit]) : limit };
  await using scope = new Scope((what, error) => options.onNotice(`${what}: continuing`, error));
  const input =
    plan.stdin && scope.use("close stdin", new Input(plan.stdin, plan.isTerminal ? "copy" : "container"));
  const outputs = await openOutputs(plan.output, options, call);
  if (outputs) scope.use("close outputs", outputs);
  const stdio = plan.isTerminal
    ? new ConsoleStdio(input || undefined, outputs, options)
    : new DirectStdio(input || undefined, outputs);
  scope.keep();
  return stdio;
}

async function openBrokered(
  { isTerminal, stdin }: StdioPlan,
  { stdout, stderr }: BrokeredPlan,
  options: StdioOptions,
): Promise<ProcessStdio> {
  const { brokered } = options;
  if (brokered === undefined) throw new HawserError(Code.Internal, "open stdio: it has no broker");
  const { BrokeredProcessStdio } = await import("./brokered.ts");
  const streams = { isTerminal, stdin: stdin !== undefined, stdout, stderr };
  return new BrokeredProcessStdio(brokered.broker, streams, brokered.control, options);
}

async function openOutputs(
  plan: OutputPlan,
  options: StdioOptions,
  call: CallOptions,
): Promise<Outputs | undefined> {
  switch (plan.kind) {
    case "none":
    case "brokered":
      return undefined;
    case "paths":
      return new PathOutputs(plan, options.onNotice);
    case "file": {
      ensureFile(plan.path);
      const { path } = plan;
      const paths = { stdout: plan.stdout ? path : undefined, stderr: plan.stderr ? path : undefined };
      return new PathOutputs(paths, options.onNotice);
    }
    case "logger":
      return await LoggerOutputs.start(plan, options, call);
  }
}
