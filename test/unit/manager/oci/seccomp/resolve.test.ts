import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPABILITIES, DEFAULT_CAPABILITIES } from "../../../../../manager/oci/capabilities.ts";
import { DEFAULT_PROFILE } from "../../../../../manager/oci/seccomp/default-profile.ts";
import { parseSeccompProfile } from "../../../../../manager/oci/seccomp/load.ts";
import { resolveSeccomp, type SeccompCircumstances } from "../../../../../manager/oci/seccomp/resolve.ts";
import type { OciSyscallRule } from "../../../../../manager/oci/spec.ts";
import { isInvalidArgument } from "../../../../../proto/errors.ts";

const usual: SeccompCircumstances = { arch: "x64", kernel: [6, 1], capabilities: DEFAULT_CAPABILITIES };

/** The rules about a call that ask nothing of its arguments; more than one verdict would be a contradiction. */
function verdicts(rules: readonly OciSyscallRule[], name: string): string[] {
  return [
    ...new Set(
      rules
        .filter(({ names, args }) => names.includes(name) && args === undefined)
        .map(({ action, errnoRet }) => (errnoRet === undefined ? action : `${action} ${errnoRet}`)),
    ),
  ];
}

const ALLOWED = ["SCMP_ACT_ALLOW"];
const EPERM = ["SCMP_ACT_ERRNO 1"];
const ENOSYS = ["SCMP_ACT_ERRNO 38"];

const table: [call: string, capabilities: readonly string[], expected: string[], why: string][] = [
  ["read", [], ALLOWED, "anybody reads"],
  ["openat2", [], ALLOWED, "a newer ordinary call"],
  ["ptrace", [], ALLOWED, "the kernel checks who traces whom"],
  ["mount", DEFAULT_CAPABILITIES, EPERM, "it takes CAP_SYS_ADMIN"],
  ["mount", ["CAP_SYS_ADMIN"], ALLOWED, "it has CAP_SYS_ADMIN"],
  ["unshare", DEFAULT_CAPABILITIES, EPERM, "user namespaces open the kernel"],
  ["clone3", DEFAULT_CAPABILITIES, ENOSYS, "its flags are out of sight: the C library takes clone"],
  ["clone3", ["CAP_SYS_ADMIN"], ALLOWED, "any namespace may be made"],
  ["clone", ["CAP_SYS_ADMIN"], ALLOWED, "any namespace may be made"],
  ["chroot", DEFAULT_CAPABILITIES, ALLOWED, "CAP_SYS_CHROOT is in the usual set"],
  ["chroot", [], EPERM, "without it"],
  ["bpf", ["CAP_BPF"], ALLOWED, "one of two capabilities is enough"],
  ["bpf", ["CAP_SYS_ADMIN"], ALLOWED, "the other"],
  ["bpf", [], EPERM, "neither"],
  ["syslog", ["CAP_SYSLOG"], ALLOWED, "its own capability"],
  ["kexec_load", CAPABILITIES, EPERM, "never"],
  ["io_uring_setup", CAPABILITIES, EPERM, "never"],
  ["a_call_of_tomorrow", CAPABILITIES, [], "no rule: the default, ENOSYS"],
];
for (const [call, capabilities, expected, why] of table) {
  test(`${call} with ${capabilities.length} capabilities is ${expected.join() || "the default"}: ${why}`, () => {
    const { syscalls } = resolveSeccomp(DEFAULT_PROFILE, { ...usual, capabilities });
    assert.deepEqual(verdicts(syscalls, call), expected);
  });
}

test("no call of the default profile has two verdicts, with any one capability", () => {
  for (const capability of ["", ...CAPABILITIES]) {
    const { syscalls } = resolveSeccomp(DEFAULT_PROFILE, { ...usual, capabilities: [capability] });
    for (const name of new Set(syscalls.flatMap(({ names }) => names))) {
      assert.ok(verdicts(syscalls, name).length <= 1, `${name} with ${capability}`);
    }
  }
});

test("the default profile resolves to what the machine is", () => {
  const of = (arch: string) => resolveSeccomp(DEFAULT_PROFILE, { ...usual, arch });
  assert.deepEqual(of("x64").architectures, ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
  assert.deepEqual(of("arm64").architectures, ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]);
  assert.equal(of("loong64").architectures, undefined);
  assert.deepEqual(verdicts(of("x64").syscalls, "modify_ldt"), ALLOWED);
  assert.deepEqual(verdicts(of("arm64").syscalls, "modify_ldt"), []);
  assert.deepEqual(verdicts(of("arm64").syscalls, "cacheflush"), ALLOWED);
  const cloneArgument = (arch: string) =>
    new Set(
      of(arch)
        .syscalls.filter(({ names }) => names.includes("clone"))
        .flatMap(({ args }) => args?.map(({ index }) => index)),
    );
  assert.deepEqual([...cloneArgument("x64")], [0]);
  assert.deepEqual([...cloneArgument("s390x")], [1]);
});

test("ptrace is left out before kernel 4.8", () => {
  const { syscalls } = resolveSeccomp(DEFAULT_PROFILE, { ...usual, kernel: [4, 7] });
  assert.deepEqual(verdicts(syscalls, "ptrace"), []);
});

test("a profile in docker's format is taken, conditions and nulls included", () => {
  const profile = parseSeccompProfile(
    JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: null }],
      syscalls: [
        { names: ["read"], action: "SCMP_ACT_ALLOW", args: null, includes: null, excludes: {} },
        { names: ["chroot"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_CHROOT"] } },
        { names: ["bpf"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_BPF"] } },
        { names: ["ptrace"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "9.0" } },
      ],
    }),
    { flag: "--security-opt" },
  );
  assert.deepEqual(resolveSeccomp(profile, usual), {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64"],
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW" },
      { names: ["chroot"], action: "SCMP_ACT_ALLOW" },
    ],
  });
});

const good = { names: ["read"], action: "SCMP_ACT_ALLOW" };
const flawed: [profile: unknown, flaw: RegExp][] = [
  ["{", /is no JSON/],
  [[], /it is no object/],
  [{ syscalls: [] }, /"defaultAction" is no action/],
  [{ defaultAction: "allow", syscalls: [] }, /"defaultAction" is no action/],
  [{ defaultAction: "SCMP_ACT_ERRNO" }, /"syscalls" is no list/],
  [{ defaultAction: "SCMP_ACT_ERRNO", syscalls: [good, { names: "x" }] }, /syscalls\[1\]: "names"/],
  [{ defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...good, args: [{ index: "0" }] }] }, /\[0\]: "args"/],
  [
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...good, includes: { minKernel: 5 } }] },
    /\[0\]: "includes"/,
  ],
];
for (const [profile, flaw] of flawed) {
  test(`a profile is refused: ${flaw.source}`, () => {
    const text = typeof profile === "string" ? profile : JSON.stringify(profile);
    assert.throws(
      () => parseSeccompProfile(text, { flag: "--security-opt", value: "seccomp=p.json" }),
      (error) =>
        isInvalidArgument(error) &&
        (error as Error).message.startsWith('--security-opt "seccomp=p.json": ') &&
        flaw.test((error as Error).message),
    );
  });
}
