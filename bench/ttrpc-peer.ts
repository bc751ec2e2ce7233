// The other process of the ttrpc bench: serves ttrpc and the raw baselines on sockets in a directory, and says on request
// what it holds. Lives as long as its channel to the process that measures.
import { join } from "node:path";
import { Server } from "../ttrpc/index.ts";
import { type Footprint, footprint } from "./memory.ts";
import { servePings, serveSink, serveSource } from "./raw-socket.ts";
import { BenchService, handlers } from "./ttrpc-service.ts";

/** What the measuring process can ask for. Answered one at a time, in order. */
export type Question =
  | { readonly ask: "listen"; readonly directory: string }
  | {
      readonly ask: "listen-for-pings";
      readonly directory: string;
      readonly request: number;
      readonly response: number;
    }
  | { readonly ask: "footprint" };

export type Answer = Footprint | "done";

async function answer(question: Question): Promise<Answer> {
  switch (question.ask) {
    case "listen":
      // The reader is as fast as the machine lets it be, and is to lose nothing: it makes the sender wait.
      await new Server({ inbound: { whenFull: "pause" } })
        .register(BenchService, handlers)
        .listen(join(question.directory, "ttrpc"));
      await serveSource(join(question.directory, "source"));
      await serveSink(join(question.directory, "sink"));
      return "done";
    case "listen-for-pings":
      await servePings(join(question.directory, "pings"), question.request, question.response);
      return "done";
    case "footprint":
      return footprint();
  }
}

process.on("message", (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit(0));
