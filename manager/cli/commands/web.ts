// `hawser web`: the containers in a browser of this machine.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { loadWebKey, webKeyPath } from "../../web/web-key.ts";
import { WebServer } from "../../web/web-server.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { ExitStatus } from "../cli.ts";

export const examples: readonly Example[] = [
  ["web", "print an address, and serve the page there until it is interrupted"],
  ["web --listen 127.0.0.1:8080 --open", "at a port of your choice, in your browser"],
];

/** As commander makes them. */
interface Flags {
  readonly listen: ListenPlace;
  readonly open?: boolean;
  readonly newToken?: boolean;
}

interface ListenPlace {
  readonly host: "127.0.0.1" | "::1";
  readonly port: number;
}

const ANY_PORT: ListenPlace = { host: "127.0.0.1", port: 0 };

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Serves a page with the containers, their terminals, their logs and what happens, for a browser of this machine. " +
        "Whoever has the address that is printed can do what you can.",
    )
    .option(
      "--listen <address>",
      "where, on the loopback interface (127.0.0.1:0: any port)",
      placeOf,
      ANY_PORT,
    )
    .option("--open", "open the page in a browser")
    .option("--new-token", "make the addresses that were printed before worthless")
    .action(async (flags: Flags) => await serve(cli, flags));
};

async function serve(cli: Cli, { listen, open = false, newToken: isNew = false }: Flags): Promise<void> {
  const client = await cli.client();
  const token = loadWebKey(webKeyPath(cli.globals.state, process.env), { isNew });
  const pageDir = join(cli.binDir, "../dist/web");
  await using server = await WebServer.listen({ client, token, pageDir, ...listen });
  await cli.out.line(server.url);
  if (open) openBrowser(server.url);
  await new Promise<void>((resolve) => {
    if (cli.signal.aborted) resolve();
    else cli.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  if (cli.signal.reason instanceof ExitStatus) throw cli.signal.reason;
}

function placeOf(text: string): ListenPlace {
  const [, host = "", port = ""] = /^(?:(127\.0\.0\.1|\[::1\]|localhost):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    const advice =
      "the page is for this machine alone: write 127.0.0.1:8080, and for another machine use ssh -L";
    throw new InvalidArgumentError(
      `"${text}" is no address of the loopback interface with a port; ${advice}`,
    );
  }
  return { host: host === "[::1]" ? "::1" : "127.0.0.1", port: Number(port) };
}

// The address is on standard output: a machine without a browser loses nothing.
function openBrowser(url: string): void {
  const child = spawn("xdg-open", [url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
