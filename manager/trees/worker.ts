// The program of a worker thread: one job after the other, as the pool hands them out. Everything here may block, and may be
// ended in the middle (`Worker.terminate`): no job leaves anything that its caller does not clean up.
import { parentPort } from "node:worker_threads";
import { applyLayer } from "../images/unpack/apply-layer.ts";
import { copyTree } from "./copy-tree.ts";
import { diffTrees } from "./diff-trees.ts";
import { jobError } from "./job-error.ts";
import type { FromWorker, ToWorker, TreeJobName, TreeJobs } from "./jobs.ts";
import { measureTree } from "./measure-tree.ts";
import { removeTree } from "./remove-tree.ts";

const port = parentPort;
if (port === null) throw new Error("this is the program of a worker thread");

let onTaken: (() => void) | undefined;

// One piece is on its way at most: whoever takes them slowly slows the job down and fills nothing.
async function emit(bytes: Buffer): Promise<void> {
  const whole =
    bytes.byteLength === bytes.buffer.byteLength ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
  const taken = new Promise<void>((resolve) => {
    onTaken = resolve;
  });
  post({ kind: "piece", bytes: whole }, [whole.buffer as ArrayBuffer]);
  await taken;
}

const work: {
  [Name in TreeJobName]: (job: TreeJobs[Name][0]) => TreeJobs[Name][1] | Promise<TreeJobs[Name][1]>;
} = {
  applyLayer,
  copyTree,
  measureTree,
  removeTree,
  diffTrees: (job) => diffTrees(job, emit),
};

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

async function run(name: TreeJobName, job: unknown): Promise<void> {
  try {
    const result = await (work[name] as (job: unknown) => unknown)(job);
    post({ kind: "done", result });
  } catch (caught) {
    const { code, message } = jobError(caught);
    post({ kind: "failed", code, message });
  }
}

port.on("message", (message: ToWorker) => {
  if (message.kind === "taken") onTaken?.();
  else void run(message.name, message.job);
});
