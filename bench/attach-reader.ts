// A process with sessions on one container, as fast as it can read: says `ready` when all are open, and at their end how many
// bytes of output each has got. Run by attach-throughput.ts: path, container, sessions, what happens when it is slow.
import { connect } from "node:net";
import { ATTACH_HEADER_BYTES, AttachFrame, attachFrame, OUTPUT_HEADER_BYTES } from "../proto/attach-frame.ts";
import { AttachOpen, ReplayFrom } from "../proto/gen/attach.ts";

const [path = "", containerId = "", count = "1", whenSlow = "0"] = process.argv.slice(2);
const totals: number[] = [];
let open = Number(count);
let opened = 0;

// Counts frames without making them: what is measured is the shim.
function session(index: number): void {
  totals[index] = 0;
  let header = Buffer.alloc(0);
  let left = 0;
  const take = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const step = Math.min(left, bytes.length - at);
        left -= step;
        at += step;
        continue;
      }
      const missing = ATTACH_HEADER_BYTES - header.length;
      header = Buffer.concat([header, bytes.subarray(at, at + missing)]);
      at += missing;
      if (header.length < ATTACH_HEADER_BYTES) return;
      left = header.readUInt32BE(1);
      if (header[0] === AttachFrame.output) totals[index] = (totals[index] ?? 0) + left - OUTPUT_HEADER_BYTES;
      if (header[0] === AttachFrame.opened && ++opened === Number(count)) console.log("ready");
      header = Buffer.alloc(0);
    }
  };
  const buffer = Buffer.alloc(256 * 1024);
  const socket = connect({
    path,
    onread: {
      buffer,
      callback: (length) => {
        take(buffer.subarray(0, length));
        return true;
      },
    },
  });
  socket.on("close", () => {
    open -= 1;
    if (open === 0) console.log(JSON.stringify(totals));
  });
  const wish = { containerId, replayFrom: ReplayFrom.REPLAY_FROM_ALL, whenSlow: Number(whenSlow) };
  socket.write(attachFrame(AttachFrame.open, AttachOpen.encode(wish)));
}

for (let index = 0; index < Number(count); index++) session(index);
