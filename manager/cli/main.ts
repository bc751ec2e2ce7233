// The way in of the `hawser` command: hands the process's own things to the program and takes its exit status.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

const isSource = import.meta.filename.endsWith(".ts");
// From the bundle in dist/; from the sources it is one directory further.
const binDir = join(import.meta.dirname, isSource ? "../../bin" : "../bin");

// Half of the start is compiling. What was compiled once is kept beside the bundle: whoever could write there could write the
// program itself. Where we may not, Node goes on without.
if (!isSource) enableCompileCache(join(import.meta.dirname, "hawser/.compiled"));
const { runProgram } = await import("./program.ts");
const { env, stdout, stderr } = process;
process.exit(await runProgram(process.argv.slice(2), { env, stdout, stderr, binDir }));
