import assert from "node:assert/strict";
import { test } from "node:test";
import { programFailure, startFailure } from "../../../../manager/cli/start-failure.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";

// As runc 1.1.5 and crun 1.8.1 say it, and runc 1.2 and crun 1.14 where they differ.
const runc = "OCI runtime create failed: runc create failed: unable to start container process: ";
const crun = "OCI runtime create failed: ";
const rows: [message: string, status: number | undefined][] = [
  [`${runc}exec: "nosuch": executable file not found in $PATH`, 127],
  [`create task "web": ${runc}exec: "nosuch": executable file not found in $PATH`, 127],
  [`${runc}exec: "/no/such": stat /no/such: no such file or directory`, 127],
  [`${runc}exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory`, 127],
  [`${runc}exec: "/etc/passwd": permission denied`, 126],
  [`${runc}exec: "/root/x": stat /root/x: permission denied`, 126],
  [`${runc}exec: "/etc": is a directory`, 126],
  [`${runc}exec: "/x": exec format error`, 126],
  [`${runc}exec: "a \\"b\\": no": permission denied`, 126],
  [`${runc}error during container init: mkdir /etc/passwd: not a directory`, undefined],
  [
    `${runc}error during container init: error mounting "/x" to rootfs at "/y": no such file or directory`,
    undefined,
  ],
  [`${crun}executable file \`nosuch\` not found in $PATH: No such file or directory`, 127],
  [`${crun}executable file \`/no/such\` not found: No such file or directory`, 127],
  [`${crun}open executable: Not a directory`, 127],
  [`${crun}open executable: Permission denied`, 126],
  [`${crun}open executable: Operation not permitted`, 126],
  [`${crun}mount \`/etc/passwd\` to \`etc\`: Not a directory`, undefined],
  [`${crun}open \`/x/executable: Permission denied\`: No such file or directory`, undefined],
  ["connect: nobody answers", undefined],
];
for (const [message, status] of rows) {
  test(`${message} is ${status ?? "something else"}`, () =>
    assert.equal(programFailure(message)?.status, status));
}

test("startFailure() says what was asked, what is the matter and what to do", () => {
  const failure = (words: string) => startFailure(new HawserError(Code.Unknown, words), "x y");
  assert.equal(
    failure(`${runc}exec: "x y": executable file not found in $PATH`).message,
    'run "x y": there is no such program in the container; check its name and the container\'s PATH',
  );
  assert.equal(
    failure(`${crun}open executable: Permission denied`).message,
    'run "x y": it is there and cannot be executed: permission denied; check its mode, or name its interpreter',
  );
  const other = failure("no space");
  assert.deepEqual([other.status, other.message], [125, "no space"]);
});
