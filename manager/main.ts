import { VERSION } from "./version.ts";

process.stdout.write(`hawserd ${VERSION}\n`);
